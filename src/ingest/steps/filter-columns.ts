import { withColumns } from '../../relation/relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/** `keep`: in the order listed; `drop`: the others stay. */
export const apply: ApplyStep<'filter_columns'> = async (relation, args) => {
  const { columns: names, mode } = args;
  const listed = requireColumns(relation, names);
  if (mode === 'keep') return withColumns(relation, listed);
  return withColumns(
    relation,
    relation.columns.filter((column) => !names.includes(column.name)),
  );
};
