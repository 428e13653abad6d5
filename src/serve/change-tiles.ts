import type { Comparison } from '../diff/diff.ts';
import type { Side } from '../diff/side.ts';
import type { Engine } from '../engine/engine.ts';
import { identifier } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { inMercator, writeShapes } from './tiles.ts';

/** Changes with what `prepareChangeTiles` writes. */
export const CHANGE_TILES_FORMAT = 1;
/** The column of what became of a feature: `added`, `removed` or `changed`. */
export const KIND = 'kind';

/**
 * Writes the shapes of the rows that two tables do not share, for tiles. The number of a row is that in the later table,
 * of a removed one that in the earlier.
 *
 * @throws LifecycleError LIF_BAD_DATA_FILE where neither of them can be put on a map
 */
export async function prepareChangeTiles(
  engine: Engine,
  { before, now, matched, cells }: Comparison,
  paths: { target: string; unfinished: string },
): Promise<void> {
  const kinds = [
    shapesOf(now, 'added', `SELECT r FROM ${matched.added}`),
    shapesOf(now, 'changed', `SELECT rb AS r FROM ${cells}`),
    shapesOf(before, 'removed', `SELECT r FROM ${matched.removed}`),
  ].filter((sql) => sql !== undefined);
  if (kinds.length === 0) {
    const message = `neither ${before.name} nor ${now.name} has shapes in a known CRS, so there is no map of what changed`;
    throw new LifecycleError('LIF_BAD_DATA_FILE', message);
  }
  await writeShapes(engine, kinds.join(' UNION ALL '), paths);
}

function shapesOf(side: Side, kind: string, rows: string): string | undefined {
  if (side.geometry_column === null || side.crs === null) return undefined;
  const geom = identifier(side.geometry_column);
  return `
    SELECT t.${side.row} AS "row", '${kind}' AS ${KIND}, ST_Force2D(${inMercator(geom, side.crs)}) AS geom
    FROM ${side.source} t
    WHERE t.${side.row} IN (${rows}) AND ${geom} IS NOT NULL AND NOT ST_IsEmpty(${geom})`;
}
