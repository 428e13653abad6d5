import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import type { Reporter } from '../report.ts';
import { standingDirectories } from '../store/directories.ts';
import { formatJson, makeDirectory, writeFileDurably } from '../store/files.ts';
import type { StoreLayout } from '../store/layout.ts';
import { isDamage, READS_AT_ONCE, readRecordFile } from '../store/record-file.ts';
import { amount, fields, list, object, orAbsent, orNull, text, time } from '../store/record-shape.ts';
import { writingStore } from '../store/write-errors.ts';

/** What a run is told beside its template and version: the options of `lifecycle ingest`. */
export interface RunParameters {
  mode?: string;
  /** Absolute. */
  file?: string;
  datasets?: string[];
  /** False: `latest` stays where it is. */
  latest?: boolean;
  overwrite?: boolean;
  accept?: boolean;
  csv?: boolean;
  runner?: string;
}

/** One run of a batch. */
export interface BatchRun {
  template: string;
  version: string;
  /** The host that its source asks; null where it asks none. */
  host: string | null;
  parameters: RunParameters;
  /** Of what is to be overwritten: when the version that stood before the batch was made, ISO time. */
  replaces?: string;
}

/** What was asked for and is no run of the batch. */
export interface SkippedRun {
  template: string;
  version: string;
  why: string;
  /** The code of the error that this is. */
  code?: string;
}

/** What a batch is: written once, before the first run starts. */
export interface BatchRecord {
  format: 1;
  id: string;
  /** ISO time. */
  created: string;
  /** Runs at a time, in all. */
  at_once: number;
  /** Runs at a time that ask one host. */
  per_host: number;
  /** How often a run is tried again after a passing trouble. */
  retries: number;
  /** Seconds before the first of these; each further one waits twice as long. */
  retry_wait: number;
  /** Templates by one that is made after them, since it depends on them, at once or by way of others. */
  after?: Record<string, string[]>;
  /** In order; a run's number is its place, counted from 1. */
  runs: BatchRun[];
  skipped?: SkippedRun[];
}

/** How a batch runs where nobody says otherwise. */
export const USUAL_BOUNDS = { at_once: 4, per_host: 2, retries: 3, retry_wait: 10 };

/** One try of a run. Without `ended` nobody has seen its end: the batch was killed, or is at work. */
export interface Attempt {
  /** ISO time. */
  started: string;
  /** The run of Airflow that it is; absent where it is a process of the batch. */
  dag_run_id?: string;
  /** ISO time. */
  ended?: string;
  /** The exit code of the command; null where a signal or Airflow ended it. */
  exit_code?: number | null;
  /** The error code that it ended in. */
  code?: string;
  message?: string;
  hint?: string;
}

