import { type Area, areaOf, type Box } from '../crs/areas.ts';
import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import type { Written } from '../parquet/write.ts';
import { areaBox } from '../relation/area.ts';
import type { Outliers } from './review.ts';

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
    const box = await areaBox(engine, crs, code, area);
    if (box === undefined || (bbox !== null && isInside(bbox, box))) continue;
    const counted = await countOutside(engine, file, column, box);
    if (counted) found.push({ crs: code, area, ...counted });
  }
  return found;
}

function isWorld([west, south, east, north]: Area): boolean {
  return west <= -180 && south <= -90 && east >= 180 && north >= 90;
}

function isInside(inner: Box, outer: Box): boolean {
  return inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3];
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
