import { rm } from 'node:fs/promises';
import type { Reporter } from '../report.ts';
import { readServerState, type ServerState, writeServerState } from './server-state.ts';

const TRY_AGAIN_AFTER_MS = 5_000;

/**
 * Keeps `server.json` as a running server is. What cannot be written, on a full disk for one, must not end the server:
 * it is told once and tried again until it can.
 */
export class StateKeeper {
  readonly state: ServerState;
  readonly #file: string;
  readonly #reporter: Reporter;
  readonly #tryAgainAfterMs: number;
  /** Never rejects. */
  #writing: Promise<void> = Promise.resolve();
  #again: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;
  #isBehind = false;

  constructor(file: string, state: ServerState, reporter: Reporter, tryAgainAfterMs = TRY_AGAIN_AFTER_MS) {
    this.#file = file;
    this.state = state;
    this.#reporter = reporter;
    this.#tryAgainAfterMs = tryAgainAfterMs;
  }

  /** The first writing. @throws when it cannot: nothing has been started yet that would have to be named there. */
  async begin(): Promise<void> {
    await writeServerState(this.#file, this.state);
    this.#looking = setInterval(() => void this.#look(), this.#tryAgainAfterMs).unref();
  }

  /** Without the file nobody finds the server, and what it leaves when it is killed: one that is lost is written anew. */
  async #look(): Promise<void> {
    if (this.#isBehind) return;
    const isThere = (await readServerState(this.#file)) !== undefined;
    if (!isThere && this.#looking) await this.save(() => {});
  }

  /** Changes the state and writes it, after what is being written already. Answers when that has been tried. */
  save(change: (state: ServerState) => Promise<void> | void): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write(change));
    return this.#writing;
  }

  async #write(change: (state: ServerState) => Promise<void> | void): Promise<void> {
    clearTimeout(this.#again);
    try {
      await change(this.state);
      await writeServerState(this.#file, this.state);
      if (this.#isBehind) this.#reporter.log('info', `${this.#file} is written again`);
      this.#isBehind = false;
    } catch (error) {
      if (!this.#isBehind) {
        this.#reporter.log('warning', `${this.#file} cannot be written; the server goes on, and tries again`, {
          reason: (error as Error).message,
        });
      }
      this.#isBehind = true;
      this.#again = setTimeout(() => void this.save(() => {}), this.#tryAgainAfterMs);
    }
  }

  /** Nothing runs any more that the file could tell of. */
  async end(): Promise<void> {
    clearInterval(this.#looking);
    this.#looking = undefined;
    await this.#writing;
    clearTimeout(this.#again);
    await rm(this.#file, { force: true });
  }
}
