import { constants } from 'node:fs';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { LifecycleError } from '../errors.ts';
import { isVersion, parseVersion, type TemplateId, type Version } from '../ids.ts';
import { differencesBetween, hasNewDatasets, isRepetition, sameInputs, untouchedDatasets } from './differences.ts';
import { refuseUnrecorded, standingDirectories } from './directories.ts';
import { formatJson, hashFiles, syncDirectory, syncTree, writeFileDurably } from './files.ts';
import { type DatasetRecord, type IngestRecord, readIngestRecord } from './ingest-record.ts';
import { LATEST_FILE, RECORD_FILE, type StoreLayout } from './layout.ts';
import { finishInterruptedReplacement, readStanding, renameIntoPlace } from './replacement.ts';
import { complete, type Survey, survey } from './survey.ts';

/** Ingested versions on disk: reading them, and publishing a staged one. */
export interface IngestStore {
  /** All versions, the one made last first. @throws LifecycleError where one cannot be read */
  versions(id: TemplateId): Promise<StoredVersion[]>;
  /** The same for a listing: what cannot be read does not hide the others. */
  survey(id: TemplateId): Promise<Survey<StoredVersion>>;
  /** @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK; only what is not there is undefined */
  read(id: TemplateId, version: Version): Promise<IngestRecord | undefined>;
  /** Directory of a version that has been read; its old copy while a replacement is under way. */
  directory(id: TemplateId, version: Version): Promise<string>;
  /** What the `latest` pointer names, if that version stands. */
  latest(id: TemplateId): Promise<Version | undefined>;
  publish(staged: StagedVersion): Promise<PublishResult>;
}

export interface StoredVersion {
  version: Version;
  record: IngestRecord;
}

export interface StagedVersion {
  id: TemplateId;
  version: Version;
  /** A private directory on the same file system with everything but the record. */
  dir: string;
  record: IngestRecord;
  /** Replace a version that has other content. */
  overwrite: boolean;
  /** Move the `latest` pointer to this version. */
  latest: boolean;
}

export interface PublishResult {
  state: 'published' | 'replaced' | 'unchanged';
  dir: string;
  record: IngestRecord;
}

const MOVE_OR_OVERWRITE = 'look at them, then move the directory away, or replace it with --overwrite';

const newestFirst = (a: StoredVersion, b: StoredVersion) =>
  Date.parse(b.record.created) - Date.parse(a.record.created) || (a.version < b.version ? 1 : -1);

export function openIngestStore(layout: StoreLayout): IngestStore {
  const find = (id: TemplateId, version: Version) => readStanding(layout.ingest.version(id, version), readIngestRecord);
  const read = async (id: TemplateId, version: Version) => (await find(id, version)).content;

  const surveyVersions = async (id: TemplateId) => {
    const { found, unreadable } = await survey(await standingDirectories(layout.ingest.template(id)), async (name) => {
      const version = parseVersion(name);
      const record = await read(id, version);
      if (record) return { version, record };
      await refuseUnrecorded(layout.ingest.version(id, version), MOVE_OR_OVERWRITE);
      return undefined;
    });
    return { found: found.sort(newestFirst), unreadable };
  };

  return {
    directory: async (id, version) => (await find(id, version)).dir,
    read,
    versions: async (id) => complete(await surveyVersions(id)),
    survey: surveyVersions,
    async latest(id) {
      let text: string;
      try {
        text = (await readFile(layout.ingest.latest(id), 'utf8')).trim();
      } catch {
        return undefined;
      }
      if (!isVersion(text)) return undefined;
      const version = parseVersion(text);
      return (await read(id, version)) ? version : undefined;
    },
    publish: (staged) => publish(layout, staged),
  };
}

/**
 * Puts a staged version into its place. The caller holds the claim on it. Datasets of a version that stands and that the
 * run did not make stay with it.
 *
 * @throws LifecycleError STO_VERSION_DIFFERS when the version stands with other content and `overwrite` is not set
 */
async function publish(layout: StoreLayout, staged: StagedVersion): Promise<PublishResult> {
  const target = layout.ingest.version(staged.id, staged.version);
  const made = await mkdir(path.dirname(target), { recursive: true });
  if (made !== undefined) await syncDirectory(path.dirname(made));
  await finishInterruptedReplacement(target, async (dir) => (await readIngestRecord(dir)) !== undefined);

  const existing = await readIngestRecord(target);
  const differences = existing ? await differencesBetween(target, existing, staged.record) : [];
  if (differences.length > 0 && !staged.overwrite) throw versionDiffers(staged, differences);
  const extends_ = existing !== undefined && hasNewDatasets(existing, staged.record);
  const stands = existing && differences.length === 0 && !extends_;
  let result: PublishResult;
  if (stands && (!staged.overwrite || (await isRepetition(target, existing, staged.record)))) {
    result = { state: 'unchanged', dir: target, record: existing };
  } else {
    const record = existing ? await withUntouchedDatasets(target, existing, staged) : staged.record;
    await writeFile(path.join(staged.dir, RECORD_FILE), formatJson(record));
    await syncTree(staged.dir);
    await renameIntoPlace(staged.dir, target);
    const replaced = existing && (differences.length > 0 || !extends_);
    result = { state: replaced ? 'replaced' : 'published', dir: target, record };
  }
  if (staged.latest) {
    // Written in the run's private directory first: what a killed run leaves there is cleared away by the next one.
    const beside = `${staged.dir}.${LATEST_FILE}`;
    await writeFileDurably(layout.ingest.latest(staged.id), `${staged.version}\n`, beside);
  }
  return result;
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
  return {
    ...record,
    previous: record.previous ?? existing.previous,
    datasets: [...existing.datasets.map((old) => made(old) ?? old), ...record.datasets.filter(isNew)],
    files: [...record.files, ...files].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
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
