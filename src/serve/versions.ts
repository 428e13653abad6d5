import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import {
  type PartitionKey,
  type ProductId,
  parsePartitionKey,
  parseVersion,
  productIdFrom,
  type TemplateId,
  templateIdFrom,
  type Version,
} from '../ids.ts';
import type { Settings } from '../settings/settings.ts';
import { shellWord } from '../shell-word.ts';
import { readInputsLock } from '../store/builds/inputs-lock.ts';
import { ATTEMPT_FOLDER, readPartition, STAGES } from '../store/builds/partition.ts';
import { readBuild } from '../store/builds/record.ts';
import { openIngestStore } from '../store/ingest.ts';
import { type IngestRecord, warningsOf } from '../store/ingest-record.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import type { Kind, Table, VersionDetail } from './api.ts';
import type { Assets } from './assets.ts';
import { stagesOf, stepsOfVersion } from './steps.ts';
import type { Tables } from './tables.ts';

type Own = Omit<VersionDetail, keyof import('./api.ts').VersionSummary | 'kind' | 'id'>;

const BUILD_LOG = 'build.log';
const LOG_BYTES = 64 * 1024;

/** What one version holds, and where it comes from. */
export class Versions {
  readonly #layout: StoreLayout;
  readonly #assets: Assets;
  readonly #tables: Tables;

  constructor(settings: Settings, assets: Assets, tables: Tables) {
    this.#layout = storeLayout(settings.storeDir);
    this.#assets = assets;
    this.#tables = tables;
  }

  /** @throws LifecycleError LIF_UNKNOWN_ID, STO_NO_VERSION, STO_UNREADABLE */
  async detail(kind: Kind, id: string, key: string, signal: AbortSignal): Promise<VersionDetail> {
    const { all_versions } = await this.#assets.detail(kind, id, key);
    const summary = all_versions.find((version) => version.key === key);
    if (!summary) throw noVersion(id, key, all_versions);
    const own =
      kind === 'ingest'
        ? await this.#ingested(id as TemplateId, parseVersion(key))
        : await this.#built(id as ProductId, parsePartitionKey(key), signal);
    return { ...summary, kind, id, ...own };
  }

  /**
   * Where a file of a version lies, and how large it is. Only what the record lists is a file of it.
   *
   * @throws LifecycleError LIF_UNKNOWN_ID, LIF_BAD_VERSION, STO_NO_VERSION
   */
  async file(kind: Kind, id: string, key: string, wanted: string): Promise<{ path: string; bytes: number }> {
    const { dir, files } = kind === 'ingest' ? await this.#filesOfVersion(id, key) : await this.#filesOfBuild(id, key);
    const file = files.find((each) => each.path === wanted);
    if (file) return { path: path.join(dir, file.path), bytes: file.bytes };
    throw new LifecycleError('STO_NO_VERSION', `${id}@${key} has no such file`, {
      hint: 'take one that its page lists',
    });
  }

  async #filesOfVersion(id: string, key: string) {
    const template = templateIdFrom(id);
    const version = parseVersion(key);
    const store = openIngestStore(this.#layout);
    const record = template && (await store.read(template, version));
    if (!template || !record) throw noVersion(id, key, []);
    return { dir: await store.directory(template, version), files: record.files };
  }

  async #filesOfBuild(id: string, key: string) {
    const product = productIdFrom(id);
    if (!product) throw noVersion(id, key, []);
    const { dir, stages } = await readPartition(this.#layout, product, parsePartitionKey(key));
    return { dir, files: STAGES.flatMap((stage) => stages[stage]?.files ?? []) };
  }

