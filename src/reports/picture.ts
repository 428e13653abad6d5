import { counted } from '../counts.ts';
import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { detailOf, type MapBox, type MapCells, type MapGeometry, map } from '../html/map.ts';
import type { Markup } from '../html/markup.ts';

/** Where the rows of a table lie, as a picture, and what was left out of it. */
export interface Picture {
  map: Markup;
  note: string;
}

export interface PicturedTable {
  /** A Parquet file. */
  file: string;
  rows: number;
  column: string;
  isGeographic: boolean;
  /** What is to be seen, for those who do not see it. */
  label: string;
}

/** Up to so many rows each shape is drawn. */
const ALL_DRAWN = 1500;
/** Of more rows the largest are drawn as shapes, and the others as a grid that says how many lie where. */
const LARGEST = 300;
const LARGE = 24;
/** Squares of the grid along the longer side. */
const CELLS = 200;
const DENSITIES = 4;
/** Characters; a picture that is larger is drawn again with less detail. */
const MOST = 600_000;
const ATTEMPTS = 5;

/** @returns undefined where no row has a place */
export async function pictureOf(engine: Engine, table: PicturedTable): Promise<Picture | undefined> {
  await engine.load('spatial');
  const g = identifier(table.column);
  const source = `read_parquet(${literal(table.file)}, file_row_number = true)`;
  const places = await engine.materialize(
    `SELECT r, x0, y0, x1, y1 FROM (SELECT file_row_number AS r, ST_XMin(${g}) AS x0, ST_YMin(${g}) AS y0, ST_XMax(${g}) AS x1, ST_YMax(${g}) AS y1 FROM ${source})
     WHERE isfinite(x0) AND isfinite(y0) AND isfinite(x1) AND isfinite(y1)`,
  );
  const { n, ...edges } = await engine.row(
    `SELECT count(*) AS n, min(x0) AS x0, min(y0) AS y0, max(x1) AS x1, max(y1) AS y1 FROM ${places}`,
  );
  const placed = Number(n);
  if (placed === 0) return undefined;
  const box = [edges.x0, edges.y0, edges.x1, edges.y1].map(Number) as unknown as MapBox;
  const frame = { box, isGeographic: table.isGeographic, label: table.label, layers: [] };
  /** A unit of the picture in units of the data. */
  const unit = detailOf(frame) * 10;
  const extent = Math.max(box[2] - box[0], box[3] - box[1]);
  const isMany = placed > ALL_DRAWN && extent > 0;
  const cells = isMany ? await densities(engine, places, extent / CELLS) : [];
  // Of many in one place, one is all that can be seen.
  let most = isMany ? LARGEST : extent > 0 ? ALL_DRAWN : 1;
  let detail = 0.4 * unit;
  for (let attempt = 1; ; attempt++) {
    const large = isMany ? `WHERE greatest(x1 - x0, y1 - y0) > ${LARGE * unit}` : '';
    const chosen = `SELECT r FROM ${places} ${large} ORDER BY greatest(x1 - x0, y1 - y0) DESC, r LIMIT ${most}`;
    const geometries = await shapes(engine, source, g, chosen, detail);
    const drawn = map({ ...frame, cells, layers: [{ kind: 'shapes', isMarked: !isMany, geometries }] });
    if (drawn.text.length <= MOST || attempt === ATTEMPTS)
      return { map: drawn, note: noteOf(table.rows, placed, geometries.length, isMany) };
    [most, detail] = [Math.ceil(most / 2), detail * 2];
  }
}

/** Shapes without what is too small to be seen. */
async function shapes(
  engine: Engine,
  source: string,
  g: string,
  chosen: string,
  detail: number,
): Promise<MapGeometry[]> {
  const found = await engine.rows(
    `SELECT ST_AsGeoJSON(CASE WHEN s IS NULL OR ST_IsEmpty(s) THEN ST_Point((ST_XMin(g) + ST_XMax(g)) / 2, (ST_YMin(g) + ST_YMax(g)) / 2) ELSE s END) AS g
     FROM (SELECT g, TRY(ST_Simplify(g, ${detail})) AS s FROM (SELECT ${g} AS g FROM ${source} WHERE file_row_number IN (${chosen})))`,
  );
  return found.map(({ g: text }) => JSON.parse(String(text)) as MapGeometry);
}

async function densities(engine: Engine, places: string, side: number): Promise<MapCells[]> {
  const cell = (low: string, high: string) => `floor((${low} + ${high}) / 2 / ${side})`;
  const found = await engine.rows(
    `SELECT ${cell('x0', 'x1')} AS x, ${cell('y0', 'y1')} AS y, count(*) AS n FROM ${places} GROUP BY ALL`,
  );
  const counts = found.map((row) => Number(row.n));
  const most = Math.log(counts.reduce((a, b) => Math.max(a, b), 2));
  const levels = Array.from({ length: DENSITIES }, (_, i) => ({
    side,
    kind: `density density-${i}`,
    middles: [] as [number, number][],
  }));
  for (const [i, { x, y }] of found.entries()) {
    const level = Math.min(DENSITIES - 1, Math.floor((Math.log(counts[i]!) / most) * DENSITIES));
    levels[level]!.middles.push([(Number(x) + 0.5) * side, (Number(y) + 0.5) * side]);
  }
  return levels;
}

function noteOf(rows: number, placed: number, drawn: number, isMany: boolean): string {
  const without = rows - placed;
  const nowhere = without > 0 ? ` ${counted(without)} of ${counted(rows)} rows have no place.` : '';
  if (!isMany && placed > ALL_DRAWN)
    return `All ${counted(placed)} rows that have a place lie in the same one.${nowhere}`;
  if (!isMany && drawn === placed)
    return `Simplified shapes of all ${counted(placed)} rows that have a place.${nowhere}`;
  if (!isMany) return `Simplified shapes of the largest ${counted(drawn)} of ${counted(placed)} rows.${nowhere}`;
  const shown = drawn > 0 ? `, and the largest ${counted(drawn)} as simplified shapes` : '';
  return `Where ${counted(placed)} rows lie: the darker a square, the more of them${shown}.${nowhere}`;
}
