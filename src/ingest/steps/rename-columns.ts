import { renamed, withColumns } from '../../relation/relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/** All at once, so that names can be swapped. `drop_others` keeps the renamed ones, in the order of the map. */
export const apply: ApplyStep<'rename_columns'> = async (relation, args) => {
  const names = new Map(Object.entries(args.map));
  const columns = requireColumns(relation, [...names.keys()]);
  const kept = args.drop_others ? withColumns(relation, columns) : relation;
  return renamed(kept, (name) => names.get(name) ?? name);
};
