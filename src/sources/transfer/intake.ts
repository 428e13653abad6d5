import type { Readable } from 'node:stream';

/** Waits in memory at most until the reader takes it. */
const MOST_WAITING_BYTES = 2 ** 20;

/**
 * Takes in a stream from the moment it is there. A stream that is read only later, or that somebody iterates over,
 * forgets what it has received once its connection breaks; here that comes first and the error behind it.
 */
export class Intake {
  /** Bytes that have arrived, be they read or not. */
  received = 0;
  readonly #body: Readable;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #ended = false;
  #error: unknown;
  #wake: () => void = () => {};

  constructor(body: Readable) {
    this.#body = body;
    body.on('data', (chunk: Buffer) => {
      this.received += chunk.length;
      this.#waiting.push(chunk);
      this.#waitingBytes += chunk.length;
      if (this.#waitingBytes >= MOST_WAITING_BYTES) body.pause();
      this.#wake();
    });
    body.on('end', () => this.#end());
    body.on('error', (error) => this.#end(error));
    body.on('close', () => this.#end(new ClosedEarly()));
  }

  /** Whether there is nothing to read and more to come. */
  get starving(): boolean {
    return this.#waiting.length === 0 && !this.#ended;
  }

  /** The next chunk, or undefined at the end. @throws what the stream failed with, once all that came before is read */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#waiting.shift();
      if (chunk !== undefined) {
        this.#waitingBytes -= chunk.length;
        if (this.#body.isPaused() && this.#waitingBytes < MOST_WAITING_BYTES) this.#body.resume();
        return chunk;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Ends the stream and forgets what nobody has read. */
  destroy(error?: Error): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#body.destroy(error);
  }

  #end(error?: unknown): void {
    if (!this.#ended) this.#error = error;
    this.#ended = true;
    this.#wake();
  }
}

/** A stream that was closed before its end, without a reason. */
export class ClosedEarly extends Error {
  override readonly name = 'ClosedEarly';

  constructor() {
    super('the stream was closed before its end');
  }
}
