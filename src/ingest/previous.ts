import path from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { LifecycleError } from '../errors.ts';
import { type DatasetId, parseVersion, type TemplateId, type Version } from '../ids.ts';
import type { Relation } from '../relation/relation.ts';
import type { IngestStore } from '../store/ingest.ts';
import { isQuarantined } from '../store/quarantine.ts';

/**
 * Which version `latest` means to a step that reads the previous one: the pointer's; when this very version is being made
 * again, the one that it was made from, so that a repetition gives the same rows, or the newest of the others.
 */
async function previousOf(store: IngestStore, id: TemplateId, version: Version): Promise<Version | undefined> {
  const again = await store.read(id, version);
  if (again?.previous != null) return parseVersion(again.previous);
  const latest = await store.latest(id);
  if (latest !== version) return latest;
  return (await store.versions(id)).find((other) => other.version !== version && !isQuarantined(other.record))?.version;
}

export interface PreviousReader {
  /** Reads a version of a dataset; remembers which one `latest` was. */
  read(dataset: DatasetId, wanted: string): Promise<Relation>;
  used(): Version | null;
}

/** @throws LifecycleError ING_NO_PREVIOUS */
export function previousReader(engine: Engine, store: IngestStore, id: TemplateId, version: Version): PreviousReader {
  let used: Version | null = null;
  return {
    used: () => used,
    async read(dataset, wanted) {
      const previous = wanted === 'latest' ? await previousOf(store, id, version) : parseVersion(wanted);
      const record = previous && (await store.read(id, previous));
      const found = record?.datasets.find((candidate) => candidate.id === dataset);
      if (!previous || !found) {
        throw new LifecycleError(
          'ING_NO_PREVIOUS',
          `there is no ${wanted === 'latest' ? 'earlier' : wanted} version of ${dataset} to read`,
          {
            hint: `bring one in first: lifecycle adopt ${dataset} VERSION FILE.parquet`,
            details: { template: id, dataset, wanted },
          },
        );
      }
      used = previous;
      const dir = await store.directory(id, previous);
      const { readParquet } = await import('./formats/parquet.ts');
      return readParquet(engine, path.join(dir, found.path));
    },
  };
}
