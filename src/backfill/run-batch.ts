import { EXIT } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import type { Reporter } from '../report.ts';
import { withClaim } from '../store/claim.ts';
import type { StoreLayout } from '../store/layout.ts';
import { isQuarantined } from '../store/quarantine.ts';
import { type Attempt, type BatchRecord, type BatchRun, type RunRecord, readRuns, writeRun } from './batch-record.ts';
import { type Ending, type Executor, isPassing } from './executor.ts';
import { finishKilled, standing } from './standing.ts';

interface Surroundings {
  layout: StoreLayout;
  projectDir: string;
  executor: Executor;
  reporter: Reporter;
  signal: AbortSignal;
  /** Also those that have failed. */
  retryFailed: boolean;
}

/** A run that has not ended. */
interface Job {
  run: BatchRun;
  record: RunRecord;
  /** Not before this moment of `performance.now()`. */
  notBefore: number;
  /** How often it was tried again in this process. */
  retries: number;
  /** How often somebody else held the version. */
  waits: number;
}

/** Whoever else makes the version is waited for: at first a moment, then longer, 20 minutes in all. */
const MAX_WAITS = 70;
const waitMs = (waits: number) => Math.min(20_000, 250 * 2 ** Math.min(waits, 10));
const MAX_RETRY_WAIT_MS = 600_000;

/**
 * Carries out what is open of a batch. Each attempt is written down before it begins and when it has ended, so that this
 * can be killed at any moment and begun again. Nobody else carries it out meanwhile.
 *
 * @throws LifecycleError STO_BUSY where another does; LIF_STOPPED when `signal` says so, once what is under way has ended
 */
export async function runBatch(batch: BatchRecord, around: Surroundings): Promise<RunRecord[]> {
  return withClaim(around.layout, `batch ${batch.id}`, async () => {
    const records = await readRuns(around.layout, batch);
    const isOpen = ({ state }: RunRecord) => state === 'open' || (around.retryFailed && state === 'failed');
    const jobs = records
      .filter(isOpen)
      .map((record) => ({ run: batch.runs[record.number - 1]!, record, notBefore: 0, retries: 0, waits: 0 }));
    await carryOut(jobs, batch, around);
    return records;
  });
}

/** Begins what may begin, in order, whenever something has ended or a pause is over. */
async function carryOut(jobs: Job[], batch: BatchRecord, around: Surroundings): Promise<void> {
  const { signal } = around;
  const waiting = jobs;
  const active = new Map<Job, Promise<void>>();
  const failures: unknown[] = [];
  const askedBy = (host: string | null) => [...active.keys()].filter(({ run }) => run.host === host).length;
  const mayBegin = ({ run, notBefore }: Job) =>
    notBefore <= performance.now() && (run.host === null || askedBy(run.host) < batch.per_host);
  while (active.size > 0 || (waiting.length > 0 && failures.length === 0)) {
    while (active.size < batch.at_once && failures.length === 0 && !signal.aborted) {
      const index = waiting.findIndex(mayBegin);
      if (index === -1) break;
      const [job] = waiting.splice(index, 1) as [Job];
      const work = attempt(job, batch, around)
        .then((isOver) => void (isOver || waiting.push(job)))
        .catch((error: unknown) => void failures.push(error))
        .finally(() => active.delete(job));
      active.set(job, work);
    }
    if (signal.aborted && active.size === 0) break;
    const pause = Math.min(...waiting.map(({ notBefore }) => notBefore)) - performance.now();
    await soonest([...active.values()], signal.aborted ? Number.POSITIVE_INFINITY : pause, signal);
  }
  if (failures.length > 0) throw failures[0];
  signal.throwIfAborted();
}

/** Waits for one of them to end, for a pause that is still to come, or to be told to stop. */
async function soonest(works: Promise<void>[], pauseMs: number, signal: AbortSignal): Promise<void> {
  const done = new AbortController();
  const events = [...works];
  if (pauseMs > 0 && Number.isFinite(pauseMs)) {
    events.push(
      new Promise((resolve) => {
        const timer = setTimeout(resolve, pauseMs);
        done.signal.addEventListener('abort', () => clearTimeout(timer));
      }),
    );
  }
  if (!signal.aborted) {
    events.push(
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true, signal: done.signal })),
    );
  }
  await Promise.race(events);
  done.abort();
}

