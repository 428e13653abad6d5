import { type ColumnTarget, coerceColumn } from '../coerce/coerce.ts';
import { firstRows } from '../promise.ts';
import { type ApplyStep, requireColumns } from './step.ts';

export const apply: ApplyStep = async (relation, args, context) => {
  const targets = Object.entries(args.column_types as Record<string, ColumnTarget>);
  const names = targets.map(([name]) => name);
  requireColumns(relation, names);
  const onBad = args.errors === 'coerce' ? 'coerce' : 'raise';
  const sample = context.trustSample ? await firstRows(context.engine, relation, names) : undefined;
  let result = relation;
  for (const [name, target] of targets)
    result = await coerceColumn(context.engine, result, name, target, onBad, sample);
  return result;
};
