import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import type { ExportDataset, Exports, Recipe } from '../../project/recipe-model.ts';
import { SOURCE_DATA_VERSIONS } from '../../store/builds/inputs-lock.ts';
import type { BuildContext } from '../build-options.ts';
import { attach } from '../load/postgres/load-table.ts';
import { postgresTarget } from '../load/postgres/target.ts';
import type { LockedBuild } from '../lock/locked-build.ts';
import { familyOf, type GeodatabaseLayer, type LayerRequest, writeGeodatabase, writeShapefile } from './spatial.ts';
import { duckdbSource, postgresSource, type TableSource } from './table-source.ts';
import { entriesOf, writeZip } from './zip.ts';

const DATASET_FILES = 'dataset_files';
const ATTACHMENTS = 'attachments';

interface ExportPlaces {
  /** The build's output folder. */
  output: string;
  /** The DuckDB file as the commands left it. */
  duckdb: string | undefined;
  scratch: string;
}

/** The department's rule: DuckDB when a dataset goes there and none to PostgreSQL. */
function wantsDuckdb(recipe: Recipe): boolean {
  const destinations = recipe.inputs.datasets.map((dataset) => dataset.destination);
  return destinations.includes('duckdb') && !destinations.includes('postgres');
}

/** Writes what the recipe's `exports` name, from the tables that the commands made. */
export async function writeExports(context: BuildContext, build: LockedBuild, places: ExportPlaces): Promise<void> {
  const { recipe } = build;
  const exports = recipe?.exports;
  if (!recipe || !exports) return;
  const datasetFiles = path.join(places.output, DATASET_FILES);
  const attachments = path.join(places.output, ATTACHMENTS);
  await Promise.all([mkdir(datasetFiles, { recursive: true }), mkdir(attachments, { recursive: true })]);
  const versions = path.join(places.output, SOURCE_DATA_VERSIONS);
  if (existsSync(versions)) await copyFile(versions, path.join(attachments, SOURCE_DATA_VERSIONS));

  if (exports.datasets.length > 0) {
    await withSource(context, build, recipe, places, (source) => writeDatasets(context, exports, source, places));
  }
  const target = path.join(context.product.dir, 'target');
  if (existsSync(target)) {
    await mkdir(path.join(places.output, 'diagnostics'), { recursive: true });
    await writeZip(path.join(places.output, 'diagnostics', 'dbt.zip'), await entriesOf(target, 'target'));
  }
  if (exports.zip_name) {
    const prefix = path.basename(exports.output_folder ?? 'output') || 'output';
    const zip = path.join(places.output, `${fileName(exports.zip_name)}.zip`);
    // The database lies in the output folder only while the commands and the exports need it.
    const entries = (await entriesOf(places.output, prefix)).filter((entry) => entry.file !== places.duckdb);
    await writeZip(zip, entries);
  }
}

async function withSource(
  context: BuildContext,
  build: LockedBuild,
  recipe: Recipe,
  places: ExportPlaces,
  work: (source: TableSource) => Promise<void>,
): Promise<void> {
  const temporaryDir = path.join(places.scratch, 'export');
  await mkdir(temporaryDir, { recursive: true });
  const { venvDir } = context.settings;
  const target = wantsDuckdb(recipe) ? undefined : postgresTarget(build.env);
  if (!target && places.duckdb === undefined) {
    throw new LifecycleError('BLD_EXPORT_FAILED', 'there is no database to export from', {
      hint: 'set BUILD_ENGINE_SERVER and BUILD_ENGINE_DB, or load an input into a table',
    });
  }
  const engine = await Engine.open(
    target ? { venvDir, temporaryDir } : { venvDir, temporaryDir, database: places.duckdb! },
  );
  using _stopping = engine.stoppedBy(context.signal);
  try {
    await engine.load('spatial');
    if (!target) return await work(duckdbSource(engine, build.schema, !wantsDuckdb(recipe)));
    const { connect } = await import('../load/postgres/server.ts');
    const client = await connect(target);
    try {
      await attach(engine, target);
      await work(postgresSource(engine, 'engine', client, build.schema));
    } finally {
      await client.end();
    }
  } finally {
    engine.close();
  }
}

/** The name of a file in the output folder. @throws LifecycleError BLD_EXPORT_FAILED when it leads out of it */
function fileName(name: string): string {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\\\0]/.test(name)) return name;
  throw new LifecycleError('BLD_EXPORT_FAILED', `${JSON.stringify(name)} is no name for an exported file`);
}

