import { LifecycleError } from '../../errors.ts';
import { withColumns } from '../../relation/relation.ts';
import { type ApplyStep, requireColumn } from './step.ts';

/** Names, or positions from 0 (from the end when negative). */
export const apply: ApplyStep<'drop_columns'> = async (relation, args) => {
  const dropped = args.columns.map((wanted) => {
    if (typeof wanted === 'string') return requireColumn(relation, wanted);
    const column = relation.columns.at(Number(wanted));
    if (column) return column;
    throw new LifecycleError('ING_MISSING_COLUMN', `there is no column at position ${wanted}`, {
      hint: `the data have ${relation.columns.length} columns at this step; positions count from 0`,
    });
  });
  return withColumns(
    relation,
    relation.columns.filter((column) => !dropped.includes(column)),
  );
};
