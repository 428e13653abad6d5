import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { procIsOurs, readProcStat } from '../processes/process-table.ts';

const run = promisify(execFile);

/**
 * A text that a process keeps for life and that no later process with the same pid shares: boot id and start time on
 * Linux, the start time as `ps` prints it elsewhere. Empty when there is no such process.
 */
export async function processIdentity(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    const isOwn = pid === process.pid;
    // What another number means there is not known; all that can be asked is whether it is taken.
    if (!isOwn && !procIsOurs()) return isTaken(pid) ? 'unknown' : '';
    const stat = readProcStat(isOwn ? 'self' : pid);
    return stat === undefined ? '' : `${bootId()}:${stat.startTime}`;
  }
  try {
    return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim();
  } catch {
    return '';
  }
}

/** Whether the process of that identity has not ended; also true where that cannot be told. */
export async function stillRuns(pid: number, identity: string): Promise<boolean> {
  if (identity === '') return false;
  const current = await processIdentity(pid);
  return current === identity || current === 'unknown';
}

function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}
