import { constants } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { LifecycleError } from '../errors.ts';
import type { TemplateId, Version } from '../ids.ts';
import type { VersionOrder } from '../version-order.ts';
import { differencesBetween, hasNewDatasets, isRepetition, sameInputs, untouchedDatasets } from './differences.ts';
import { refuseUnrecorded } from './directories.ts';
import { formatJson, hashFiles, makeDirectory, syncTree } from './files.ts';
import { type DatasetRecord, type IngestRecord, readIngestRecord } from './ingest-record.ts';
import { type LatestMove, offerLatest, retreatLatest } from './latest.ts';
import { RECORD_FILE, type StoreLayout } from './layout.ts';
import { isQuarantined, mergedQuarantine } from './quarantine.ts';
import { isContent } from './record-file.ts';
import { finishInterruptedReplacement, renameIntoPlace } from './replacement.ts';
import { refuseTwin } from './twins.ts';

export interface StagedVersion {
  id: TemplateId;
  version: Version;
  /** A private directory on the same file system with everything but the record. */
  dir: string;
  record: IngestRecord;
  /** Replace a version that has other content. */
  overwrite: boolean;
  /** Offer the `latest` pointer this version. */
  latest: boolean;
  /** Why this content must not be put in place, if it must not; a version that has it already is none the worse. */
  refusal?: LifecycleError | undefined;
  /** What the template names in place of the common comparison of versions. */
  order?: VersionOrder | undefined;
}

export interface PublishResult {
  state: 'published' | 'replaced' | 'unchanged';
  dir: string;
  record: IngestRecord;
  /** What became of the `latest` pointer; undefined where it was not offered the version. */
  latest: LatestMove | undefined;
}

/** Who overwrites a version may do so although its record is damaged; not where it only cannot be read at this moment. */
function readerFor(overwrite: boolean): typeof readIngestRecord {
  if (!overwrite) return readIngestRecord;
  return (dir) =>
    readIngestRecord(dir).catch((error: unknown) => {
      if (isContent(error)) return undefined;
      throw error;
    });
}

/**
 * What stands against publishing a version, whatever its content is: to be asked before the work, too.
 *
 * @throws LifecycleError STO_UNREADABLE, STO_NO_RECORD, STO_SYMBOLIC_LINK, STO_NAME_TAKEN
 */
export async function refuseVersion(
  layout: StoreLayout,
  { id, version, overwrite }: Pick<StagedVersion, 'id' | 'version' | 'overwrite'>,
): Promise<void> {
  const target = layout.ingest.version(id, version);
  await refuseTwin(path.dirname(target));
  await refuseTwin(target);
  const existing = await readerFor(overwrite)(target);
  if (!existing && !overwrite) await refuseUnrecorded(target);
}

/**
 * Puts a staged version into its place. The caller holds the claim on it. Datasets of a version that stands and that the
 * run did not make stay with it.
 *
 * @throws LifecycleError STO_VERSION_DIFFERS when the version stands with other content and `overwrite` is not set,
 *   what `refuseVersion` throws, and the staged version's refusal
 */
export async function publishVersion(layout: StoreLayout, staged: StagedVersion): Promise<PublishResult> {
  const target = layout.ingest.version(staged.id, staged.version);
  await refuseVersion(layout, staged);
  await makeDirectory(path.dirname(target), layout.root);
  const readRecord = readerFor(staged.overwrite);
  await finishInterruptedReplacement(target, async (dir) => (await readRecord(dir)) !== undefined);

  const existing = await readRecord(target);
  const differences = existing ? await differencesBetween(target, existing, staged.record) : [];
  if (differences.length > 0 && !staged.overwrite) throw versionDiffers(staged, differences);
  const extends_ = existing !== undefined && hasNewDatasets(existing, staged.record);
  // Checks that were mended, or a person who accepts what they say, lift the quarantine of what stands.
  const isLifted = existing !== undefined && !staged.refusal && lifts(staged.record, existing);
  const stands = existing && differences.length === 0 && !extends_ && !isLifted;
  let result: Omit<PublishResult, 'latest'>;
  if (stands && (!staged.overwrite || (await isRepetition(target, existing, staged.record)))) {
    result = { state: 'unchanged', dir: target, record: existing };
  } else {
    if (staged.refusal) throw staged.refusal;
    const record = existing ? await withUntouchedDatasets(target, existing, staged) : staged.record;
    await writeFile(path.join(staged.dir, RECORD_FILE), formatJson(record));
    await syncTree(staged.dir);
    await renameIntoPlace(staged.dir, target);
    const replaced = existing && (differences.length > 0 || !extends_);
    result = { state: replaced ? 'replaced' : 'published', dir: target, record };
  }
  const { id, version, order } = staged;
  if (isQuarantined(result.record)) return { ...result, latest: await retreatLatest(layout, id, version, order) };
  if (!staged.latest) return { ...result, latest: undefined };
  const fresh = result.state !== 'unchanged';
  return { ...result, latest: await offerLatest(layout, id, { version, record: result.record, fresh, order }) };
}

/**
 * Adds the datasets of the published version that this run did not make, so that replacing it loses none of them.
 *
 * @throws LifecycleError STO_VERSION_DIFFERS when they come from another raw file or definition
 */
async function withUntouchedDatasets(
  target: string,
  existing: IngestRecord,
  { id, version, dir, record }: StagedVersion,
): Promise<IngestRecord> {
  const untouched = untouchedDatasets(existing, record);
  if (untouched.length === 0) return record;
  const names = untouched.map((dataset) => dataset.id);
  const refused = (what: string) =>
    new LifecycleError('STO_VERSION_DIFFERS', `version ${version} of ${id} also has ${names.join(', ')}, ${what}`, {
      hint: 'make all datasets of the version again: leave --dataset out',
    });
  if (!sameInputs(existing, record)) throw refused('made from another raw file or definition');
  for (const name of names) {
    await cp(path.join(target, name), path.join(dir, name), { recursive: true, mode: constants.COPYFILE_FICLONE });
  }
  const files = existing.files.filter((file) => names.some((name) => file.path.startsWith(`${name}/`)));
  const paths = files.map((file) => file.path);
  const copied = await hashFiles(dir, paths).catch(() => undefined);
  if (!isDeepStrictEqual(copied, files)) throw refused('whose files were changed after they were published');
  const made = (dataset: DatasetRecord) => record.datasets.find((fresh) => fresh.id === dataset.id);
  const isNew = (dataset: DatasetRecord) => !existing.datasets.some((old) => old.id === dataset.id);
  const datasets = [...existing.datasets.map((old) => made(old) ?? old), ...record.datasets.filter(isNew)];
  const { quarantine: _, ...rest } = record;
  return {
    ...rest,
    ...mergedQuarantine(existing, record, datasets),
    previous: record.previous ?? existing.previous,
    datasets,
    files: [...record.files, ...files].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function lifts(fresh: IngestRecord, existing: IngestRecord): boolean {
  if (!isQuarantined(existing) || isQuarantined(fresh)) return false;
  return existing.quarantine!.reasons.every(({ dataset }) => fresh.datasets.some(({ id }) => id === dataset));
}

function versionDiffers(staged: StagedVersion, differences: string[]): LifecycleError {
  return new LifecycleError(
    'STO_VERSION_DIFFERS',
    `version ${staged.version} of ${staged.id} is already published with other content: ${differences.join('; ')}`,
    {
      hint: 'give the new content a version of its own, or replace the published one with --overwrite',
      details: { differences },
    },
  );
}
