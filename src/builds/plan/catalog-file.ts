import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { LifecycleError } from '../../errors.ts';
import { publishedName } from '../../project/published-names.ts';
import { FILE_TYPE_NAMES, FILE_TYPES } from '../../project/vocabulary/file-types.ts';
import { SOURCE_TYPES } from '../../project/vocabulary/sources.ts';
import { ARCHIVE_SOURCE, BUILDS, type Catalog, InputProblem, SOURCES, SOURCES_WITHOUT_VERSIONS } from './catalog.ts';

const facts = z.object({
  name: z.string().nullish(),
  archive_date: z.string().nullish(),
  url: z.string().nullish(),
});
const datasetSchema = facts.extend({
  latest: z.string().nullish(),
  versions: z.array(z.string()).default([]),
  file_types: z.record(z.string(), z.array(z.string())).default({}),
  by_version: z.record(z.string(), facts).default({}),
});
const catalogSchema = z.object({
  datasets: z.record(z.string(), z.record(z.string(), datasetSchema)).default({}),
  published: z.record(z.string(), z.array(z.string())).default({}),
  previous_source_data_versions: z.record(z.string(), z.string()).nullish(),
  env: z.record(z.string(), z.string()).nullish(),
  vars: z.record(z.string(), z.string()).nullish(),
  today: z.string().nullish(),
});
type CatalogDataset = z.infer<typeof datasetSchema>;

/** A file of available versions, to plan against in place of asking anybody. */
export interface CatalogFile extends Catalog {
  /** `yyyy-mm-dd`, where the file fixes the day. */
  today: string | undefined;
  /** The environment, where the file fixes it. */
  env: Record<string, string> | undefined;
  /** The only variables of the recipe's template, where the file fixes them: none at all with an empty map. */
  vars: Record<string, string> | undefined;
}

const DRAFTS = 'edm.publishing.drafts';
/** Sources whose ids are names of products, which the archive maps before it looks. */
const KEEPS_PRODUCTS = /^edm\.(publishing\.(?!gis$)|private$)/;

/** @throws LifecycleError BLD_CATALOG_INVALID */
export async function readCatalogFile(file: string): Promise<CatalogFile> {
  let data: unknown;
  try {
    data = JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new LifecycleError('BLD_CATALOG_INVALID', `the catalog ${file} cannot be read`, { cause });
  }
  const parsed = catalogSchema.safeParse(data);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new LifecycleError(
      'BLD_CATALOG_INVALID',
      `the catalog ${file} is not in its form: ${issue?.path.join('.')}: ${issue?.message}`,
      { hint: 'docs/builds.md describes the form' },
    );
  }
  return catalogFrom(parsed.data);
}

function catalogFrom(data: z.infer<typeof catalogSchema>): CatalogFile {
  const find = (source: string, id: string): CatalogDataset | undefined => {
    const datasets = own(data.datasets, source) ?? {};
    return KEEPS_PRODUCTS.test(source) ? ofProduct(datasets, id) : own(datasets, id);
  };
  return {
    sources: [...new Set([...SOURCES, ...SOURCE_TYPES, ...Object.keys(data.datasets)])].sort(),
    today: data.today ?? undefined,
    env: data.env ?? undefined,
    vars: data.vars ?? undefined,
    async latest(source, id) {
      if (source === BUILDS) {
        throw new InputProblem('no_latest', `builds have no latest version; name the version of ${id}`);
      }
      const dataset = find(source, id);
      if (dataset?.latest !== undefined) return dataset.latest;
      if (SOURCES_WITHOUT_VERSIONS.includes(source)) return null;
      if (!dataset) throw absent(source, id);
      if (source === 'bytes') return null;
      const folders = dataset.versions.filter((version) => source === DRAFTS || version !== 'latest');
      const greatest = folders.sort().at(-1);
      if (greatest === undefined) throw absent(source, id);
      return greatest;
    },
    async archived(id, version) {
      const dataset = find(ARCHIVE_SOURCE, id);
      if (!dataset?.versions.includes(version)) return undefined;
      const types = own(dataset.file_types, version) ?? [];
      const general = { name: dataset.name, archive_date: dataset.archive_date, url: dataset.url };
      const facts = { ...general, ...own(dataset.by_version, version) };
      return {
        fileTypes: FILE_TYPE_NAMES.filter((type) => FILE_TYPES[type].isToldApart && types.includes(type)),
        name: facts.name ?? null,
        archiveDate: facts.archive_date ?? null,
        url: facts.url ?? null,
      };
    },
    published: async (product) => ofProduct(data.published, product) ?? [],
    previousSourceDataVersions: async (product) => ofProduct(data.previous_source_data_versions ?? {}, product),
  };
}

/** What the archive keeps under the name that a product is published by, as it looks there; else under its own. */
function ofProduct<T>(record: Record<string, T>, product: string): T | undefined {
  return own(record, publishedName(product)) ?? own(record, product);
}

function own<T>(record: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function absent(source: string, id: string): InputProblem {
  if (source === 'bytes') return new InputProblem('dataset_unknown', `${id} is not among the datasets of ${source}`);
  if (source.startsWith('edm.recipes.')) {
    return new InputProblem('dataset_or_version_not_archived', `${id} has no version in ${source}`);
  }
  return new InputProblem('nothing_published', `${id} has no version in ${source}`);
}
