import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/** What the worker is told: from when on, or until when, to renew a lock. */
export interface Beat {
  file: string;
  token: string;
  /** Undefined: no longer. */
  everyMs: number | undefined;
}

const timers = new Map<string, NodeJS.Timeout>();

function end(token: string): void {
  clearInterval(timers.get(token));
  timers.delete(token);
}

/**
 * Writes the first byte of the lock again. That gives the file a new time by the clock of the file system's server, where
 * setting a time would give it that of our own clock.
 */
function renew(file: string, token: string): void {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file, 'r+');
    const text = readFileSync(descriptor, 'utf8');
    if ((JSON.parse(text) as { token?: unknown }).token === token) {
      writeSync(descriptor, text[0]!, 0);
      fsyncSync(descriptor);
    } else end(token);
  } catch (error) {
    // It was let go, or taken over. Anything else may pass until the next time.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') end(token);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

parentPort?.on('message', ({ file, token, everyMs }: Beat) => {
  end(token);
  if (everyMs === undefined) return;
  renew(file, token);
  timers.set(
    token,
    setInterval(() => renew(file, token), everyMs),
  );
});