async function writeDatasets(
  context: BuildContext,
  exports: Exports,
  source: TableSource,
  places: ExportPlaces,
): Promise<void> {
  const geodatabases = new Map<string, ExportDataset[]>();
  for (const dataset of exports.datasets) {
    context.signal.throwIfAborted();
    const name = exportName(dataset);
    if (dataset.format === 'gdb') {
      geodatabases.set(name, [...(geodatabases.get(name) ?? []), dataset]);
      continue;
    }
    await told(context, name, () => writeDataset(dataset, source, places, name));
  }
  for (const [name, datasets] of geodatabases) {
    context.signal.throwIfAborted();
    await told(context, name, () => writeGeodatabaseZip(context, datasets, source, places, name));
  }
}

async function told(context: BuildContext, name: string, work: () => Promise<void>): Promise<void> {
  try {
    await context.reporter.step(`exported ${name}`, work);
  } catch (cause) {
    context.signal.throwIfAborted();
    if (cause instanceof LifecycleError) throw cause;
    throw new LifecycleError('BLD_EXPORT_FAILED', `${name} could not be exported`, { cause });
  }
}

function exportName({ name, filename, format }: ExportDataset): string {
  return fileName(filename ?? (format === 'shp' || format === 'gdb' ? `${name}.zip` : `${name}.${format}`));
}

const SHAPEFILE_KEYS = ['geom_column', 'geometry_type', 'layer'];

async function writeDataset(
  dataset: ExportDataset,
  source: TableSource,
  places: ExportPlaces,
  name: string,
): Promise<void> {
  const target = path.join(places.output, DATASET_FILES, name);
  const custom = dataset.custom ?? new Map();
  switch (dataset.format) {
    case 'csv': {
      const crlf = custom.get('line_endings') === 'crlf';
      return source.writeCsv(dataset.name, target, { header: custom.get('header') !== false, crlf });
    }
    case 'dat':
      return source.writeCsv(dataset.name, target, { header: false, crlf: true });
    case 'parquet': {
      const select = await source.parquetSelect(dataset.name);
      return source.engine.run(`COPY (${select}) TO ${literal(target)} (FORMAT parquet)`);
    }
    case 'shp': {
      const unknown = [...custom.keys()].find((key) => !SHAPEFILE_KEYS.includes(key));
      if (unknown !== undefined) {
        throw new LifecycleError('BLD_EXPORT_FAILED', `a shapefile export has no option ${unknown}`, {
          hint: `its options are ${SHAPEFILE_KEYS.join(', ')}`,
        });
      }
      const dir = path.join(places.scratch, `shapefile-${name}`);
      const parts = await writeShapefile(source, layerRequest(dataset), dir);
      const zip = path.join(path.dirname(target), `${withoutSuffix(name)}.zip`);
      return writeZip(
        zip,
        parts.map((part) => ({ name: part, file: path.join(dir, part) })),
      );
    }
    case 'gdb':
      throw new LifecycleError('LIF_INTERNAL', 'geodatabases are written by layers');
  }
}

function layerRequest(dataset: ExportDataset): LayerRequest {
  const { name, custom } = dataset;
  const column = custom?.get('geom_column');
  const layer = custom?.get('layer');
  return {
    table: name,
    layer: fileName(typeof layer === 'string' ? layer : name),
    geometryColumn: typeof column === 'string' ? column : 'geom',
    family: familyOf(custom?.get('geometry_type'), name),
    allowEmpty: custom?.get('allow_empty') === true,
  };
}

async function writeGeodatabaseZip(
  context: BuildContext,
  datasets: readonly ExportDataset[],
  source: TableSource,
  places: ExportPlaces,
  name: string,
): Promise<void> {
  const layers = datasets.map((dataset): GeodatabaseLayer => {
    const request = layerRequest(dataset);
    // Only a layer with a geometry_type is spatial.
    return { ...request, plain: request.family === undefined };
  });
  const scratch = path.join(places.scratch, `gdb-${name}`);
  await mkdir(scratch, { recursive: true });
  const folder = `${withoutSuffix(name)}.gdb`;
  const gdb = path.join(scratch, folder);
  await writeGeodatabase(source, layers, gdb, path.join(scratch, 'layers'), context.settings.value('PATH'));
  await writeZip(path.join(places.output, DATASET_FILES, name), await entriesOf(gdb, folder));
}

function withoutSuffix(name: string): string {
  return path.basename(name, path.extname(name));
}
