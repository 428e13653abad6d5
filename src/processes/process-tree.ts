import { setTimeout as sleep } from 'node:timers/promises';
import {
  listProcesses,
  noOlderThanUs,
  processesWithVariable,
  signalProcess,
  withDescendants,
} from './process-table.ts';

const POLL_MS = 50;
/** After SIGKILL only the kernel can still hold a process back. */
const KILL_WAIT_MS = 5_000;

/**
 * Processes that a command started and that still run: descendants of `root`, and those that were given to another
 * parent but carry the marker (`NAME=value`) in their environment. `root` itself is among them while it runs.
 */
export function processesOf(root: number, marker: string): number[] {
  const all = listProcesses();
  const marked = processesWithVariable(marker, noOlderThanUs(all));
  const roots = all.filter(({ pid }) => pid === root || marked.has(pid)).map(({ pid }) => pid);
  const found = withDescendants(roots, all);
  found.delete(process.pid);
  return [...found];
}

/**
 * Ends a command and everything that it started: SIGTERM, and SIGKILL for what is left after `graceMs`. Gives the
 * number of processes that had to be ended.
 */
export async function endProcesses(root: number, marker: string, graceMs: number): Promise<number> {
  const signalled = new Set<number>();
  const deadline = performance.now() + graceMs;
  for (let left = processesOf(root, marker); left.length > 0; left = processesOf(root, marker)) {
    const overdue = performance.now() >= deadline;
    if (performance.now() >= deadline + KILL_WAIT_MS) break;
    for (const pid of left) {
      if (overdue) signalProcess(pid, 'SIGKILL');
      else if (!signalled.has(pid)) signalProcess(pid, 'SIGTERM');
      signalled.add(pid);
    }
    await sleep(POLL_MS);
  }
  return signalled.size;
}

/** Sends SIGKILL to a command and everything that it started, and waits for nothing. */
export function killProcesses(root: number, marker: string): void {
  for (const pid of processesOf(root, marker)) signalProcess(pid, 'SIGKILL');
}
