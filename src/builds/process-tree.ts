import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POLL_MS = 50;
/** After SIGKILL only the kernel can still hold a process back. */
const KILL_WAIT_MS = 5_000;

interface ProcessFacts {
  pid: number;
  parent: number;
  /** Whether the environment that it was started with holds the marker. */
  marked: boolean;
}

async function linuxProcesses(marker: string): Promise<ProcessFacts[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const facts = await Promise.all(
    names.map(async (name): Promise<ProcessFacts | undefined> => {
      try {
        const stat = await readFile(`/proc/${name}/stat`, 'utf8');
        // The command in field 2 may hold anything, so what follows it is counted from its closing bracket.
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
        const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
        return { pid: Number(name), parent: Number(fields[1]), marked: environment.split('\0').includes(marker) };
      } catch {
        return undefined;
      }
    }),
  );
  return facts.filter((fact) => fact !== undefined);
}

async function otherProcesses(marker: string): Promise<ProcessFacts[]> {
  const { stdout } = await run('ps', ['-axEwwo', 'pid=,ppid=,command='], { maxBuffer: 64 * 1024 * 1024 }).catch(() =>
    run('ps', ['-axo', 'pid=,ppid='], { maxBuffer: 64 * 1024 * 1024 }),
  );
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, rest] = /^\s*(\d+)\s+(\d+)(.*)$/.exec(line) ?? [];
    return pid === undefined
      ? []
      : [{ pid: Number(pid), parent: Number(parent), marked: (rest ?? '').includes(marker) }];
  });
}

/**
 * Processes that a command started and that still run: descendants of `root`, and those that were given to another
 * parent but carry the marker (`NAME=value`) in their environment. `root` itself is among them while it runs.
 */
export async function processesOf(root: number, marker: string): Promise<number[]> {
  const all = process.platform === 'linux' ? await linuxProcesses(marker) : await otherProcesses(marker);
  const found = new Set(all.filter((fact) => fact.pid === root || fact.marked).map((fact) => fact.pid));
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (!found.has(pid) && found.has(parent)) {
        found.add(pid);
        grown = true;
      }
    }
  }
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
  for (let left = await processesOf(root, marker); left.length > 0; left = await processesOf(root, marker)) {
    const overdue = performance.now() >= deadline;
    if (performance.now() >= deadline + KILL_WAIT_MS) break;
    for (const pid of left) {
      if (overdue) signal(pid, 'SIGKILL');
      else if (!signalled.has(pid)) signal(pid, 'SIGTERM');
      signalled.add(pid);
    }
    await sleep(POLL_MS);
  }
  return signalled.size;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}
