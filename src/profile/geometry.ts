import { areaOf } from '../crs/areas.ts';
import type { ColumnInfo, Engine } from '../engine/engine.ts';
import { identifier } from '../engine/sql.ts';
import { areaBox } from '../relation/area.ts';
import type { GeometryFacts } from './document.ts';

/** `GEOMETRY('EPSG:2263')`: the type of a column says its CRS where it is known. */
export function crsOf({ type }: ColumnInfo): string | null {
  const [, code] = /^GEOMETRY\('([A-Za-z]+:[A-Za-z0-9]+)'\)$/.exec(type) ?? [];
  return code ?? null;
}

/** One look at every geometry of a column. */
export async function geometryOf(engine: Engine, relation: string, column: ColumnInfo): Promise<GeometryFacts> {
  await engine.load('spatial');
  const crs = crsOf(column);
  const area = crs === null ? undefined : areaOf(crs);
  const box = area && (await areaBox(engine, crs!, crs!, area));
  const outside = box
    ? `count(*) FILTER (NOT (x0 >= ${box[0]} AND y0 >= ${box[1]} AND x1 <= ${box[2]} AND y1 <= ${box[3]}))`
    : 'NULL';
  const g = identifier(column.name);
  const row = await engine.row(
    `SELECT histogram(CAST(ST_GeometryType(g) AS VARCHAR)) AS types, count(*) FILTER (ST_IsEmpty(g)) AS empty,
       count(*) FILTER (NOT ST_IsValid(g)) AS invalid, sum(ST_NPoints(g)) AS vertices, max(ST_NPoints(g)) AS most,
       min(x0) AS x0, min(y0) AS y0, max(x1) AS x1, max(y1) AS y1, ${outside} AS outside
     FROM (SELECT g, ST_XMin(g) AS x0, ST_YMin(g) AS y0, ST_XMax(g) AS x1, ST_YMax(g) AS y1
       FROM (SELECT ${g} AS g FROM ${relation} WHERE ${g} IS NOT NULL))`,
  );
  const bbox = [row.x0, row.y0, row.x1, row.y1];
  const types = (row.types ?? []) as { key: string; value: string }[];
  return {
    types: Object.fromEntries(types.map(({ key, value }) => [key, Number(value)])),
    empty: Number(row.empty),
    invalid: Number(row.invalid),
    vertices: { total: Number(row.vertices ?? 0), most: Number(row.most ?? 0) },
    bbox: bbox.every((edge) => edge !== null) ? (bbox.map(Number) as GeometryFacts['bbox']) : null,
    crs,
    outside: row.outside === null ? null : Number(row.outside),
  };
}
