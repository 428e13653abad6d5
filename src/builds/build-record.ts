import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isVersion, type PartitionKey, type ProductId, parsePartitionKey } from '../ids.ts';
import type { FileFact } from '../store/files.ts';
import { RECORD_FILE, type StoreLayout } from '../store/layout.ts';
import { standingNames } from '../store/replacement.ts';
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
  /** What the build made, paths relative to `output/`. */
  outputs: FileFact[];
  /** Every other file of the partition but this one. */
  files: FileFact[];
  /** Seconds by stage. */
  timings: Record<string, number>;
}

export interface FinishedBuild {
  key: PartitionKey;
  dir: string;
  record: BuildRecord;
}

/** Builds of a product whose stages are all done, the one made last first. */
export async function finishedBuilds(layout: StoreLayout, product: ProductId): Promise<FinishedBuild[]> {
  let names: string[];
  try {
    names = await readdir(layout.builds.product(product));
  } catch {
    return [];
  }
  const keys = [...standingNames(names)].filter(isVersion);
  const builds = await Promise.all(keys.map((name) => readBuild(layout, product, parsePartitionKey(name))));
  return builds
    .filter((build) => build !== undefined)
    .sort((a, b) => Date.parse(b.record.created) - Date.parse(a.record.created) || (a.key < b.key ? 1 : -1));
}

export async function readBuild(
  layout: StoreLayout,
  product: ProductId,
  key: PartitionKey,
): Promise<FinishedBuild | undefined> {
  const partition = await readPartition(layout, product, key);
  if (!partition.stages.package) return undefined;
  try {
    const record = JSON.parse(await readFile(path.join(partition.dir, RECORD_FILE), 'utf8')) as BuildRecord;
    return record.format === 1 ? { key, dir: partition.dir, record } : undefined;
  } catch {
    return undefined;
  }
}
