import path from 'node:path';
import type { MadeWith } from '../../engine/made-with.ts';
import type { PartitionKey, ProductId } from '../../ids.ts';
import type { FileFact } from '../files.ts';
import { RECORD_FILE, type StoreLayout } from '../layout.ts';
import { readRecordFile } from '../record-file.ts';
import { amount, fields, fileFact, list, object, orAbsent, orNull, text, time, truth } from '../record-shape.ts';
import { type Partition, readPartition } from './partition.ts';

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
  /** The version of this program that made it; absent in records of old. */
  made_with?: Pick<MadeWith, 'lifecycle'>;
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
  made_with: orAbsent(fields({ lifecycle: text })),
  outputs: list(fileFact),
  files: list(fileFact),
  timings: object,
});

export interface FinishedBuild {
  key: PartitionKey;
  dir: string;
  record: BuildRecord;
}

/** @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK */
export async function readBuild(
  layout: StoreLayout,
  product: ProductId,
  key: PartitionKey,
): Promise<FinishedBuild | undefined> {
  return recordOf(product, { key, ...(await readPartition(layout, product, key)) });
}

/** Of a partition that has been read; undefined where not all of its stages are done. @throws LifecycleError STO_UNREADABLE */
export async function recordOf(
  product: ProductId,
  { key, dir, stages }: Partition & { key: PartitionKey },
): Promise<FinishedBuild | undefined> {
  if (!stages.package) return undefined;
  const isAbout = { product, partition_key: key };
  const record = await readRecordFile<BuildRecord>(recordFile(dir), 1, BUILD_RECORD, isAbout);
  return record && { key, dir, record };
}

/** @param dir of the partition */
export const recordFile = (dir: string) => path.join(dir, RECORD_FILE);
