import { literalOf } from '../../engine/sql.ts';
import { isInteger, type RelationColumn } from '../relation.ts';

/** SQL for a column with a value in place of its nulls; a whole number takes the type of a column of whole numbers. */
export function filled(column: RelationColumn, value: unknown): string {
  const fill = literalOf(value);
  const fits = isInteger(column) && typeof value === 'number' && Number.isInteger(value);
  return `coalesce(${column.expression}, ${fits ? `CAST(${fill} AS ${column.type})` : fill})`;
}
