import path from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { type GeoFacts, geoFacts } from '../parquet/geo-metadata.ts';

/** One of the two tables, and what it is called. */
export interface DiffInput {
  name: string;
  /** A Parquet file, or a CSV. */
  file: string;
  format: 'parquet' | 'csv';
}

export interface SideColumn {
  /** As the file has it. */
  name: string;
  /** What DuckDB calls it, quoted: names that differ in case alone get a number. */
  sql: string;
  /** DuckDB's type, without what it says of the CRS; `NULL` for nulls that were never given a type. */
  type: string;
}

/** A column of nulls without a type, as pandas writes one: it is of every type. */
export const UNTYPED = 'NULL';

/** One table, described. */
export interface Side extends GeoFacts {
  name: string;
  columns: SideColumn[];
  rows: number;
  /** SQL for the rows, with all columns and the place of each in the file. */
  source: string;
  /** The name of that place, quoted; none of the columns has it. */
  row: string;
  /** Coordinates are degrees, as the metadata or the numbers say. */
  isGeographic: boolean;
}

/** @throws LifecycleError LIF_BAD_DATA_FILE where the file cannot be read */
export async function readSide(engine: Engine, input: DiffInput): Promise<Side> {
  try {
    const file = input.format === 'csv' ? await asParquet(engine, input.file) : input.file;
    const read = `read_parquet(${literal(file)}, hive_partitioning = false)`;
    const described = await engine.describe(`SELECT * FROM ${read}`);
    const elements = await topElements(engine, file);
    const columns = described.map(({ name, type }, i) => ({
      name: elements[i]?.name ?? name,
      sql: identifier(name),
      type: elements[i]?.isUntyped ? UNTYPED : type.replace(/^GEOMETRY\(.*\)$/s, 'GEOMETRY'),
    }));
    const { rows } = await engine.row(`SELECT num_rows AS rows FROM parquet_file_metadata(${literal(file)})`);
    const geo = await geoFacts(engine, file);
    return {
      name: input.name,
      columns,
      rows: Number(rows),
      ...numbered(read, described),
      ...geo,
      isGeographic: await isGeographic(engine, file, geo),
    };
  } catch (cause) {
    if (cause instanceof LifecycleError) throw cause;
    throw new LifecycleError('LIF_BAD_DATA_FILE', `${input.name} cannot be read as a table`, {
      cause,
      hint: 'look at it with DuckDB or pyarrow',
    });
  }
}

/** DuckDB counts the rows of a file by itself, unless the file has a column of that name. */
function numbered(read: string, columns: readonly { name: string }[]): Pick<Side, 'source' | 'row'> {
  const names = new Set(columns.map(({ name }) => name.toLowerCase()));
  let row = 'row_place';
  while (names.has(row)) row += '_';
  const place = names.has('file_row_number') ? '(row_number() OVER ()) - 1' : 'file_row_number';
  return { row: identifier(row), source: `(SELECT *, ${place} AS ${identifier(row)} FROM ${read})` };
}

/** Values of a CSV are texts; what they look like is not for a comparison to guess. */
async function asParquet(engine: Engine, file: string): Promise<string> {
  const target = path.join(engine.temporaryDir, `table-${engine.newTableName().slice(1, -1)}.parquet`);
  await engine.run(
    `COPY (SELECT * FROM read_csv(${literal(file)}, header = true, all_varchar = true, hive_partitioning = false)) TO ${literal(target)} (FORMAT parquet)`,
  );
  return target;
}

/** The columns as the file's schema has them, which lists fields nested in them right after each. */
async function topElements(engine: Engine, file: string): Promise<{ name: string; isUntyped: boolean }[]> {
  const elements = await engine.rows(
    `SELECT name, num_children AS children, logical_type AS logical FROM parquet_schema(${literal(file)})`,
  );
  const top: { name: string; isUntyped: boolean }[] = [];
  let nested = 0;
  for (const { name, children, logical } of elements.slice(1)) {
    if (nested === 0) top.push({ name: String(name), isUntyped: logical === 'NullType()' && children === null });
    nested = Math.max(0, nested - 1) + Number(children ?? 0);
  }
  return top;
}

/** Where the metadata do not say what the CRS is, the numbers do. */
async function isGeographic(engine: Engine, file: string, { crs, geometry_column, bbox }: GeoFacts): Promise<boolean> {
  if (geometry_column === null) return false;
  if (crs === 'OGC:CRS84' || crs === 'EPSG:4326') return true;
  const [row] = await engine.rows(
    `SELECT decode(value) AS geo FROM parquet_kv_metadata(${literal(file)}) WHERE decode(key) = 'geo'`,
  );
  const geo = JSON.parse(String(row?.geo)) as { columns: Record<string, { crs?: { type?: string } | null }> };
  const type = geo.columns[geometry_column]?.crs?.type;
  if (type !== undefined) return type.startsWith('Geographic');
  return bbox !== null && bbox[0] >= -180 && bbox[2] <= 180 && bbox[1] >= -90 && bbox[3] <= 90;
}
