import { literalOf } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { isMoment, isSameMoment } from '../../pandas/dates/same-moment.ts';
import { TextPattern } from '../../pandas/pattern.ts';
import { filtered } from '../../relation/promise.ts';
import { isNumeric, isText, type RelationColumn } from '../../relation/relation.ts';
import { type ApplyStep, requireColumn } from './step.ts';

/**
 * `equals` compares values of the same kind only: the text `"3"` never equals a number, but one with a date equals that
 * moment. Nulls never match.
 */
export const apply: ApplyStep<'filter_rows'> = (relation, args, { engine }) =>
  filtered(engine, relation, (rows) => {
    const column = requireColumn(rows, String(args.column_name));
    return args.type === 'equals' ? equals(column, args.val) : contains(column, String(args.val));
  });

function equals(column: RelationColumn, value: unknown): string {
  if (typeof value === 'string' && isMoment(column)) return isSameMoment(column, value);
  const comparable = typeof value === 'string' ? isText(column) : isNumeric(column) || column.type === 'BOOLEAN';
  return comparable ? `coalesce(${column.expression} = ${literalOf(value)}, false)` : 'false';
}

function contains(column: RelationColumn, pattern: string): string {
  if (!isText(column)) {
    throw new LifecycleError(
      'ING_BAD_VALUE',
      `filter_rows cannot search column ${JSON.stringify(column.name)}: it holds ${column.type}, not text`,
      {
        hint: 'coerce the column to string in an earlier step',
      },
    );
  }
  return `coalesce(${TextPattern.arrow(pattern).search(column.expression)}, false)`;
}
