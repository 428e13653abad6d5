import { coerceColumn } from '../../pandas/coerce/coerce.ts';
import { coerceWide, isWide } from '../../pandas/coerce/wide.ts';
import { firstRows } from '../../relation/promise.ts';
import { bound, materialize } from '../../relation/relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/**
 * Each column asks the database and may lay SQL around the rows. Of more columns than these the rows are put into a table
 * first, so that a question names one column of a table and not the SQL of all.
 */
const FEW_COLUMNS = 50;

export const apply: ApplyStep<'coerce_column_types'> = async (relation, args, context) => {
  const targets = Object.entries(args.column_types);
  const names = targets.map(([name]) => name);
  requireColumns(relation, names);
  if (isWide(relation)) return coerceWide(context.engine, relation, targets, args.errors, context.workDir);
  const areMany = names.length > FEW_COLUMNS;
  const sample = context.trustSample && !areMany ? await firstRows(context.engine, relation, names) : undefined;
  let result = areMany ? await materialize(context.engine, relation) : bound(context.engine, relation, ...names);
  for (const [name, target] of targets)
    result = await coerceColumn(context.engine, result, name, target, args.errors, sample);
  return result;
};