/** One attempt. False where it is to be tried again, at its `notBefore`. */
async function attempt(job: Job, batch: BatchRecord, around: Surroundings): Promise<boolean> {
  const { run, record } = job;
  const { layout, executor, signal } = around;
  const last = record.attempts.at(-1);
  const killed = last !== undefined && last.ended === undefined ? last : undefined;
  const goesOn = killed && executor.canGoOn(killed) ? killed : undefined;
  if (!goesOn) {
    const found = await standing(layout, run, batch);
    if (found) {
      try {
        if (killed) await finishKilled(layout, around.projectDir, run, found.record);
      } catch (error) {
        if (!(error instanceof LifecycleError && error.code === 'STO_BUSY')) throw error;
        return again(job, waitMs(job.waits++));
      }
      const state = isQuarantined(found.record) ? 'quarantined' : killed && found.isOurs ? 'made' : 'stood';
      return close(job, around, state);
    }
  }
  const begun: Attempt = goesOn ?? {
    started: new Date().toISOString(),
    ...executor.begin(run, { batch: batch.id, number: record.number, attempt: record.attempts.length + 1 }),
  };
  if (!goesOn) {
    record.state = 'open';
    record.attempts.push(begun);
    await writeRun(layout, record);
  }
  const ending = await executor.carryOut(run, begun, signal);
  if (ending === undefined) return true;
  return concluded(job, begun, ending, batch, around);
}

async function concluded(
  job: Job,
  begun: Attempt,
  ending: Ending,
  batch: BatchRecord,
  around: Surroundings,
): Promise<boolean> {
  const { record, run } = job;
  const isBusy = ending.exitCode === EXIT.busy;
  if (isBusy && job.waits < MAX_WAITS) {
    // It has done nothing, and is no attempt.
    record.attempts.pop();
    await writeRun(around.layout, record);
    return again(job, waitMs(job.waits++));
  }
  begun.ended = new Date().toISOString();
  begun.exit_code = ending.exitCode;
  for (const key of ['code', 'message', 'hint'] as const) if (ending[key] !== undefined) begun[key] = ending[key];
  if (ending.exitCode === EXIT.done) {
    const state = ending.state ?? 'made';
    // An attempt that was killed, or a run of it that outlived the batch, may have come first.
    const isKilled = record.attempts.some(({ ended }) => ended === undefined);
    const isOurs = state === 'unchanged' && isKilled && (await standing(around.layout, run, batch))?.isOurs;
    return close(job, around, isOurs ? 'made' : state);
  }
  if (ending.exitCode === EXIT.quarantined) return close(job, around, 'quarantined');
  if (!isBusy && isPassing(ending) && job.retries < batch.retries) {
    const pause = Math.min(MAX_RETRY_WAIT_MS, batch.retry_wait * 1000 * 2 ** job.retries++);
    await writeRun(around.layout, record);
    const what = `${run.template} ${run.version}: ${ending.message ?? ending.code}`;
    around.reporter.log('warning', `${what}; it is tried again in ${Math.round(pause / 1000)} s`);
    return again(job, pause);
  }
  return close(job, around, 'failed');
}

function again(job: Job, pauseMs: number): false {
  job.notBefore = performance.now() + pauseMs;
  return false;
}

async function close({ run, record }: Job, around: Surroundings, state: RunRecord['state']): Promise<true> {
  record.state = state;
  await writeRun(around.layout, record);
  const message = state === 'failed' ? record.attempts.at(-1)?.message : undefined;
  around.reporter.log(state === 'failed' ? 'error' : 'info', `${run.template} ${run.version}: ${state}`, {
    ...(message === undefined ? {} : { reason: message }),
  });
  return true;
}
