import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { signalProcess, withDescendants } from './process-table.ts';

/** What has to go when the process ends while native work, which nothing can interrupt, is still at it. */
interface CutOff {
  /** Done at once and without waiting; must not throw. */
  run?: (() => void) | undefined;
  /** Removed last, when none of our threads can write any more. Asked at that moment; undefined: nothing to remove. */
  path?: (() => string | undefined) | undefined;
}

const cutOffs = new Set<CutOff>();

/** Makes sure that something goes also when the process is cut off. Gives the function that ends this. */
export function atCutOff(cutOff: CutOff): () => void {
  cutOffs.add(cutOff);
  return () => void cutOffs.delete(cutOff);
}

const SHELL = '/bin/sh';
const STDERR = 2;
/** What is to be removed at this moment: what was begun last first, so that a lock outlives the directory it guards. */
export function pathsToRemove(): string[] {
  return [...cutOffs].reverse().flatMap(({ path }) => path?.() ?? []);
}

/** Arguments follow as `$0`, the exit code, paths. Signals that come meanwhile have been told already. */
const REMOVE_AND_EXIT = 'trap "" HUP INT TERM; code=$1; shift; [ $# = 0 ] || rm -rf -- "$@"; exit "$code"';

/**
 * Ends the process now, although threads of it may be busy: `process.exit` waits for them, for ever perhaps. The process
 * becomes another program, which the kernel does only once all threads are gone; that removes what was left, and ends
 * with the exit code that a stop in order has too.
 */
export function cutOff(exitCode: number): never {
  for (const { run } of cutOffs) run?.();
  for (const pid of withDescendants([process.pid])) if (pid !== process.pid) signalProcess(pid, 'SIGKILL');
  const paths = pathsToRemove();
  if (process.execve && existsSync(SHELL)) {
    // Node would say that it waits for a debugger, which is the watchdog; everything has been told before.
    closeSync(STDERR);
    openSync('/dev/null', 'w');
    process.execve(SHELL, ['sh', '-c', REMOVE_AND_EXIT, 'sh', String(exitCode), ...paths], { PATH: '/usr/bin:/bin' });
  }
  // Without a shell, or with a Node that cannot do this, the exit code cannot be had; the rest can.
  for (const path of paths) rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  process.kill(process.pid, 'SIGKILL');
  throw new Error('not reached: SIGKILL ends a process at once');
}
