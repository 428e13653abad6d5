import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { hashFile, hashFiles } from './files.ts';
import { type DatasetRecord, fileOf, type IngestRecord } from './ingest-record.ts';

/** What the version was made by; without times, so that it tells whether two runs did the same. */
const LOCK_FILE = 'definition.lock.json';

/** What tells two versions apart is their datasets; config.json and the like hold times. */
export async function differencesBetween(dir: string, existing: IngestRecord, fresh: IngestRecord): Promise<string[]> {
  const differences: string[] = [];
  const before = new Map(existing.datasets.map((dataset) => [dataset.id, dataset]));
  for (const dataset of fresh.datasets) {
    const old = before.get(dataset.id);
    if (!old) {
      if (!sameInputs(existing, fresh)) {
        differences.push(
          `${dataset.id}: the published version lacks it, and was made from another raw file or definition`,
        );
      }
      continue;
    }
    const oldFact = fileOf(existing, old.path);
    const onDisk = await hashFile(path.join(dir, old.path)).catch(() => undefined);
    if (onDisk?.sha256 !== oldFact?.sha256) {
      differences.push(`${dataset.id}: the published file was changed or removed after it was published`);
    } else if (oldFact?.sha256 !== fileOf(fresh, dataset.path)?.sha256) {
      differences.push(`${dataset.id}: ${describeChange(old, dataset)}`);
    }
    const csv = `${dataset.id}/${dataset.id}.csv`;
    if (fileOf(fresh, csv) && !fileOf(existing, csv)) differences.push(`${dataset.id}: published without a CSV`);
  }
  return differences;
}

/** Datasets of the published version that this run does not make. */
export function untouchedDatasets(existing: IngestRecord, fresh: IngestRecord): DatasetRecord[] {
  return existing.datasets.filter((dataset) => !fresh.datasets.some((made) => made.id === dataset.id));
}

export function hasNewDatasets(existing: IngestRecord, fresh: IngestRecord): boolean {
  return untouchedDatasets(fresh, existing).length > 0;
}

/** Whether two runs read the same raw file by the same definition, so that their datasets fit together in one version. */
export function sameInputs(existing: IngestRecord, fresh: IngestRecord): boolean {
  const inputs = (record: IngestRecord) => {
    const decisive = record.files.filter((file) => file.path === LOCK_FILE || file.path === record.raw);
    return [record.runner, record.mode, decisive];
  };
  return isDeepStrictEqual(inputs(existing), inputs(fresh));
}

/** Whether replacing would change nothing: same data from the same inputs, the same files, and all of them there. */
export async function isRepetition(dir: string, existing: IngestRecord, fresh: IngestRecord): Promise<boolean> {
  if (!sameInputs(existing, fresh)) return false;
  const untouched = untouchedDatasets(existing, fresh);
  const concerned = existing.files.filter((file) => !untouched.some(({ id }) => file.path.startsWith(`${id}/`)));
  const paths = concerned.map((file) => file.path);
  if (
    !isDeepStrictEqual(
      paths,
      fresh.files.map((file) => file.path),
    )
  )
    return false;
  return isDeepStrictEqual(await hashFiles(dir, paths).catch(() => undefined), concerned);
}

function describeChange(old: DatasetRecord, fresh: DatasetRecord): string {
  const changes: string[] = [];
  if (old.rows !== fresh.rows) changes.push(`${old.rows} rows published, ${fresh.rows} now`);
  const oldNames = old.columns.map((column) => column.name);
  const names = fresh.columns.map((column) => column.name);
  const added = names.filter((name) => !oldNames.includes(name));
  const dropped = oldNames.filter((name) => !names.includes(name));
  if (added.length > 0) changes.push(`columns added: ${added.join(', ')}`);
  if (dropped.length > 0) changes.push(`columns dropped: ${dropped.join(', ')}`);
  for (const column of fresh.columns) {
    const before = old.columns.find((other) => other.name === column.name);
    if (before && before.type !== column.type) changes.push(`${column.name}: ${before.type} is now ${column.type}`);
  }
  if (old.crs !== fresh.crs) changes.push(`crs ${old.crs} is now ${fresh.crs}`);
  return changes.length > 0 ? changes.join('; ') : 'same rows and columns, other values';
}
