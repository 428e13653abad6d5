import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import {
  type PartitionKey,
  type ProductId,
  parsePartitionKey,
  parseVersion,
  type TemplateId,
  type Version,
} from '../ids.ts';
import type { Settings } from '../settings/settings.ts';
import { shellWord } from '../shell-word.ts';
import { readPartition } from '../store/builds/partition.ts';
import { readBuild } from '../store/builds/record.ts';
import { openIngestStore } from '../store/ingest.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import type { Kind, Table, VersionDetail } from './api.ts';
import type { Assets } from './assets.ts';

/** What one version holds, and where it comes from. */
export class Versions {
  readonly #layout: StoreLayout;
  readonly #assets: Assets;

  constructor(settings: Settings, assets: Assets) {
    this.#layout = storeLayout(settings.storeDir);
    this.#assets = assets;
  }

  async detail(kind: Kind, id: string, key: string): Promise<VersionDetail> {
    const asset = await this.#assets.detail(kind, id);
    const summary = asset?.all_versions.find((version) => version.key === key);
    if (!asset || !summary) {
      throw new LifecycleError('STO_NO_VERSION', `${id} has no version ${key}`, {
        hint: asset
          ? `it has ${
              asset.all_versions
                .slice(0, 8)
                .map((version) => version.key)
                .join(', ') || 'none'
            }`
          : undefined,
      });
    }
    const own =
      kind === 'ingest'
        ? await this.#ingested(id as TemplateId, parseVersion(key))
        : await this.#built(id as ProductId, parsePartitionKey(key));
    return { ...summary, kind, id, ...own };
  }

  async #ingested(id: TemplateId, version: Version) {
    const store = openIngestStore(this.#layout);
    const record = await store.read(id, version);
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
    return {
      tables,
      files,
      steps: [],
      checks: [],
      log: null,
      provenance: {
        record: rest,
        inputs: [],
        used_by: [],
        command: `lifecycle ingest ${shellWord(id)} ${shellWord(version)} --overwrite`,
      },
    };
  }

  async #built(id: ProductId, key: PartitionKey) {
    const build = await readBuild(this.#layout, id, key);
    const partition = build ?? { dir: (await readPartition(this.#layout, id, key)).dir, record: undefined };
    const { inputs = [], outputs = [], files = [], ...rest } = partition.record ?? {};
    return {
      tables: [],
      files: [...outputs.map((file) => ({ ...file, path: path.join('output', file.path) })), ...files],
      steps: [],
      checks: [],
      log: null,
      provenance: {
        record: rest,
        inputs: inputs.map((input) => ({ ...input, why: null })),
        used_by: [],
        command: `lifecycle build ${shellWord(id)} ${shellWord(key)} --force`,
      },
    };
  }
}
