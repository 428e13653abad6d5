import type { Reporter } from '../report.ts';
import { withClaim } from '../store/claim.ts';
import type { StoreLayout } from '../store/layout.ts';
import { writingStore } from '../store/write-errors.ts';
import { attempt } from './attempt.ts';
import { type BatchRecord, type RunRecord, readRuns } from './batch-record.ts';
import type { Executor } from './executor.ts';
import { Queue } from './queue.ts';

interface Surroundings {
  layout: StoreLayout;
  projectDir: string;
  executor: Executor;
  reporter: Reporter;
  signal: AbortSignal;
  /** Also those that have failed. */
  retryFailed: boolean;
  forPrograms?: boolean;
}

/**
 * Carries out what is open of a batch. Each attempt is written down before it begins and when it has ended, so that this
 * can be killed at any moment and begun again. Nobody else carries it out meanwhile.
 *
 * @throws LifecycleError STO_BUSY where another does; LIF_STOPPED when `signal` says so, once what is under way has
 *   ended; STO_WRITE_FAILED; what stands against all runs alike
 */
export async function runBatch(batch: BatchRecord, around: Surroundings): Promise<RunRecord[]> {
  const goOn = { done: 'what has been made stands', rest: `lifecycle backfill resume ${batch.id}` };
  const work = async () => {
    const records = await readRuns(around.layout, batch);
    const isOpen = ({ state }: RunRecord) => state === 'open' || (around.retryFailed && state === 'failed');
    const open = records.filter(isOpen);
    // Those that are run again count for others as what they are now: not made yet.
    for (const record of open) record.state = 'open';
    const jobs = open.map((record) => {
      return { run: batch.runs[record.number - 1]!, record, notBefore: 0, retries: 0, waits: 0 };
    });
    try {
      await carryOut(new Queue(jobs, batch), { batch, records, ...around });
    } finally {
      await around.executor.close?.();
    }
    return records;
  };
  return writingStore(around.layout, () => withClaim(around.layout, `batch ${batch.id}`, work), goOn);
}

/** Begins what may begin, in order, whenever something has ended or a pause is over. */
async function carryOut(
  queue: Queue,
  around: Omit<Surroundings, 'retryFailed'> & { batch: BatchRecord; records: RunRecord[] },
): Promise<void> {
  const { signal, reporter, batch, records } = around;
  const works = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const tell = () => {
    const done = records.filter(({ state }) => state !== 'open').length;
    reporter.progress(`batch ${batch.id}`, done, records.length, 'versions');
  };
  const rest = (host: string | null, pauseMs: number) => queue.rest(host, pauseMs);
  while (works.size > 0 || (!queue.isEmpty && failures.length === 0)) {
    while (failures.length === 0 && !signal.aborted) {
      const job = queue.next();
      if (!job) break;
      const work = attempt(job, { ...around, rest })
        .then((isOver) => queue.done(job, isOver))
        .catch((error: unknown) => {
          failures.push(error);
          queue.done(job, false);
        })
        .finally(() => works.delete(work));
      works.add(work);
    }
    if (signal.aborted && works.size === 0) break;
    tell();
    const isOver = signal.aborted || failures.length > 0;
    await soonest([...works], isOver ? Number.POSITIVE_INFINITY : queue.pauseMs(), signal);
  }
  tell();
  if (failures.length > 0) throw failures[0];
  signal.throwIfAborted();
}

/** Waits for one of them to end, for the end of a pause, or to be told to stop. */
async function soonest(works: Promise<void>[], pauseMs: number, signal: AbortSignal): Promise<void> {
  if (pauseMs <= 0) return;
  const done = new AbortController();
  const events = [...works];
  if (Number.isFinite(pauseMs)) {
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
