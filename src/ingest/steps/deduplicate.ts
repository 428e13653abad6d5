import { columnNames, rearrange } from '../relation.ts';
import { sorted } from './sort.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/** Keeps the first of equal rows, after a sort that stays; null equals null, geometries by value. */
export const apply: ApplyStep = async (relation, args, context) => {
  const sortColumns = args.sort_columns as string[] | null | undefined;
  const by = args.by as string[] | null | undefined;
  const ordered =
    sortColumns && sortColumns.length > 0
      ? await sorted(relation, sortColumns, args.sort_ascending !== false, context)
      : relation;
  const keys = by ?? columnNames(ordered);
  requireColumns(ordered, keys);
  const isGeometry = (name: string) =>
    ordered.columns.some((column) => column.name === name && column.type === 'GEOMETRY');
  return rearrange(context.engine, ordered, (ref) => {
    const list = keys.map((name) => (isGeometry(name) ? `ST_AsWKB(${ref(name)})` : ref(name)));
    return `QUALIFY min(rowid) OVER (PARTITION BY ${list.join(', ')}) = rowid ORDER BY rowid`;
  });
};
