import { LifecycleError } from '../errors.ts';
import type { Reporter } from '../report.ts';
import { isAway, statusOf } from './answers.ts';
import { type AirflowClient, NOT_FOUND } from './client.ts';

const LOOK_EVERY_MS = 15_000;

/** @param then what to do once the DAG is switched on. @throws LifecycleError AIR_PAUSED */
export async function refusePaused(client: AirflowClient, dagId: string, then: string): Promise<void> {
  if (!(await client.dag(dagId)).is_paused) return;
  throw new LifecycleError('AIR_PAUSED', `${dagId} is paused in Airflow, where a run of it would wait without end`, {
    hint: `switch the DAG on in Airflow, then ${then}`,
  });
}

/** Why no run of a DAG begins or goes on, where that is so. */
async function whyItStands(client: AirflowClient, dagId: string): Promise<string | undefined> {
  try {
    const dag = await client.dag(dagId);
    if (dag.is_paused) return `${dagId} is paused in Airflow; its runs go on once it is switched on`;
    return dag.is_stale ? whatIsGone(dagId) : undefined;
  } catch (error) {
    if (statusOf(error) === NOT_FOUND) return whatIsGone(dagId);
    if (isAway(error)) return undefined;
    throw error;
  }
}

const whatIsGone = (dagId: string) =>
  `what ${dagId} was made from is not in the project any more; its runs go on once it is there again`;

/** Says of a DAG whose runs somebody waits for that they stand still, once for each reason. Gives what ends the looking. */
export function tellStandstill(
  client: AirflowClient,
  dagId: string,
  reporter: Reporter,
  everyMs = LOOK_EVERY_MS,
): () => void {
  let said: string | undefined;
  let stopped = false;
  const look = async () => {
    // Whoever waits hears of other failures by the waiting itself.
    const why = await whyItStands(client, dagId).catch(() => undefined);
    if (stopped || why === said) return;
    said = why;
    if (why !== undefined) reporter.log('warning', why);
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
  };
}
