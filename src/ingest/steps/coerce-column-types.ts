import { type ColumnTarget, coerceColumn } from '../coerce/coerce.ts';
import { type ApplyStep, requireColumns } from './step.ts';

export const apply: ApplyStep = async (relation, args, context) => {
  const targets = Object.entries(args.column_types as Record<string, ColumnTarget>);
  requireColumns(
    relation,
    targets.map(([name]) => name),
  );
  const onBad = args.errors === 'coerce' ? 'coerce' : 'raise';
  let result = relation;
  for (const [name, target] of targets) result = await coerceColumn(context.engine, result, name, target, onBad);
  return result;
};
