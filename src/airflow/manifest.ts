import path from 'node:path';
import { dagIdFor } from '../ids.ts';
import { maskProjectData } from '../masking/output.ts';
import { NEW_YORK } from '../new-york-time.ts';
import type { IngestTemplate, Product, Project } from '../project/project.ts';
import { type RecipeReading, readRecipe } from '../project/recipe.ts';
import { SOURCES_THAT_TELL_VERSIONS } from '../project/vocabulary/sources.ts';
import { hashText } from '../store/files.ts';
import { buildAsset, ingestAssets, type ManifestAsset } from './asset-entries.ts';
import { datasetAssetName, ingestAssetName } from './asset-names.ts';
import { brokenSentence, productDocumentation, templateDocumentation } from './documentation.ts';
import { buildForm, type FormField, ingestForm, VERSION_RULE } from './form.ts';
import { DEFAULT_OWNER, descriptionOf, displayName, MAX_TITLE_LENGTH, oneLine, ownerOf } from './labels.ts';
import { searchWords } from './search-words.ts';
import { type TaskRules, taskRules } from './task-rules.ts';

/** Everything that the DAG file needs to know, and all that it knows. Texts are ready to be shown. */
export interface Manifest {
  /** Changes when this shape does. */
  format: 3;
  /** SHA-256 of the rest. */
  hash: string;
  project: string;
  tasks: TaskRules;
  version: typeof VERSION_RULE;
  ingest: ManifestIngest[];
  builds: ManifestBuild[];
}

interface ManifestEntry {
  dag_id: string;
  /** The id as the command line takes it. */
  id: string;
  /** What lists show, and what Airflow's search matches the beginning of. */
  display_name: string;
  /** One line; the reason, where it is broken. */
  description: string;
  title: string;
  owner: string;
  /** Markdown. */
  doc: string;
  tags: string[];
  /** Names of the assets that it reads, for lineage. */
  inlets: string[];
  /** Why nothing of it can run. */
  broken: string | null;
  /** Whether a run without any version is refused: nobody else could tell one. */
  needs_version: boolean;
  form: FormField[];
}

export interface ManifestIngest extends ManifestEntry {
  /** The asset of the template as a whole first, then, for a one-to-many template, one per dataset. */
  assets: ManifestAsset[];
}

export interface ManifestBuild extends ManifestEntry {
  asset: ManifestAsset;
  /** Null for a product that is built by hand only, and for a broken one. */
  schedule: ManifestSchedule | null;
}

/** When Airflow starts runs by itself, and what their partition keys are. */
export interface ManifestSchedule {
  cron: string;
  timezone: string;
  /** Python's strftime pattern. */
  key_format: string;
}

/** Airflow refuses longer tags. */
const MAX_TAG_LENGTH = 100;

/** What the rest of the project says about a dataset that a template or a recipe asks for by id. */
interface Known {
  /** Which asset holds it. */
  assetOf(dataset: string): string | undefined;
  /** Which products are built from it. */
  productsOf(dataset: string): string[];
  /** Some of its versions, the newest first. */
  versionsOf: VersionsOf;
}

/** Versions of a template that are in the store, the newest first. */
export type VersionsOf = (dataset: string) => Promise<string[]>;

function assetsByDataset(templates: readonly IngestTemplate[]): Known['assetOf'] {
  const found = new Map<string, string>();
  for (const { id, definition } of templates) {
    for (const dataset of definition?.datasets ?? []) {
      if (definition?.shape === 'one_to_many') found.set(dataset.id, datasetAssetName(id, dataset.id));
    }
  }
  // A template's own id comes first: that is what the store looks a dataset up by.
  for (const { id } of templates) found.set(id, ingestAssetName(id));
  return (dataset) => found.get(dataset);
}

function sortedUnique(values: Iterable<string | null | undefined>): string[] {
  return [...new Set([...values].filter((value) => value !== null && value !== undefined))].sort();
}

function tags(...values: (string | null | undefined)[]): string[] {
  return sortedUnique(values).map((tag) => tag.slice(0, MAX_TAG_LENGTH));
}

function ingestEntry(template: IngestTemplate, known: Known): ManifestIngest {
  const { id, definition, findings } = template;
  const broken = brokenSentence(findings) ?? (definition ? null : 'the template cannot be read');
  const datasets = definition?.datasets ?? [];
  const isMany = definition?.shape === 'one_to_many';
  const title = oneLine(definition?.attributes.name ?? id, MAX_TITLE_LENGTH);
  const tellsVersion = SOURCES_THAT_TELL_VERSIONS.has(definition?.source.type ?? '');
  return {
    dag_id: dagIdFor('ingest', id),
    id,
    display_name: displayName(id, title, broken),
    title,
    description: descriptionOf(title, broken),
    owner: ownerOf(definition),
    doc: templateDocumentation(template),
    tags: tags(
      'ingest',
      definition?.source.type,
      ...datasets.map(({ file_format }) => file_format.type),
      ...[id as string, ...datasets.map((dataset) => dataset.id as string)].flatMap(known.productsOf),
      ...searchWords(id, title === id ? null : title),
      broken && 'broken',
    ),
    inlets: sortedUnique((definition?.depends_on ?? []).map(known.assetOf)),
    broken,
    needs_version: broken === null && !tellsVersion,
    form: ingestForm({
      source_tells_version: tellsVersion,
      datasets: isMany ? datasets.map((dataset) => dataset.id as string) : [],
      modes: sortedUnique(datasets.flatMap(({ processing_steps }) => processing_steps.map(({ mode }) => mode))),
    }),
    assets: ingestAssets(template, title),
  };
}

