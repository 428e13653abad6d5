import { rm } from 'node:fs/promises';
import { Engine } from '../engine/engine.ts';
import type { Settings } from '../settings/settings.ts';
import { storeLayout } from '../store/layout.ts';
import { scratchDirectory } from '../store/scratch.ts';

/** Statements that run at the same time; the others wait, in the order in which they came. */
const AT_ONCE = 3;
/** What all of them may hold together; what does not fit goes to the disk. */
const MEMORY_BYTES = 768 * 1024 * 1024;
/** A database that nobody has asked for so long is closed, and gives its memory back. */
const CLOSED_AFTER_MS = 60_000;

/** One database with its sessions; it has no data of its own. */
interface Base {
  engine: Engine;
  dir: string;
  /** Sessions that nobody uses. */
  idle: Engine[];
  /** Sessions in use. */
  used: number;
  /** It is broken, and goes when the last session is back. */
  isSpent: boolean;
}

/** A few sessions of DuckDB for all who ask, with one bound on their memory. */
export class Sessions {
  readonly #settings: Pick<Settings, 'storeDir' | 'venvDir'>;
  #base: Promise<Base> | undefined;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #closing: NodeJS.Timeout | undefined;

  constructor(settings: Pick<Settings, 'storeDir' | 'venvDir'>) {
    this.#settings = settings;
  }

  /**
   * Runs `work` when its turn comes, and interrupts its statements when the signal says that nobody wants them any more.
   *
   * @throws what `work` throws; the signal's reason
   */
  async use<T>(signal: AbortSignal, work: (engine: Engine) => Promise<T>): Promise<T> {
    await this.#turn(signal);
    clearTimeout(this.#closing);
    try {
      const base = await this.#open();
      base.used++;
      const engine = base.idle.pop() ?? (await this.#session(base));
      try {
        using _ = engine.stoppedBy(signal);
        return await work(engine);
      } catch (error) {
        if (isFatal(error)) this.#spend(base);
        signal.throwIfAborted();
        throw error;
      } finally {
        base.used--;
        base.idle.push(engine);
        if (base.isSpent && base.used === 0) await shut(base);
      }
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
      if (this.#running === 0) this.#closing = setTimeout(() => void this.close(), CLOSED_AFTER_MS).unref();
    }
  }

  /** Waits for nobody: who still uses a session has been interrupted before. */
  async close(): Promise<void> {
    clearTimeout(this.#closing);
    const opened = this.#base;
    this.#base = undefined;
    const base = await opened?.catch(() => undefined);
    if (!base) return;
    base.isSpent = true;
    if (base.used === 0) await shut(base);
  }

  async #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < AT_ONCE) {
      this.#running++;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        this.#waiting.splice(this.#waiting.indexOf(next), 1);
        reject(signal.reason as Error);
      };
      const next = () => {
        signal.removeEventListener('abort', giveUp);
        this.#running++;
        resolve();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(next);
    });
  }

  #open(): Promise<Base> {
    this.#base ??= (async () => {
      const dir = await scratchDirectory(storeLayout(this.#settings.storeDir));
      const { venvDir } = this.#settings;
      const engine = await Engine.open({ venvDir, temporaryDir: dir, memoryLimit: MEMORY_BYTES });
      return { engine, dir, idle: [], used: 0, isSpent: false };
    })();
    this.#base.catch(() => {
      this.#base = undefined;
    });
    return this.#base;
  }

  async #session(base: Base): Promise<Engine> {
    try {
      const engine = await base.engine.beside();
      await engine.load('spatial');
      return engine;
    } catch (error) {
      base.used--;
      throw error;
    }
  }

  #spend(base: Base): void {
    base.isSpent = true;
    this.#base = undefined;
  }
}

/** After such an error DuckDB refuses every further statement. */
function isFatal(error: unknown): boolean {
  return error instanceof Error && /^(?:FATAL|INTERNAL) Error/.test(error.message);
}

async function shut({ engine, dir, idle }: Base): Promise<void> {
  for (const each of idle) each.close();
  engine.close();
  await rm(dir, { recursive: true, force: true });
}
