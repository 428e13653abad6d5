import type { Engine } from '../engine/engine.ts';
import { ASSUMPTION } from './assumption.ts';
import {
  bound,
  failingWhere,
  findColumn,
  isReference,
  materialize,
  type Relation,
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
