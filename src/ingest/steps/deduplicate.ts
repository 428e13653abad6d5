import type { Engine } from '../../engine/engine.ts';
import {
  columnNames,
  countRows,
  findColumn,
  GEOMETRY,
  materialize,
  type Relation,
  rearrange,
} from '../../relation/relation.ts';
import { sorted, sortKeys } from './sort.ts';
import { type ApplyStep, requireColumns, type StepContext } from './step.ts';

/** Keeps the first of equal rows, after a sort that stays; null equals null, geometries by value. */
export const apply: ApplyStep<'deduplicate'> = async (relation, args, context) => {
  const sortColumns = args.sort_columns ?? [];
  const by = args.by ?? null;
  if (sortColumns.length === 0) return withoutDuplicates(relation, by, 'first', context);
  requireColumns(relation, sortColumns);
  const keys = sortKeys(sortColumns, args.sort_ascending);
  // Fewer rows are sorted where those that go are gone before.
  const kept = await withoutDuplicates(relation, by, 'first', context, { order: keys });
  return sorted(kept, sortColumns, args.sort_ascending, context);
};

/**
 * Of equal rows, by all columns or by some, keeps the first or the last, or none of them.
 *
 * @param how `order`: what makes a row the first, before its place does
 */
export async function withoutDuplicates(
  relation: Relation,
  by: readonly string[] | null,
  keep: 'first' | 'last' | 'none',
  context: Pick<StepContext, 'engine'>,
  { order, maxMarkedRows = MAX_MARKED_ROWS }: { order?: ReturnType<typeof sortKeys>; maxMarkedRows?: number } = {},
): Promise<Relation> {
  const keys = by ?? columnNames(relation);
  const rows = await materialize(context.engine, relation);
  const equal = requireColumns(rows, keys).map(({ expression, type }) =>
    type === GEOMETRY ? `ST_AsWKB(${expression})` : expression,
  );
  const ordered = order?.((name) => findColumn(rows, name)!.expression);
  const first = ordered ? `first(rowid ORDER BY ${[...ordered, 'rowid'].join(', ')})` : 'min(rowid)';
  const one = keep === 'none' ? 'HAVING count(*) = 1' : '';
  const places = `SELECT ${keep === 'last' ? 'max(rowid)' : first} AS place FROM ${rows.from} GROUP BY ${equal.join(', ')} ${one}`;
  const count = await countRows(context.engine, rows);
  if (count <= maxMarkedRows) return overMarked(context.engine, rows, places, count);
  const kept = await context.engine.materialize(places);
  // A join does not keep the order of rows.
  return rearrange(
    context.engine,
    rows,
    (_, place) => `WHERE ${place} IN (SELECT place FROM ${kept}) ORDER BY ${place}`,
  );
}

/** So many bits are copied for every 2048 rows: above, a join and a sort cost less. */
const MAX_MARKED_ROWS = 4_000_000;

/**
 * The rows of a table at these places, with a bit a row that says which. Looking at it keeps their order, so that they
 * need no join, no sort and no table of their own.
 */
async function overMarked(engine: Engine, rows: Relation, places: string, count: number): Promise<Relation> {
  if (count === 0) return rows;
  const marks = await engine.keepValue(`SELECT bitstring_agg(place, 0, ${count - 1}) FROM (${places})`);
  // A condition on `rowid` itself, straight over the table, ends DuckDB's spatial extension with an internal error.
  const numbered = `(SELECT *, row_number() OVER () AS place FROM ${rows.from})`;
  return { ...rows, from: `(SELECT * FROM ${numbered} WHERE get_bit(${marks}, CAST(place - 1 AS INTEGER)) = 1)` };
}