  async #ingested(id: TemplateId, version: Version): Promise<Own> {
    const store = openIngestStore(this.#layout);
    const record = await store.read(id, version);
    // While it is being made, or when it has gone since the list was made.
    const { datasets = [], files = [], ...rest } = record ?? {};
    const tables = datasets.map(
      (dataset): Table => ({
        ref: `${dataset.id}@${version}`,
        name: dataset.id,
        path: dataset.path,
        rows: dataset.rows,
        columns: dataset.columns.map((column) => ({ ...column, description: null })),
        crs: dataset.crs,
        geometry_column: dataset.geometry_column,
        geometry_types: dataset.geometry_types,
        bbox: dataset.bbox,
      }),
    );
    const ids = [...new Set([id as string, ...datasets.map((dataset) => dataset.id)])];
    return {
      tables,
      files,
      steps: record ? await stepsOfVersion(record, await store.directory(id, version)) : [],
      checks: record ? checksOf(record) : [],
      log: null,
      provenance: {
        record: rest,
        inputs: record?.previous
          ? [{ id, asset: { kind: 'ingest', id }, version: record.previous, sha256: null, why: 'the version before' }]
          : [],
        used_by: await this.#assets.takers(ids, version),
        command: `lifecycle ingest ${shellWord(id)} ${shellWord(version)} --overwrite`,
      },
    };
  }

  async #built(id: ProductId, key: PartitionKey, signal: AbortSignal): Promise<Own> {
    const build = await readBuild(this.#layout, id, key);
    const { dir, stages } = await readPartition(this.#layout, id, key);
    const { inputs = [], outputs = [], files = [], ...rest } = build?.record ?? {};
    // What can be told of it is told also where the lock is damaged, or has gone since.
    const lock = stages.plan && (await readInputsLock(dir).catch(() => undefined));
    const locked = (input: string) => lock?.inputs.find((each) => each.id === input);
    const done = STAGES.flatMap((stage) => stages[stage]?.files ?? []);
    const own = outputs.map((file) => ({ ...file, path: `output/${file.path}` }));
    const timings = Object.fromEntries(
      STAGES.flatMap((stage) => (stages[stage] ? [[stage, stages[stage].seconds]] : [])),
    );
    return {
      tables: await this.#tables.outputs(`builds.${id}@${key}`, path.join(dir, 'output'), outputs, signal),
      files: build ? [...own, ...files] : done,
      steps: stagesOf(timings),
      checks: [],
      log: await this.#log(dir, id, key),
      provenance: {
        record: { ...rest, ...(lock ? { version_reason: lock.version_reason, recipe: lock.recipe } : {}) },
        inputs: await Promise.all(
          (build ? inputs : (lock?.inputs ?? [])).map(async ({ id: input, version, sha256 }) => ({
            ...{ id: input, asset: await this.#assets.ownerOf(input) },
            ...{ version, sha256, why: locked(input)?.why ?? null },
          })),
        ),
        used_by: await this.#assets.takers([id], build?.record.version ?? key),
        command: `lifecycle build ${shellWord(id)} ${shellWord(key)} --force`,
      },
    };
  }

  /** Of a build that stands, else of the attempt that failed. */
  async #log(dir: string, id: ProductId, key: PartitionKey): Promise<string | null> {
    const attempt = path.join(this.#layout.builds.partition(id, key), ATTEMPT_FOLDER, BUILD_LOG);
    return (await endOf(path.join(dir, BUILD_LOG))) ?? (await endOf(attempt)) ?? null;
  }
}

/** Those that the template asks for, then what else a person should look at. */
function checksOf(record: IngestRecord): VersionDetail['checks'] {
  const isOne = record.datasets.length === 1;
  const asked = record.datasets.flatMap(({ id, checks = [] }) =>
    checks.map(({ check, title, status, message, rows_failing }) => ({
      ...{ name: title ?? check, outcome: status, message: isOne ? message : `${id}: ${message}`, rows_failing },
    })),
  );
  const noticed = warningsOf(record).map(({ check, message }) => ({
    ...{ name: check, outcome: 'warned' as const, message, rows_failing: null },
  }));
  return [...asked, ...noticed];
}

async function endOf(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const handle = await open(file);
  try {
    const length = Math.min(found.size, LOG_BYTES);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, found.size - length);
    const text = buffer.toString('utf8', 0, bytesRead);
    // It begins with a whole line.
    return length < found.size ? text.slice(text.indexOf('\n') + 1) : text;
  } finally {
    await handle.close();
  }
}

function noVersion(id: string, key: string, known: readonly { key: string }[]): LifecycleError {
  const names = known.slice(0, 8).map((version) => version.key);
  return new LifecycleError('STO_NO_VERSION', `${id.slice(0, 200)} has no version ${key.slice(0, 120)}`, {
    hint: names.length > 0 ? `it has ${names.join(', ')}` : 'see `lifecycle show` for those there are',
  });
}
