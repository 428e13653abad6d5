import { withColumns } from '../../relation/relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/** `keep`: in the order listed; `drop`: the others stay. */
export const apply: ApplyStep = async (relation, args) => {
  const names = args.columns as string[];
  const listed = requireColumns(relation, names);
  if ((args.mode ?? 'keep') === 'keep') return withColumns(relation, listed);
  return withColumns(
    relation,
    relation.columns.filter((column) => !names.includes(column.name)),
  );
};
