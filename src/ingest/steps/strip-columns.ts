import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { PYTHON_WHITESPACE } from '../python-text.ts';
import { isText, withColumn } from '../relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/** All columns of text, unless `cols` names some; an empty list names none. */
export const apply: ApplyStep = async (relation, args) => {
  const named = args.cols as string[] | null | undefined;
  const columns = named && named.length > 0 ? requireColumns(relation, named) : relation.columns.filter(isText);
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
  return columns.reduce(
    (result, column) =>
      withColumn(result, column.name, { expression: `trim(${column.expression}, ${literal(PYTHON_WHITESPACE)})` }),
    relation,
  );
};
