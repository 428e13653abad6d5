import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { WatchdogData } from './watchdog.ts';

/** What the class behind `process.on('SIGTERM')` is; Node lets only the main thread use it by that name. */
interface SignalHandle {
  onsignal: () => void;
  start(number: number): number;
}

/** JavaScript is interrupted between two of its steps; one step, such as JSON.parse, may take longer than we wait. */
const INTERRUPT_WITHIN_MS = 1_500;
/** The second removal is for what was written between the first one and the end. */
const REMOVE_AND_KILL = 'rm -rf -- "$@"; kill -KILL "$0"; sleep 0.2; rm -rf -- "$@"';
const STDERR = 2;

const { withinMs, sameSignalMs, paths } = workerData as WatchdogData;
let firstAt: number | undefined;

/** Makes the main thread itself end the process, in the middle of whatever it does. */
function interruptMainThread(name: NodeJS.Signals): void {
  const session = new Session();
  session.connectToMainThread();
  session.post('Runtime.evaluate', { expression: `globalThis[Symbol.for('lifecycle.overdue')]('${name}')` });
  setTimeout(() => kill(name), INTERRUPT_WITHIN_MS);
}

/** Without the main thread the exit code cannot be had; the rest can. */
function kill(name: NodeJS.Signals): void {
  writeSync(STDERR, `warning: stopped by ${name}, killed in one long step; lock and staging are removed\n`);
  spawn('/bin/sh', ['-c', REMOVE_AND_KILL, String(process.pid), ...paths], { detached: true, stdio: 'ignore' });
}

const { internalBinding } = createRequire(import.meta.url)('internal/test/binding') as {
  internalBinding(name: 'signal_wrap'): { Signal: new () => SignalHandle };
};
const { Signal } = internalBinding('signal_wrap');
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  const handle = new Signal();
  handle.onsignal = () => {
    const now = performance.now();
    if (firstAt === undefined) {
      firstAt = now;
      // A main thread that can hear has acted by then.
      setTimeout(() => interruptMainThread(name), withinMs + sameSignalMs);
    } else if (now - firstAt >= sameSignalMs) setTimeout(() => interruptMainThread(name), sameSignalMs);
  };
  handle.start(constants.signals[name]);
}
parentPort?.postMessage('listening');
