import { type Area, areaInOwnUnits, areaOf, type Box, MARGIN } from '../crs/areas.ts';
import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import type { Written } from '../parquet/write.ts';
import type { Outliers } from './review.ts';

/** Points on a side of the grid that stands for an area when it is put into another system. */
const GRID = 24;

/**
 * Rows of a written file whose coordinates lie outside the area of a system that they are or were in. The rows are read
 * only where the file's bounding box leaves the area.
 *
 * @param passed systems that the geometry was in on its way, as `AUTHORITY:CODE`
 */
export async function outliersOf(
  engine: Engine,
  file: string,
  written: Written,
  passed: readonly string[],
): Promise<Outliers[]> {
  const { crs, geometry_column: column, bbox } = written;
  if (crs === null || column === null || written.rows === 0) return [];
  const found: Outliers[] = [];
  for (const code of new Set([crs, ...passed])) {
    const area = areaOf(code);
    if (area === undefined || (code !== crs && isWorld(area))) continue;
    const box = widened(await areaIn(engine, crs, code, area));
    if (box === undefined || (bbox !== null && isInside(bbox, box))) continue;
    const counted = await countOutside(engine, file, column, box);
    if (counted) found.push({ crs: code, area, ...counted });
  }
  return found;
}

function isWorld([west, south, east, north]: Area): boolean {
  return west <= -180 && south <= -90 && east >= 180 && north >= 90;
}

/** A hair wider, since what lies on the edge need not be computed to the last bit. */
function widened(box: Box | undefined): Box | undefined {
  if (box === undefined) return undefined;
  const [x, y] = [(box[2] - box[0]) * 1e-6, (box[3] - box[1]) * 1e-6];
  return [box[0] - x, box[1] - y, box[2] + x, box[3] + y];
}

function isInside(inner: Box, outer: Box): boolean {
  return inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3];
}

/** Longitude and latitude. */
const DEGREES = new Set(['EPSG:4326', 'OGC:CRS84']);

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

async function countOutside(
  engine: Engine,
  file: string,
  column: string,
  [x0, y0, x1, y1]: Box,
): Promise<Pick<Outliers, 'rows' | 'of' | 'first'> | undefined> {
  await engine.load('spatial');
  const g = identifier(column);
  const row = await engine.row(
    `SELECT count(*) AS n, count(*) FILTER (outside) AS beyond, arg_min([x0, y0, x1, y1], place) FILTER (outside) AS box,
       min(place) FILTER (outside) AS place
     FROM (SELECT *, NOT (x0 >= ${x0} AND y0 >= ${y0} AND x1 <= ${x1} AND y1 <= ${y1}) AS outside
       FROM (SELECT ST_XMin(${g}) AS x0, ST_YMin(${g}) AS y0, ST_XMax(${g}) AS x1, ST_YMax(${g}) AS y1, file_row_number AS place
         FROM read_parquet(${literal(file)}, file_row_number = true)
         WHERE ${g} IS NOT NULL AND NOT ST_IsEmpty(${g})))`,
  );
  if (Number(row.beyond) === 0) return undefined;
  const bbox = (row.box as unknown[]).map(Number);
  return { rows: Number(row.beyond), of: Number(row.n), first: { row: Number(row.place) + 1, bbox } };
}
