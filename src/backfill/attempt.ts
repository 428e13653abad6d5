import { EXIT } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import type { Reporter } from '../report.ts';
import type { StoreLayout } from '../store/layout.ts';
import { isQuarantined } from '../store/quarantine.ts';
import { diskIsFull } from '../store/write-errors.ts';
import { type Attempt, type BatchRecord, type RunRecord, writeRun } from './batch-record.ts';
import { type Ending, type Executor, hostPauseMs, isPassing } from './executor.ts';
import type { Job } from './queue.ts';
import { finishKilled, sameAsBefore, standing } from './standing.ts';

export interface Surroundings {
  batch: BatchRecord;
  /** Of all runs, as they are now. */
  records: readonly RunRecord[];
  layout: StoreLayout;
  projectDir: string;
  executor: Executor;
  reporter: Reporter;
  signal: AbortSignal;
  /** Whether programs read the log: then what each line is about also stands in fields. */
  forPrograms?: boolean;
  /** Lets nobody ask a host for so long. */
  rest(host: string | null, pauseMs: number): void;
}

/** Whoever else makes the version is waited for: at first a moment, then longer, 20 minutes in all. */
const MAX_WAITS = 70;
const waitMs = (waits: number) => Math.min(20_000, 250 * 2 ** Math.min(waits, 10));
const MAX_RETRY_WAIT_MS = 600_000;

/** One attempt. False where it is to be tried again, at its `notBefore`. */
export async function attempt(job: Job, around: Surroundings): Promise<boolean> {
  const { run, record } = job;
  const { batch, layout, executor, signal } = around;
  const input = failedInput(job, around);
  if (input !== undefined) return closeWithout(job, around, input);
  const last = record.attempts.at(-1);
  const killed = last !== undefined && last.ended === undefined ? last : undefined;
  const goesOn = killed && executor.canGoOn(killed) ? killed : undefined;
  if (!goesOn) {
    const found = await standing(layout, run);
    if (found) {
      try {
        if (killed) await finishKilled(layout, around.projectDir, run, found);
      } catch (error) {
        if (!(error instanceof LifecycleError && error.code === 'STO_BUSY')) throw error;
        return again(job, waitMs(job.waits++));
      }
      return close(job, around, isQuarantined(found) ? 'quarantined' : killed ? 'made' : 'stood');
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
  return concluded(job, begun, ending, around);
}

async function concluded(job: Job, begun: Attempt, ending: Ending, around: Surroundings): Promise<boolean> {
  const { record, run } = job;
  const { batch } = around;
  const isBusy = ending.exitCode === EXIT.busy;
  if (isBusy && job.waits < MAX_WAITS) {
    // It has done nothing, and is no attempt.
    record.attempts.pop();
    await writeRun(around.layout, record);
    return again(job, waitMs(job.waits++));
  }
  if (ending.code === 'STO_WRITE_FAILED' && diskIsFull(around.layout)) {
    // All others would end the same way; it has no end, and is begun again when the batch goes on.
    throw new LifecycleError('STO_WRITE_FAILED', ending.message ?? '', { cause: new Error('no space left on device') });
  }
  begun.ended = new Date().toISOString();
  begun.exit_code = ending.exitCode;
  for (const key of ['code', 'message', 'hint'] as const) if (ending[key] !== undefined) begun[key] = ending[key];
  if (ending.exitCode === EXIT.done) {
    const state = ending.state ?? 'made';
    // An attempt that was killed, or a run of it that outlived the batch, may have come first.
    const isKilled = record.attempts.some(({ ended }) => ended === undefined);
    const isOurs = state === 'unchanged' && isKilled && (await standing(around.layout, run)) !== undefined;
    return close(job, around, isOurs ? 'made' : state);
  }
  if (ending.exitCode === EXIT.quarantined) return close(job, around, 'quarantined');
  if (!isBusy && isPassing(ending)) {
    const own = Math.min(MAX_RETRY_WAIT_MS, batch.retry_wait * 1000 * 2 ** job.retries);
    const asked = hostPauseMs(ending, own);
    around.rest(run.host, asked);
    if (job.retries++ < batch.retries) {
      await writeRun(around.layout, record);
      const pause = Math.max(own, asked);
      const what = `${run.template} ${run.version}: ${ending.message ?? ending.code}`;
      around.reporter.log('warning', `${what}; it is tried again in ${Math.round(pause / 1000)} s`);
      return again(job, pause);
    }
  }
  return close(job, around, 'failed');
}

/** What it depends on in the same version, where that has failed in this batch. */
function failedInput({ run }: Job, { batch, records }: Surroundings): string | undefined {
  const after = batch.after?.[run.template];
  if (after === undefined) return undefined;
  const failed = records.find(({ state, number }) => {
    const { template, version } = batch.runs[number - 1]!;
    return state === 'failed' && version === run.version && after.includes(template);
  });
  return failed && batch.runs[failed.number - 1]!.template;
}

function closeWithout(job: Job, around: Surroundings, input: string): Promise<true> {
  const now = new Date().toISOString();
  const message = `${input} ${job.run.version}, which it depends on, failed in this batch`;
  const failure = { exit_code: null, code: 'LIF_INPUT_FAILED', message } satisfies Partial<Attempt>;
  job.record.attempts.push({ started: now, ended: now, ...failure });
  return close(job, around, 'failed');
}

function again(job: Job, pauseMs: number): false {
  job.notBefore = performance.now() + pauseMs;
  return false;
}

async function close({ run, record }: Job, around: Surroundings, state: RunRecord['state']): Promise<true> {
  record.state = state;
  const same = state === 'made' ? await sameAsBefore(around.layout, run) : undefined;
  if (same !== undefined) record.same_as = same;
  await writeRun(around.layout, record);
  const isWrong = state === 'failed' || state === 'quarantined';
  const reason = isWrong ? record.attempts.at(-1)?.message : undefined;
  const level = { failed: 'error', quarantined: 'warning' } as const;
  const { template, version } = run;
  around.reporter.log(level[state as 'failed'] ?? 'info', `${template} ${version}: ${state}`, {
    ...(around.forPrograms ? { template, version, state } : {}),
    ...(same === undefined ? {} : { same_as: same }),
    ...(reason === undefined ? {} : { reason }),
  });
  return true;
}
