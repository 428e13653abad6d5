import { parsePartitionKey, parseVersion } from '../ids.ts';
import type { Project } from '../project/project.ts';
import { readInputsLock } from '../store/builds/inputs-lock.ts';
import { readPartition, STAGES } from '../store/builds/partition.ts';
import { readBuild } from '../store/builds/record.ts';
import { openIngestStore } from '../store/ingest.ts';
import { RECORD_FILE, type StoreLayout } from '../store/layout.ts';
import { bytesOf, indexedRecord, secondsOf } from './indexed-record.ts';
import type { ManyRecords } from './many-records.ts';
import type { IndexedFolder, ReadVersion, TakenInput } from './record-index.ts';

/** Where the versions of a project's templates and products lie, and how what an index keeps of them is read. */
export function foldersOf(project: Project, layout: StoreLayout, many: ManyRecords): IndexedFolder[] {
  const store = openIngestStore(layout);
  const templates = project.templates.map(
    ({ id }): IndexedFolder => ({
      kind: 'ingest',
      id,
      dir: layout.ingest.template(id),
      recordFile: RECORD_FILE,
      pointer: () => store.pointer(id),
      read: (key) => readVersion(layout, id, key),
      readMany: (versions) => many.read(layout.ingest.template(id), versions),
    }),
  );
  const products = project.products.map(
    ({ id }): IndexedFolder => ({
      kind: 'builds',
      id,
      dir: layout.builds.product(id),
      recordFile: 'stages.json',
      pointer: async () => undefined,
      read: (key) => readPartitionOf(layout, id, key),
    }),
  );
  return [...templates, ...products];
}

async function readVersion(
  layout: StoreLayout,
  id: Project['templates'][number]['id'],
  key: string,
): Promise<ReadVersion | undefined> {
  const record = await openIngestStore(layout).read(id, parseVersion(key));
  return record && indexedRecord(record);
}

async function readPartitionOf(
  layout: StoreLayout,
  id: Project['products'][number]['id'],
  text: string,
): Promise<ReadVersion | undefined> {
  const key = parsePartitionKey(text);
  const nothing = { rows: null, rows_before: null };
  const build = await readBuild(layout, id, key);
  if (build) {
    const { created, inputs, outputs, files, timings } = build.record;
    return {
      ...nothing,
      state: 'published',
      created,
      bytes: bytesOf([...outputs, ...files]),
      seconds: secondsOf(timings),
      warnings: [],
      inputs: taken(inputs),
    };
  }
  const { dir, stages } = await readPartition(layout, id, key);
  const last = STAGES.findLast((stage) => stages[stage]);
  if (!last) return undefined;
  const done = Object.values(stages);
  return {
    ...nothing,
    state: 'partial',
    created: stages[last]!.finished,
    bytes: bytesOf(done.flatMap(({ files }) => files)),
    seconds: done.reduce((sum, { seconds }) => sum + seconds, 0),
    warnings: [`${last} is its last finished stage`],
    inputs: taken((await readInputsLock(dir)).inputs),
  };
}

function taken(inputs: readonly { id: string; version: string | null }[]): TakenInput[] {
  return inputs.flatMap(({ id, version }) => (version === null ? [] : [{ id, version }]));
}
