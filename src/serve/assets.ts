import path from 'node:path';
import { buildAssetName, ingestAssetName, ownerOfAsset } from '../airflow/asset-names.ts';
import { type ManifestBuild, type ManifestIngest, manifestOf } from '../airflow/manifest.ts';
import { formatPlace, LifecycleError } from '../errors.ts';
import { isVersion, type ProductId, type TemplateId } from '../ids.ts';
import { maskOutput, maskOutputData, maskProjectData } from '../masking/output.ts';
import { expectedVersions } from '../project/expected-versions.ts';
import { makersOf } from '../project/makers.ts';
import type { Project } from '../project/project.ts';
import { SOURCES_THAT_TELL_VERSIONS } from '../project/vocabulary/sources.ts';
import type { Settings } from '../settings/settings.ts';
import { heldClaims } from '../store/held-claims.ts';
import { type StoreLayout, storeLayout } from '../store/layout.ts';
import { suggestionHint } from '../suggest.ts';
import { compareVersions, type VersionOrder } from '../version-order.ts';
import { AirflowRuns } from './airflow-runs.ts';
import type { AssetDetail, AssetList, AssetName, AssetRow, Kind, VersionSummary } from './api.ts';
import { foldersOf } from './asset-folders.ts';
import type { ManyRecords } from './many-records.ts';
import type { ProjectNow, ProjectView } from './project-view.ts';
import type { IndexedFolder, RecordIndex } from './record-index.ts';
import { withoutSecrets } from './secrets.ts';
import type { Staleness } from './staleness.ts';
import { type Attempts, stateOf, withAttempts } from './states.ts';
import { withMissing } from './with-missing.ts';

/** Versions that a strip shows. */
const STRIP = 20;
/** Of a version of which a list shows no more than its state. */
const NOTHING_KNOWN = {
  ...{ created: null, rows: null, rows_before: null, bytes: null, seconds: null },
  ...{ warnings: [] as string[] },
};
/** Versions that a form proposes for an input. */
const EXAMPLES = 5;
/** A list says what is known by then; it is asked for again soon. */
const LIST_WAITS_MS = 60;
/** Reading thousands of records of one asset takes seconds. */
const ONE_WAITS_MS = 5_000;
/** What differs of the newest versions; a page says it at the next look at the latest. */
const STALE_WAITS_MS = 500;

/** What the store holds of a project's templates and products, for lists and pages. */
export class Assets {
  readonly #layout: StoreLayout;
  readonly #settings: Settings;
  readonly #project: ProjectView;
  readonly #index: RecordIndex;
  readonly #many: ManyRecords;
  readonly #staleness: Staleness;
  readonly #runs: AirflowRuns;

  /** Of each state of the project. */
  readonly #descriptions = new WeakMap<ProjectNow, Map<string, ReturnType<typeof describe>>>();
  readonly #folders = new WeakMap<Project, IndexedFolder[]>();
  readonly #inAirflow: boolean;

  /** @param inAirflow whether the page stands in Airflow, whose REST API then materializes */
  constructor(
    settings: Settings,
    project: ProjectView,
    index: RecordIndex,
    { many, staleness, inAirflow }: { many: ManyRecords; staleness: Staleness; inAirflow: boolean },
  ) {
    this.#many = many;
    this.#staleness = staleness;
    this.#runs = new AirflowRuns(settings);
    this.#inAirflow = inAirflow;
    this.#settings = settings;
    this.#layout = storeLayout(settings.storeDir);
    this.#project = project;
    this.#index = index;
  }

