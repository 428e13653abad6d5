import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Field 22 of /proc/PID/stat, the start time in ticks since boot (proc(5)); the command in field 2 may hold anything. */
const FIELDS_AFTER_COMMAND_TO_START_TIME = 19;

/**
 * A text that a process keeps for life and that no later process with the same pid shares: boot id and start time on
 * Linux, the start time as `ps` prints it elsewhere. Empty when there is no such process.
 */
export async function processIdentity(pid: number): Promise<string> {
  if (process.platform === 'linux') {
    try {
      const [boot, stat] = await Promise.all([
        readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
        readFile(`/proc/${pid}/stat`, 'utf8'),
      ]);
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie has ended; only its parent has not noticed yet.
      if (fields[0] === 'Z') return '';
      return `${boot.trim()}:${fields[FIELDS_AFTER_COMMAND_TO_START_TIME]}`;
    } catch {
      return '';
    }
  }
  try {
    return (await run('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim();
  } catch {
    return '';
  }
}

export async function stillRuns(pid: number, identity: string): Promise<boolean> {
  return identity !== '' && (await processIdentity(pid)) === identity;
}
