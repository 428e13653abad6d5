import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { suggestionHint } from '../suggest.ts';
import { changedCells } from './cells.ts';
import { type ComparedColumn, comparedColumn, type ShapeOptions } from './compared-column.ts';
import { findKey, type Key, namedKey } from './key.ts';
import { type MatchedRows, matchRows } from './rows.ts';
import { changeSamples, nullsIn, rowSamples } from './samples.ts';
import { compareSchemas } from './schema.ts';
import { areasBetween, shapeFacts } from './shape-changes.ts';
import { type DiffInput, readSide, type Side } from './side.ts';
import type { ColumnDiff, TableDiff, TableFacts } from './table-diff.ts';
import { NOISE, SHAPE_TOLERANCE, type Tolerances } from './tolerance.ts';
import './shapes/provide.ts';

export interface DiffOptions {
  /** Of the dataset or layer, where several are compared. */
  id?: string | undefined;
  /** Columns by which a row is known; without them a key is looked for. */
  key?: readonly string[] | undefined;
  /** What the template declares to be its key; it counts where both tables have it. */
  templateKey?: readonly string[] | undefined;
  tolerances: Tolerances;
  /** Rows that are listed one by one: changed, added and removed ones each. */
  limit: number;
}

/** A comparison with the tables that it was made from, as long as the session lasts. */
export interface Comparison {
  diff: TableDiff;
  before: Side;
  now: Side;
  columns: ComparedColumn[];
  key: Key | undefined;
  matched: MatchedRows;
  /** Every changed value: `ra`, `rb`, `c`, `distance`. */
  cells: string;
}

/** Holds two tables against each other. @throws LifecycleError LIF_BAD_DATA_FILE, LIF_USAGE */
export async function compareTables(
  engine: Engine,
  inputs: { before: DiffInput; now: DiffInput },
  options: DiffOptions,
): Promise<Comparison> {
  const { tolerances, limit } = options;
  await engine.load('spatial');
  await engine.run("SET TimeZone = 'UTC'");
  const [before, now] = [await readSide(engine, inputs.before), await readSide(engine, inputs.now)];
  const schema = compareSchemas(before, now);
  const shapes = await shapeOptions(engine, before, now);
  const columns = schema.shared.map((pair) => comparedColumn(pair.before, pair.now, tolerances, shapes));
  if (options.id === undefined) refuseUnknownTolerances(tolerances, columns);
  const key = await keyOf(engine, before, now, columns, options);
  const matched = await matchRows(engine, before, now, columns, key);
  const cells = await changedCells(engine, before, now, columns, matched);
  const areas = await areasBetween(engine, before, now, columns, cells);
  const samples = await changeSamples(engine, { before, now }, columns, key, { cells, areas }, limit);
  const counts = await countRows(engine, matched, cells);
  const { since: _, rows: __, ...changes } = schema.changes;
  const diff: TableDiff = {
    id: options.id ?? null,
    before: factsOf(before),
    now: factsOf(now),
    equal: counts.added + counts.removed + counts.changed === 0 && Object.keys(changes).length === 0,
    key: key ? { columns: key.columns.map(({ name }) => name), by: key.by, duplicates: matched.duplicates! } : null,
    tolerances: {
      numbers: tolerances.numbers ?? NOISE,
      shapes: columns.some(({ kind }) => kind === 'shape') ? shapes.tolerance : null,
      unit: now.isGeographic ? 'degrees' : 'units of the CRS',
      columns: Object.fromEntries(tolerances.columns),
      text: tolerances.trim ? 'trimmed' : 'exact',
      transformed: shapes.transform !== undefined,
    },
    rows: counts,
    schema: { ...changes, ...(schema.moved.length > 0 && { moved: schema.moved }) },
    columns: await columnDiffs(engine, { before, now }, columns, { cells, areas }, samples.byColumn),
    changed: samples.changed,
    added: await rowSamples(engine, now, key?.columns.map((column) => column.now) ?? [], matched.added, limit),
    removed: await rowSamples(
      engine,
      before,
      key?.columns.map((column) => column.before) ?? [],
      matched.removed,
      limit,
    ),
  };
  return { diff, before, now, columns, key, matched, cells };
}

