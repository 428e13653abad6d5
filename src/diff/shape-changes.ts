import type { Engine } from '../engine/engine.ts';
import type { ComparedColumn } from './compared-column.ts';
import type { Side } from './side.ts';
import type { ColumnDiff } from './table-diff.ts';

/** Shapes whose areas are laid over each other, those that moved farthest first. */
const MOST_MEASURED = 5000;

/** A table of the area between shapes that changed: `ra`, `rb`, `c`, `area`. */
export async function areasBetween(
  engine: Engine,
  before: Side,
  now: Side,
  columns: readonly ComparedColumn[],
  cells: string,
): Promise<string> {
  const areas = await engine.materialize(
    'SELECT 0::BIGINT AS ra, 0::BIGINT AS rb, 0 AS c, 0::DOUBLE AS area WHERE false',
  );
  for (const [c, { kind, form }] of columns.entries()) {
    if (kind !== 'shape') continue;
    const valid = (wkb: string) => `ST_MakeValid(ST_GeomFromWKB(${wkb}))`;
    await engine.run(
      `INSERT INTO ${areas} SELECT ra, rb, ${c}, TRY(ST_Area(ST_SymDifference(${valid('x')}, ${valid('y')})))
       FROM (SELECT m.ra, m.rb, ${form.before('a')} AS x, ${form.now('b')} AS y
         FROM (SELECT * FROM ${cells} WHERE c = ${c} AND isfinite(distance) ORDER BY distance DESC LIMIT ${MOST_MEASURED}) m
         JOIN ${before.source} a ON a.${before.row} = m.ra JOIN ${now.source} b ON b.${now.row} = m.rb)`,
    );
  }
  return areas;
}

/** What changed in a column of shapes as a whole. */
export async function shapeFacts(
  engine: Engine,
  cells: string,
  areas: string,
  c: number,
): Promise<NonNullable<ColumnDiff['shapes']>> {
  const { largest } = await engine.row(
    `SELECT max(distance) FILTER (isfinite(distance)) AS largest FROM ${cells} WHERE c = ${c}`,
  );
  const { area, measured } = await engine.row(
    `SELECT sum(area) AS area, count(area) AS measured FROM ${areas} WHERE c = ${c}`,
  );
  return { largest_distance: asNumber(largest), area_between: asNumber(area), measured: Number(measured) };
}

export const asNumber = (value: unknown) =>
  value === null || value === undefined || !Number.isFinite(Number(value)) ? null : Number(value);
