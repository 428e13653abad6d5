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

/** Runs that the same host and the same inputs hold back. */
interface Lane {
  host: string | null;
  template: string;
  /** In the order of the batch. */
  jobs: Job[];
}

/** The runs of a batch that have not ended, and which of them may begin. */
export class Queue {
  readonly active = new Set<Job>();
  readonly #lanes = new Map<string, Lane>();
  /** Those that wait for their time. */
  readonly #later = new Set<Job>();
  readonly #bounds: Pick<BatchRecord, 'at_once' | 'per_host' | 'after'>;
  /** How many ask a host now. */
  readonly #asking = new Map<string, number>();
  /** Until when a host is left alone, as `performance.now()` has it. */
  readonly #resting = new Map<string, number>();
  /** How many runs of a template have not ended. */
  readonly #open = new Map<string, number>();

  constructor(jobs: readonly Job[], bounds: Pick<BatchRecord, 'at_once' | 'per_host' | 'after'>) {
    this.#bounds = bounds;
    for (const job of jobs) {
      this.#laneOf(job).jobs.push(job);
      add(this.#open, job.run.template, 1);
    }
  }

  get isEmpty(): boolean {
    return this.#later.size === 0 && [...this.#lanes.values()].every(({ jobs }) => jobs.length === 0);
  }

  /** The first that may begin now, in the order of the batch; it is active from now on. */
  next(): Job | undefined {
    if (this.active.size >= this.#bounds.at_once) return undefined;
    const now = performance.now();
    for (const job of this.#later) {
      if (job.notBefore > now) continue;
      this.#later.delete(job);
      this.#laneOf(job).jobs.unshift(job);
    }
    let first: Lane | undefined;
    for (const lane of this.#lanes.values()) {
      const [head] = lane.jobs;
      if (!head || !this.#isFree(lane) || this.#restsUntil(lane) > now) continue;
      if (!first || head.record.number < first.jobs[0]!.record.number) first = lane;
    }
    const job = first?.jobs.shift();
    if (!job) return undefined;
    this.active.add(job);
    if (job.run.host !== null) add(this.#asking, job.run.host, 1);
    return job;
  }

  /** It has ended, or is to be tried again at its `notBefore`. */
  done(job: Job, isOver: boolean): void {
    this.active.delete(job);
    if (job.run.host !== null) add(this.#asking, job.run.host, -1);
    if (isOver) add(this.#open, job.run.template, -1);
    else this.#later.add(job);
  }

  /** Nobody asks the host for so long. */
  rest(host: string | null, pauseMs: number): void {
    if (host === null || pauseMs <= 0) return;
    this.#resting.set(host, Math.max(this.#resting.get(host) ?? 0, performance.now() + pauseMs));
  }

  /**
   * Milliseconds until one of those that only wait for their time may begin: none or fewer where its time has come since
   * `next` was asked; infinite where there is none, or no place for it.
   */
  pauseMs(): number {
    if (this.active.size >= this.#bounds.at_once) return Number.POSITIVE_INFINITY;
    let earliest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) {
      if (lane.jobs.length > 0 && this.#isFree(lane)) earliest = Math.min(earliest, this.#restsUntil(lane));
    }
    for (const { run, notBefore } of this.#later) {
      if (this.#isFree(run)) earliest = Math.min(earliest, Math.max(notBefore, this.#restsUntil(run)));
    }
    return earliest - performance.now();
  }

  #laneOf({ run: { host, template } }: Job): Lane {
    const key = `${template} ${host}`;
    const lane = this.#lanes.get(key) ?? { host, template, jobs: [] };
    this.#lanes.set(key, lane);
    return lane;
  }

  #restsUntil({ host }: Pick<Lane, 'host'>): number {
    return host === null ? 0 : (this.#resting.get(host) ?? 0);
  }

  /** Whether neither its host nor what it depends on stands against it. */
  #isFree({ host, template }: Pick<Lane, 'host' | 'template'>): boolean {
    if (host !== null && (this.#asking.get(host) ?? 0) >= this.#bounds.per_host) return false;
    const after = this.#bounds.after?.[template];
    return after === undefined || after.every((input) => (this.#open.get(input) ?? 0) === 0);
  }
}

function add(counts: Map<string, number>, key: string, n: number): void {
  counts.set(key, (counts.get(key) ?? 0) + n);
}
