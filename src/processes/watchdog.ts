import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { pathsToRemove } from './cut-off.ts';

interface Watch {
  /** How long after a signal the main thread may be deaf. */
  withinMs: number;
  /** Two signals in a shorter time are one. */
  sameSignalMs: number;
}

export interface WatchdogData extends Watch {
  /** Lock and staging of the work that is about to begin. */
  paths: string[];
}

/** Where the watchdog finds what the main thread is to do; it can reach nothing there but what is global. */
const OVERDUE = Symbol.for('lifecycle.overdue');

let watch: Watch | undefined;
let worker: Worker | undefined;

/** Says what is to be done on the main thread when it has been deaf for too long. */
export function armWatchdog(given: Watch, overdue: (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void): void {
  watch = given;
  Object.defineProperty(globalThis, OVERDUE, { value: overdue, configurable: true });
}

/** Whether a thread has been started for the work that is under way, or was. */
export function isWatched(): boolean {
  return worker !== undefined;
}

/**
 * To be called before work that may keep JavaScript busy for more than a moment: signals are told to the event loop, and
 * that stands still meanwhile. From now on a thread of its own listens too. It costs some 25 ms, once.
 */
export async function watchMainThread(): Promise<void> {
  if (watch === undefined || worker !== undefined) return;
  worker = new Worker(new URL('./watchdog-worker.ts', import.meta.url), {
    workerData: { ...watch, paths: pathsToRemove() } satisfies WatchdogData,
    execArgv: [...process.execArgv, '--expose-internals', '--no-warnings'],
  });
  // Where it cannot start, signals wait until the main thread comes to an end with what it does.
  await once(worker, 'message').catch(() => {});
  worker.on('error', () => {});
  worker.unref();
}
