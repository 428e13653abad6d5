import {
  type DatasetId,
  type PartitionKey,
  type ProductId,
  productIdFrom,
  type TemplateId,
  templateIdFrom,
  type Version,
} from '../ids.ts';
import { keptReport } from '../reports/kept-report.ts';
import { readBuild } from '../store/builds/record.ts';
import { builtAt, partitionKeys } from '../store/builds/survey.ts';
import { modifiedAt } from '../store/files.ts';
import { openIngestStore } from '../store/ingest.ts';
import { datasetFacts, type IngestRecord } from '../store/ingest-record.ts';
import type { StoreLayout } from '../store/layout.ts';
import { isQuarantined } from '../store/quarantine.ts';
import { buildAssetName, datasetAssetName, ingestAssetName } from './asset-names.ts';
import type { Manifest } from './manifest.ts';

/** A version or partition that stands in the store. */
export interface Published {
  asset: string;
  key: string;
  /** Which DAG makes it. */
  dagId: string;
  /** When its record was written. */
  writtenMs: number;
  /** What its event says; undefined when it is gone by now. @throws LifecycleError where its record cannot be read */
  facts(): Promise<Record<string, unknown> | undefined>;
}

/** What stands for a manifest's assets, by asset and key; no entry for an asset of which nobody can tell at this moment. */
export type Standing = Map<string, Map<string, Published>>;

const seconds = (timings: Record<string, number>) =>
  Math.round(Object.values(timings).reduce((sum, each) => sum + each, 0) * 100) / 100;

/** Texts, numbers and truth values; what a record holds below them is for those who open it. */
function flat(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && typeof value !== 'object'));
}

/** The facts of an event as a run of the DAG would have written them. */
function ingestFacts(dir: string, record: IngestRecord, dataset: DatasetId | undefined): Record<string, unknown> {
  const { template, version, created, timings } = record;
  const whole = { template, version, state: 'published', path: dir, created, seconds: seconds(timings) };
  const all = datasetFacts(dir, record);
  const own = dataset === undefined && all.length === 1 ? all[0] : all.find(({ id }) => id === dataset);
  if (own) return { ...whole, ...own };
  return { ...whole, datasets: Object.fromEntries(all.map((each) => [each.id, each])) };
}

/** A directory that changes twice within this time may keep the time of its first change. */
const CLOCK_STEP_MS = 2_000;

/** Looks at the store as often as it is asked, and into the templates that have changed since it looked before. */
export class PublishedVersions {
  readonly #layout: StoreLayout;
  /** By template: when its directory changed, and what was in it. Versions come and go by renaming directories. */
  readonly #seen = new Map<string, { changedMs: number; assets: string; found: Map<string, Map<string, Published>> }>();

  constructor(layout: StoreLayout) {
    this.#layout = layout;
  }

  async look(manifest: Manifest): Promise<Standing> {
    const standing: Standing = new Map();
    // A store that is not there, as a drive that is not mounted, says nothing about its versions.
    const roots = [this.#layout.ingest.root, this.#layout.builds.root];
    const [hasIngest, hasBuilds] = await Promise.all(roots.map(modifiedAt));
    for (const entry of hasIngest === undefined ? [] : manifest.ingest) {
      const template = templateIdFrom(entry.id);
      if (template) await this.#lookAtTemplate(template, entry.dag_id, entry.assets, standing);
    }
    for (const entry of hasBuilds === undefined ? [] : manifest.builds) {
      const product = productIdFrom(entry.id);
      if (product) await this.#lookAtProduct(product, entry.dag_id, standing);
    }
    return standing;
  }

  async #lookAtTemplate(
    template: TemplateId,
    dagId: string,
    assets: readonly { dataset: string | null }[],
    standing: Standing,
  ): Promise<void> {
    const names = assets.map(({ dataset }) =>
      dataset === null ? ingestAssetName(template) : datasetAssetName(template, dataset as DatasetId),
    );
    try {
      const changedMs = (await modifiedAt(this.#layout.ingest.template(template))) ?? 0;
      const seen = this.#seen.get(template);
      const isSame = seen?.changedMs === changedMs && seen.assets === names.join('\n');
      const found = isSame ? seen.found : await this.#readTemplate(template, dagId, names);
      if (Date.now() - changedMs > CLOCK_STEP_MS) {
        this.#seen.set(template, { changedMs, assets: names.join('\n'), found });
      }
      for (const [asset, versions] of found) standing.set(asset, versions);
    } catch {
      // `list` and `check` say what cannot be read; whether there is a version nobody can tell.
    }
  }

  async #readTemplate(
    template: TemplateId,
    dagId: string,
    assets: readonly string[],
  ): Promise<Map<string, Map<string, Published>>> {
    const store = openIngestStore(this.#layout);
    const found = new Map(assets.map((asset) => [asset, new Map<string, Published>()]));
    const add = (asset: string, version: Version, writtenMs: number, dataset?: DatasetId) =>
      found.get(asset)?.set(version, {
        asset,
        key: version,
        dagId,
        writtenMs,
        facts: async () => {
          const record = await store.read(template, version);
          if (!record) return undefined;
          const dir = await store.directory(template, version);
          const report = keptReport(this.#layout.reports.version(template, version), dir);
          return { ...ingestFacts(dir, record, dataset), ...(report === undefined ? {} : { report }) };
        },
      });
    for (const version of await store.names(template)) {
      const writtenMs = await store.writtenAt(template, version);
      if (writtenMs === undefined) continue;
      const record = await store.read(template, version).catch((error: unknown) => {
        // Of several datasets nobody can tell which there are.
        if (assets.length > 1) throw error;
        return undefined;
      });
      // Nobody is to start work by it: it gets its event once it is released.
      if (record && isQuarantined(record)) continue;
      add(ingestAssetName(template), version, writtenMs);
      if (assets.length === 1) continue;
      for (const { id } of record?.datasets ?? []) {
        add(datasetAssetName(template, id as DatasetId), version, writtenMs, id as DatasetId);
      }
    }
    return found;
  }

  async #lookAtProduct(product: ProductId, dagId: string, standing: Standing): Promise<void> {
    const asset = buildAssetName(product);
    const found = new Map<string, Published>();
    try {
      for (const key of await partitionKeys(this.#layout, product)) {
        const writtenMs = await builtAt(this.#layout, product, key);
        if (writtenMs === undefined) continue;
        found.set(key, { asset, key, dagId, writtenMs, facts: () => this.#buildFacts(product, key) });
      }
    } catch {
      return;
    }
    standing.set(asset, found);
  }

  async #buildFacts(product: ProductId, key: PartitionKey): Promise<Record<string, unknown> | undefined> {
    const build = await readBuild(this.#layout, product, key);
    if (!build) return undefined;
    const { inputs, outputs, timings, ...record } = build.record;
    const report = keptReport(this.#layout.reports.build(product, key), build.dir);
    const own = {
      path: build.dir,
      state: 'done',
      seconds: seconds(timings),
      ...(report === undefined ? {} : { report }),
    };
    return { ...flat(record), ...own, inputs, outputs };
  }
}
