import { literalOf } from '../../engine/sql.ts';
import { findColumn, withColumn } from '../../relation/relation.ts';
import type { ApplyStep } from './step.ts';

/** One value for all rows; a new column goes last. */
export const apply: ApplyStep<'update_column'> = async (relation, args) => {
  const name = args.column_name;
  const value = { expression: literalOf(args.val), type: typeof args.val === 'string' ? 'VARCHAR' : 'BIGINT' };
  if (findColumn(relation, name)) return withColumn(relation, name, value);
  return { ...relation, columns: [...relation.columns, { name, ...value }] };
};
