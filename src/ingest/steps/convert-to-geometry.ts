import { LifecycleError } from '../../errors.ts';
import { addGeometry, GEOMETRY_NAME, type GeometryOption } from '../../relation/geometry.ts';
import { findColumn, renamed } from '../../relation/relation.ts';
import type { ApplyStep } from './step.ts';

/** From WKT or from coordinates; the result is called `geom` and, unlike a reader's, not made valid. */
export const apply: ApplyStep = async (relation, args, context) => {
  const option: GeometryOption = {
    geom_column: args.geom_column as GeometryOption['geom_column'],
    crs: String(args.crs ?? 'EPSG:4326'),
    format: 'wkt',
  };
  const converted = await addGeometry(context.engine, relation, option, context.trustSample);
  const made = converted.geometry!.column;
  if (made !== GEOMETRY_NAME && findColumn(converted, GEOMETRY_NAME)) {
    throw new LifecycleError('ING_DUPLICATE_COLUMN', `there is a column called ${GEOMETRY_NAME} already`, {
      hint: 'rename or drop it in an earlier step',
    });
  }
  return renamed(converted, (name) => (name === made ? GEOMETRY_NAME : name));
};
