import type { ColumnInfo, Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { type ComparedColumn, comparedColumn, plainType, UNTYPED } from './columns.ts';

/** Values of one column that are not the very same in both files. */
export interface ColumnDifference {
  name: string;
  /** Rows whose values mean something else. */
  different: number;
  /** Rows whose values are within the tolerance, or the same shape written another way. */
  near: number;
  /** The first row with another value, counted from 1, and what stands there in each file. */
  first: { row: number; values: [string | null, string | null] } | undefined;
}

export interface TableComparison {
  rows: [number, number];
  columns: number;
  /** How names, their order and types differ. */
  schema: string[];
  /** Row by row; empty where the numbers of rows differ, since then no row has its counterpart. */
  values: ColumnDifference[];
  /** How many rows stand in one file only, whatever their order; undefined where values are equal in order. */
  unmatched: [number, number] | undefined;
}

/** Holds two parquet files against each other, row by row, and where that does not match as sets of rows. */
export async function compareTables(engine: Engine, files: readonly [string, string]): Promise<TableComparison> {
  await engine.load('spatial');
  const described = await Promise.all(files.map((file) => columnsIn(engine, file)));
  const [first, second] = described as [ColumnInfo[], ColumnInfo[]];
  const rows = (await Promise.all(files.map((file) => rowsIn(engine, file)))) as [number, number];
  const shared = first.flatMap((column) => {
    const other = second.find(({ name }) => name === column.name);
    return other ? [comparedColumn(column, other)] : [];
  });
  const values = rows[0] === rows[1] ? await compareValues(engine, files, shared) : [];
  const isSame = rows[0] === rows[1] && shared.length > 0 && values.every(({ different }) => different === 0);
  return {
    rows,
    columns: first.length,
    schema: schemaDifferences(first, second),
    values,
    unmatched: isSame ? undefined : shared.length === 0 ? rows : await unmatchedRows(engine, files, shared),
  };
}

async function columnsIn(engine: Engine, file: string): Promise<ColumnInfo[]> {
  const untyped = await engine.rows(
    `SELECT name FROM parquet_schema(${literal(file)}) WHERE logical_type = 'NullType()' AND num_children IS NULL`,
  );
  const names = new Set(untyped.map(({ name }) => String(name)));
  const columns = await engine.describe(`SELECT * FROM read_parquet(${literal(file)})`);
  return columns.map((column) => (names.has(column.name) ? { ...column, type: UNTYPED } : column));
}

async function rowsIn(engine: Engine, file: string): Promise<number> {
  return Number((await engine.row(`SELECT num_rows AS n FROM parquet_file_metadata(${literal(file)})`)).n);
}

function schemaDifferences(first: readonly ColumnInfo[], second: readonly ColumnInfo[]): string[] {
  const [names, others] = [first, second].map((columns) => columns.map(({ name }) => name)) as [string[], string[]];
  const missing = names.filter((name) => !others.includes(name));
  const added = others.filter((name) => !names.includes(name));
  const found = [
    ...missing.map((name) => `column ${name} is made by native only`),
    ...added.map((name) => `column ${name} is made by dcpy only`),
  ];
  const common = (list: readonly string[], other: readonly string[]) => list.filter((name) => other.includes(name));
  if (common(names, others).join('\0') !== common(others, names).join('\0'))
    found.push('the columns have another order');
  for (const column of first) {
    const other = second.find(({ name }) => name === column.name);
    if (!other || [column, other].some(({ type }) => type === UNTYPED)) continue;
    if (plainType(other) === plainType(column)) continue;
    found.push(`column ${column.name} is ${plainType(column)} by native, ${plainType(other)} by dcpy`);
  }
  return found;
}

async function compareValues(
  engine: Engine,
  [a, b]: readonly [string, string],
  columns: readonly ComparedColumn[],
): Promise<ColumnDifference[]> {
  if (columns.length === 0) return [];
  const rows = (file: string) => `read_parquet(${literal(file)}, file_row_number = true)`;
  const joined = `${rows(a)} a JOIN ${rows(b)} b ON a.file_row_number = b.file_row_number`;
  const counts = columns.map(({ differs }, i) => `count(*) FILTER (${differs}) AS n${i}`);
  const counted = await engine.row(`SELECT ${counts.join(', ')} FROM ${joined}`);
  const found: ColumnDifference[] = [];
  for (const [i, { name, differs, isNear = 'false', shown }] of columns.entries()) {
    if (Number(counted[`n${i}`]) === 0) continue;
    const row = await engine.row(
      `SELECT count(*) FILTER (near) AS near, count(*) FILTER (NOT near) AS different,
         arg_min([first, second], place) FILTER (NOT near) AS texts, min(place) FILTER (NOT near) AS place
       FROM (SELECT a.file_row_number AS place, coalesce(${isNear}, false) AS near, ${shown[0]} AS first, ${shown[1]} AS second
         FROM ${joined} WHERE ${differs})`,
    );
    const different = Number(row.different);
    const first = { row: Number(row.place) + 1, values: row.texts as [string | null, string | null] };
    found.push({ name, near: Number(row.near), different, first: different > 0 ? first : undefined });
  }
  return found;
}

/** Numbers count as equal by their first nine digits here, geometries in their normal form. */
async function unmatchedRows(
  engine: Engine,
  files: readonly [string, string],
  columns: readonly ComparedColumn[],
): Promise<[number, number]> {
  const [a, b] = files.map((file, side) => {
    const values = columns.map(({ canonical }) => canonical[side]).join(', ');
    const table = side === 0 ? 'a' : 'b';
    return `(SELECT hash(${values}) AS h, count(*) AS n FROM read_parquet(${literal(file)}) ${table} GROUP BY h)`;
  });
  const more = (one: string, other: string) => `sum(greatest(coalesce(${one}.n, 0) - coalesce(${other}.n, 0), 0))`;
  const row = await engine.row(
    `SELECT ${more('x', 'y')} AS first, ${more('y', 'x')} AS second FROM ${a} x FULL JOIN ${b} y ON x.h = y.h`,
  );
  return [Number(row.first ?? 0), Number(row.second ?? 0)];
}
