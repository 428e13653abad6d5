import { LifecycleError } from '../../errors.ts';
import { addGeometry, GEOMETRY_NAME, type GeometryOption } from '../../relation/geometry.ts';
import { findColumn, renamed } from '../../relation/relation.ts';
import type { ApplyStep } from './step.ts';

/** From WKT or from coordinates; the result is called `geom` and, unlike a reader's, not made valid. */
export const apply: ApplyStep<'convert_to_geometry'> = async (relation, args, context) => {
  const { geom_column: from, crs } = args;
  const geom_column = typeof from === 'string' ? from : { x: String(from.x), y: String(from.y) };
  const option: GeometryOption = { geom_column, crs, format: 'wkt' };
  const converted = await addGeometry(context.engine, relation, option, context.trustSample);
  const made = converted.geometry!.column;
  if (made !== GEOMETRY_NAME && findColumn(converted, GEOMETRY_NAME)) {
    throw new LifecycleError('ING_DUPLICATE_COLUMN', `there is a column called ${GEOMETRY_NAME} already`, {
      hint: 'rename or drop it in an earlier step',
    });
  }
  return renamed(converted, (name) => (name === made ? GEOMETRY_NAME : name));
};
