import type { ColumnInfo, Engine } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { geographicFile } from '../../ingest/formats/geographic-file.ts';
import { NULL_TOKENS } from '../../pandas/null-tokens.ts';
import { geoFacts, NO_GEOMETRY } from '../../parquet/geo-metadata.ts';
import type { VerifiedInput } from './verify-inputs.ts';

/** A column of an input as its table will have it. */
export interface TableColumn {
  name: string;
  /** SQL of DuckDB over the input's relation. */
  expression: string;
  /** PostgreSQL's type. */
  type: string;
}

/** A geometry column of a table, to be indexed. */
interface GeometryColumn {
  name: string;
  srid: number;
}

export interface InputTable {
  /** What stands behind FROM in DuckDB. */
  relation: string;
  columns: TableColumn[];
  geometry: GeometryColumn | undefined;
}

/** The department's loader reads a Parquet file in batches of this many rows and takes the types from the first. */
const FIRST_BATCH = 100_000;
/** Columns that hold answers of the geocoder, as JSON. */
const JSON_COLUMNS = ['geo_1b', 'geo_bl', 'geo_bn'];

/** Whether an input can have a geometry, so that PostGIS and DuckDB's spatial extension are wanted for it. */
export function mayHoldGeometry(input: VerifiedInput): boolean {
  if (input.geometry_column !== null || input.preprocessor !== null) return true;
  // Nobody has looked into a parquet file whose rows are not counted.
  if (input.file_type === 'parquet') return input.rows === null;
  return input.file_type === 'shapefile' || input.file_type === 'gdb' || input.file_type === 'pg_dump';
}

/** A table function or subquery over an input's file, for inputs that become tables of PostgreSQL. */
export async function relationOf(engine: Engine, input: VerifiedInput): Promise<string> {
  const file = literal(input.file);
  switch (input.file_type) {
    case 'parquet':
      return `read_parquet(${file})`;
    case 'csv':
      return `read_csv(${file}, header := true, all_varchar := true, allow_quoted_nulls := true, nullstr := [${NULL_TOKENS.map(literal).join(', ')}])`;
    case 'json':
      return `read_json_auto(${file})`;
    case 'shapefile':
    case 'gdb':
      return geographicFile(engine, input.file, input.file_type, input.custom.layer_name);
    default:
      throw new LifecycleError(
        'BLD_LOAD_FAILED',
        `${input.id} ${input.version ?? ''}: a file of type ${input.file_type ?? 'unknown'} cannot be loaded into a table`,
        { hint: 'set another file_type for it, or `destination: file` to hand it over as a file' },
      );
  }
}

/**
 * The columns that the department's loader gives an input: names made plain, empty text as NULL, whole numbers with
 * gaps as double precision, decimals and nested values as text (docs/specification/recipes.md#loading).
 */
export async function inputTable(engine: Engine, input: VerifiedInput): Promise<InputTable> {
  const relation = await relationOf(engine, input);
  const present = await engine.describe(`SELECT * FROM ${relation}`);
  const geometryColumn = present.find((column) => isGeometry(column.type));
  const gaps = await integersWithGaps(engine, relation, present, geometryColumn !== undefined);
  const geometry = geometryColumn && (await geometryOf(engine, relation, geometryColumn, input));
  const columns = present.map((column): TableColumn => {
    const quoted = identifier(column.name);
    const name = plainName(column.name);
    if (geometry && column === geometryColumn) {
      return { name, expression: quoted, type: `geometry(${geometry.type}, ${geometry.srid})` };
    }
    if (JSON_COLUMNS.includes(name)) return { name, expression: `CAST(${quoted} AS JSON)`, type: 'json' };
    if (gaps.has(column.name)) return { name, expression: `CAST(${quoted} AS DOUBLE)`, type: 'double precision' };
    return { name, ...mapped(quoted, column.type) };
  });
  return {
    relation,
    columns,
    geometry: geometry && { name: plainName(geometryColumn.name), srid: geometry.srid },
  };
}

export function isGeometry(type: string): boolean {
  return type.startsWith('GEOMETRY');
}

