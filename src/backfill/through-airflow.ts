import { type AirflowClient, type DagRun, NOT_FOUND } from '../airflow/client.ts';
import { EXIT } from '../error-codes.ts';
import { asLifecycleError, LifecycleError } from '../errors.ts';
import { dagIdFor } from '../ids.ts';
import type { BatchRun, RunParameters } from './batch-record.ts';
import type { Ending, Executor } from './executor.ts';

const CONFLICT = 409;
const LOOK_EVERY_MS = 1_000;
/** What Airflow takes in the id of a run. */
const STRANGE = /[^A-Za-z0-9_.~:+-]/g;
const CODE = /\b((?:LIF|PRJ|ENG|ING|STO|SRC|BLD|AIR)_[A-Z_]+): (.*)$/s;

const statusOf = (error: unknown) => (error instanceof LifecycleError ? error.details?.status : undefined);

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
export function airflowExecutor(client: AirflowClient): Executor {
  async function begun(run: BatchRun, dagRunId: string): Promise<DagRun> {
    const dagId = dagIdFor('ingest', run.template);
    const known = await client.run(dagId, dagRunId).catch((error: unknown) => {
      if (statusOf(error) === NOT_FOUND) return undefined;
      throw error;
    });
    if (known) return known;
    const params = formValues(run.parameters);
    return client.trigger(dagId, { partitionKey: run.version, params, dagRunId }).catch((error: unknown) => {
      if (statusOf(error) === CONFLICT) return client.run(dagId, dagRunId);
      throw error;
    });
  }
  return {
    begin: ({ version }, { batch, number, attempt }) => ({
      dag_run_id: `${version.replace(STRANGE, '_')}__batch_${batch}_${number}_${attempt}`,
    }),
    canGoOn: ({ dag_run_id: id }) => id !== undefined,
    async carryOut(run, attempt, signal): Promise<Ending | undefined> {
      try {
        const ended = await client.waitForRun(await begun(run, attempt.dag_run_id!), signal, LOOK_EVERY_MS);
        if (ended.state === 'success') return { exitCode: EXIT.done, state: 'made' };
        const message = (await client.reasons(ended)).join('; ') || 'its run failed in Airflow';
        const [, code, text] = CODE.exec(message) ?? [];
        // Whoever holds the version has been waited for there.
        return { exitCode: null, code, message: text ?? message };
      } catch (error) {
        // The run goes on in Airflow.
        if (signal.aborted) return undefined;
        const { code, message, hint } = asLifecycleError(error);
        return { exitCode: null, code, message, hint, status: statusOf(error) as number | undefined };
      }
    },
  };
}