/** A tolerance for a column that is not there is a slip. @throws LifecycleError LIF_USAGE */
export function refuseUnknownTolerances(
  tolerances: Tolerances,
  columns: readonly { name: string; before: { name: string } }[],
): void {
  const names = columns.flatMap(({ name, before }) => [name, before.name]);
  for (const name of tolerances.columns.keys()) {
    if (names.includes(name)) continue;
    throw new LifecycleError('LIF_USAGE', `the column ${JSON.stringify(name)} of --tolerance is not in both tables`, {
      hint: suggestionHint(name, names) ?? 'name a column that both have',
    });
  }
}

/** Coordinates of two systems are compared in that of the later table. */
async function shapeOptions(engine: Engine, before: Side, now: Side): Promise<ShapeOptions> {
  const tolerance = now.isGeographic ? SHAPE_TOLERANCE.degrees : SHAPE_TOLERANCE.projected;
  // Both are longitude and latitude in a file, in this order.
  const system = (crs: string | null) => (crs === 'OGC:CRS84' ? 'EPSG:4326' : crs);
  const [from, to] = [system(before.crs), system(now.crs)];
  if (from === null || to === null || from === to) return { tolerance, transform: undefined };
  const transform = (geometry: string) =>
    `ST_Transform(${geometry}, ${literal(from)}, ${literal(to)}, always_xy := true)`;
  const isKnown = await engine.row(`SELECT ${transform('ST_Point(0, 0)')} IS NOT NULL AS known`).then(
    () => true,
    () => false,
  );
  return { tolerance, transform: isKnown ? transform : undefined };
}

async function keyOf(
  engine: Engine,
  before: Side,
  now: Side,
  columns: readonly ComparedColumn[],
  { key, templateKey, id }: DiffOptions,
): Promise<Key | undefined> {
  if (key !== undefined) {
    // A name may have a comma itself.
    const names = key.flatMap((text) => (columns.some(({ name }) => name === text) ? [text] : text.split(',')));
    // Of several datasets those that have the columns are meant.
    const isMeant = id === undefined || names.every((name) => columns.some((column) => column.name === name));
    if (isMeant) return namedKey(names, columns, 'given');
  }
  const isThere = templateKey?.every((name) => columns.some((column) => column.name === name));
  if (templateKey && templateKey.length > 0 && isThere) return namedKey(templateKey, columns, 'template');
  return findKey(engine, before, now, columns);
}

async function countRows(engine: Engine, matched: MatchedRows, cells: string): Promise<TableDiff['rows']> {
  const count = async (sql: string) => Number((await engine.row(`SELECT count(*) AS n FROM ${sql}`)).n);
  const changed = await count(`(SELECT DISTINCT ra, rb FROM ${cells})`);
  return {
    equal: matched.equal + (await count(matched.pairs)) - changed,
    added: await count(matched.added),
    removed: await count(matched.removed),
    changed,
  };
}

function factsOf({ name, rows, columns, crs, geometry_types, bbox }: Side): TableFacts {
  return { name, rows, columns: columns.length, crs, geometry_types, bbox };
}

async function columnDiffs(
  engine: Engine,
  { before, now }: { before: Side; now: Side },
  columns: readonly ComparedColumn[],
  { cells, areas }: { cells: string; areas: string },
  samples: ReadonlyMap<ComparedColumn, ColumnDiff['samples']>,
): Promise<ColumnDiff[]> {
  const nulls = { before: await nullsIn(engine, before), now: await nullsIn(engine, now) };
  const counted = await engine.rows(`SELECT c, count(*) AS n FROM ${cells} GROUP BY c`);
  const counts = new Map(counted.map(({ c, n }) => [Number(c), Number(n)]));
  const diffs: ColumnDiff[] = [];
  for (const [c, column] of columns.entries()) {
    const changed = counts.get(c) ?? 0;
    diffs.push({
      name: column.name,
      ...(column.before.name !== column.name && { name_before: column.before.name }),
      type: { before: column.before.type, now: column.now.type },
      nulls: { before: nulls.before.get(column.before.sql)!, now: nulls.now.get(column.now.sql)! },
      changed,
      ...(column.kind === 'shape' && changed > 0 && { shapes: await shapeFacts(engine, cells, areas, c) }),
      samples: samples.get(column) ?? [],
    });
  }
  return diffs;
}
