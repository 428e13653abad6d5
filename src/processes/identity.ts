import { execFile } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import { procIsOurs, readProcStat } from './process-table.ts';

const run = promisify(execFile);

/** What stands for the identity of a process that is there, or may be, and cannot be looked at. */
export const UNKNOWN = 'unknown';

/**
 * A text that a process keeps for life and that no later process with the same pid shares: boot id and start time on
 * Linux, the start time as `ps` prints it elsewhere. Empty when there is no such process.
 */
export async function processIdentity(pid: number): Promise<string> {
  try {
    if (process.platform !== 'linux') return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim();
    if (pid === process.pid) return linuxIdentity('self');
    // Where `/proc` shows other processes than ours, or hides those of others, it can only be asked who has the number.
    const identity = procIsOurs() ? linuxIdentity(pid) : UNKNOWN;
    const mayBeThere = identity === UNKNOWN ? isTaken(pid) : identity === '' && belongsToOther(pid);
    return mayBeThere ? UNKNOWN : identity === UNKNOWN ? '' : identity;
  } catch (error) {
    // `ps` ends with 1 when there is no such process.
    return (error as { code?: unknown }).code === 1 ? '' : UNKNOWN;
  }
}

function linuxIdentity(pid: number | 'self'): string {
  const stat = readProcStat(pid);
  return stat === undefined ? '' : `${text('/proc/sys/kernel/random/boot_id')}:${stat.startTime}`;
}

/** Whether the process of that identity has not ended; also true where that cannot be told. */
export async function stillRuns(pid: number, identity: string): Promise<boolean> {
  if (identity === '') return false;
  const current = await processIdentity(pid);
  return current === identity || current === UNKNOWN;
}

let place: Promise<string> | undefined;

/**
 * Where a pid means the same process: this boot of this machine and, in it, this namespace of processes. A host name says
 * none of that: containers may share one, and machines too. Empty where the system does not tell.
 */
export function processPlace(): Promise<string> {
  place ??= findPlace().catch(() => '');
  return place;
}

async function findPlace(): Promise<string> {
  if (process.platform !== 'linux') return (await run('sysctl', ['-n', 'kern.bootsessionuuid'])).stdout.trim();
  // Start times are told by the clock of the time namespace, so that counts as well; older kernels have none.
  const optional = [() => text('/etc/machine-id'), () => readlinkSync('/proc/self/ns/time')].map((read) => {
    try {
      return read();
    } catch {
      return '-';
    }
  });
  return [text('/proc/sys/kernel/random/boot_id'), readlinkSync('/proc/self/ns/pid'), ...optional].join(' ');
}

const text = (file: string) => readFileSync(file, 'utf8').trim();

const isTaken = (pid: number) => errorOfSignal(pid) !== 'ESRCH';
const belongsToOther = (pid: number) => errorOfSignal(pid) === 'EPERM';

function errorOfSignal(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
