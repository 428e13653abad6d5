import { LifecycleError } from '../../errors.ts';
import { computed, firstOffender, requireGeometryColumn, withColumn } from '../relation.ts';
import { type ApplyStep, requireGeometry } from './step.ts';

/** Single geometries become multi ones; collections and nulls stay as they are. */
export const apply: ApplyStep = async (given, _args, context) => {
  const { column } = requireGeometry(given);
  const relation = await computed(context.engine, given, column);
  const geometry = requireGeometryColumn(relation, column).expression;
  const empty = await firstOffender(
    context.engine,
    relation,
    geometry,
    `ST_GeometryType(${geometry}) = 'POINT' AND ST_IsEmpty(${geometry})`,
  );
  if (empty) {
    throw new LifecycleError(
      'ING_BAD_GEOMETRY',
      `column ${JSON.stringify(column)}, row ${empty.row}: an empty point cannot become a multipoint`,
      {
        hint: 'filter such rows out in an earlier step',
      },
    );
  }
  return withColumn(relation, column, { expression: `ST_Multi(${geometry})` });
};
