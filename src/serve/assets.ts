import path from 'node:path';
import { buildAssetName, ingestAssetName, ownerOfAsset } from '../airflow/asset-names.ts';
import type { ManifestBuild, ManifestIngest } from '../airflow/manifest.ts';
import { formatPlace } from '../errors.ts';
import type { ProductId, TemplateId } from '../ids.ts';
import { maskProjectData } from '../masking/output.ts';
import { SOURCES_THAT_TELL_VERSIONS } from '../project/vocabulary/sources.ts';
import type { Settings } from '../settings/settings.ts';
import { readPartition, STAGES } from '../store/builds/partition.ts';
import { readBuild } from '../store/builds/record.ts';
import { type HeldClaim, heldClaims } from '../store/held-claims.ts';
import { openIngestStore } from '../store/ingest.ts';
import { warningsOf } from '../store/ingest-record.ts';
import { RECORD_FILE, type StoreLayout, storeLayout } from '../store/layout.ts';
import type { AssetDetail, AssetList, AssetRow, Kind, VersionSummary } from './api.ts';
import type { ProjectNow, ProjectView } from './project-view.ts';
import type { IndexedFolder, IndexedVersion, RecordIndex } from './record-index.ts';

/** Versions that a strip shows. */
const STRIP = 20;

const secondsOf = (timings: Record<string, number>) =>
  Math.round(Object.values(timings).reduce((sum, each) => sum + each, 0) * 1000) / 1000;
