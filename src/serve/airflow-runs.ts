import { AirflowClient, type RunState } from '../airflow/client.ts';
import { serverOf } from '../airflow/find-server.ts';
import { inParallel } from '../in-parallel.ts';
import type { Settings } from '../settings/settings.ts';

/** A run of Airflow that has not made what it was to make. */
export interface UnfinishedRun {
  dag_id: string;
  dag_run_id: string;
  state: Exclude<RunState, 'success'>;
  /** Versions or partition keys; none where only the source knows which. */
  keys: string[];
  /** ISO time of its end, else of its start. */
  at: string;
  /** What its failed tasks have said. */
  reasons: string[];
}

interface RunFound {
  dag_id: string;
  dag_run_id: string;
  state: UnfinishedRun['state'];
  partition_key: string | null;
  conf: { versions?: unknown } | null;
  start_date: string | null;
  end_date: string | null;
  run_after: string;
}

const LOOK_EVERY_MS = 5_000;
/** The newest ones; whoever wants to know of older ones has Airflow's own list. */
const RUNS = 100;
/** Logs that are read at one look, and at a time. */
const LOGS = 20;
const LOGS_AT_ONCE = 2;

/** Runs that wait, run or have failed in the Airflow of the project, where there is one; what was heard last. */
export class AirflowRuns {
  readonly #settings: Settings;
  #known: readonly UnfinishedRun[] = [];
  #lookedMs = 0;
  #looking: Promise<void> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Waits for nobody: a page asks again soon. */
  unfinished(): readonly UnfinishedRun[] {
    if (!this.#looking && Date.now() - this.#lookedMs > LOOK_EVERY_MS) {
      // An Airflow that does not answer hides nothing of the store.
      this.#looking = this.#look()
        .catch(() => {
          this.#known = [];
        })
        .finally(() => {
          this.#lookedMs = Date.now();
          this.#looking = undefined;
        });
    }
    return this.#known;
  }

  async #look(): Promise<void> {
    const server = await serverOf(this.#settings);
    if (!server) {
      this.#known = [];
      return;
    }
    const client = new AirflowClient(server);
    const states = ['queued', 'running', 'failed'].map((state) => `state=${state}`).join('&');
    const { dag_runs } = await client.request<{ dag_runs: RunFound[] }>(
      ...(['GET', `/dags/~/dagRuns?${states}&order_by=-run_after&limit=${RUNS}`] as const),
    );
    const before = new Map(this.#known.map((run) => [run.dag_run_id + run.dag_id, run]));
    let logs = LOGS;
    this.#known = await inParallel(dag_runs, LOGS_AT_ONCE, async (run): Promise<UnfinishedRun> => {
      const { dag_id, dag_run_id, state, partition_key, conf } = run;
      const several = Array.isArray(conf?.versions) ? conf.versions.map(String) : [];
      const told = before.get(dag_run_id + dag_id)?.reasons ?? [];
      const isAsked = state === 'failed' && told.length === 0 && logs-- > 0;
      const reasons = isAsked
        ? await client.reasons({ dag_id, dag_run_id }).catch(() => ['its log cannot be read'])
        : told;
      const at = run.end_date ?? run.start_date ?? run.run_after;
      return { dag_id, dag_run_id, state, keys: partition_key === null ? several : [partition_key], at, reasons };
    });
  }
}
