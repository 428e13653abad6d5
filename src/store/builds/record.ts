import path from 'node:path';
import { type PartitionKey, type ProductId, parsePartitionKey } from '../../ids.ts';
import type { FileFact } from '../files.ts';
import { RECORD_FILE, type StoreLayout } from '../layout.ts';
import { readRecordFile } from '../record-file.ts';
import { amount, fields, fileFact, list, object, orAbsent, orNull, text, time, truth } from '../record-shape.ts';
import { complete, type Survey, survey } from '../survey.ts';
import { readPartition } from './partition.ts';

/** `record.json` of a partition: there once all stages are done. */
export interface BuildRecord {
  format: 1;
  product: string;
  partition_key: string;
  version: string;
  /** ISO time. */
  created: string;
  inputs: { id: string; version: string | null; sha256: string | null; rows: number | null }[];
  /** Which code made it: a hash of the product's files, and what was checked out. Older records do not say. */
  code?: { tree: string; commit: string | null; dirty: boolean | null };
  /** What the build made, paths relative to `output/`. */
  outputs: FileFact[];
  /** Every other file of the partition but this one. */
  files: FileFact[];
  /** Seconds by stage. */
  timings: Record<string, number>;
}

const BUILD_RECORD = fields({
  product: text,
  partition_key: text,
  version: text,
  created: time,
  inputs: list(fields({ id: text, version: orNull(text), sha256: orNull(text), rows: orNull(amount) })),
  code: orAbsent(fields({ tree: text, commit: orNull(text), dirty: orNull(truth) })),
  outputs: list(fileFact),
  files: list(fileFact),
  timings: object,
});

export interface FinishedBuild {
  key: PartitionKey;
  dir: string;
  record: BuildRecord;
}

const newestFirst = (a: FinishedBuild, b: FinishedBuild) =>
  Date.parse(b.record.created) - Date.parse(a.record.created) || (a.key < b.key ? 1 : -1);

/** Builds of a product whose stages are all done, the one made last first, and what cannot be read. */
export async function surveyBuilds(layout: StoreLayout, product: ProductId): Promise<Survey<FinishedBuild>> {
  const { found, unreadable } = await survey(layout.builds.product(product), (name) =>
    readBuild(layout, product, parsePartitionKey(name)),
  );
  return { found: found.sort(newestFirst), unreadable };
}

/** The same for somebody who chooses among them. @throws LifecycleError where one cannot be read */
export async function finishedBuilds(layout: StoreLayout, product: ProductId): Promise<FinishedBuild[]> {
  return complete(await surveyBuilds(layout, product));
}

/** @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK */
export async function readBuild(
  layout: StoreLayout,
  product: ProductId,
  key: PartitionKey,
): Promise<FinishedBuild | undefined> {
  const partition = await readPartition(layout, product, key);
  if (!partition.stages.package) return undefined;
  const record = await readRecordFile<BuildRecord>(path.join(partition.dir, RECORD_FILE), 1, BUILD_RECORD, {
    product,
    partition_key: key,
  });
  return record && { key, dir: partition.dir, record };
}
