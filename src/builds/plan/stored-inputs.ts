import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isVersion, parseVersion, productIdFrom, type TemplateId, templateIdFrom, type Version } from '../../ids.ts';
import { productPublishedAs } from '../../project/published-names.ts';
import type { InputDataset } from '../../project/recipe-model.ts';
import { FILE_TYPES, type FileType, fileTypeOf } from '../../project/vocabulary/file-types.ts';
import type { FinishedBuild } from '../../store/builds/record.ts';
import { finishedBuilds } from '../../store/builds/survey.ts';
import type { FileFact } from '../../store/files.ts';
import type { IngestStore } from '../../store/ingest.ts';
import { type DatasetRecord, fileOf, type IngestRecord } from '../../store/ingest-record.ts';
import type { StoreLayout } from '../../store/layout.ts';

/** The file of an input in this store. */
export interface StoredFile {
  /** Relative to the store, with `/`. */
  readonly path: string;
  readonly fact: FileFact;
  readonly fileType: FileType | null;
  readonly rows: number | null;
  /** ISO time at which its version was made. */
  readonly created: string;
  readonly crs: string | null;
  readonly geometryColumn: string | null;
  /** Where a plan fetched it from; null for what was ingested or built here. */
  readonly fetchedFrom: string | null;
}

/** One ingested version, seen from one of its datasets. */
export interface StoredVersion {
  template: TemplateId;
  version: Version;
  dir: string;
  record: IngestRecord;
  /** Absent for an id that names a template of several datasets, whose raw file alone can be meant. */
  dataset: DatasetRecord | undefined;
}

/** Finds ingested versions and finished builds by the ids that recipes use. */
export interface StoredInputs {
  /** The template that makes a dataset, or stores it under its own id. */
  templateOf(id: string): Promise<TemplateId | undefined>;
  /** Ids of all that the project's templates make or the store has. */
  known(): Promise<string[]>;
  latest(id: string): Promise<Version | undefined>;
  version(id: string, version: string): Promise<StoredVersion | undefined>;
  /** Finished builds of a product by its id or the name that it is published under. */
  builds(name: string): Promise<FinishedBuild[]>;
  /** The file that an input stands for once its version is known. */
  file(input: InputDataset): Promise<StoredFile | undefined>;
}

/** @param templates which template makes a dataset; looks into the project, which is read only when it is needed */
export function storedInputs(
  layout: StoreLayout,
  store: IngestStore,
  templates: () => Promise<ReadonlyMap<string, TemplateId>>,
): StoredInputs {
  const templateOf = async (id: string) => {
    const own = templateIdFrom(id);
    return own && existsSync(layout.ingest.template(own)) ? own : (await templates()).get(id);
  };
  const readVersion = async (id: string, wanted: string): Promise<StoredVersion | undefined> => {
    const template = isVersion(wanted) ? await templateOf(id) : undefined;
    if (!template) return undefined;
    const parsed = parseVersion(wanted);
    const record = await store.read(template, parsed);
    if (!record) return undefined;
    const only = record.datasets.length === 1 ? record.datasets[0] : undefined;
    const dataset = record.datasets.find((candidate) => candidate.id === id) ?? (id === template ? only : undefined);
    return { template, version: parsed, dir: await store.directory(template, parsed), record, dataset };
  };
  // A plan asks several times for the same version, and one plan sees one state of it.
  const versions = new Map<string, Promise<StoredVersion | undefined>>();
  const version = (id: string, wanted: string) => {
    const name = JSON.stringify([id, wanted]);
    const known = versions.get(name) ?? readVersion(id, wanted);
    versions.set(name, known);
    return known;
  };
  const builds = async (name: string) => {
    const published = productPublishedAs(name);
    for (const candidate of [name, published, name.replace(/^db-/, '')]) {
      const product = candidate === undefined ? undefined : productIdFrom(candidate);
      const found = product ? await finishedBuilds(layout, product) : [];
      if (found.length > 0) return found;
    }
    return [];
  };
  return {
    templateOf,
    known: async () => [...(await templates()).keys(), ...(await store.templates())],
    version,
    builds,
    async latest(id) {
      const template = await templateOf(id);
      return template && (await store.latest(template));
    },
    async file(input) {
      if (input.version === null) return undefined;
      if (input.source?.startsWith('edm.publishing.')) {
        const build = (await builds(input.id)).find(({ record }) => record.version === input.version);
        return build && fileOfBuild(layout, build, input);
      }
      const stored = await version(input.id, input.version);
      return stored && fileOfVersion(layout, stored, input);
    },
  };
}

