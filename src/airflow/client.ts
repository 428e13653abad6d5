import { setTimeout as sleep } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { explanationIn } from './answers.ts';

/** Where a server is and who we are there; a token makes a password needless. */
export interface Connection {
  url: string;
  username?: string | undefined;
  password?: string | undefined;
  token?: string | undefined;
}

export type RunState = 'queued' | 'running' | 'success' | 'failed';

export interface DagRun {
  dag_id: string;
  dag_run_id: string;
  state: RunState;
  partition_key: string | null;
  start_date: string | null;
  end_date: string | null;
}

export interface TaskInstance {
  task_id: string;
  map_index: number;
  rendered_map_index: string | null;
  state: string | null;
  try_number: number;
  pid: number | null;
  duration: number | null;
}

export interface Asset {
  id: number;
  name: string;
  /** DAGs that its events start. */
  scheduled_dags: { dag_id: string }[];
}

export interface AssetEvent {
  id: number;
  name: string | null;
  partition_key: string | null;
  extra: Record<string, unknown> | null;
  timestamp: string;
}

export interface Dag {
  dag_id: string;
  dag_display_name: string;
  is_paused: boolean;
  is_stale: boolean;
  /** Names the file that the DAG comes from, in requests. */
  file_token: string;
  tags: { name: string }[];
}

/** One line of a task's log, as a structure; `event` is the text. */
export interface LogLine {
  event: string;
  level?: string;
  [fact: string]: unknown;
}

/** Why a task failed, as its log tells it. */
export interface TaskFailure {
  /** The task, with its version where it is one of several. */
  task: string;
  /** `CODE: …` where the command said it. */
  message: string;
  hint?: string | undefined;
  /** The status of the answer of a source that it failed at, and how long that asks to wait. */
  status?: number | undefined;
  retryAfterSeconds?: number | undefined;
}

export interface RunRequest {
  partitionKey?: string | undefined;
  /** The values of the DAG's params. */
  params?: Record<string, unknown> | undefined;
  /** What the run is to be called; one of that name is refused with 409. */
  dagRunId?: string | undefined;
}

/** What Airflow answers about a run that there is not. */
export const NOT_FOUND = 404;

const REQUEST_TIMEOUT_MS = 60_000;
const PAGE_SIZE = 100;
/** Of one run: logs that are read to tell why it failed, and at a time. */
const LOGS = 20;
const LOGS_AT_ONCE = 2;
/** The name under which the DAG file writes into the log of a task. */
const OUR_LOGGER = 'lifecycle';
const HINT = 'hint: ';

/** A typed view of the parts of Airflow's REST API, version 2, that we use. */
export class AirflowClient {
  readonly #connection: Connection;
  #token: string | undefined;

  constructor(connection: Connection) {
    this.#connection = { ...connection, url: connection.url.replace(/\/+$/, '') };
    this.#token = connection.token;
  }

  get url(): string {
    return this.#connection.url;
  }

