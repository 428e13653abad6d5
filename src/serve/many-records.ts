import { Worker } from 'node:worker_threads';
import type { KnownVersion, LookedAt } from './record-index.ts';

/** What the thread is asked: versions of the template whose folder this is. */
export interface ManyAsked {
  number: number;
  /** Absolute. */
  dir: string;
  versions: readonly KnownVersion[];
}

/** `found` is JSON of `LookedAt[]`: as one text it passes from thread to thread in a fraction of the time. */
export interface ManyFound {
  number: number;
  found: string;
}

/** A thread holds some megabytes, and starts in a tenth of a second. */
const ENDED_AFTER_MS = 10_000;

/**
 * Reads records of templates, thousands of them, in a thread of its own: there reading may block, which costs a fifth of
 * what it costs otherwise, and answers to others do not wait for it.
 */
export class ManyRecords {
  #worker: Worker | undefined;
  #number = 0;
  readonly #waiting = new Map<number, { resolve(found: LookedAt[]): void; reject(error: unknown): void }>();
  #ending: NodeJS.Timeout | undefined;

  /**
   * @param dir absolute path of the folder of a template
   * @throws what ends the thread; then they are read one by one
   */
  read(dir: string, versions: readonly KnownVersion[]): Promise<LookedAt[]> {
    clearTimeout(this.#ending);
    const worker = this.#started();
    const number = this.#number++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      worker.postMessage({ number, dir, versions } satisfies ManyAsked);
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#ending);
    await this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL('./many-records-worker.ts', import.meta.url));
    worker.on('message', ({ number, found }: ManyFound) => {
      this.#waiting.get(number)?.resolve(JSON.parse(found) as LookedAt[]);
      this.#waiting.delete(number);
      if (this.#waiting.size > 0) return;
      this.#ending = setTimeout(() => void worker.terminate(), ENDED_AFTER_MS).unref();
    });
    worker.on('error', (error) => this.#ended(worker, error));
    worker.on('exit', () => this.#ended(worker, new Error('the thread that reads records has ended')));
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #ended(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