export const RUN_STATES = ['made', 'unchanged', 'stood', 'quarantined', 'failed', 'open'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** How far a run of a batch has come: replaced as a whole at the start and at the end of every attempt. */
export interface RunRecord {
  format: 1;
  batch: string;
  /** Its place in `runs`, counted from 1. */
  number: number;
  /** `open`, or how it ended: `made`; `unchanged`, made again with the same content; `stood`, when its turn came; … */
  state: RunState;
  /** Of a version that was made: the one before it, where that has the same content. */
  same_as?: string;
  attempts: Attempt[];
}

const RUN = fields({ template: text, version: text, host: orNull(text), parameters: object, replaces: orAbsent(time) });
const BATCH = fields({
  id: text,
  created: time,
  at_once: amount,
  per_host: amount,
  retries: amount,
  retry_wait: amount,
  runs: list(RUN),
  after: orAbsent(object),
  skipped: orAbsent(list(fields({ template: text, version: text, why: text }))),
});
const RUN_RECORD = fields({
  number: amount,
  state: text,
  same_as: orAbsent(text),
  attempts: list(fields({ started: time })),
});

const BATCH_ID = /^\d{8}T\d{6}-[0-9a-f]{4}$/;

function directoryOf(layout: StoreLayout, id: string): string {
  if (BATCH_ID.test(id)) return path.join(layout.batches, id);
  throw noBatch(id);
}

function noBatch(id: string): LifecycleError {
  return new LifecycleError('LIF_NO_BATCH', `there is no batch ${JSON.stringify(id.slice(0, 100))}`, {
    hint: 'see `lifecycle backfill list`',
  });
}

const runFile = (layout: StoreLayout, id: string, number: number) =>
  path.join(directoryOf(layout, id), 'runs', `${number}.json`);

/** Puts a new batch on the disk. @throws LifecycleError STO_WRITE_FAILED */
export async function createBatch(
  layout: StoreLayout,
  batch: Omit<BatchRecord, 'format' | 'id' | 'created'>,
): Promise<BatchRecord> {
  const now = new Date();
  const stamp = now.toISOString().replace(/[-:]|\.\d+Z/g, '');
  const record: BatchRecord = {
    format: 1,
    id: `${stamp}-${randomBytes(2).toString('hex')}`,
    created: now.toISOString(),
    ...batch,
  };
  const dir = directoryOf(layout, record.id);
  return writingStore(layout, async () => {
    try {
      await makeDirectory(path.join(dir, 'runs'), layout.root);
      // What this says is there is what counts, so it comes last.
      await writeFileDurably(path.join(dir, 'batch.json'), formatJson(record), path.join(dir, '.batch.json'));
    } catch (error) {
      await rm(dir, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
    return record;
  });
}

/** @throws LifecycleError LIF_NO_BATCH, STO_UNREADABLE */
export async function readBatch(layout: StoreLayout, id: string): Promise<BatchRecord> {
  const file = path.join(directoryOf(layout, id), 'batch.json');
  let record: BatchRecord | undefined;
  try {
    record = await readRecordFile<BatchRecord>(file, 1, BATCH, { id });
  } catch (error) {
    if (!isDamage(error)) throw error;
    const { message, cause } = error as LifecycleError;
    throw new LifecycleError('STO_UNREADABLE', message, {
      cause,
      hint: 'what it has made stands: give the words of the batch again, and the new one makes the rest',
      details: { file, reason: 'damaged' },
    });
  }
  if (record) return record;
  throw noBatch(id);
}

/** Ids of all batches, the newest first by the clock of those who began them. */
export async function batchIds(layout: StoreLayout): Promise<string[]> {
  const names = await standingDirectories(layout.batches);
  return names.filter((name) => BATCH_ID.test(name)).toSorted((a, b) => (a < b ? 1 : -1));
}

/**
 * How far each run has come, in the order of the batch. A record that is damaged says nothing, and is none: the run is
 * open, and the store says what it has made.
 *
 * @throws LifecycleError STO_UNREADABLE where the file system lets nobody read
 */
export function readRuns(layout: StoreLayout, batch: BatchRecord): Promise<RunRecord[]> {
  return inParallel(batch.runs, READS_AT_ONCE, async (_, index) => {
    const number = index + 1;
    const about = { batch: batch.id, number };
    const file = runFile(layout, batch.id, number);
    const record = await readRecordFile<RunRecord>(file, 1, RUN_RECORD, about).catch((error: unknown) => {
      if (isDamage(error)) return undefined;
      throw error;
    });
    return record ?? { format: 1, batch: batch.id, number, state: 'open', attempts: [] };
  });
}

/** All batches and how far each has come, the newest first; of one that cannot be read there is a warning. */
export async function readableBatches(
  layout: StoreLayout,
  reporter: Reporter,
): Promise<{ batch: BatchRecord; records: RunRecord[] }[]> {
  const found: { batch: BatchRecord; records: RunRecord[] }[] = [];
  for (const id of await batchIds(layout)) {
    try {
      const batch = await readBatch(layout, id);
      found.push({ batch, records: await readRuns(layout, batch) });
    } catch (error) {
      if (!(error instanceof LifecycleError)) throw error;
      // One whose making was killed has no record, and no run of it has begun.
      if (error.code !== 'LIF_NO_BATCH') reporter.log('warning', error.message);
    }
  }
  return found;
}

/** Only whoever has claimed the batch writes here, so that a name beside the file is nobody else's. */
export async function writeRun(layout: StoreLayout, record: RunRecord): Promise<void> {
  const file = runFile(layout, record.batch, record.number);
  await writeFileDurably(file, formatJson(record), path.join(path.dirname(file), `.${record.number}.json`));
}