const bytesOf = (files: readonly { bytes: number }[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** What the store holds of a project's templates and products, for lists and pages. */
export class Assets {
  readonly #layout: StoreLayout;
  readonly #settings: Settings;
  readonly #project: ProjectView;
  readonly #index: RecordIndex;

  constructor(settings: Settings, project: ProjectView, index: RecordIndex) {
    this.#settings = settings;
    this.#layout = storeLayout(settings.storeDir);
    this.#project = project;
    this.#index = index;
  }

  async list(): Promise<AssetList> {
    const now = await this.#project.now();
    await this.#index.refresh(this.#foldersOf(now));
    const counts = this.#index.counts();
    const claims = await heldClaims(this.#layout);
    const assets = entriesOf(now).map((entry) =>
      this.#row(entry, now, counts.get(`${entry.kind}/${entry.id}`) ?? 0, claims),
    );
    return {
      project: this.#settings.projectDir,
      airflow: this.#settings.env.LIFECYCLE_AIRFLOW_HOME !== undefined,
      assets,
    };
  }

  async detail(kind: Kind, id: string): Promise<AssetDetail | undefined> {
    const now = await this.#project.now();
    const entry = entriesOf(now).find((each) => each.kind === kind && each.id === id);
    if (!entry) return undefined;
    await this.#index.refresh(this.#foldersOf(now).filter((folder) => folder.kind === kind && folder.id === id));
    const claims = await heldClaims(this.#layout);
    const all = this.#index.versions(kind, id);
    const row = this.#row(entry, now, all.length, claims);
    const template = now.project.templates.find((each) => kind === 'ingest' && each.id === id);
    const product = now.project.products.find((each) => kind === 'builds' && each.id === id);
    const file = template?.file ?? product?.recipe;
    const findings = template?.findings ?? product?.findings ?? [];
    const latest = this.#index.latest(kind, id);
    return {
      ...row,
      file: file === undefined ? null : path.relative(now.project.dir, file),
      text: (maskProjectData({ text: template?.text ?? now.recipeTexts.get(id) ?? null }) as { text: string | null })
        .text,
      findings: findings.map(({ severity, code, message, hint, place }) => ({
        severity,
        code,
        message,
        hint: hint ?? null,
        place: place ? path.relative(now.project.dir, formatPlace(place)) : null,
      })),
      form: entry.manifest.form,
      tells_version: SOURCES_THAT_TELL_VERSIONS.has(template?.definition?.source.type ?? ''),
      all_versions: withClaims(all, kind, id, claims, latest),
      upstream: entry.manifest.inlets.map(ownerOfAsset),
      downstream: [...(now.downstream.get(`${kind}/${id}`) ?? [])],
    };
  }

  #row(entry: Entry, now: ProjectNow, count: number, claims: readonly HeldClaim[]): AssetRow {
    const { kind, id, manifest } = entry;
    const latest = this.#index.latest(kind, id);
    const recent = withClaims(this.#index.versions(kind, id, STRIP), kind, id, claims, latest);
    const newest = recent.find(({ state }) => !['running', 'failed', 'missing'].includes(state)) ?? null;
    const template = now.project.templates.find((each) => kind === 'ingest' && each.id === id);
    const { definition } = template ?? {};
    return {
      kind,
      id,
      title: manifest.title,
      description: definition?.attributes.description ?? null,
      dag_id: manifest.dag_id,
      asset: kind === 'ingest' ? ingestAssetName(id as TemplateId) : buildAssetName(id as ProductId),
      source: definition?.source.type ?? null,
      formats: [...new Set(definition?.datasets.map(({ file_format }) => file_format.type))],
      tags: manifest.tags,
      products: (now.downstream.get(`${kind}/${id}`) ?? [])
        .filter((each) => each.kind === 'builds')
        .map((each) => each.id),
      state: stateOf(manifest.broken !== null, recent),
      reason: manifest.broken,
      versions: count,
      newest,
      strip: recent.slice(0, STRIP).map(({ key, state }) => ({ key, state })),
    };
  }

  #foldersOf({ project }: ProjectNow): IndexedFolder[] {
    const store = openIngestStore(this.#layout);
    const templates = project.templates.map(
      ({ id }): IndexedFolder => ({
        kind: 'ingest',
        id,
        dir: this.#layout.ingest.template(id),
        recordFile: RECORD_FILE,
        pointer: () => store.pointer(id),
        read: async (key) => {
          const record = await store.read(id, key as never);
          if (!record) return undefined;
          const rows = record.datasets.reduce((sum, dataset) => sum + dataset.rows, 0);
          const before = record.datasets.map(({ changes }) => changes?.rows.before);
          return {
            state: 'published',
            created: record.created,
            rows,
            rows_before: before.every((each) => each !== undefined)
              ? before.reduce((sum, each) => sum + each, 0)
              : null,
            bytes: bytesOf(record.files),
            seconds: secondsOf(record.timings),
            warnings: warningsOf(record).map(({ message }) => message),
          };
        },
      }),
    );
    const products = project.products.map(
      ({ id }): IndexedFolder => ({
        kind: 'builds',
        id,
        dir: this.#layout.builds.product(id),
        recordFile: 'stages.json',
        pointer: async () => undefined,
        read: async (key) => {
          const build = await readBuild(this.#layout, id, key as never);
          if (build) {
            const { created, outputs, files, timings } = build.record;
            const nothing = { rows: null, rows_before: null, warnings: [] };
            return {
              ...nothing,
              state: 'published',
              created,
              bytes: bytesOf([...outputs, ...files]),
              seconds: secondsOf(timings),
            };
          }
          const { stages } = await readPartition(this.#layout, id, key as never);
          const last = STAGES.findLast((stage) => stages[stage]);
          if (!last) return undefined;
          const done = Object.values(stages);
          return {
            state: 'partial',
            created: stages[last]!.finished,
            rows: null,
            rows_before: null,
            bytes: bytesOf(done.flatMap(({ files }) => files)),
            seconds: done.reduce((sum, { seconds }) => sum + seconds, 0),
            warnings: [`${last} is its last finished stage`],
          };
        },
      }),
    );
    return [...templates, ...products];
  }
}

type Entry = { id: string } & (
  | { kind: 'ingest'; manifest: ManifestIngest }
  | { kind: 'builds'; manifest: ManifestBuild }
);

function entriesOf({ manifest }: ProjectNow): Entry[] {
  return [
    ...manifest.ingest.map((each) => ({ kind: 'ingest' as const, id: each.id, manifest: each })),
    ...manifest.builds.map((each) => ({ kind: 'builds' as const, id: each.id, manifest: each })),
  ];
}

/** The versions with those that somebody holds at this moment, or held when it was killed. */
function withClaims(
  versions: readonly IndexedVersion[],
  kind: Kind,
  id: string,
  claims: readonly HeldClaim[],
  latest: string | null,
): VersionSummary[] {
  const subject = `${kind === 'ingest' ? 'ingest' : 'build'} ${id} `;
  const held = claims.filter((claim) => claim.subject.startsWith(subject));
  const news = held
    .map((claim) => ({ key: claim.subject.slice(subject.length), claim }))
    .filter(({ key }) => !key.includes(' ') && !versions.some((version) => version.key === key))
    .map(
      ({ key, claim }): VersionSummary => ({
        key,
        state: claim.alive ? 'running' : 'failed',
        created: claim.since,
        rows: null,
        rows_before: null,
        bytes: null,
        seconds: null,
        is_latest: false,
        warnings: [
          claim.alive ? `process ${claim.pid} on ${claim.host} makes it` : `who made it is gone: ${claim.why}`,
        ],
        stale: [],
      }),
    );
  const known = versions.map((version) => ({ ...version, is_latest: version.key === latest, stale: [] }));
  return [...news, ...known];
}

function stateOf(broken: boolean, recent: readonly VersionSummary[]): AssetRow['state'] {
  if (broken) return 'broken';
  const [first] = recent;
  if (!first) return 'never';
  if (first.state === 'running' || first.state === 'failed' || first.state === 'quarantined') return first.state;
  if (first.state === 'partial' || first.state === 'unreadable') return 'failed';
  return first.stale.length > 0 ? 'stale' : 'fresh';
}
