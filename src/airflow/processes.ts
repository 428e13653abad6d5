import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One row of the process table. */
export interface ProcessRow {
  pid: number;
  parent: number;
  /** Process group; equals `pid` for its leader. */
  group: number;
  /** Session; 0 where the system does not tell. Children that change their group still keep their session. */
  session: number;
}

async function linuxRow(pid: string): Promise<ProcessRow | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The command in field 2 may hold anything, so the fields count from its closing bracket.
    const [state, parent, group, session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return { pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(session) };
  } catch {
    return undefined;
  }
}

/** All processes that have not ended. */
export async function listProcesses(): Promise<ProcessRow[]> {
  if (process.platform === 'linux') {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const rows = await Promise.all(pids.map(linuxRow));
    return rows.filter((row) => row !== undefined);
  }
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,pgid=']);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [pid, parent, group] = line.trim().split(/\s+/).map(Number);
      return { pid: pid!, parent: parent!, group: group!, session: 0 };
    });
}

/**
 * Everything that was started, directly or not, by the processes that lead the groups `leaders`: members of those
 * groups and sessions, and the children of all these. A task of Airflow leads a group of its own, and is found as well.
 */
export function familyOf(rows: readonly ProcessRow[], leaders: ReadonlySet<number>): ProcessRow[] {
  const family = new Map<number, ProcessRow>();
  for (const row of rows) if (leaders.has(row.group) || leaders.has(row.session)) family.set(row.pid, row);
  for (let grown = true; grown; ) {
    grown = false;
    for (const row of rows) {
      if (family.has(row.pid) || !family.has(row.parent)) continue;
      family.set(row.pid, row);
      grown = true;
    }
  }
  return [...family.values()];
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
    const family = familyOf(await listProcesses(), leaders).filter((row) => row.pid !== process.pid);
    if (family.length === 0) return ended;
    ended = Math.max(ended, family.length);
    for (const row of family) {
      try {
        process.kill(row.pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await sleep(100);
  }
  return ended;
}
