import path from 'node:path';
import type { DatasetId, PartitionKey, ProductId, SourceName, TemplateId, Version } from '../ids.ts';

/**
 * Where things lie in `.lifecycle`. Paths are built here and nowhere else, from parsed ids only, so that nothing a
 * person typed becomes a path by itself.
 */
export interface StoreLayout {
  /** Absolute path of `.lifecycle`. */
  root: string;
  staging: string;
  locks: string;
  /** What a source has gathered that lets nobody in for long, for the next run to go on from. */
  checkpoints: string;
  /** What was computed and can be computed again; anybody may delete it. */
  cache: string;
  /** Batches of runs, one directory each. */
  batches: string;
  ingest: {
    root: string;
    template(id: TemplateId): string;
    version(id: TemplateId, version: Version): string;
    /** The pointer file that names the newest version. */
    latest(id: TemplateId): string;
    dataset(id: TemplateId, version: Version, dataset: DatasetId): string;
    parquet(id: TemplateId, version: Version, dataset: DatasetId): string;
  };
  builds: {
    root: string;
    product(id: ProductId): string;
    partition(id: ProductId, key: PartitionKey): string;
  };
  /** Pages about what is published, which anybody may delete: nothing published knows of them. */
  reports: {
    root: string;
    version(id: TemplateId, version: Version): string;
    build(id: ProductId, key: PartitionKey): string;
  };
  /** Files that plans fetched from where recipes say that their inputs are. */
  fetched: {
    root: string;
    version(source: SourceName, id: DatasetId | ProductId, version: Version): string;
  };
}

export const RECORD_FILE = 'record.json';
export const LATEST_FILE = 'latest';
const REPORT_FILE = 'report.html';

export function storeLayout(root: string): StoreLayout {
  const ingestRoot = path.join(root, 'ingest');
  const buildsRoot = path.join(root, 'builds');
  const reportsRoot = path.join(root, 'reports');
  const fetchedRoot = path.join(root, 'fetched');
  const version = (id: TemplateId, v: Version) => path.join(ingestRoot, id, v);
  const dataset = (id: TemplateId, v: Version, d: DatasetId) => path.join(version(id, v), d);
  return {
    root,
    staging: path.join(root, '.staging'),
    locks: path.join(root, '.locks'),
    checkpoints: path.join(root, '.checkpoints'),
    cache: path.join(root, '.cache'),
    batches: path.join(root, 'batches'),
    ingest: {
      root: ingestRoot,
      template: (id) => path.join(ingestRoot, id),
      version,
      latest: (id) => path.join(ingestRoot, id, LATEST_FILE),
      dataset,
      parquet: (id, v, d) => path.join(dataset(id, v, d), `${d}.parquet`),
    },
    builds: {
      root: buildsRoot,
      product: (id) => path.join(buildsRoot, id),
      partition: (id, key) => path.join(buildsRoot, id, key),
    },
    reports: {
      root: reportsRoot,
      version: (id, v) => path.join(reportsRoot, 'ingest', id, v, REPORT_FILE),
      build: (id, key) => path.join(reportsRoot, 'builds', id, key, REPORT_FILE),
    },
    fetched: {
      root: fetchedRoot,
      version: (source, id, v) => path.join(fetchedRoot, source, id, v),
    },
  };
}
