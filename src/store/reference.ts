import path from 'node:path';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { datasetIdFrom, type ProductId, parseVersion, type TemplateId, templateIdFrom } from '../ids.ts';
import type { Project } from '../project/project.ts';
import { closest, suggestionHint } from '../suggest.ts';
import { type NamedOutput, outputOf } from './builds/output-reference.ts';
import { isPathOfData, type NamedFile, namedFile } from './file-reference.ts';
import type { FileFact } from './files.ts';
import { openIngestStore } from './ingest.ts';
import { type DatasetRecord, fileOf, type IngestRecord } from './ingest-record.ts';
import { storeLayout } from './layout.ts';
import { isQuarantined } from './quarantine.ts';

/** Where names are looked up. */
export interface ReferenceScope {
  /** Absolute path of `.lifecycle`. */
  storeDir: string;
  /** What paths are relative to. */
  cwd: string;
  /** Asked only where the store has nothing under the name: reading a whole project takes a while. */
  loadProject: () => Promise<Project>;
}

/** A dataset of a published version. */
export interface NamedVersion {
  kind: 'version';
  template: TemplateId;
  version: string;
  /** The version's directory. */
  dir: string;
  record: IngestRecord;
  dataset: DatasetRecord;
}

/** One table that somebody named, and where it lies. */
export interface NamedData {
  /** The name in full, by which it is found again: `nyc_boroughs@16a`, `builds.boroughs@2020-first.boroughs`, a path. */
  name: string;
  /** Absolute path. */
  file: string;
  format: 'parquet' | 'csv';
  /** Its size and hash as the record says; nobody has a record of a file outside the store. */
  fact: FileFact | undefined;
  origin: NamedVersion | NamedOutput | NamedFile;
}

/**
 * The table that a person names: `nyc_boroughs` (latest), `nyc_boroughs@16a`, a dataset of a template of several
 * (`borough_housing@2024`), `builds.boroughs@2020-first.boroughs` (product, partition key, output), or the path of a
 * Parquet file. Nothing of the text becomes a path unless it is one.
 *
 * @throws LifecycleError LIF_UNKNOWN_ID, LIF_BAD_VERSION, LIF_BAD_DATA_FILE, STO_NO_VERSION, STO_NO_OUTPUT, STO_SEVERAL_DATASETS, and what reading the store throws
 */
export async function resolveData(scope: ReferenceScope, text: string): Promise<NamedData> {
  const [only, ...others] = await resolveAllData(scope, text);
  if (only && others.length === 0) return only;
  throw new LifecycleError('STO_SEVERAL_DATASETS', `${text} holds several datasets`, {
    hint: `name one of them: ${[only!, ...others].map(({ name }) => name).join(', ')}`,
  });
}

/** The same where a name may stand for all datasets of a version. @throws LifecycleError as `resolveData` */
export async function resolveAllData(scope: ReferenceScope, text: string): Promise<NamedData[]> {
  if (isPathOfData(text)) return [await namedFile(scope.cwd, text)];
  const at = text.indexOf('@');
  const id = at < 0 ? text : text.slice(0, at);
  const version = at < 0 ? 'latest' : text.slice(at + 1);
  const found = await templateOf(scope, id);
  if (found) return datasetsOf(scope, found, id, version);
  const project = await scope.loadProject();
  const output = await outputOf(storeLayout(scope.storeDir), project, text);
  if (output) return [output];
  throw unknown(project, id);
}

/** What reads the table in a query. */
export function relationOf({ file, format }: Pick<NamedData, 'file' | 'format'>): string {
  return format === 'csv' ? `read_csv(${literal(file)}, sample_size = -1)` : `read_parquet(${literal(file)})`;
}

/** The template whose versions a name means: one of that id, else the one that makes a dataset of it. */
async function templateOf(scope: ReferenceScope, id: string): Promise<TemplateId | undefined> {
  const own = templateIdFrom(id);
  if (!own) return undefined;
  const store = openIngestStore(storeLayout(scope.storeDir));
  if ((await store.names(own)).length > 0) return own;
  const { templates } = await scope.loadProject();
  if (templates.some((template) => template.id === id)) return own;
  const dataset = datasetIdFrom(id);
  return templates.find((template) => template.definition?.datasets.some((each) => each.id === dataset))?.id;
}

async function datasetsOf(
  scope: ReferenceScope,
  template: TemplateId,
  id: string,
  wanted: string,
): Promise<NamedData[]> {
  const store = openIngestStore(storeLayout(scope.storeDir));
  const version = wanted === 'latest' ? await store.latest(template) : parseVersion(wanted);
  const record = version && (await store.read(template, version));
  if (!version || !record) throw await noVersion(scope, template, id, wanted);
  const dir = await store.directory(template, version);
  const own = record.datasets.filter((dataset) => dataset.id === id);
  if (own.length === 0 && id !== template) {
    throw new LifecycleError('STO_NO_VERSION', `${template}@${version} has no dataset ${id}`, {
      hint: `it has ${record.datasets.map((dataset) => dataset.id).join(', ')}`,
    });
  }
  return (own.length > 0 ? own : record.datasets).map((dataset) => ({
    name: `${dataset.id}@${version}`,
    file: path.join(dir, dataset.path),
    format: 'parquet',
    fact: fileOf(record, dataset.path),
    origin: { kind: 'version', template, version, dir, record, dataset },
  }));
}

/** How many versions a hint names. */
const NAMED = 8;

async function noVersion(
  scope: ReferenceScope,
  template: TemplateId,
  id: string,
  wanted: string,
): Promise<LifecycleError> {
  const { found } = await openIngestStore(storeLayout(scope.storeDir)).survey(template);
  const known = found.map(({ version }) => version as string);
  const message = wanted === 'latest' ? `${id} has no latest version` : `${id} has no version ${wanted}`;
  if (known.length === 0) {
    const version = wanted === 'latest' ? '' : ` ${wanted}`;
    return new LifecycleError('STO_NO_VERSION', message, { hint: `make one: lifecycle ingest ${template}${version}` });
  }
  const near = wanted === 'latest' ? undefined : closest(wanted, known);
  const newest = found
    .slice(0, NAMED)
    .map(({ version, record }) => (isQuarantined(record) ? `${version} (quarantined)` : version))
    .join(', ');
  const rest = known.length > NAMED ? ` and ${known.length - NAMED} more` : '';
  return new LifecycleError('STO_NO_VERSION', message, {
    hint: `${near === undefined ? '' : `did you mean ${near}? `}it has ${newest}${rest}`,
    details: { versions: known },
  });
}

function unknown(project: Project, id: string): LifecycleError {
  const datasets = project.templates.flatMap(({ id: own, definition }) => [
    own as string,
    ...(definition?.datasets.map((dataset) => dataset.id as string) ?? []),
  ]);
  const products = project.products.map((product): `builds.${ProductId}` => `builds.${product.id}`);
  return new LifecycleError('LIF_UNKNOWN_ID', `there is no dataset ${JSON.stringify(id.slice(0, 200))}`, {
    hint:
      suggestionHint(id, [...new Set([...datasets, ...products])]) ??
      'see `lifecycle list`; a build is named as builds.PRODUCT@KEY.OUTPUT, a Parquet file by its path',
  });
}
