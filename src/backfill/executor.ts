import type { Attempt, BatchRun } from './batch-record.ts';

/** How an attempt ended. */
export interface Ending {
  /** Null where a signal or Airflow ended it. */
  exitCode: number | null;
  signal?: string | null;
  /** What became of the version, where it was made. */
  state?: 'made' | 'unchanged' | undefined;
  code?: string | undefined;
  message?: string | undefined;
  hint?: string | undefined;
  /** The status of an answer of HTTP that it ended in. */
  status?: number | undefined;
  /** How long the source asks to be left alone. */
  retryAfterSeconds?: number | undefined;
}

/** What carries out a run, here or in Airflow. */
export interface Executor {
  /** What is to be written down before the attempt begins. */
  begin(run: BatchRun, name: { batch: string; number: number; attempt: number }): Pick<Attempt, 'dag_run_id'>;
  /** Whether an attempt that nobody has seen the end of can be waited for. */
  canGoOn(attempt: Attempt): boolean;
  /**
   * Carries it out, or waits for one that was begun before. Undefined: it was stopped, and has no end yet.
   *
   * @throws LifecycleError what stands against all runs alike, and not against this one; the attempt has no end then
   */
  carryOut(run: BatchRun, attempt: Attempt, signal: AbortSignal): Promise<Ending | undefined>;
  /** What a person is told who stops a batch while runs are under way. */
  whenStopped?: string;
  /** To be called when nothing is under way any more. */
  close?(): Promise<void>;
}

/** Troubles that pass by themselves, often. */
const PASSING = ['SRC_UNREACHABLE', 'SRC_TIMEOUT', 'SRC_INCOMPLETE', 'SRC_CHANGED'];
const PASSING_STATUS = (status: number) => status === 408 || status === 425 || status === 429 || status >= 500;
/** By which a host says that it is asked too much. */
const TOO_MUCH = [429, 503];
const MAX_ASKED_PAUSE_MS = 3_600_000;

/** Whether an attempt is worth another one; what is wrong with data or definitions stays so. */
export function isPassing({ exitCode, signal, code, status }: Ending): boolean {
  if (code === 'SRC_HTTP_STATUS') return status !== undefined && PASSING_STATUS(status);
  if (code !== undefined) return PASSING.includes(code);
  // Nobody here has stopped it: for memory, or by hand.
  return signal != null || exitCode === 130 || exitCode === 143;
}

/**
 * How long the host of a run is to be left alone by all of the batch, in milliseconds.
 *
 * @param pauseMs what the run itself waits before it is tried again
 */
export function hostPauseMs({ status, retryAfterSeconds }: Ending, pauseMs: number): number {
  if (status === undefined || !TOO_MUCH.includes(status)) return 0;
  return Math.max(pauseMs, Math.min(MAX_ASKED_PAUSE_MS, (retryAfterSeconds ?? 0) * 1000));
}
