import { LifecycleError } from '../../errors.ts';
import { firstOffender, materialize, outlineOf, requireGeometryColumn, withColumn } from '../../relation/relation.ts';
import { type ApplyStep, requireGeometry } from './step.ts';

/** Single geometries become multi ones; collections and nulls stay as they are. */
export const apply: ApplyStep<'multi'> = async (given, _args, context) => {
  const { column } = requireGeometry(given);
  const cheap = outlineOf(requireGeometryColumn(given, column));
  const relation = cheap === undefined ? await materialize(context.engine, given) : given;
  const geometry = requireGeometryColumn(relation, column).expression;
  const seen = cheap ?? geometry;
  const empty = await firstOffender(
    context.engine,
    relation,
    seen,
    `ST_GeometryType(${seen}) = 'POINT' AND ST_IsEmpty(${seen})`,
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
  return withColumn(relation, column, { expression: `ST_Multi(${geometry})`, outline: seen });
};
