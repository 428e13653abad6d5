import { Worker } from 'node:worker_threads';
import type { Beat } from './heartbeat-worker.ts';

/** Most runs have ended before this; they need no thread for it. */
const FIRST_AFTER_MS = 3_000;
const BEATS_A_LEASE = 6;

let worker: Worker | undefined;

/**
 * Renews a lock while its holder lives, from a thread of its own: the main one may be busy, and the pool's may all be at
 * native work. Gives the function that ends it.
 */
export function keepRenewed(file: string, token: string, leaseSeconds: number): () => void {
  const everyMs = (leaseSeconds * 1000) / BEATS_A_LEASE;
  let told = false;
  const first = setTimeout(
    () => {
      told = true;
      worker ??= startWorker();
      worker.postMessage({ file, token, everyMs } satisfies Beat);
    },
    Math.min(FIRST_AFTER_MS, everyMs),
  ).unref();
  return () => {
    clearTimeout(first);
    if (told) worker?.postMessage({ file, token, everyMs: undefined } satisfies Beat);
  };
}

function startWorker(): Worker {
  const started = new Worker(new URL('./heartbeat-worker.ts', import.meta.url));
  // Without it a claim from elsewhere may take over after the lease; the holder notices before it publishes.
  started.on('error', () => {
    worker = undefined;
  });
  started.unref();
  return started;
}
