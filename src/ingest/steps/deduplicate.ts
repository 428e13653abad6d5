import { columnNames, type Relation, rearrange } from '../relation.ts';
import { sorted } from './sort.ts';
import { type ApplyStep, requireColumns, type StepContext } from './step.ts';

/** Keeps the first of equal rows, after a sort that stays; null equals null, geometries by value. */
export const apply: ApplyStep = async (relation, args, context) => {
  const sortColumns = args.sort_columns as string[] | null | undefined;
  const by = args.by as string[] | null | undefined;
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
  requireColumns(ordered, keys);
  const isGeometry = (name: string) =>
    ordered.columns.some((column) => column.name === name && column.type === 'GEOMETRY');
  return rearrange(context.engine, ordered, (ref) => {
    const list = keys.map((name) => (isGeometry(name) ? `ST_AsWKB(${ref(name)})` : ref(name)));
    const equals = `OVER (PARTITION BY ${list.join(', ')})`;
    const kept =
      keep === 'none' ? `count(*) ${equals} = 1` : `${keep === 'first' ? 'min' : 'max'}(rowid) ${equals} = rowid`;
    return `QUALIFY ${kept} ORDER BY rowid`;
  });
}
