import { copyFile, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ColumnInfo, Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { crsOf } from '../profile/geometry.ts';
import { shortType } from '../profile/kinds.ts';
import type { Reporter } from '../report.ts';
import { syncFile } from '../store/files.ts';
import { type NamedData, relationOf } from '../store/reference.ts';
import { withEngine } from '../store/scratch.ts';
import { makeWhole } from '../store/whole-file.ts';
import { gdalField } from './gdal.ts';
import { shapefileNames } from './shapefile-names.ts';

/** GDAL's driver by a file's ending. */
const DRIVERS = { gpkg: 'GPKG', geojson: 'GeoJSON', fgb: 'FlatGeobuf', shp: 'ESRI Shapefile' } as const;
type Driver = keyof typeof DRIVERS;
export const EXPORT_FORMATS = ['parquet', 'csv', 'xlsx', ...Object.keys(DRIVERS)] as const;

/** Rows of a sheet besides its heading, and characters of a cell. */
const SHEET_ROWS = 1_048_575;
const CELL_LENGTH = 32_767;
/** Bytes of a text in a dBASE table. */
const DBASE_TEXT = 254;

export interface ExportContext {
  settings: { venvDir: string; storeDir: string };
  reporter: Reporter;
  signal: AbortSignal;
}

export interface Exported {
  file: string;
  bytes: number;
  crs: string | null;
  /** Names that the format has no room for, by the columns' own. */
  renamed: Record<string, string>;
}

interface Table {
  engine: Engine;
  data: NamedData;
  from: string;
  columns: ColumnInfo[];
  geometry: ColumnInfo | undefined;
  crs: string | null;
}

/**
 * Writes a table to a file of another format, chosen by its ending: whole or not at all.
 *
 * @throws LifecycleError LIF_CANNOT_EXPORT, LIF_FILE_EXISTS, STO_WRITE_FAILED
 */
export async function exportData(
  data: NamedData,
  to: string,
  overwrite: boolean,
  context: ExportContext,
): Promise<Exported> {
  const file = path.resolve(to);
  const format = formatOf(file);
  const { reporter, settings, signal } = context;
  try {
    return await withEngine(settings, signal, async (engine) => {
      const table = await open(engine, data);
      let renamed: Record<string, string> = {};
      if (format === 'shp') renamed = await writeShapefile(table, file, overwrite, reporter);
      else await makeWhole(file, overwrite, (beside) => write(table, format, beside, reporter));
      const isWithCrs = table.geometry !== undefined && (format in DRIVERS || format === 'parquet');
      return { file, bytes: (await stat(file)).size, crs: isWithCrs ? table.crs : null, renamed };
    });
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof LifecycleError) throw cause;
    const [message] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new LifecycleError('LIF_CANNOT_EXPORT', `${data.name} cannot be written as ${format}: ${message}`, { cause });
  }
}

function formatOf(file: string): (typeof EXPORT_FORMATS)[number] {
  const ending = path.extname(file).slice(1).toLowerCase();
  if (EXPORT_FORMATS.includes(ending)) return ending;
  const isTiles = ending === 'pmtiles';
  throw new LifecycleError('LIF_CANNOT_EXPORT', `no format is known by the ending of ${path.basename(file)}`, {
    hint: isTiles
      ? 'tiles are made by tippecanoe: export a .fgb or .geojson, then tippecanoe -o FILE.pmtiles'
      : `the endings are ${EXPORT_FORMATS.map((known) => `.${known}`).join(', ')}`,
  });
}

async function open(engine: Engine, data: NamedData): Promise<Table> {
  const from = relationOf(data);
  const described = await engine.describe(`SELECT * FROM ${from}`);
  const columns = described.map(({ name, type }) => ({ name, type: shortType(type) }));
  const geometry = columns.find(({ type }) => type.startsWith('GEOMETRY'));
  if (geometry) await engine.load('spatial');
  return { engine, data, from, columns, geometry, crs: geometry ? crsOf(geometry) : null };
}

