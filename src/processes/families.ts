import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses, type ProcessRow, signalProcess, withDescendants } from './process-table.ts';

/**
 * Everything that was started, directly or not, by the processes that lead the groups `leaders`: members of those
 * groups and sessions, and the children of all these. A task of Airflow leads a group of its own, and is found as well.
 */
export function familyOf(rows: readonly ProcessRow[], leaders: ReadonlySet<number>): ProcessRow[] {
  const roots = rows.filter((row) => leaders.has(row.group) || leaders.has(row.session)).map(({ pid }) => pid);
  const family = withDescendants(roots, rows);
  return rows.filter(({ pid }) => family.has(pid));
}

/** Sends a signal to a whole group; a group that is gone is no error. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ends what is left of the families of `leaders` at once, and waits until it is gone. Answers how many were ended. */
export async function killFamilies(leaders: ReadonlySet<number>): Promise<number> {
  let ended = 0;
  for (let attempt = 0; attempt < 50; attempt++) {
    const killed = killFamiliesNow(leaders);
    if (killed === 0) return ended;
    ended = Math.max(ended, killed);
    await sleep(100);
  }
  return ended;
}

/** Sends SIGKILL to the families of `leaders` and waits for nothing. Answers how many processes they were. */
export function killFamiliesNow(leaders: ReadonlySet<number>): number {
  const family = familyOf(listProcesses(), leaders).filter((row) => row.pid !== process.pid);
  for (const { pid } of family) signalProcess(pid, 'SIGKILL');
  return family.length;
}