  #foldersOf({ project }: ProjectNow) {
    const folders = this.#folders.get(project) ?? foldersOf(project, this.#layout, this.#many);
    this.#folders.set(project, folders);
    return folders;
  }

  async list(): Promise<AssetList> {
    const now = await this.#project.now();
    const complete = await this.#index.refresh(this.#foldersOf(now), LIST_WAITS_MS);
    const { projectDir } = this.#settings;
    const assets = await this.#rows(now);
    return withoutSecrets({ project: maskOutput(projectDir), airflow: this.#inAirflow, complete, assets });
  }

  /** Every asset by `kind/id`, with what it is made from and what is made from it. */
  async graph(): Promise<Map<string, AssetRow & Pick<AssetDetail, 'upstream' | 'downstream'>>> {
    const now = await this.#project.now();
    await this.#index.refresh(this.#foldersOf(now), LIST_WAITS_MS);
    const rows = await this.#rows(now);
    const manifests = new Map(entriesOf(now).map(({ kind, id, manifest }) => [`${kind}/${id}`, manifest]));
    return new Map(
      rows.map((row) => {
        const name = `${row.kind}/${row.id}`;
        const upstream = uniqueNames(manifests.get(name)!.inlets.map(ownerOfAsset));
        return [name, { ...row, upstream, downstream: uniqueNames(now.downstream.get(name) ?? []) }];
      }),
    );
  }

  /** The version of `from` that the newest build `to` took; null where nobody knows. */
  versionTaken(from: { kind: Kind; id: string }, to: { kind: Kind; id: string }): string | null {
    const newest = this.#index.versions(to.kind, to.id, 1)[0];
    if (!newest) return null;
    const datasets = this.#project.datasetsOf(from.kind, from.id);
    return this.#index.taken(to.kind, to.id, newest.key).find(({ id }) => datasets.includes(id))?.version ?? null;
  }

  async #rows(now: ProjectNow): Promise<AssetRow[]> {
    const counts = this.#index.counts();
    const attempts = await this.#attempts();
    return entriesOf(now).map((entry) =>
      this.#row(entry, now, counts.get(`${entry.kind}/${entry.id}`) ?? { count: 0, latest: null }, attempts),
    );
  }

  async #attempts(): Promise<Attempts> {
    return { claims: await heldClaims(this.#layout), runs: this.#runs.unfinished() };
  }

  /** Which asset has what a recipe takes under this id; null where the project knows none. */
  async ownerOf(input: string): Promise<AssetName | null> {
    return (await this.#project.now()).owners.get(input) ?? null;
  }

  /** Builds that took one of these datasets in this version. */
  async takers(datasets: readonly string[], version: string): Promise<{ id: string; key: string }[]> {
    const folders = this.#foldersOf(await this.#project.now());
    await this.#index.refresh(
      folders.filter(({ kind }) => kind === 'builds'),
      ONE_WAITS_MS,
    );
    return this.#index.takers(datasets, version);
  }

  /**
   * @param key a version that is looked at closer, however old it is
   * @throws LifecycleError LIF_UNKNOWN_ID
   */
  async detail(kind: Kind, id: string, key?: string): Promise<AssetDetail> {
    const now = await this.#project.now();
    const entry = entriesOf(now).find((each) => each.kind === kind && each.id === id);
    if (!entry) throw unknownAsset(kind, id, now);
    const own = this.#foldersOf(now).filter((folder) => folder.kind === kind && folder.id === id);
    await this.#index.refresh(own, ONE_WAITS_MS);
    const attempts = await this.#attempts();
    const all = this.#index.versions(kind, id);
    const latest = this.#index.latest(kind, id);
    const newest = all.filter((each, place) => place < STRIP || each.key === key);
    await this.#staleness.settled(now.project, entry, newest, STALE_WAITS_MS);
    const stale = new Map(newest.map((each) => [each.key, this.#staleness.of(now.project, entry, each)]));
    const versions = withAttempts(all, entry, attempts, latest).map((each) => ({
      ...each,
      stale: [...(stale.get(each.key) ?? [])],
    }));
    const row = this.#row(entry, now, { count: all.length, latest }, attempts);
    const template = now.project.templates.find((each) => kind === 'ingest' && each.id === id);
    const product = now.project.products.find((each) => kind === 'builds' && each.id === id);
    const file = template?.file ?? product?.recipe;
    const findings = template?.findings ?? product?.findings ?? [];
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
      form: product ? await this.#formOf(product, now) : entry.manifest.form,
      tells_version: SOURCES_THAT_TELL_VERSIONS.has(template?.definition?.source.type ?? ''),
      all_versions: this.#withMissing(versions, { kind, id }, expectedOf(kind, id, now)),
      upstream: uniqueNames(entry.manifest.inlets.map(ownerOfAsset)),
      downstream: uniqueNames(now.downstream.get(`${kind}/${id}`) ?? []),
    };
  }

  #withMissing(
    versions: VersionSummary[],
    { kind, id }: { kind: Kind; id: string },
    { keys, order }: Expected,
  ): VersionSummary[] {
    if (keys.length === 0) return versions;
    return withMissing(versions, this.#index.absent(kind, id, keys), order);
  }

  /** The form of a build, with versions of its inputs that there are. */
  async #formOf(product: Project['products'][number], { project, manifest }: ProjectNow): Promise<AssetDetail['form']> {
    const alone = { ...project, templates: [], products: [product] };
    const makers = makersOf(project);
    const newest = async (dataset: string) => {
      const template = makers.get(dataset);
      return template ? this.#index.versions('ingest', template, EXAMPLES).map(({ key }) => key) : [];
    };
    const [entry] = (await manifestOf(alone, newest)).builds;
    return entry?.form ?? manifest.builds.find(({ id }) => id === product.id)?.form ?? [];
  }

  #row(
    entry: Entry,
    now: ProjectNow,
    { count, latest }: { count: number; latest: string | null },
    attempts: Attempts,
  ): AssetRow {
    const { kind, id, manifest } = entry;
    const expected = expectedOf(kind, id, now);
    // Of those in a strip nothing else is shown, and a list has thousands.
    const strip = this.#index.newest(kind, id, STRIP).map((each) => ({ ...NOTHING_KNOWN, ...each }));
    const standing = withAttempts(strip, { kind, id }, attempts, latest);
    const recent = this.#withMissing(standing, { kind, id }, expected);
    const last = recent.find(({ state }) => !['running', 'failed', 'missing'].includes(state));
    const newest = last && newestKey(last.key, latest, expected.order);
    const known = newest && this.#index.version(kind, id, newest);
    const stale = known ? [...this.#staleness.of(now.project, entry, known)] : [];
    // What was made since says more of the asset than what differs.
    if (last && last.key === newest && standing[0] === last) last.stale = stale;
    return {
      ...this.#described(entry, now),
      state: stateOf(manifest.broken !== null, standing),
      versions: count,
      newest: known ? maskOutputData({ ...known, is_latest: known.key === latest, stale, run: null }) : null,
      strip: recent.slice(0, STRIP).map(({ key, state }) => ({ key, state })),
    };
  }

  /** What a row says of the definition; without secrets. */
  #described(entry: Entry, now: ProjectNow): Omit<AssetRow, 'state' | 'versions' | 'newest' | 'strip'> {
    const name = `${entry.kind}/${entry.id}`;
    const known = this.#descriptions.get(now) ?? new Map<string, ReturnType<typeof describe>>();
    this.#descriptions.set(now, known);
    const described = known.get(name) ?? maskOutputData(describe(entry, now));
    known.set(name, described);
    return described;
  }
}

function describe({ kind, id, manifest }: Entry, now: ProjectNow) {
  const { definition } = now.project.templates.find((each) => kind === 'ingest' && each.id === id) ?? {};
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
    products: uniqueNames(now.downstream.get(`${kind}/${id}`) ?? [])
      .filter((each) => each.kind === 'builds')
      .map((each) => each.id),
    reason: manifest.broken,
  };
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

/** The one made last, unless `latest` says by its name that it is newer: batches make versions in any order. */
function newestKey(last: string, latest: string | null, order: VersionOrder | undefined): string {
  return latest !== null && (compareVersions(latest, last, order) ?? 0) > 0 ? latest : last;
}

/** Versions that should exist, as the definition says and recipes pin them; and how they are compared. */
interface Expected {
  keys: string[];
  order: VersionOrder | undefined;
}

function expectedOf(kind: Kind, id: string, { project, pins }: ProjectNow): Expected {
  if (kind === 'builds') {
    const product = project.products.find((each) => each.id === id);
    return { keys: expectedVersions(product?.versions ?? null, new Date()) ?? [], order: undefined };
  }
  const template = project.templates.find((each) => each.id === id);
  const declared = expectedVersions(template?.definition?.versions ?? null, new Date()) ?? [];
  const pinned = template ? pins.of(template.id).map(({ version }) => version) : [];
  return {
    keys: [...new Set([...declared, ...pinned.filter(isVersion)])],
    order: template?.definition?.version_order ?? undefined,
  };
}

const KIND_WORDS = { ingest: 'template', builds: 'product' };

function unknownAsset(kind: Kind, id: string, now: ProjectNow): LifecycleError {
  const known = entriesOf(now).filter((entry) => entry.kind === kind);
  return new LifecycleError('LIF_UNKNOWN_ID', `there is no ${KIND_WORDS[kind]} ${JSON.stringify(id.slice(0, 200))}`, {
    hint: suggestionHint(
      id,
      known.map((entry) => entry.id),
    ),
  });
}

/** A product may read several datasets of one template. */
function uniqueNames(names: readonly { kind: Kind; id: string }[]): { kind: Kind; id: string }[] {
  return [...new Map(names.map((name) => [`${name.kind}/${name.id}`, name])).values()];
}
