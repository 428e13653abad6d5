import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { isVersion, parseVersion, type TemplateId, type Version } from '../ids.ts';
import { refuseUnrecorded, standingDirectories } from './directories.ts';
import { modifiedAt } from './files.ts';
import { type IngestRecord, readIngestRecord } from './ingest-record.ts';
import { type LatestMove, readLatest, readPointer, setLatest } from './latest.ts';
import { LATEST_FILE, RECORD_FILE, type StoreLayout } from './layout.ts';
import { type PublishResult, publishVersion, refuseVersion, type StagedVersion } from './publish-version.ts';
import { isQuarantined } from './quarantine.ts';
import { readStanding } from './replacement.ts';
import { complete, type Survey, survey } from './survey.ts';

/** Ingested versions on disk: reading them, and publishing a staged one. */
export interface IngestStore {
  /** All versions, the one made last first. @throws LifecycleError where one cannot be read */
  versions(id: TemplateId): Promise<StoredVersion[]>;
  /** The same for a listing, with what the pointer names: what cannot be read does not hide the others. */
  survey(id: TemplateId): Promise<Survey<StoredVersion> & { pointer: Version | undefined }>;
  /** Ids of what has been ingested, as their directories have them. @throws LifecycleError STO_UNREADABLE */
  templates(): Promise<string[]>;
  /** Names that stand for versions, without a look at any of them. @throws LifecycleError STO_UNREADABLE */
  names(id: TemplateId): Promise<Version[]>;
  /** @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK; only what is not there is undefined */
  read(id: TemplateId, version: Version): Promise<IngestRecord | undefined>;
  /** When its record was written, in milliseconds, without a look into it where it is in its place. @throws as `read` */
  writtenAt(id: TemplateId, version: Version): Promise<number | undefined>;
  /** Directory of a version that has been read; its old copy while a replacement is under way. */
  directory(id: TemplateId, version: Version): Promise<string>;
  /** What the `latest` pointer names, if that version stands. @throws LifecycleError STO_UNREADABLE */
  latest(id: TemplateId): Promise<Version | undefined>;
  /** What it names, whether or not that version stands. @throws LifecycleError STO_UNREADABLE */
  pointer(id: TemplateId): Promise<Version | undefined>;
  /** Moves it because somebody says so, also backwards. @throws LifecycleError STO_NO_VERSION, and those of latest.ts */
  setLatest(id: TemplateId, version: Version): Promise<LatestMove>;
  /** What stands against publishing a version, whatever its content is. @throws LifecycleError STO_* */
  refuse(wanted: { id: TemplateId; version: Version; overwrite: boolean }): Promise<void>;
  publish(staged: StagedVersion): Promise<PublishResult>;
}

export interface StoredVersion {
  version: Version;
  record: IngestRecord;
}

const newestFirst = (a: StoredVersion, b: StoredVersion) =>
  Date.parse(b.record.created) - Date.parse(a.record.created) || (a.version < b.version ? 1 : -1);

const recordIn = (dir: string) => path.join(dir, RECORD_FILE);

export function openIngestStore(layout: StoreLayout): IngestStore {
  const find = (id: TemplateId, version: Version) => readStanding(layout.ingest.version(id, version), readIngestRecord);
  const read = async (id: TemplateId, version: Version) => (await find(id, version)).content;

  const surveyVersions = async (id: TemplateId) => {
    const { found, unreadable } = await survey(layout.ingest.template(id), async (name) => {
      const version = parseVersion(name);
      const record = await read(id, version);
      if (record) return { version, record };
      await refuseUnrecorded(layout.ingest.version(id, version));
      return undefined;
    });
    return { found: found.sort(newestFirst), unreadable };
  };

  return {
    directory: async (id, version) => (await find(id, version)).dir,
    read,
    versions: async (id) => complete(await surveyVersions(id)),
    survey: async (id) => {
      const { found, unreadable } = await surveyVersions(id);
      try {
        const pointer = await readPointer(layout, id);
        const named = found.find(({ version }) => version === pointer);
        return { found, unreadable, pointer: named && isQuarantined(named.record) ? undefined : pointer };
      } catch (error) {
        if (!(error instanceof LifecycleError)) throw error;
        return { found, unreadable: [...unreadable, { name: LATEST_FILE, error }], pointer: undefined };
      }
    },
    async writtenAt(id, version) {
      const inPlace = await modifiedAt(recordIn(layout.ingest.version(id, version)));
      if (inPlace !== undefined) return inPlace;
      // One that is being replaced stands until the new one does.
      const { dir, content } = await find(id, version);
      return content && modifiedAt(recordIn(dir));
    },
    templates: () => standingDirectories(layout.ingest.root),
    names: async (id) => (await standingDirectories(layout.ingest.template(id))).filter(isVersion).map(parseVersion),
    pointer: (id) => readPointer(layout, id),
    latest: async (id) => (await readLatest(layout, id))?.version,
    setLatest: (id, version) => setLatest(layout, id, version),
    refuse: (wanted) => refuseVersion(layout, wanted),
    publish: (staged) => publishVersion(layout, staged),
  };
}
