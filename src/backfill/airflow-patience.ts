import { setTimeout as sleep } from 'node:timers/promises';
import { isAway } from '../airflow/answers.ts';
import type { AirflowClient } from '../airflow/client.ts';
import { LifecycleError } from '../errors.ts';
import { formatSeconds, type Reporter } from '../report.ts';

/** A server that is restarted, or brought up to date, is back by then. */
const PATIENCE_MS = 600_000;
const PAUSE_MS = { first: 500, most: 10_000 };

/**
 * Asks Airflow something until it answers: its runs are no other runs because nobody can be asked about them for a
 * while. That it is away is said once, whoever asks.
 *
 * @throws LifecycleError AIR_UNREACHABLE, after ten minutes; what Airflow refuses, at once
 */
export function patientAirflow({ url }: AirflowClient, reporter: Reporter, patienceMs = PATIENCE_MS) {
  let awaySince: number | undefined;
  return async <T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> => {
    const since = performance.now();
    for (let pauseMs = PAUSE_MS.first; ; pauseMs = Math.min(PAUSE_MS.most, pauseMs * 2)) {
      try {
        const answer = await ask();
        if (awaySince !== undefined) reporter.log('info', `Airflow at ${url} answers again`);
        awaySince = undefined;
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!isAway(error)) throw error;
        if (awaySince === undefined) {
          awaySince = performance.now();
          const message = `${error.message}; waiting for it, ${formatSeconds(patienceMs)} at most`;
          reporter.log('warning', message);
        }
        if (performance.now() - since >= patienceMs) {
          const what = `Airflow at ${url} has not answered for ${formatSeconds(patienceMs)}`;
          throw new LifecycleError('AIR_UNREACHABLE', what, {
            cause: error,
            hint: 'start it again: its runs go on, and a batch that goes on finds its own again',
          });
        }
        await sleep(pauseMs, undefined, { signal });
      }
    }
  };
}
