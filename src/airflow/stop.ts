import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { stillRuns } from '../processes/identity.ts';
import type { ServerState } from './server-state.ts';

const STOP_WITHIN_MS = 90_000;

/** @throws LifecycleError AIR_STOP where it is another account's. One that has ended meanwhile needs no asking. */
function askToEnd(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new LifecycleError('AIR_STOP', `process ${pid}, the server, belongs to another account`, {
      cause,
      hint: 'run `lifecycle airflow stop` as the account that has started it',
    });
  }
}

/** Asks a server of another terminal to end, and waits until it has. @throws LifecycleError AIR_STOP */
export async function stopServer(server: ServerState, signal: AbortSignal): Promise<void> {
  const { pid, identity } = server.supervisor;
  askToEnd(pid);
  const until = Date.now() + STOP_WITHIN_MS;
  while (await stillRuns(pid, identity)) {
    if (Date.now() > until) {
      throw new LifecycleError('AIR_STOP', `process ${pid} did not end within ${STOP_WITHIN_MS / 1000} s`, {
        hint: `end it with \`kill -9 ${pid}\`, then run \`lifecycle airflow stop\` again: it ends what was left`,
      });
    }
    await sleep(200, undefined, { signal });
  }
}
