import { readFile } from 'node:fs/promises';
import { ownerOfAsset } from '../airflow/asset-names.ts';
import { type Manifest, manifestOf } from '../airflow/manifest.ts';
import { type Pins, recipePins } from '../backfill/pins.ts';
import { projectFingerprint } from '../project/fingerprint.ts';
import { loadProject } from '../project/load.ts';
import { makersOf } from '../project/makers.ts';
import type { Project } from '../project/project.ts';
import type { Settings } from '../settings/settings.ts';
import type { AssetName, Kind } from './api.ts';

/** A project as its files say it at this moment. */
export interface ProjectNow {
  project: Project;
  manifest: Manifest;
  /** By product. */
  recipeTexts: ReadonlyMap<string, string>;
  /** By `kind/id`: what is made from it. */
  downstream: ReadonlyMap<string, readonly { kind: Kind; id: string }[]>;
  /** By the id under which recipes take it: the template that makes a dataset, or the product. */
  owners: ReadonlyMap<string, AssetName>;
  /** What recipes ask for by name. */
  pins: Pins;
}

/** Looking at some hundred files takes milliseconds; a page asks several times at once. */
const LOOK_EVERY_MS = 1_000;

/** Reads the project again when its files have changed. */
export class ProjectView {
  readonly #settings: Settings;
  #read: { fingerprint: string; now: Promise<ProjectNow>; recipes: readonly string[] } | undefined;
  #lookedMs = 0;
  #datasets: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  async now(): Promise<ProjectNow> {
    if (this.#read && Date.now() - this.#lookedMs < LOOK_EVERY_MS) return this.#read.now;
    this.#lookedMs = Date.now();
    const { projectDir } = this.#settings;
    const fingerprint = await projectFingerprint(projectDir, this.#read?.recipes ?? []);
    if (this.#read?.fingerprint === fingerprint) return this.#read.now;
    const now = this.#readProject();
    this.#read = { fingerprint, now, recipes: [] };
    const { project } = await now;
    const recipes = project.products.flatMap(({ recipe }) => recipe ?? []);
    this.#read = { fingerprint: await projectFingerprint(projectDir, recipes), now, recipes };
    return now;
  }

  /** Ids under which recipes take what an asset makes; of the project as it was read last. */
  datasetsOf(kind: Kind, id: string): readonly string[] {
    const own = kind === 'ingest' ? this.#datasets.get(id) : undefined;
    return [id, ...(own ?? [])];
  }

  async #readProject(): Promise<ProjectNow> {
    const project = await loadProject(this.#settings.projectDir);
    // Examples of versions for the forms are found when a form is asked for: a store may have a million.
    const manifest = await manifestOf(project);
    this.#datasets = new Map(
      project.templates.map(({ id, definition }) => [id, definition?.datasets.map((dataset) => dataset.id) ?? []]),
    );
    const recipeTexts = new Map<string, string>();
    for (const { id, recipe } of project.products) {
      if (recipe !== undefined) recipeTexts.set(id, await readFile(recipe, 'utf8').catch(() => ''));
    }
    const downstream = new Map<string, { kind: Kind; id: string }[]>();
    for (const kind of ['ingest', 'builds'] as const) {
      for (const { id, inlets } of manifest[kind]) {
        for (const inlet of inlets.map(ownerOfAsset)) {
          const name = `${inlet.kind}/${inlet.id}`;
          downstream.set(name, [...(downstream.get(name) ?? []), { kind, id }]);
        }
      }
    }
    const pins = await recipePins(project, this.#settings.env);
    return { project, manifest, recipeTexts, downstream, owners: ownersIn(project), pins };
  }
}

function ownersIn(project: Project): Map<string, AssetName> {
  const built = project.products.map(({ id }) => [id, { kind: 'builds', id }] as const);
  const ingested = [...makersOf(project)].map(([dataset, id]) => [dataset, { kind: 'ingest', id }] as const);
  return new Map<string, AssetName>([...built, ...ingested]);
}
