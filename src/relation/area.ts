import { type Area, areaInOwnUnits, type Box, MARGIN } from '../crs/areas.ts';
import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';

/** Points on a side of the grid that stands for an area when it is put into another system. */
const GRID = 24;

/** Longitude and latitude. */
const DEGREES = new Set(['EPSG:4326', 'OGC:CRS84']);

/**
 * The box around the area of `code`, in the units of `crs` and a hair wider, since what lies on the edge need not be
 * computed to the last bit; undefined where it has none there.
 */
export async function areaBox(engine: Engine, crs: string, code: string, area: Area): Promise<Box | undefined> {
  const box = await areaIn(engine, crs, code, area);
  if (box === undefined) return undefined;
  const [x, y] = [(box[2] - box[0]) * 1e-6, (box[3] - box[1]) * 1e-6];
  return [box[0] - x, box[1] - y, box[2] + x, box[3] + y];
}

/** The box around a system's area, in the units of the file; undefined where it has none there. */
async function areaIn(engine: Engine, crs: string, code: string, area: Area): Promise<Box | undefined> {
  const known = code === crs ? areaInOwnUnits(code) : undefined;
  if (known) return known;
  const [west, south, east, north] = area;
  const crosses = west > east;
  const lowest = Math.max(-90, south - MARGIN);
  const highest = Math.min(90, north + MARGIN);
  if (DEGREES.has(crs)) {
    if (crosses) return [-180, lowest, 180, highest];
    return [Math.max(-180, west - MARGIN), lowest, Math.min(180, east + MARGIN), highest];
  }
  const [first, last] = [west - MARGIN, (crosses ? east + 360 : east) + MARGIN];
  await engine.load('spatial');
  const step = (from: number, to: number, i: string) => `${from} + (${to - from}) * ${i} / ${GRID}.0`;
  const point = `ST_Point(${step(first, last, 'i')}, ${step(lowest, highest, 'j')})`;
  const moved = `TRY(ST_Transform(${point}, 'EPSG:4326', ${literal(crs)}, always_xy := true))`;
  const row = await engine.row(
    `SELECT min(x) AS x0, min(y) AS y0, max(x) AS x1, max(y) AS y1
     FROM (SELECT ST_X(p) AS x, ST_Y(p) AS y FROM (SELECT ${moved} AS p FROM range(${GRID + 1}) a(i), range(${GRID + 1}) b(j)))
     WHERE isfinite(x) AND isfinite(y)`,
  );
  return row.x0 === null ? undefined : ([row.x0, row.y0, row.x1, row.y1].map(Number) as unknown as Box);
}
