import type { BatchRecord, BatchRun, RunRecord } from './batch-record.ts';

/** A run that has not ended. */
export interface Job {
  run: BatchRun;
  record: RunRecord;
  /** Not before this moment of `performance.now()`. */
  notBefore: number;
  /** How often it was tried again in this process. */
  retries: number;
  /** How often somebody else held the version. */
  waits: number;
}

/** The runs of a batch that have not ended, and which of them may begin. */
export class Queue {
  readonly active = new Set<Job>();
  readonly #waiting: Job[];
  readonly #bounds: Pick<BatchRecord, 'at_once' | 'per_host' | 'after'>;
  /** How many ask a host now. */
  readonly #asking = new Map<string, number>();
  /** Until when a host is left alone, as `performance.now()` has it. */
  readonly #resting = new Map<string, number>();
  /** How many runs of a template have not ended. */
  readonly #open = new Map<string, number>();

  constructor(jobs: readonly Job[], bounds: Pick<BatchRecord, 'at_once' | 'per_host' | 'after'>) {
    this.#waiting = [...jobs];
    this.#bounds = bounds;
    for (const { run } of jobs) add(this.#open, run.template, 1);
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** The first that may begin now, in the order of the batch; it is active from now on. */
  next(): Job | undefined {
    if (this.active.size >= this.#bounds.at_once) return undefined;
    const now = performance.now();
    const index = this.#waiting.findIndex((job) => this.#isFree(job) && this.#earliest(job) <= now);
    if (index === -1) return undefined;
    const [job] = this.#waiting.splice(index, 1) as [Job];
    this.active.add(job);
    if (job.run.host !== null) add(this.#asking, job.run.host, 1);
    return job;
  }

  /** It has ended, or is to be tried again. */
  done(job: Job, isOver: boolean): void {
    this.active.delete(job);
    if (job.run.host !== null) add(this.#asking, job.run.host, -1);
    if (isOver) add(this.#open, job.run.template, -1);
    else this.#waiting.push(job);
  }

  /** Nobody asks the host for so long. */
  rest(host: string | null, pauseMs: number): void {
    if (host === null || pauseMs <= 0) return;
    this.#resting.set(host, Math.max(this.#resting.get(host) ?? 0, performance.now() + pauseMs));
  }

  /** Milliseconds until one of those that only wait for their time may begin; infinite where there is none. */
  pauseMs(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const job of this.#waiting) if (this.#isFree(job)) earliest = Math.min(earliest, this.#earliest(job));
    return earliest - performance.now();
  }

  #earliest({ run, notBefore }: Job): number {
    return run.host === null ? notBefore : Math.max(notBefore, this.#resting.get(run.host) ?? 0);
  }

  /** Whether neither its host nor what it depends on stands against it. */
  #isFree({ run: { host, template } }: Job): boolean {
    if (host !== null && (this.#asking.get(host) ?? 0) >= this.#bounds.per_host) return false;
    const after = this.#bounds.after?.[template];
    return after === undefined || after.every((input) => (this.#open.get(input) ?? 0) === 0);
  }
}

function add(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}
