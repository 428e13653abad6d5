import path from 'node:path';
import { type Engine, MANY_COLUMNS } from '../../engine/engine.ts';
import { identifier, literal } from '../../engine/sql.ts';
import { GEOMETRY, type Relation, type RelationColumn, whereOf } from '../../relation/relation.ts';
import type { OnBadValue } from '../dates/coerce.ts';
import { type ColumnTarget, coerceColumn } from './coerce.ts';

/** Columns that are looked at in one table: a question about one of them costs by the number of those beside it. */
const COLUMNS_AT_ONCE = 200;
/** Types that come back from Parquet as they were. */
const KEPT =
  /^(VARCHAR|BOOLEAN|U?(TINY|SMALL|BIG)INT|U?INTEGER|DOUBLE|FLOAT|DATE|TIME|TIMESTAMP|TIMESTAMP WITH TIME ZONE|BLOB|GEOMETRY)$/;

/** Whether rows are so wide that a table of them, which takes blocks of memory for each column, may be too much. */
export const isWide = ({ columns }: Relation) =>
  columns.length > MANY_COLUMNS && columns.every(({ type }) => KEPT.test(type));

/**
 * `coerceColumn` for columns of a wide relation: its rows go to a file, from which some columns at a time are put into a
 * table and looked at there.
 *
 * @param workDir takes the file, which lives as long as that
 * @throws LifecycleError ING_BAD_VALUE with the value and its row
 */
export async function coerceWide(
  engine: Engine,
  relation: Relation,
  targets: readonly (readonly [string, ColumnTarget])[],
  onBad: OnBadValue,
  workDir: string,
): Promise<Relation> {
  const rows = await inFile(engine, relation, workDir);
  const coerced = new Map<string, RelationColumn>();
  const beside: string[] = [];
  let { geometry } = rows;
  for (let first = 0; first < targets.length; first += COLUMNS_AT_ONCE) {
    const some = new Map(targets.slice(first, first + COLUMNS_AT_ONCE));
    const columns = rows.columns.filter(({ name }) => some.has(name));
    const refs = columns.map((column) => refOf(rows, column));
    const table = await engine.materialize(`SELECT ${refs.join(', ')} FROM ${rows.from}`);
    let part: Relation = { from: table, columns, where: [], geometry };
    for (const [name, target] of some) part = await coerceColumn(engine, part, name, target, onBad);
    geometry = part.geometry;
    if (await usesOnly(engine, part, table, refs)) {
      for (const column of part.columns) coerced.set(column.name, column);
      await engine.run(`DROP TABLE ${table}`);
    } else {
      const named = part.columns.map((column) => ({ ...column, outline: undefined, sql: engine.newColumnName() }));
      const list = named.map(({ expression, sql }) => `${expression} AS ${sql}`);
      beside.push(await engine.materialize(`SELECT ${list.join(', ')} FROM ${part.from}${whereOf(part)}`));
      for (const { sql, ...column } of named) coerced.set(column.name, { ...column, expression: sql });
    }
  }
  return {
    ...rows,
    geometry,
    columns: rows.columns.map((column) => coerced.get(column.name) ?? column),
    from: beside.length === 0 ? rows.from : `(SELECT * FROM ${[rows.from, ...beside].join(' POSITIONAL JOIN ')})`,
  };
}

/** The relation over a file of its rows, where its columns are called `c0`, `c1`, …; geometries lie there as WKB. */
async function inFile(engine: Engine, relation: Relation, workDir: string): Promise<Relation> {
  const file = literal(path.join(workDir, `rows-${engine.newTableName().replaceAll('"', '')}.parquet`));
  const list = relation.columns.map(({ type, expression }, i) =>
    type === GEOMETRY ? `ST_AsWKB(${expression}) AS c${i}` : `${expression} AS c${i}`,
  );
  // As where the result is written (`src/parquet/write.ts`).
  const from = relation.where.length === 0 ? engine.deferredRows(relation.from) : relation.from;
  await engine.makeRoomFor(list.length);
  await engine.run(`COPY (SELECT ${list.join(', ')} FROM ${from}${whereOf(relation)}) TO ${file} (FORMAT parquet)`);
  const columns = relation.columns.map(({ name, type }, i) => ({
    name,
    type,
    expression: type === GEOMETRY ? `ST_GeomFromWKB(c${i})` : identifier(`c${i}`),
  }));
  return { from: `read_parquet(${file})`, columns, where: [], geometry: relation.geometry };
}

const refOf = ({ columns }: Relation, column: RelationColumn) => identifier(`c${columns.indexOf(column)}`);

/** Whether what became of columns can be computed from those that the table began with. */
async function usesOnly(engine: Engine, part: Relation, table: string, refs: readonly string[]): Promise<boolean> {
  if (part.from !== table || part.where.length > 0) return false;
  return (await engine.describe(`SELECT * FROM ${table}`)).length === refs.length;
}
