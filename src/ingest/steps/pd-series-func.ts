import { LifecycleError } from '../../errors.ts';
import { SERIES_METHODS_SQL } from '../../pandas/series.ts';
import { bound, findColumn, withColumn } from '../../relation/relation.ts';
import { type ApplyStep, requireColumn, requireGeometry } from './step.ts';

/** A method of one column, its result put back under the same name. */
export const apply: ApplyStep<'pd_series_func'> = async (rows, args, context) => {
  const { column_name: name, function_name: method, output_column_name: output, geo, ...rest } = args;
  if (geo) requireGeometry(rows);
  requireColumn(rows, name);
  const relation = bound(context.engine, rows, name);
  const column = findColumn(relation, name)!;
  const run = SERIES_METHODS_SQL[method];
  if (!run) {
    throw new LifecycleError('ING_BAD_OPTION', `pd_series_func: ${method} is not supported`, {
      hint: `use ${Object.keys(SERIES_METHODS_SQL).join(', ')}`,
    });
  }
  const target = typeof output === 'string' ? output : column.name;
  const result = await run(column, rest, { relation, engine: context.engine });
  const { expression = column.expression, type = column.type } = result;
  if (findColumn(relation, target)) return withColumn(relation, target, { expression, type });
  return { ...relation, columns: [...relation.columns, { name: target, expression, type }] };
};