/** Outer spaces go; `-`, `'` and space become `_`; case stays. */
function plainName(name: string): string {
  return name.trim().replace(/[-' ]/g, '_');
}

function mapped(quoted: string, type: string): { expression: string; type: string } {
  const base = type.replace(/\(.*$/, '');
  switch (type.includes('[') ? 'LIST' : base) {
    case 'TINYINT':
    case 'UTINYINT':
    case 'SMALLINT':
      return { expression: `CAST(${quoted} AS SMALLINT)`, type: 'smallint' };
    case 'USMALLINT':
    case 'INTEGER':
      return { expression: `CAST(${quoted} AS INTEGER)`, type: 'integer' };
    case 'UINTEGER':
    case 'BIGINT':
      return { expression: `CAST(${quoted} AS BIGINT)`, type: 'bigint' };
    case 'FLOAT':
      return { expression: `CASE WHEN isnan(${quoted}) THEN NULL ELSE ${quoted} END`, type: 'real' };
    case 'DOUBLE':
      return { expression: `CASE WHEN isnan(${quoted}) THEN NULL ELSE ${quoted} END`, type: 'double precision' };
    case 'BOOLEAN':
      return { expression: quoted, type: 'boolean' };
    case 'DATE':
      return { expression: quoted, type: 'date' };
    case 'TIME':
      return { expression: quoted, type: 'time' };
    case 'TIMESTAMP':
    case 'TIMESTAMP_S':
    case 'TIMESTAMP_MS':
    case 'TIMESTAMP_NS':
      return { expression: `CAST(${quoted} AS TIMESTAMP)`, type: 'timestamp' };
    case 'TIMESTAMP WITH TIME ZONE':
      return { expression: quoted, type: 'timestamptz' };
    default:
      return { expression: `nullif(CAST(${quoted} AS VARCHAR), '')`, type: 'text' };
  }
}

/** pandas has no whole numbers with gaps; of a geometry table it sees all rows, of another the first batch. */
async function integersWithGaps(
  engine: Engine,
  relation: string,
  columns: readonly ColumnInfo[],
  allRows: boolean,
): Promise<Set<string>> {
  const integers = columns.filter(({ type }) => /^U?(TINYINT|SMALLINT|INTEGER|BIGINT)$/.test(type));
  if (integers.length === 0) return new Set();
  const counts = integers.map(({ name }, i) => `count(*) - count(${identifier(name)}) AS n${i}`);
  const rows = allRows ? relation : `(SELECT * FROM ${relation} LIMIT ${FIRST_BATCH})`;
  const missing = await engine.row(`SELECT ${counts.join(', ')} FROM ${rows}`);
  return new Set(integers.filter((_, i) => Number(missing[`n${i}`]) > 0).map(({ name }) => name));
}

/** One type where all rows share it, else GEOMETRY; the SRID is the code of the CRS, 0 where nobody knows it. */
async function geometryOf(
  engine: Engine,
  relation: string,
  column: ColumnInfo,
  input: VerifiedInput,
): Promise<{ type: string; srid: number }> {
  const srid = sridOf(crsOf(column.type) ?? input.crs);
  const written = input.file_type === 'parquet' ? await geoFacts(engine, input.file) : NO_GEOMETRY;
  const [promised, ...others] = written.geometry_types;
  // GeoParquet names all types that a column holds; only for several of them, or none, is it worth a look.
  if (written.geometry_column === column.name && promised !== undefined && others.length === 0)
    return { type: promised.toUpperCase().replace(' ', ''), srid };
  const quoted = identifier(column.name);
  const kinds = await engine.rows(
    `SELECT DISTINCT ST_GeometryType(${quoted})::VARCHAR AS kind, ST_HasZ(${quoted}) AS z FROM ${relation} WHERE ${quoted} IS NOT NULL`,
  );
  const types = new Set(kinds.map(({ kind, z }) => `${String(kind)}${z ? 'Z' : ''}`));
  const [only] = types;
  const type = types.size === 1 && only !== undefined ? only : 'GEOMETRY';
  return { type, srid };
}

/** The CRS in a type such as `GEOMETRY('EPSG:2263')`. */
export function crsOf(type: string): string | undefined {
  return /'([^']+)'/.exec(type)?.[1];
}

/** The code of a CRS, 0 where nobody knows it. */
export function sridOf(crs: string | null | undefined): number {
  if (crs === 'OGC:CRS84') return 4326;
  const code = /^(?:EPSG|ESRI):(\d+)$/i.exec(crs ?? '')?.[1];
  return code === undefined ? 0 : Number(code);
}