/** A product and what its recipes say. */
interface ReadProduct {
  product: Product;
  readings: RecipeReading[];
  /** The inputs, those of its base too, with the version that the recipe pins. */
  inputs: Map<string, string | null>;
}

async function readProduct(product: Product): Promise<ReadProduct> {
  const readings = product.recipe ? await recipeAndBase(product.recipe) : [];
  // An input of the recipe itself hides one of the same id in its base.
  const inputs = new Map<string, string | null>();
  for (const dataset of readings.flatMap((reading) => reading.recipe?.inputs.datasets ?? [])) {
    if (!inputs.has(dataset.id)) inputs.set(dataset.id, dataset.version);
  }
  return { product, readings, inputs };
}

async function buildEntry({ product, readings, inputs }: ReadProduct, known: Known): Promise<ManifestBuild> {
  const { id, findings } = product;
  const recipe = readings[0]?.recipe;
  const broken = brokenSentence(findings);
  const title = oneLine(recipe?.name ?? id, MAX_TITLE_LENGTH);
  const asked = await Promise.all(
    [...inputs].map(async ([input, version]) => ({ id: input, version, known: await known.versionsOf(input) })),
  );
  return {
    dag_id: dagIdFor('build', id),
    id,
    display_name: displayName(id, title, broken),
    title,
    description: descriptionOf(title, broken),
    owner: DEFAULT_OWNER,
    doc: productDocumentation(product, recipe, findings),
    tags: tags(
      'build',
      product.recipe ? 'recipe' : 'no recipe',
      ...searchWords(id, title === id ? null : title),
      broken && 'broken',
    ),
    inlets: sortedUnique([...inputs.keys()].map(known.assetOf)),
    broken,
    needs_version: broken === null,
    form: buildForm({ variables: sortedUnique(readings.flatMap(({ variables }) => variables)), inputs: asked }),
    asset: buildAsset(product, title, [...inputs.keys()]),
    schedule: product.schedule === null ? null : { cron: product.schedule, timezone: NEW_YORK, key_format: '%Y-%m-%d' },
  };
}

/** A recipe and the one that it is based on, if any, read with stand-ins for what is not known before a build. */
async function recipeAndBase(file: string): Promise<RecipeReading[]> {
  const own = await readRecipe(file, { standIns: true });
  const base = own.recipe?.base_recipe;
  if (base === null || base === undefined) return [own];
  return [own, await readRecipe(path.resolve(path.dirname(file), base), { standIns: true })];
}

/** Two ids that would share a DAG id become one broken entry that names both: Airflow would show either at random. */
function refuseClashes<T extends ManifestEntry>(entries: readonly T[]): T[] {
  const byDag = Map.groupBy(entries, ({ dag_id }) => dag_id);
  return [...byDag.values()].map((same) => {
    const [first] = same as [T, ...T[]];
    if (same.length === 1) return first;
    const ids = same.map(({ id }) => JSON.stringify(id)).join(' and ');
    const broken = `${ids} would share the DAG ${first.dag_id}; give one of them another id`;
    return {
      ...first,
      display_name: displayName(first.id, first.id, broken),
      title: first.dag_id,
      description: descriptionOf(first.dag_id, broken),
      doc: `# ${first.dag_id}\n\n${broken}`,
      broken,
      needs_version: false,
      tags: tags(...first.tags, 'broken'),
    };
  });
}

/**
 * The manifest of a project; the same project gives the same manifest, byte for byte, as long as `versionsOf`, which
 * finds examples for the forms of builds, answers the same.
 */
export async function manifestOf(project: Project, versionsOf?: VersionsOf): Promise<Manifest> {
  const products = await Promise.all(project.products.map(readProduct));
  const known: Known = {
    assetOf: assetsByDataset(project.templates),
    productsOf: (dataset) => products.filter(({ inputs }) => inputs.has(dataset)).map(({ product }) => product.id),
    versionsOf: versionsOf ?? (async () => []),
  };
  const ingest = project.templates.map((template) => ingestEntry(template, known));
  const builds = await Promise.all(products.map((product) => buildEntry(product, known)));
  const scheduledIfSound = (entry: ManifestBuild) => (entry.broken === null ? entry : { ...entry, schedule: null });
  const byDagId = (a: ManifestEntry, b: ManifestEntry) => (a.dag_id < b.dag_id ? -1 : 1);
  const content = maskProjectData({
    format: 3 as const,
    project: project.dir,
    tasks: taskRules(project.dir),
    version: VERSION_RULE,
    ingest: refuseClashes(ingest).sort(byDagId),
    builds: refuseClashes(builds).map(scheduledIfSound).sort(byDagId),
  });
  return { ...content, hash: hashText(JSON.stringify(content)) };
}
