import { rename, rm } from 'node:fs/promises';
import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import type { Extent } from './api.ts';
import { rectangles } from './vector-tile.ts';

/** A square of the map: zoom level, column from the west, row from the north. */
export interface TilePlace {
  z: number;
  x: number;
  y: number;
}

/** Changes with what `prepareTiles` writes. */
export const TILES_FORMAT = 1;
const MERCATOR = 'EPSG:3857';
/** Half of the circumference of the earth at the equator, in the metres of Web Mercator. */
const EDGE = 20037508.342789244;
/** A tile is so many pixels wide on the screen, each of so many units of the tile's own grid. */
const PIXELS = 256;
const GRID = 16;
const EXTENT = PIXELS * GRID;
/** Pixels below which nobody sees more of a shape than how large it is. */
const LEGIBLE = 4;
/** A border is drawn half outside of its feature, so a tile knows so many pixels of its neighbours. */
const MARGIN = 4;
/** Groups as small as this let a tile read only the few that it touches. */
const ROW_GROUP = 8192;
export const DEEPEST_ZOOM = 22;

/**
 * Writes a copy of a table's geometry for tiles: in Web Mercator, with its bounding boxes as numbers, along a Hilbert
 * curve, so that neighbours lie together and a tile reads little. Rows keep their number.
 *
 * @param source absolute path of a Parquet file
 * @param target absolute path; whole or not there
 * @param unfinished absolute path in the same folder, of nobody else
 */
export async function prepareTiles(
  engine: Engine,
  {
    source,
    geometry,
    crs,
    target,
    unfinished,
  }: { source: string; geometry: string; crs: string; target: string; unfinished: string },
): Promise<void> {
  const geom = identifier(geometry);
  const moved = inMercator(geom, crs);
  // DuckDB counts the rows of a file by itself, unless the file has a column of that name.
  const columns = await engine.describe(`SELECT * FROM read_parquet(${literal(source)}, hive_partitioning = false)`);
  const isTaken = columns.some(({ name }) => name.toLowerCase() === 'file_row_number');
  const row = isTaken ? '(row_number() OVER ()) - 1' : 'file_row_number';
  const shapes = `
    SELECT ${row} AS "row", ST_Force2D(${moved}) AS geom
    FROM read_parquet(${literal(source)}, file_row_number = ${!isTaken}, hive_partitioning = false)
    WHERE ${geom} IS NOT NULL AND NOT ST_IsEmpty(${geom})`;
  await writeShapes(engine, shapes, { target, unfinished });
}

/** SQL for shapes of a CRS in Web Mercator. */
export function inMercator(geometry: string, crs: string): string {
  return `ST_Transform(${geometry}, ${literal(crs)}, ${literal(MERCATOR)}, always_xy := true)`;
}

