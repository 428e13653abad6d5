import { columnNames, GEOMETRY, materialize, type Relation, rearrange } from '../../relation/relation.ts';
import { sorted } from './sort.ts';
import { type ApplyStep, requireColumns, type StepContext } from './step.ts';

/** Keeps the first of equal rows, after a sort that stays; null equals null, geometries by value. */
export const apply: ApplyStep<'deduplicate'> = async (relation, args, context) => {
  const { sort_columns: sortColumns, by } = args;
  const ordered =
    sortColumns && sortColumns.length > 0
      ? await sorted(relation, sortColumns, args.sort_ascending, context)
      : relation;
  return withoutDuplicates(ordered, by ?? null, 'first', context);
};

/** Of equal rows, by all columns or by some, keeps the first or the last, or none of them. */
export async function withoutDuplicates(
  ordered: Relation,
  by: readonly string[] | null,
  keep: 'first' | 'last' | 'none',
  context: StepContext,
): Promise<Relation> {
  const keys = by ?? columnNames(ordered);
  const rows = await materialize(context.engine, ordered);
  const equal = requireColumns(rows, keys).map(({ expression, type }) =>
    type === GEOMETRY ? `ST_AsWKB(${expression})` : expression,
  );
  const one = keep === 'none' ? 'HAVING count(*) = 1' : '';
  const kept = await context.engine.materialize(
    `SELECT ${keep === 'last' ? 'max' : 'min'}(rowid) AS place FROM ${rows.from} GROUP BY ${equal.join(', ')} ${one}`,
  );
  // A join does not keep the order of rows.
  return rearrange(
    context.engine,
    rows,
    (_, place) => `WHERE ${place} IN (SELECT place FROM ${kept}) ORDER BY ${place}`,
  );
}
