import type { Engine } from '../engine/engine.ts';
import { identifier } from '../engine/sql.ts';
import type { ComparedColumn } from './compared-column.ts';
import type { Key } from './key.ts';
import { asNumber } from './shape-changes.ts';
import type { Side, SideColumn } from './side.ts';
import type { ChangedRow, ChangedValue, ColumnDiff, Label } from './table-diff.ts';

/** Samples of each column, and columns that have some. */
const A_COLUMN = 5;
const MOST_COLUMNS = 200;
const SHOWN = 200;
/** Values by which a row without a key is known. */
const LABELS = 6;

interface Samples {
  changed: ChangedRow[];
  byColumn: Map<ComparedColumn, ColumnDiff['samples']>;
}

/** The changes of the first rows, and some of every column, old and new. */
export async function changeSamples(
  engine: Engine,
  { before, now }: { before: Side; now: Side },
  columns: readonly ComparedColumn[],
  key: Key | undefined,
  { cells, areas }: { cells: string; areas: string },
  limit: number,
): Promise<Samples> {
  const first = await engine.materialize(
    `SELECT ra, rb FROM ${cells} GROUP BY ra, rb ORDER BY rb LIMIT ${Math.max(limit, 0)}`,
  );
  const picked = await engine.materialize(
    `SELECT ra, rb, c, distance, n, (ra, rb) IN (SELECT (ra, rb) FROM ${first}) AS listed
     FROM (SELECT *, row_number() OVER (PARTITION BY c ORDER BY rb) AS n FROM ${cells})
     WHERE n <= ${A_COLUMN} OR listed`,
  );
  const labels = await labelsOf(
    engine,
    now,
    key?.columns.map((column) => column.now) ?? [],
    `SELECT DISTINCT rb AS r FROM ${picked}`,
  );
  const rows = new Map<string, ChangedRow>();
  for (const { rb } of await engine.rows(`SELECT rb FROM ${first} ORDER BY rb`))
    rows.set(String(rb), { key: labels.get(String(rb)) ?? {}, columns: {} });
  const byColumn: Samples['byColumn'] = new Map();
  const changed = await engine.rows(`SELECT c FROM ${picked} GROUP BY c ORDER BY c LIMIT ${MOST_COLUMNS}`);
  for (const { c } of changed) {
    const column = columns[Number(c)]!;
    const samples: ColumnDiff['samples'] = [];
    const values = await engine.rows(
      `SELECT m.rb, m.n, m.listed, m.distance, g.area, ${shown('a', column.before)} AS old, ${shown('b', column.now)} AS new
       FROM ${picked} m JOIN ${before.source} a ON a.${before.row} = m.ra JOIN ${now.source} b ON b.${now.row} = m.rb
         LEFT JOIN ${areas} g ON g.ra = m.ra AND g.rb = m.rb AND g.c = m.c
       WHERE m.c = ${Number(c)} ORDER BY m.rb`,
    );
    for (const { rb, n, listed, distance, area, old, new: value } of values) {
      const change: ChangedValue = {
        before: old as string | null,
        now: value as string | null,
        ...(column.kind === 'shape' && { distance: asNumber(distance), area_between: asNumber(area) }),
      };
      if (Number(n) <= A_COLUMN) samples.push({ key: labels.get(String(rb)) ?? {}, ...change });
      if (listed) rows.get(String(rb))!.columns[column.name] = change;
    }
    byColumn.set(column, samples);
  }
  await engine.run(`DROP TABLE ${first}; DROP TABLE ${picked}`);
  return { changed: [...rows.values()], byColumn };
}

/** The first rows that one table has alone. */
export async function rowSamples(
  engine: Engine,
  side: Side,
  columns: readonly SideColumn[],
  rows: string,
  limit: number,
): Promise<Label[]> {
  const named = columns.length > 0 ? columns : side.columns.filter(({ type }) => type !== 'GEOMETRY').slice(0, LABELS);
  const labels = await labelsOf(engine, side, named, `SELECT r FROM ${rows} ORDER BY r LIMIT ${limit}`);
  return [...labels.values()];
}

/** By which rows are known, by their places and in the order of these; `rows` is SQL of places `r`. */
export async function labelsOf(
  engine: Engine,
  side: Side,
  columns: readonly SideColumn[],
  rows: string,
): Promise<Map<string, Label>> {
  const values = columns.map((column, i) => `${shown('t', column)} AS v${i}`);
  const found = await engine.rows(
    `SELECT ${[`t.${side.row} AS r`, ...values].join(', ')} FROM (${rows}) w JOIN ${side.source} t ON t.${side.row} = w.r ORDER BY 1`,
  );
  return new Map(
    found.map((row) => [
      String(row.r),
      Object.fromEntries(columns.map(({ name }, i) => [name, row[`v${i}`] as string | null])),
    ]),
  );
}

/** SQL of the text that shows a value. */
function shown(table: string, { sql, type }: SideColumn): string {
  const value = `${table}.${sql}`;
  if (type === 'GEOMETRY')
    return `CASE WHEN ST_IsEmpty(${value}) THEN ST_GeometryType(${value})::VARCHAR || ', empty' ELSE ST_GeometryType(${value})::VARCHAR || ', ' || ST_NPoints(${value}) || CASE WHEN ST_NPoints(${value}) = 1 THEN ' point' ELSE ' points' END END`;
  return `left(CAST(${value} AS VARCHAR), ${SHOWN})`;
}

/** Nulls of each column, by DuckDB's name of it. */
export async function nullsIn(engine: Engine, side: Side): Promise<Map<string, number>> {
  if (side.columns.length === 0) return new Map();
  const counts = side.columns.map(({ sql }, i) => `count(${sql}) AS ${identifier(`n${i}`)}`);
  const row = await engine.row(`SELECT ${counts.join(', ')} FROM ${side.source}`);
  return new Map(side.columns.map(({ sql }, i) => [sql, side.rows - Number(row[`n${i}`])]));
}