export function customText(input: InputDataset, key: string): string | undefined {
  const value = input.custom.get(key);
  return typeof value === 'string' ? value : undefined;
}

function fileOfBuild(layout: StoreLayout, build: FinishedBuild, input: InputDataset): StoredFile | undefined {
  const named = customText(input, 'filepath') ?? customText(input, 'filename');
  const extension = input.file_type ? FILE_TYPES[input.file_type].ending : null;
  const wanted = named ?? (extension === null ? undefined : `${input.id}.${extension}`);
  const { outputs } = build.record;
  const fact =
    outputs.find((file) => file.path === wanted) ??
    outputs.find((file) => wanted !== undefined && file.path.endsWith(`/${wanted}`)) ??
    (wanted === undefined && outputs.length === 1 ? outputs[0] : undefined);
  if (!fact) return undefined;
  const absolute = path.join(build.dir, 'output', fact.path);
  return storedFile(layout, absolute, fact, input.file_type ?? fileTypeOf(fact.path), build.record.created, null);
}

/**
 * A file that the recipe names; else one of the type that it asks for; else the parquet file, which holds the same rows
 * whatever type the department's archive had them in.
 */
function fileOfVersion(layout: StoreLayout, stored: StoredVersion, input: InputDataset): StoredFile | undefined {
  const { record, dataset, dir } = stored;
  const named = customText(input, 'filename');
  if (named !== undefined || !dataset) {
    const wanted = named ?? record.raw ?? undefined;
    const fact = record.files.find((file) => file.path === wanted || path.basename(file.path) === wanted);
    return (
      fact &&
      storedFile(
        layout,
        path.join(dir, fact.path),
        fact,
        input.file_type ?? fileTypeOf(fact.path),
        record.created,
        null,
      )
    );
  }
  const extension = input.file_type ? FILE_TYPES[input.file_type].ending : null;
  const asked =
    extension === null ? undefined : fileOf(record, `${path.dirname(dataset.path)}/${dataset.id}.${extension}`);
  const fact = asked ?? fileOf(record, dataset.path);
  const fileType = asked ? input.file_type : 'parquet';
  return fact && storedFile(layout, path.join(dir, fact.path), fact, fileType, record.created, dataset);
}

function storedFile(
  layout: StoreLayout,
  absolute: string,
  fact: FileFact,
  fileType: FileType | null,
  created: string,
  dataset: DatasetRecord | null,
): StoredFile {
  return {
    created,
    path: path.relative(layout.root, absolute).split(path.sep).join('/'),
    fact,
    fileType,
    rows: dataset?.rows ?? null,
    crs: dataset?.crs ?? null,
    geometryColumn: dataset?.geometry_column ?? null,
    fetchedFrom: null,
  };
}

/** Name and address as config.json of an ingested dataset has them. */
export async function configFacts(stored: StoredVersion): Promise<{ name: string | null; url: string | null }> {
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  try {
    const file = path.join(stored.dir, path.dirname(stored.dataset?.path ?? ''), 'config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as { attributes?: Record<string, unknown> };
    return { name: text(config.attributes?.name), url: text(config.attributes?.url) };
  } catch {
    return { name: null, url: null };
  }
}
