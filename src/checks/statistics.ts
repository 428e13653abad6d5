import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { columnsOf, type LookedAtColumn } from './looked-at.ts';

/** What the values of a column are like in one file. */
export interface ColumnFacts {
  name: string;
  type: string;
  kind: LookedAtColumn['kind'];
  rows: number;
  nulls: number;
  /** About how many different values there are. */
  distinct: number;
  /** Numbers, and moments as ISO text; null where there are none. */
  least: number | string | null;
  greatest: number | string | null;
  /** Characters of texts. */
  shortest: number | null;
  longest: number | null;
  /** Whether texts are digits alone. */
  isDigits: boolean;
  /** All values of a text or whole number that has few. */
  values: (string | number)[] | null;
  /** Of geometries: their types, whether all are valid, and the box that holds them. */
  shape: { types: string[]; isValid: boolean; box: number[] | null } | null;
}

/** Columns whose aggregates are computed together. */
const AT_ONCE = 30;
/** A column of more different values is no list of words. */
const FEW_VALUES = 12;

/** Looks at every column of a file. */
export async function factsOf(engine: Engine, file: string, names: readonly string[]): Promise<ColumnFacts[]> {
  const columns = await columnsOf(engine, file, names);
  if (columns.some(({ kind }) => kind === 'geometry')) await engine.load('spatial');
  const source = `read_parquet(${literal(file)})`;
  const found: ColumnFacts[] = [];
  for (let start = 0; start < columns.length; start += AT_ONCE) {
    const batch = columns.slice(start, start + AT_ONCE);
    const parts = batch.flatMap((column, i) => aggregates(column).map(([name, sql]) => `${sql} AS "${name} ${i}"`));
    const row = await engine.row(`SELECT count(*) AS n, ${parts.join(', ')} FROM ${source}`);
    for (const [i, column] of batch.entries()) {
      const facts = readFacts(column, Number(row.n), (name) => row[`${name} ${i}`]);
      found.push({ ...facts, values: await fewValues(engine, source, column, facts) });
    }
  }
  return found;
}

function aggregates({ kind, sql, present, type }: LookedAtColumn): [name: string, sql: string][] {
  const all: [string, string][] = [['nulls', `count(*) FILTER (NOT ${present})`]];
  if (kind === 'geometry') {
    return [
      ...all,
      ['types', `list(DISTINCT CAST(ST_GeometryType(${sql}) AS VARCHAR))`],
      ['valid', `bool_and(ST_IsValid(${sql}))`],
      ...(['XMin', 'YMin'] as const).map((edge): [string, string] => [edge, `min(ST_${edge}(${sql}))`]),
      ...(['XMax', 'YMax'] as const).map((edge): [string, string] => [edge, `max(ST_${edge}(${sql}))`]),
    ];
  }
  if (kind === 'other') return all;
  all.push(['distinct', `approx_count_distinct(${sql})`]);
  if (kind === 'number') {
    all.push(['least', `CAST(min(${sql}) FILTER (${present}) AS DOUBLE)`]);
    all.push(['greatest', `CAST(max(${sql}) FILTER (${present}) AS DOUBLE)`]);
  }
  if (isDated(type)) {
    const moment = type.includes('TIME ZONE') ? `make_timestamp(epoch_us(${sql}))` : `CAST(${sql} AS TIMESTAMP)`;
    const finite = `CASE WHEN isfinite(${sql}) THEN ${moment} END`;
    all.push(['least', `CAST(min(${finite}) AS VARCHAR)`], ['greatest', `CAST(max(${finite}) AS VARCHAR)`]);
  }
  if (kind === 'text') {
    const text = `CAST(${sql} AS VARCHAR)`;
    all.push(['shortest', `min(length(${text}))`], ['longest', `max(length(${text}))`]);
    all.push(['digits', `bool_and(regexp_matches(${text}, '^[0-9]+\\z'))`]);
  }
  return all;
}

/** Only these have a place on a line of time. */
function isDated(type: string): boolean {
  return /^(DATE$|TIMESTAMP)/.test(type) && !type.endsWith(']');
}

function readFacts({ name, type, kind }: LookedAtColumn, rows: number, read: (name: string) => unknown): ColumnFacts {
  const bound = (value: unknown) => {
    if (value === null || value === undefined) return null;
    return kind === 'number' ? Number(value) : String(value).replace(' 00:00:00', '').replace(' ', 'T');
  };
  const number = (value: unknown) => (value === null || value === undefined ? null : Number(value));
  const box = ['XMin', 'YMin', 'XMax', 'YMax'].map((edge) => number(read(edge)));
  return {
    ...{ name, type, kind, rows, nulls: Number(read('nulls')), distinct: Number(read('distinct') ?? 0) },
    ...{ least: bound(read('least')), greatest: bound(read('greatest')) },
    ...{ shortest: number(read('shortest')), longest: number(read('longest')), isDigits: read('digits') === true },
    values: null,
    shape:
      kind === 'geometry'
        ? {
            types: ((read('types') ?? []) as (string | null)[]).filter((each) => each !== null).sort(),
            isValid: read('valid') !== false,
            box: box.includes(null) ? null : (box as number[]),
          }
        : null,
  };
}

async function fewValues(engine: Engine, source: string, { sql, kind }: LookedAtColumn, facts: ColumnFacts) {
  if (kind !== 'text' || facts.distinct > 2 * FEW_VALUES) return null;
  const rows = await engine.rows(
    `SELECT DISTINCT CAST(${sql} AS VARCHAR) AS value FROM ${source} WHERE ${sql} IS NOT NULL LIMIT ${FEW_VALUES + 1}`,
  );
  return rows.length > FEW_VALUES ? null : rows.map(({ value }) => String(value)).sort();
}
