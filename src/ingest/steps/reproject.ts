import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { type Crs, crsFrom, isKnown, sameCrs } from '../../relation/crs.ts';
import { type Relation, requireGeometryColumn, withColumn } from '../../relation/relation.ts';
import { type ApplyStep, requireGeometry, type StepContext } from './step.ts';

export const apply: ApplyStep<'reproject'> = async (relation, args, context) =>
  reprojected(relation, args.target_crs, context);

/** WGS 84 by longitude and latitude, under the two names that it goes by. */
const WGS84 = new Set(['EPSG:4326', 'OGC:CRS84']);

/**
 * A CRS as SQL. From and to OGC:CRS84 PROJ takes another way to NAD83 than for EPSG:4326, about a metre off; with
 * longitude first the two are the same system, and the department's engine transforms both alike.
 */
function definitionFor({ definition }: Crs): string {
  return literal(definition === 'OGC:CRS84' ? 'EPSG:4326' : definition);
}

/** Coordinates are always x before y, longitude before latitude. */
export async function reprojected(
  relation: Relation,
  target: string,
  context: Pick<StepContext, 'engine'>,
): Promise<Relation> {
  const geometry = requireGeometry(relation);
  const to = await crsFrom(context.engine, target);
  if (!geometry.crs) {
    throw new LifecycleError('ING_UNKNOWN_CRS', 'the data cannot be reprojected: nothing says which CRS they are in', {
      hint: 'a shapefile says it in its .prj file; ask the source for it',
    });
  }
  if (sameCrs(geometry.crs, to)) return relation;
  if (!geometry.crs.code && !(await isKnown(context.engine, geometry.crs.definition))) throw noProjection(geometry.crs);
  const moved = { ...relation, geometry: { ...geometry, crs: to } };
  if (WGS84.has(geometry.crs.code ?? '') && WGS84.has(to.code ?? '')) return moved;
  const { expression: source, outline } = requireGeometryColumn(relation, geometry.column);
  return withColumn(moved, geometry.column, {
    expression: `ST_Transform(${source}, ${definitionFor(geometry.crs)}, ${definitionFor(to)}, always_xy := true)`,
    outline: outline ?? source,
  });
}

/** Words of a coordinate system of one place, which says nothing about where on Earth that is. */
const LOCAL = /^(?:LOCAL_CS|ENGCRS|ENGINEERINGCRS)\b/;

function noProjection({ definition }: Crs): LifecycleError {
  const what = LOCAL.test(definition) ? 'a local one, which nothing ties to the Earth' : 'one that PROJ does not know';
  return new LifecycleError('ING_UNKNOWN_CRS', `the data cannot be reprojected: their coordinate system is ${what}`, {
    hint: 'ask the source for the right one: a shapefile says it in its .prj file',
    details: { crs: definition.slice(0, 500) },
  });
}
