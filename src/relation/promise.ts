import type { Engine } from '../engine/engine.ts';
import { ASSUMPTION, holdsPromise } from './assumption.ts';
import {
  bound,
  boundBeside,
  failingWhere,
  findColumn,
  isGeometry,
  isReference,
  materialize,
  noteCounter,
  overTable,
  type Relation,
  selectOf,
  whereOf,
  withColumns,
} from './relation.ts';

/** Rows that stand for all of a large file. */
const SAMPLE_ROWS = 8_192;

/**
 * The first rows of some columns, in a table: looking at them does not begin to read the file anew. Undefined of a
 * relation whose rows lie in a table, since looking at all of those costs little.
 */
export async function firstRows(
  engine: Engine,
  relation: Relation,
  names: readonly string[],
): Promise<Relation | undefined> {
  if (isReference(relation.rowsOf ?? relation.from)) return undefined;
  const wanted = relation.columns.filter(({ name }) => names.includes(name));
  const rows = `(SELECT * FROM ${relation.from}${whereOf(relation)} LIMIT ${SAMPLE_ROWS})`;
  return materialize(engine, { ...withColumns(relation, wanted), from: rows, where: [] });
}

/** The relation with a column that keeps a promise: a row for which `isBroken`, said of the column's SQL, ends the work. */
export function promised(
  engine: Engine,
  relation: Relation,
  name: string,
  isBroken: (value: string) => string,
): Relation {
  const named = bound(engine, relation, name);
  return failingWhere(named, isBroken(findColumn(named, name)!.expression), ASSUMPTION);
}

/** Whether reading the relation may end the work, as a row may not be like the first ones. */
export function isPromising({ from, where, columns }: Relation): boolean {
  return [from, ...where, ...columns.map(({ expression }) => expression)].some(holdsPromise);
}

/**
 * The rows of a relation that meet a condition. Where promises were made of all rows, all are looked at, those that go too:
 * DuckDB puts a condition below what computes the columns, unless it asks for the next value of a sequence. That counts the
 * rows that come by.
 */
export async function filtered(
  engine: Engine,
  relation: Relation,
  condition: (rows: Relation) => string,
): Promise<Relation> {
  if (!isPromising(relation)) return { ...relation, where: [...relation.where, condition(relation)] };
  const { next, count } = await engine.newCounter();
  const place = engine.newColumnName();
  const names = relation.columns.filter((column) => !isGeometry(column)).map(({ name }) => name);
  const rows = boundBeside(engine, relation, names, [`${next} AS ${place}`]);
  const kept = { ...rows, where: [`CASE WHEN ${place} > 0 THEN ${condition(rows)} ELSE false END`] };
  noteCounter(engine, relation, count);
  // A further condition is one on the rows that are left, in a table.
  return overTable(engine.defer(selectOf(kept)), relation.columns, relation.geometry);
}