/** @param shapes a SELECT of `row`, `geom` in Web Mercator, and what else is to be kept of each */
export async function writeShapes(
  engine: Engine,
  shapes: string,
  { target, unfinished }: { target: string; unfinished: string },
): Promise<void> {
  try {
    await engine.run(`COPY (
      WITH boxed AS (
        SELECT *, ST_XMin(geom) AS xmin, ST_YMin(geom) AS ymin, ST_XMax(geom) AS xmax, ST_YMax(geom) AS ymax
        FROM (${shapes})
      )
      SELECT *, greatest(xmax - xmin, ymax - ymin) AS size
      FROM boxed
      WHERE isfinite(xmin) AND isfinite(ymin) AND isfinite(xmax) AND isfinite(ymax)
      ORDER BY ST_Hilbert((xmin + xmax) / 2, (ymin + ymax) / 2,
        {'min_x': ${-EDGE}, 'min_y': ${-EDGE}, 'max_x': ${EDGE}, 'max_y': ${EDGE}}::BOX_2D)
    ) TO ${literal(unfinished)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${ROW_GROUP})`);
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** What a prepared table covers, in degrees; undefined where it has no shape. */
export async function extentOf(engine: Engine, prepared: string): Promise<Extent | undefined> {
  const { x0, y0, x1, y1 } = await engine.row(
    `SELECT min(xmin) AS x0, min(ymin) AS y0, max(xmax) AS x1, max(ymax) AS y1 FROM read_parquet(${literal(prepared)})`,
  );
  if (x0 === null) return undefined;
  const degrees = (x: unknown) => (Number(x) / EDGE) * 180;
  const latitude = (y: unknown) => (Math.atan(Math.sinh((Number(y) / EDGE) * Math.PI)) * 180) / Math.PI;
  return { west: degrees(x0), south: latitude(y0), east: degrees(x1), north: latitude(y1) };
}

/** @throws LifecycleError LIF_USAGE for a place that is on no map */
export function assertPlace({ z, x, y }: TilePlace): void {
  const isOnMap = [z, x, y].every(Number.isInteger) && z >= 0 && z <= DEEPEST_ZOOM;
  if (isOnMap && x >= 0 && y >= 0 && x < 2 ** z && y < 2 ** z) return;
  throw new LifecycleError('LIF_USAGE', `there is no tile ${z}/${x}/${y}`, {
    hint: `z is 0 to ${DEEPEST_ZOOM}, x and y are below 2 to the power of z`,
  });
}

/**
 * One vector tile with two layers, whose features have as `id` their row in the table, from 0: `features` with shapes,
 * without what is finer than a pixel, and `small` with rectangles. Less than a pixel cannot be told from its neighbours in
 * the same one, so one of them stands for all.
 *
 * @param prepared absolute path of what `prepareTiles` or `writeShapes` wrote
 * @param attribute a column that each feature has as its attribute; what differs in it never stands for another
 */
export async function tileOf(
  engine: Engine,
  prepared: string,
  place: TilePlace,
  attribute?: string,
): Promise<Uint8Array> {
  const also = attribute === undefined ? '' : `, ${identifier(attribute)}`;
  assertPlace(place);
  // Of a file without rows DuckDB does not know that it has shapes.
  const { n } = await engine.row(`SELECT num_rows AS n FROM parquet_file_metadata(${literal(prepared)})`);
  if (Number(n) === 0) return new Uint8Array();
  const { z, x, y } = place;
  const width = (2 * EDGE) / 2 ** z;
  const [west, north] = [-EDGE + x * width, EDGE - y * width];
  const pixel = width / PIXELS;
  const margin = pixel * MARGIN;
  const here = `(SELECT * FROM read_parquet(${literal(prepared)})
    WHERE xmax >= ${west - margin} AND xmin <= ${west + width + margin}
      AND ymax >= ${north - width - margin} AND ymin <= ${north + margin})`;
  const box = `{'min_x': ${west}, 'min_y': ${north - width}, 'max_x': ${west + width}, 'max_y': ${north}}::BOX_2D`;
  const clipped = (geom: string) => `ST_AsMVTGeom(${geom}, ${box}, ${EXTENT}, ${GRID * MARGIN}, true)`;
  // Nothing is drawn right from a shape that crosses itself, whether it came so or was simplified to that: it is mended.
  const shapes = await engine.row(`
    SELECT hex(ST_AsMVT(shape, 'features', ${EXTENT}, 'geom', 'row')) AS tile FROM (
      SELECT "row"::INTEGER AS "row"${also}, coalesce(TRY(${clipped('simple')}), ${clipped('ST_MakeValid(simple)')}) AS geom
      FROM (SELECT "row"${also}, ST_Simplify(geom, ${pixel / 2}) AS simple FROM ${here} WHERE size >= ${pixel * LEGIBLE})
    ) AS shape WHERE geom IS NOT NULL HAVING count(*) > 0`);
  const inGrid = (expression: string) => `round((${expression}) / ${pixel / GRID})::INTEGER`;
  const small = await engine.columns(`
    SELECT min("row")::INTEGER AS "row", x0, y0, max(x1) AS x1, max(y1) AS y1${also} FROM (
      SELECT "row"${also},
        CASE WHEN size < ${pixel} THEN ${inGrid(`floor((xmin - ${west}) / ${pixel}) * ${pixel}`)} ELSE ${inGrid(`xmin - ${west}`)} END AS x0,
        CASE WHEN size < ${pixel} THEN ${inGrid(`floor((${north} - ymax) / ${pixel}) * ${pixel}`)} ELSE ${inGrid(`${north} - ymax`)} END AS y0,
        CASE WHEN size < ${pixel} THEN x0 + ${GRID} ELSE ${inGrid(`xmax - ${west}`)} END AS x1,
        CASE WHEN size < ${pixel} THEN y0 + ${GRID} ELSE ${inGrid(`${north} - ymin`)} END AS y1
      FROM ${here} WHERE size < ${pixel * LEGIBLE}
    ) GROUP BY x0, y0${also}`);
  const [ids, lefts, tops, rights, bottoms, values] = small;
  const sides = [ids, lefts, tops, rights, bottoms] as number[][];
  return Buffer.concat([
    Buffer.from(String(shapes.tile ?? ''), 'hex'),
    rectangles(
      'small',
      EXTENT,
      sides,
      attribute === undefined ? undefined : { name: attribute, values: values as string[] },
    ),
  ]);
}