async function write(table: Table, format: string, target: string, reporter: Reporter): Promise<void> {
  const { engine, data, from, columns } = table;
  if (format === 'parquet' && data.format === 'parquet') return copyFile(data.file, target);
  if (format === 'parquet') return engine.run(`COPY (SELECT * FROM ${from}) TO ${literal(target)} (FORMAT parquet)`);
  if (format === 'csv' || format === 'xlsx') {
    const left = format === 'xlsx' ? await tooLongForSheet(table, reporter) : undefined;
    const select = columns
      .filter((column) => column !== left)
      .map((column) => (column.type.startsWith('GEOMETRY') ? gdalField(column) : identifier(column.name)));
    const options = `FORMAT ${format}, HEADER true`;
    return engine.run(`COPY (SELECT ${select.join(', ')} FROM ${from}) TO ${literal(target)} (${options})`);
  }
  const geometry = needed(table, format);
  const { family, isMultiple, kinds } = await familyOf(table, geometry);
  const column = identifier(geometry.name);
  // One type for the whole layer, where there can be one.
  const isMixed = family !== undefined && isMultiple && kinds.length > 1;
  const type = family === undefined ? undefined : `${isMultiple ? 'MULTI' : ''}${family}`;
  const whole = isMixed ? `ST_Multi(${column})` : column;
  // GDAL's writer of FlatGeobuf dies of an empty shape.
  const shape = format === 'fgb' ? `CASE WHEN NOT ST_IsEmpty(${column}) THEN ${whole} END` : whole;
  await runGdal(table, [...fieldsOf(table, geometry), `${shape} AS ${column}`], target, format as Driver, [
    `LAYER_NAME ${literal(layerOf(data))}`,
    ...(type && format !== 'geojson' ? [`GEOMETRY_TYPE '${type}'`] : []),
    // Its spatial index has no place for rows without a shape.
    ...(format === 'fgb' && (await hasGaps(table, geometry)) ? ["LAYER_CREATION_OPTIONS 'SPATIAL_INDEX=NO'"] : []),
  ]);
}

function fieldsOf({ columns }: Table, geometry: ColumnInfo, names?: ReadonlyMap<string, string>): string[] {
  return columns.filter((column) => column !== geometry).map((column) => gdalField(column, names?.get(column.name)));
}

function runGdal(table: Table, select: string[], target: string, format: Driver, options: string[]): Promise<void> {
  const { engine, from, crs } = table;
  const srs = crs === null ? [] : [`SRS ${literal(crs === 'OGC:CRS84' ? 'EPSG:4326' : crs)}`];
  const all = ['FORMAT GDAL', `DRIVER '${DRIVERS[format]}'`, ...options, ...srs];
  return engine.run(`COPY (SELECT ${select.join(', ')} FROM ${from}) TO ${literal(target)} WITH (${all.join(', ')})`);
}

function needed({ data, geometry }: Table, format: string): ColumnInfo {
  if (geometry) return geometry;
  throw new LifecycleError('LIF_CANNOT_EXPORT', `${data.name} has no geometry, and .${format} is for such`, {
    hint: 'write .csv, .xlsx or .parquet',
  });
}

async function hasGaps({ engine, from }: Table, geometry: ColumnInfo): Promise<boolean> {
  const column = identifier(geometry.name);
  const row = await engine.row(
    `SELECT count(*) FILTER (${column} IS NULL OR ST_IsEmpty(${column})) AS gaps FROM ${from}`,
  );
  return Number(row.gaps) > 0;
}

/** What a layer or a sheet is called: the dataset, without its version. */
function layerOf({ name, origin }: NamedData): string {
  if (origin.kind === 'version') return origin.dataset.id;
  const file = origin.kind === 'output' ? origin.output.path : name;
  return path.basename(file, path.extname(file));
}

async function familyOf({ engine, from }: Table, geometry: ColumnInfo) {
  const column = identifier(geometry.name);
  const rows = await engine.rows(
    `SELECT DISTINCT upper(CAST(ST_GeometryType(${column}) AS VARCHAR)) AS kind FROM ${from} WHERE ${column} IS NOT NULL`,
  );
  const kinds = rows.map(({ kind }) => String(kind)).sort();
  const families = new Set(kinds.map((kind) => kind.replace('MULTI', '')));
  const [only] = families;
  const isOne = families.size === 1 && ['POINT', 'LINESTRING', 'POLYGON'].includes(only!);
  return {
    kinds,
    families,
    family: isOne ? only : undefined,
    isMultiple: kinds.some((kind) => kind.startsWith('MULTI')),
  };
}

