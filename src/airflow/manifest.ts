import path from 'node:path';
import { dagIdFor, VERSION_PATTERN } from '../ids.ts';
import { SOURCES_THAT_TELL_VERSIONS } from '../ingest/sources/index.ts';
import { maskProjectData } from '../masking/output.ts';
import { NEW_YORK } from '../new-york-time.ts';
import type { IngestTemplate, Product, Project } from '../project/project.ts';
import { type RecipeReading, readRecipe } from '../project/recipe.ts';
import { INSTALLATION } from '../settings.ts';
import { hashText } from '../store/files.ts';
import { buildAssetName, datasetAssetName, ingestAssetName } from './asset-names.ts';
import { brokenSentence, productDocumentation, templateDocumentation } from './documentation.ts';

/** Everything that the DAG file needs to know, and all that it knows. Texts are ready to be shown. */
export interface Manifest {
  /** Changes when this shape does. */
  format: 1;
  /** SHA-256 of the rest. */
  hash: string;
  project: string;
  /** The program and first arguments of what a task runs. */
  command: string[];
  version: { pattern: string; form_pattern: string; hint: string };
  ingest: ManifestIngest[];
  builds: ManifestBuild[];
}

interface ManifestEntry {
  dag_id: string;
  /** The id as the command line takes it. */
  id: string;
  title: string;
  /** Markdown. */
  doc: string;
  tags: string[];
  /** Names of the assets that it reads, for lineage. */
  inlets: string[];
  /** Why nothing of it can run. */
  broken: string | null;
}

export interface ManifestIngest extends ManifestEntry {
  /** The asset of the template as a whole first, then, for a one-to-many template, one per dataset. */
  assets: { name: string; dataset: string | null; title: string }[];
  /** Whether a run without a version can ask the source for one. */
  source_tells_version: boolean;
  /** The datasets to choose from; empty when there is but one. */
  datasets: string[];
  /** Processing modes that its steps name. */
  modes: string[];
}

export interface ManifestBuild extends ManifestEntry {
  asset: string;
  /** Variables that the recipe's text asks for, to be filled in by whoever triggers a build. */
  variables: string[];
  /** The recipe's inputs, those of its base too, with the version that it pins. */
  inputs: { id: string; version: string | null }[];
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

/** For forms, which show it when they refuse something; the first task of a run applies the whole pattern. */
const VERSION_FORM_PATTERN = '^\\w[\\w.+:\\-]{0,99}$';
const VERSION_HINT = '1 to 100 letters, digits and . _ - + : beginning with a letter or digit, such as 2024a';
/** Airflow refuses longer tags and titles. */
const MAX_TAG_LENGTH = 100;
const MAX_TITLE_LENGTH = 200;

/** Which asset holds a dataset that a template or a recipe asks for by id. */
type AssetOf = (dataset: string) => string | undefined;

function assetsByDataset(templates: readonly IngestTemplate[]): AssetOf {
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

function ingestEntry(template: IngestTemplate, assetOf: AssetOf): ManifestIngest {
  const { id, definition, findings } = template;
  const broken = brokenSentence(findings) ?? (definition ? null : 'the template cannot be read');
  const datasets = definition?.datasets ?? [];
  const isMany = definition?.shape === 'one_to_many';
  const title = (definition?.attributes.name ?? id).slice(0, MAX_TITLE_LENGTH);
  return {
    dag_id: dagIdFor('ingest', id),
    id,
    title,
    doc: templateDocumentation(template),
    tags: tags(
      'ingest',
      definition?.source.type,
      ...datasets.map(({ file_format }) => file_format.type),
      broken && 'broken',
    ),
    inlets: sortedUnique((definition?.depends_on ?? []).map(assetOf)),
    broken,
    assets: [
      { name: ingestAssetName(id), dataset: null, title },
      ...(isMany
        ? datasets.map((dataset) => ({
            name: datasetAssetName(id, dataset.id),
            dataset: dataset.id as string,
            title: (dataset.attributes.name ?? dataset.id).slice(0, MAX_TITLE_LENGTH),
          }))
        : []),
    ],
    source_tells_version: SOURCES_THAT_TELL_VERSIONS.has(definition?.source.type ?? ''),
    datasets: isMany ? datasets.map((dataset) => dataset.id as string) : [],
    modes: sortedUnique(datasets.flatMap(({ processing_steps }) => processing_steps.map(({ mode }) => mode))),
  };
}

async function buildEntry(product: Product, assetOf: AssetOf): Promise<ManifestBuild> {
  const { findings } = product;
  const readings = product.recipe ? await recipeAndBase(product.recipe) : [];
  const recipe = readings[0]?.recipe;
  // An input of the recipe itself hides one of the same id in its base.
  const inputs = new Map<string, string | null>();
  for (const dataset of readings.flatMap((reading) => reading.recipe?.inputs.datasets ?? [])) {
    if (!inputs.has(dataset.id)) inputs.set(dataset.id, dataset.version);
  }
  const broken = brokenSentence(findings);
  return {
    dag_id: dagIdFor('build', product.id),
    id: product.id,
    title: product.id,
    doc: productDocumentation(product, recipe, findings),
    tags: tags('build', product.recipe ? 'recipe' : 'no recipe', broken && 'broken'),
    inlets: sortedUnique([...inputs.keys()].map(assetOf)),
    broken,
    asset: buildAssetName(product.id),
    variables: sortedUnique(readings.flatMap((reading) => reading.variables)),
    inputs: [...inputs].map(([id, version]) => ({ id, version })),
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
      title: first.dag_id,
      doc: `# ${first.dag_id}\n\n${broken}`,
      broken,
      tags: tags(...first.tags, 'broken'),
    };
  });
}

/** The manifest of a project; the same project gives the same manifest, byte for byte. */
export async function manifestOf(project: Project): Promise<Manifest> {
  const assetOf = assetsByDataset(project.templates);
  const ingest = project.templates.map((template) => ingestEntry(template, assetOf));
  const builds = await Promise.all(project.products.map((product) => buildEntry(product, assetOf)));
  const scheduledIfSound = (entry: ManifestBuild) => (entry.broken === null ? entry : { ...entry, schedule: null });
  const byDagId = (a: ManifestEntry, b: ManifestEntry) => (a.dag_id < b.dag_id ? -1 : 1);
  const content = maskProjectData({
    format: 1 as const,
    project: project.dir,
    command: [path.join(INSTALLATION, 'bin', 'lifecycle')],
    version: { pattern: VERSION_PATTERN, form_pattern: VERSION_FORM_PATTERN, hint: VERSION_HINT },
    ingest: refuseClashes(ingest).sort(byDagId),
    builds: refuseClashes(builds).map(scheduledIfSound).sort(byDagId),
  });
  return { ...content, hash: hashText(JSON.stringify(content)) };
}