  /** The whole answer: a server that is killed may have sent half of one. */
  async #fetch(path: string, init: RequestInit): Promise<{ ok: boolean; status: number; text: string }> {
    try {
      const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
      const response = await fetch(`${this.url}${path}`, { ...init, signal });
      return { ok: response.ok, status: response.status, text: await response.text() };
    } catch (cause) {
      throw new LifecycleError('AIR_UNREACHABLE', `no Airflow answers at ${this.url}`, {
        cause,
        hint: 'start one with `lifecycle airflow start`, or name another in LIFECYCLE_AIRFLOW_URL',
      });
    }
  }

  async #login(): Promise<string> {
    const { username, password } = this.#connection;
    const response = await this.#fetch('/auth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    if (!response.ok) {
      throw new LifecycleError('AIR_REFUSED', `Airflow at ${this.url} refused the login of ${username ?? 'nobody'}`, {
        hint: 'set LIFECYCLE_AIRFLOW_USER and LIFECYCLE_AIRFLOW_PASSWORD, or LIFECYCLE_AIRFLOW_TOKEN',
        details: { status: response.status, explanation: explanationIn(response.text) },
      });
    }
    return this.#parse<{ access_token: string }>('POST /auth/token', response).access_token;
  }

  /** @throws LifecycleError AIR_REFUSED where something else than Airflow answers, such as the page of a proxy */
  #parse<T>(asked: string, { status, text }: { status: number; text: string }): T {
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const explanation = explanationIn(text);
      throw new LifecycleError('AIR_REFUSED', `${this.url} answers ${asked} with no JSON: ${explanation}`, {
        cause,
        hint: 'what listens there is no Airflow, or something before it that answers in its place',
        details: { status, explanation },
      });
    }
  }

  /**
   * One request of the API, with JSON in both directions.
   *
   * @throws LifecycleError AIR_UNREACHABLE, or AIR_REFUSED with `details.status`
   */
  async request<T>(method: string, path: string, body?: unknown): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      this.#token ??= await this.#login();
      const response = await this.#fetch(`/api/v2${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.#token}`,
          'content-type': 'application/json',
          accept: 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (response.ok) {
        return response.text === '' ? (undefined as T) : this.#parse<T>(`${method} ${path}`, response);
      }
      if (response.status === 401 && attempt === 0 && this.#connection.password !== undefined) {
        this.#token = undefined;
        continue;
      }
      const explanation = explanationIn(response.text);
      throw new LifecycleError('AIR_REFUSED', `Airflow refused ${method} ${path}: ${explanation}`, {
        details: { status: response.status, explanation },
      });
    }
  }

  async #all<T>(path: string, key: string): Promise<T[]> {
    const found: T[] = [];
    for (;;) {
      const joint = path.includes('?') ? '&' : '?';
      const page = await this.request<Record<string, unknown> & { total_entries: number }>(
        'GET',
        `${path}${joint}limit=${PAGE_SIZE}&offset=${found.length}`,
      );
      const entries = page[key] as T[];
      found.push(...entries);
      if (entries.length === 0 || found.length >= page.total_entries) return found;
    }
  }

  dags(): Promise<Dag[]> {
    return this.#all('/dags', 'dags');
  }

  async countDags(): Promise<number> {
    return (await this.request<{ total_entries: number }>('GET', '/dags?limit=1')).total_entries;
  }

  /** Makes Airflow read the DAG file again, now. */
  async reparse(): Promise<void> {
    const { dags } = await this.request<{ dags: Dag[] }>('GET', '/dags?limit=1');
    const [any] = dags;
    if (any) await this.request('PUT', `/parseDagFile/${encodeURIComponent(any.file_token)}`);
  }

  importErrors(): Promise<{ filename: string; stack_trace: string }[]> {
    return this.#all('/importErrors', 'import_errors');
  }

  /** Starts a run; Airflow answers with 400 for a bad key or a bad param, before anything runs. */
  trigger(dagId: string, { partitionKey, params, dagRunId }: RunRequest): Promise<DagRun> {
    return this.request('POST', `/dags/${encodeURIComponent(dagId)}/dagRuns`, {
      logical_date: null,
      ...(partitionKey === undefined ? {} : { partition_key: partitionKey }),
      ...(params === undefined ? {} : { conf: params }),
      ...(dagRunId === undefined ? {} : { dag_run_id: dagRunId }),
    });
  }

  run(dagId: string, runId: string): Promise<DagRun> {
    return this.request('GET', `/dags/${encodeURIComponent(dagId)}/dagRuns/${encodeURIComponent(runId)}`);
  }

  taskInstances(dagId: string, runId: string): Promise<TaskInstance[]> {
    const run = `/dags/${encodeURIComponent(dagId)}/dagRuns/${encodeURIComponent(runId)}`;
    return this.#all(`${run}/taskInstances`, 'task_instances');
  }

  /** The log of one try of a task. */
  async log(run: { dag_id: string; dag_run_id: string }, task: TaskInstance): Promise<LogLine[]> {
    const answer = await this.request<{ content: (LogLine | string)[] }>(
      'GET',
      `/dags/${encodeURIComponent(run.dag_id)}/dagRuns/${encodeURIComponent(run.dag_run_id)}/taskInstances/` +
        `${encodeURIComponent(task.task_id)}/logs/${Math.max(1, task.try_number)}?map_index=${task.map_index}&full_content=true`,
    );
    return answer.content.map((line) => (typeof line === 'string' ? { event: line } : line));
  }

  /** Marks a task failed, which makes Airflow end its process. */
  async fail(run: { dag_id: string; dag_run_id: string }, task: TaskInstance): Promise<void> {
    const mapped = task.map_index >= 0 ? `/${task.map_index}` : '';
    await this.request(
      'PATCH',
      `/dags/${encodeURIComponent(run.dag_id)}/dagRuns/${encodeURIComponent(run.dag_run_id)}/taskInstances/` +
        `${encodeURIComponent(task.task_id)}${mapped}`,
      { new_state: 'failed' },
    );
  }

  /** Those that a DAG of now makes or reads, all or those with a text in their name. */
  assets(inName = ''): Promise<Asset[]> {
    const filter = inName === '' ? '' : `?name_pattern=${encodeURIComponent(inName)}`;
    return this.#all(`/assets${filter}`, 'assets');
  }

  /** The events of all assets, oldest first; those since a time alone, that time's own among them. */
  events(since?: string): Promise<AssetEvent[]> {
    const filter = since === undefined ? '' : `&timestamp_gte=${encodeURIComponent(since)}`;
    return this.#all(`/assets/events?order_by=timestamp${filter}`, 'asset_events');
  }

  /** Makes an event that no run has made. */
  async createEvent(assetId: number, partitionKey: string | null, extra: Record<string, unknown>): Promise<void> {
    const key = partitionKey === null ? {} : { partition_key: partitionKey };
    await this.request('POST', '/assets/events', { asset_id: assetId, ...key, extra });
  }

  /** Whether a run of a DAG is under way or waits for its turn. */
  async isActive(dagId: string): Promise<boolean> {
    const runs = `/dags/${encodeURIComponent(dagId)}/dagRuns?state=running&state=queued&limit=1`;
    return (await this.request<{ total_entries: number }>('GET', runs)).total_entries > 0;
  }

  /** The events of one asset, oldest first. */
  async assetEvents(assetName: string): Promise<AssetEvent[]> {
    const assets = await this.assets(assetName);
    const asset = assets.find(({ name }) => name === assetName);
    if (!asset) return [];
    return this.#all(`/assets/events?asset_id=${asset.id}&order_by=timestamp`, 'asset_events');
  }

  /** Waits until a run has ended. */
  async waitForRun(run: DagRun, signal: AbortSignal, everyMs = 1_000): Promise<DagRun> {
    for (;;) {
      const current = await this.run(run.dag_id, run.dag_run_id);
      if (current.state === 'success' || current.state === 'failed') return current;
      await sleep(everyMs, undefined, { signal });
    }
  }

  /** The events that a run has made. */
  runEvents({ dag_id, dag_run_id }: Pick<DagRun, 'dag_id' | 'dag_run_id'>): Promise<AssetEvent[]> {
    const [dag, run] = [dag_id, dag_run_id].map(encodeURIComponent);
    return this.#all(`/assets/events?source_dag_id=${dag}&source_run_id=${run}`, 'asset_events');
  }

  dag(dagId: string): Promise<Dag> {
    return this.request('GET', `/dags/${encodeURIComponent(dagId)}`);
  }

  /**
   * Why a run failed: the last error in the log of each failed task, of a run of hundreds of versions those of some. The
   * web server holds a connection to its database for each log that it sends, and with all of them in use it answers
   * nobody any more, the tasks that are running included.
   */
  async failures(run: Pick<DagRun, 'dag_id' | 'dag_run_id'>): Promise<TaskFailure[]> {
    const failed = (await this.taskInstances(run.dag_id, run.dag_run_id)).filter(({ state }) => state === 'failed');
    const told = await inParallel(failed.slice(0, LOGS), LOGS_AT_ONCE, async (task) => {
      const label = task.rendered_map_index ? `${task.task_id} [${task.rendered_map_index}]` : task.task_id;
      return { task: label, ...failureIn(await this.log(run, task)) };
    });
    const more = failed.length - told.length;
    return more === 0
      ? told
      : [...told, { task: `${more} more`, message: 'failed too; their logs in Airflow say why' }];
  }

  /** The same as texts. */
  async reasons(run: Pick<DagRun, 'dag_id' | 'dag_run_id'>): Promise<string[]> {
    return (await this.failures(run)).map(({ task, message }) => `${task}: ${message}`);
  }
}

function failureIn(log: readonly LogLine[]): Omit<TaskFailure, 'task'> {
  const errors = log.filter(({ level }) => level === 'error' || level === 'critical');
  // Ours say why; Airflow's own last words ("Task failed with exception") hold the exception's text.
  const ours = errors.find(({ logger }) => logger === OUR_LOGGER);
  const telling = ours ?? errors.at(-1);
  const thrown = (telling?.error_detail as { exc_value?: string }[] | undefined)?.[0]?.exc_value;
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const hint = log.find(({ logger, event }) => logger === OUR_LOGGER && event.startsWith(HINT))?.event;
  return {
    message: thrown ?? telling?.event ?? 'no error in its log',
    hint: ours && hint?.slice(HINT.length),
    status: number(telling?.status),
    retryAfterSeconds: number(telling?.retry_after_seconds),
  };
}
