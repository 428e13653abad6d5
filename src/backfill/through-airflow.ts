import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf } from '../airflow/answers.ts';
import { type AirflowClient, type DagRun, NOT_FOUND } from '../airflow/client.ts';
import { refusePaused } from '../airflow/standstill.ts';
import { ERROR_CODES, type ErrorCode, EXIT } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import { dagIdFor } from '../ids.ts';
import type { Reporter } from '../report.ts';
import { patientAirflow } from './airflow-patience.ts';
import type { BatchRun, RunParameters } from './batch-record.ts';
import type { Ending, Executor } from './executor.ts';

const CONFLICT = 409;
/** A run is looked at every second, and one that takes long less and less often. */
const LOOK_EVERY_MS = { first: 1_000, more: 100, most: 5_000 };
/** What Airflow takes in the id of a run. */
const STRANGE = /[^A-Za-z0-9_.~:+-]/g;
const CODE = /^([A-Z]{3}_[A-Z0-9_]+): (.*)$/s;

/** The values of the DAG's form; those that are not given stay out. */
function formValues({
  datasets,
  mode,
  runner,
  latest,
  overwrite,
  accept,
  csv,
}: RunParameters): Record<string, unknown> {
  const values = { datasets, mode, runner, latest, overwrite, accept, output_csv: csv };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/**
 * Starts runs of Airflow and waits for their ends. A run has an id of ours, written down before it is asked for: asked
 * for twice, since the batch was killed between, it is one run all the same.
 */
export function airflowExecutor(client: AirflowClient, reporter: Reporter, patienceMs?: number): Executor {
  const patient = patientAirflow(client, reporter, patienceMs);

  async function begun(run: BatchRun, dagRunId: string, signal: AbortSignal): Promise<DagRun> {
    const dagId = dagIdFor('ingest', run.template);
    const find = () =>
      client.run(dagId, dagRunId).catch((error: unknown) => {
        if (statusOf(error) === NOT_FOUND) return undefined;
        throw error;
      });
    const known = await patient(find, signal);
    if (known) return known;
    await patient(() => refusePaused(client, dagId, 'run the command for what failed'), signal);
    const params = formValues(run.parameters);
    return patient(
      () =>
        client.trigger(dagId, { partitionKey: run.version, params, dagRunId }).catch((error: unknown) => {
          if (statusOf(error) === CONFLICT) return client.run(dagId, dagRunId);
          throw error;
        }),
      signal,
    );
  }

  async function ended(run: DagRun, signal: AbortSignal): Promise<DagRun> {
    for (let looks = 0; ; looks++) {
      const now = await patient(() => client.run(run.dag_id, run.dag_run_id), signal);
      if (now.state === 'success' || now.state === 'failed') return now;
      const { first, more, most } = LOOK_EVERY_MS;
      await sleep(Math.min(most, first + more * looks), undefined, { signal });
    }
  }

  async function endingOf(run: DagRun, signal: AbortSignal): Promise<Ending> {
    if (run.state === 'success') {
      const events = await patient(() => client.runEvents(run), signal);
      const states = events.map(({ extra }) => extra?.state);
      const isUnchanged = states.length > 0 && states.every((state) => state === 'unchanged');
      return { exitCode: EXIT.done, state: isUnchanged ? 'unchanged' : 'made' };
    }
    const [failure, ...others] = await patient(() => client.failures(run), signal);
    if (!failure) return { exitCode: null, message: 'its run failed in Airflow, and no task of it says why' };
    const [, found, text] = CODE.exec(failure.message) ?? [];
    const code = found !== undefined && found in ERROR_CODES ? (found as ErrorCode) : undefined;
    const told = code === undefined ? failure.message : text!;
    const message = [told, ...others.map((other) => `${other.task}: ${other.message}`)].join('; ');
    const { hint, status, retryAfterSeconds } = failure;
    const exit = code === undefined ? null : ERROR_CODES[code].exit;
    // Whoever holds the version has been waited for there.
    return { exitCode: exit === EXIT.busy ? null : exit, code, message, hint, status, retryAfterSeconds };
  }

  return {
    begin: ({ version }, { batch, number, attempt }) => ({
      dag_run_id: `${version.replace(STRANGE, '_')}__batch_${batch}_${number}_${attempt}`,
    }),
    canGoOn: ({ dag_run_id: id }) => id !== undefined,
    whenStopped: 'what is under way goes on in Airflow, and is found again there',
    async carryOut(run, attempt, signal): Promise<Ending | undefined> {
      try {
        return await endingOf(await ended(await begun(run, attempt.dag_run_id!, signal), signal), signal);
      } catch (error) {
        // The run goes on in Airflow.
        if (signal.aborted) return undefined;
        if (!(error instanceof LifecycleError) || !isOfOneRun(error)) throw error;
        const { code, message, hint } = error;
        return { exitCode: null, code, message, hint: hint ?? hintFor(run, statusOf(error)) };
      }
    },
  };
}

/** Whether Airflow has refused this run, and not the batch as a whole. */
function isOfOneRun(error: LifecycleError): boolean {
  if (error.code === 'AIR_PAUSED') return true;
  const status = statusOf(error);
  return error.code === 'AIR_REFUSED' && status !== undefined && ![401, 403].includes(status);
}

function hintFor({ template }: BatchRun, status: number | undefined): string | undefined {
  if (status !== NOT_FOUND) return undefined;
  return `a new template shows in Airflow within seconds; see whether ${dagIdFor('ingest', template)} and the run are there`;
}