/** A geometry that has no room in a sheet, which is left out. @throws LifecycleError LIF_CANNOT_EXPORT for other columns */
async function tooLongForSheet(table: Table, reporter: Reporter): Promise<ColumnInfo | undefined> {
  const { engine, data, from, columns, geometry } = table;
  await engine.load('excel');
  const texts = columns.filter((column) => column.type === 'VARCHAR' || column === geometry);
  const lengths = texts.map((column, i) => {
    const name = identifier(column.name);
    return `max(length(${column === geometry ? `ST_AsText(${name})` : name})) AS c${i}`;
  });
  const row = await engine.row(`SELECT ${['count(*) AS n', ...lengths].join(', ')} FROM ${from}`);
  const hint = 'write .csv or .parquet';
  if (Number(row.n) > SHEET_ROWS) {
    throw new LifecycleError('LIF_CANNOT_EXPORT', `${data.name} has more rows than a sheet of a workbook`, { hint });
  }
  const long = texts.filter((_, i) => Number(row[`c${i}`] ?? 0) > CELL_LENGTH);
  const text = long.find((column) => column !== geometry);
  if (text) {
    throw new LifecycleError(
      'LIF_CANNOT_EXPORT',
      `${data.name} has values in ${text.name} that are longer than a cell of a workbook (${CELL_LENGTH} characters)`,
      { hint },
    );
  }
  if (long.length > 0) {
    reporter.log('warning', `${long[0]!.name} is left out: some geometries are longer than a cell of a workbook`);
  }
  return long[0];
}

/** The parts of a shapefile take their places one by one, the one that it is named by last. */
async function writeShapefile(
  table: Table,
  file: string,
  overwrite: boolean,
  reporter: Reporter,
): Promise<Record<string, string>> {
  const { data, columns, engine, from } = table;
  const geometry = needed(table, 'shp');
  const { families, kinds } = await familyOf(table, geometry);
  if (families.size > 1) {
    throw new LifecycleError(
      'LIF_CANNOT_EXPORT',
      `${data.name} mixes ${kinds.join(', ')}; a shapefile holds one kind`,
      {
        hint: 'write .gpkg, .fgb or .geojson',
      },
    );
  }
  const names = shapefileNames(columns.filter((column) => column !== geometry).map(({ name }) => name));
  const renamed = Object.fromEntries([...names].filter(([name, short]) => name !== short));
  if (Object.keys(renamed).length > 0) {
    const all = Object.entries(renamed).map(([name, short]) => `${name} → ${short}`);
    reporter.log('warning', `names cut to ten bytes, as a shapefile has them: ${all.join(', ')}`);
  }
  const texts = columns.filter(({ type }) => type === 'VARCHAR');
  const longest = texts.map(({ name }, i) => `max(strlen(${identifier(name)})) AS c${i}`);
  const row = longest.length === 0 ? {} : await engine.row(`SELECT ${longest.join(', ')} FROM ${from}`);
  const cut = texts.filter((_, i) => Number(row[`c${i}`] ?? 0) > DBASE_TEXT).map(({ name }) => name);
  if (cut.length > 0) reporter.log('warning', `values cut to ${DBASE_TEXT} bytes: ${cut.join(', ')}`);
  // A dBASE table has no moments.
  const fields = columns
    .filter((column) => column !== geometry)
    .map((column) =>
      gdalField(/^TIME/.test(column.type) ? { ...column, type: 'TEXT' } : column, names.get(column.name)),
    );
  return makeWhole(file, overwrite, async (beside) => {
    const dir = await mkdtemp(path.join(path.dirname(file), '.shapefile-'));
    try {
      const base = path.basename(file, path.extname(file));
      const shape = path.join(dir, `${base}.shp`);
      await runGdal(table, [...fields, identifier(geometry.name)], shape, 'shp', [
        `LAYER_CREATION_OPTIONS 'ENCODING=UTF-8'`,
      ]);
      await placeParts(dir, file, beside, overwrite);
      return renamed;
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
}

/** Indices over a shapefile's rows that some programs leave beside it: they would be of the one that is replaced. */
const INDICES = ['.qix', '.sbn', '.sbx'];

async function placeParts(dir: string, file: string, shape: string, overwrite: boolean): Promise<void> {
  const stem = file.slice(0, -path.extname(file).length);
  const parts = (await readdir(dir)).map((name) => ({ from: path.join(dir, name), ending: path.extname(name) }));
  for (const { ending } of parts) {
    if (ending === '.shp' || overwrite || !(await stat(stem + ending).catch(() => undefined))) continue;
    throw new LifecycleError('LIF_FILE_EXISTS', `${stem}${ending} stands already`, {
      hint: 'name another, or replace it with --overwrite',
    });
  }
  for (const ending of INDICES) await rm(stem + ending, { force: true });
  for (const { from, ending } of parts) {
    await syncFile(from);
    await rename(from, ending === '.shp' ? shape : stem + ending);
  }
}
