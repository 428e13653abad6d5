import type { Engine } from '../engine/engine.ts';
import { LifecycleError } from '../errors.ts';
import { firstOffender, isReference, outlineOf, type Relation, requireGeometryColumn } from '../relation/relation.ts';

/** What GEOS says of a geometry that it does not take. */
const OF_A_GEOMETRY = /IllegalArgumentException|TopologyException|GEOS/;
const NOT_CLOSED = /closed linestring/;
const SHOWN = 80;

/**
 * The error of a geometry that cannot be made valid, with the place of the first such geometry; any other error as it is.
 *
 * @param raw the rows as they were read; geometries are made valid when they are asked for
 * @param noun what the file calls a row
 */
export async function atItsGeometry(engine: Engine, raw: Relation, noun: string, error: unknown): Promise<unknown> {
  let cause = error;
  while (cause instanceof Error && !(OF_A_GEOMETRY.test(cause.message) && !(cause instanceof LifecycleError)))
    cause = cause.cause;
  if (!(cause instanceof Error) || !raw.geometry) return error;
  const column = requireGeometryColumn(raw, raw.geometry.column);
  const outline = outlineOf(column);
  if (outline === undefined || isReference(column.expression)) return error;
  const text = `left(ST_AsText(${outline}), ${SHOWN})`;
  const condition = `${outline} IS NOT NULL AND TRY(${column.expression}) IS NULL`;
  const bad = await firstOffender(engine, raw, text, condition).catch(() => undefined);
  if (!bad) return error;
  const [said = ''] = cause.message.replace(/^[A-Za-z ]+ Error: /, '').split('\n');
  const isOpen = NOT_CLOSED.test(said);
  const what = isOpen ? 'has a ring that is not closed' : `cannot be made valid (${said.trim()})`;
  return new LifecycleError('ING_BAD_GEOMETRY', `the geometry of ${noun} ${bad.row} ${what}: ${bad.value}`, {
    cause,
    hint: isOpen
      ? 'the last point of a ring is its first again: put the file right at its source'
      : 'look at this geometry in the raw file, and put it right at its source',
    details: { row: bad.row },
  });
}
