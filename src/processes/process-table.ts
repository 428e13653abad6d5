import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** One row of the process table. */
export interface ProcessRow {
  pid: number;
  parent: number;
  /** Process group; equals `pid` for its leader. */
  group: number;
  /** Session; 0 where the system does not tell. Children that change their group still keep their session. */
  session: number;
  /** In ticks since boot; absent where the system does not tell. */
  startTime?: string;
}

type LinuxStat = Required<ProcessRow>;

/** Fields of proc_pid_stat(5), counted from the one after the command. */
const FIELD = { state: 0, parent: 1, group: 2, session: 3, startTime: 19 };
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Whether a number in `/proc` means what it means to us: not where `/proc` shows an outer namespace of processes. */
export function procIsOurs(): boolean {
  return readProcStat('self')?.pid === process.pid;
}

/**
 * Linux only: what the kernel says of a process; undefined for one that has ended, also where its parent has not
 * noticed yet. Read at once, without the thread pool, which native work may have filled.
 */
export function readProcStat(pid: number | string): LinuxStat | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The command in field 2 may hold anything, so what follows it is counted from its closing bracket.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (fields[FIELD.state] === 'Z' || fields[FIELD.state] === 'X') return undefined;
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(fields[FIELD.parent]),
    group: Number(fields[FIELD.group]),
    session: Number(fields[FIELD.session]),
    startTime: fields[FIELD.startTime]!,
  };
}

/** Only what is not there is absent: a limit on open files, say, proves no process dead. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'latin1');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A process that ends while it is read is no longer there either.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw error;
  }
}

/** All processes that have not ended. */
export function listProcesses(): ProcessRow[] {
  if (process.platform === 'linux') {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readProcStat(name) ?? []) : []));
  }
  const text = execFileSync('ps', ['-axo', 'pid=,ppid=,pgid='], { encoding: 'utf8', maxBuffer: MAX_OUTPUT_BYTES });
  return text.split('\n').flatMap((line) => {
    const [pid, parent, group] = line.trim().split(/\s+/).map(Number);
    return pid && parent !== undefined && group !== undefined ? [{ pid, parent, group, session: 0 }] : [];
  });
}

/** `roots` and everything that they started and that still has them among its ancestors. */
export function withDescendants(roots: Iterable<number>, rows: readonly ProcessRow[] = listProcesses()): Set<number> {
  const found = new Set(roots);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of rows) {
      if (found.has(pid) || !found.has(parent)) continue;
      found.add(pid);
      grown = true;
    }
  }
  return found;
}

/** Those that may have been started by this process, or by what it has started: none is older than it. */
export function noOlderThanUs(rows: readonly ProcessRow[]): ProcessRow[] {
  const since = Number(readProcStat('self')?.startTime ?? 0);
  return rows.filter(({ startTime }) => startTime === undefined || Number(startTime) >= since);
}

/** Pids of processes that were started with `NAME=value` in their environment, as far as we may look. */
export function processesWithVariable(variable: string, among = listProcesses()): Set<number> {
  if (process.platform === 'linux') {
    return new Set(among.map(({ pid }) => pid).filter((pid) => environmentOf(pid).includes(variable)));
  }
  try {
    const lines = execFileSync('ps', ['-axEwwo', 'pid=,command='], {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).split('\n');
    return new Set(lines.filter((line) => line.includes(variable)).map((line) => Number.parseInt(line, 10)));
  } catch {
    return new Set();
  }
}

function environmentOf(pid: number): string[] {
  try {
    return readIfThere(`/proc/${pid}/environ`)?.split('\0') ?? [];
  } catch {
    // Somebody else's.
    return [];
  }
}

/** Sends a signal; a process that is gone, or not ours, is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
