import { LifecycleError } from '../../errors.ts';
import { stripped } from '../../pandas/python-text.ts';
import { bound, findColumn, isText, withColumn } from '../../relation/relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/** All columns of text, unless `cols` names some; an empty list names none. */
export const apply: ApplyStep<'strip_columns'> = async (relation, args, context) => {
  const wanted = args.cols;
  const columns = wanted && wanted.length > 0 ? requireColumns(relation, wanted) : relation.columns.filter(isText);
  const other = columns.find((column) => !isText(column));
  if (other) {
    throw new LifecycleError(
      'ING_BAD_VALUE',
      `strip_columns cannot strip column ${JSON.stringify(other.name)}: it holds ${other.type}, not text`,
      {
        hint: 'leave the column out of `cols`, or coerce it to string first',
      },
    );
  }
  const names = columns.map(({ name }) => name);
  const named = bound(context.engine, relation, ...names);
  return names.reduce(
    (result, name) => withColumn(result, name, { expression: stripped(findColumn(named, name)!.expression) }),
    named,
  );
};
