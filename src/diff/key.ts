import type { Engine, Row } from '../engine/engine.ts';
import { LifecycleError } from '../errors.ts';
import { suggestionHint } from '../suggest.ts';
import type { ComparedColumn } from './compared-column.ts';
import type { Side } from './side.ts';

/** The columns by which a row is known in both tables. */
export interface Key {
  columns: ComparedColumn[];
  by: 'given' | 'template' | 'found';
}

/** Columns of a wide table that are looked at, combinations that are tried on all rows, and columns in one of them. */
const MOST_LOOKED_AT = 200;
const MOST_TRIED = 12;
/** Unique columns that are held against the other table, and shares of it that must have the same values. */
const MOST_HELD = 4;
const LEAST_SHARED = 0.1;
const MOSTLY_SHARED = 0.9;
const MOST_COMBINED = 12;
const MOST_COLUMNS = 4;
const SAMPLE = 5000;
/** DuckDB estimates distinct values by 64 counters, which may be a third off. */
const ESTIMATE = 0.5;
/** Numbers that programs give to rows as they write them, so that the next release has others. */
const GIVEN_BY_PROGRAMS = /^(?:object_?id|ogc_?fid|fid|gid|oid|index|row_?(?:id|number)|unnamed.*|__?index.*)$/i;

/** @throws LifecycleError LIF_USAGE where a column is not in both tables */
export function namedKey(names: readonly string[], columns: readonly ComparedColumn[], by: Key['by']): Key {
  return {
    by,
    columns: names.map((name) => {
      const found =
        columns.find((column) => column.name === name) ?? columns.find(({ before }) => before.name === name);
      if (found) return found;
      throw new LifecycleError('LIF_USAGE', `the key column ${JSON.stringify(name)} is not in both tables`, {
        hint:
          suggestionHint(
            name,
            columns.map((column) => column.name),
          ) ?? 'name columns that both have: --key a,b',
      });
    }),
  };
}

/** The smallest set of columns that tells all rows apart in both tables, if one is found among the likely ones. */
export async function findKey(
  engine: Engine,
  before: Side,
  now: Side,
  columns: readonly ComparedColumn[],
): Promise<Key | undefined> {
  const sides = [
    { side: before, of: 'before' as const },
    { side: now, of: 'now' as const },
  ].filter(({ side }) => side.rows > 0);
  if (sides.length === 0) return undefined;
  const exact = columns.filter(({ kind, differs }) => kind !== 'shape' && differs === undefined);
  const search = new Search(engine, sides);
  const likely = await search.withoutNulls(exact.slice(0, MOST_LOOKED_AT));
  const singles = likely.filter(({ distinct }) => distinct >= ESTIMATE);
  for (const rank of RANKS) {
    const unique: ComparedColumn[] = [];
    const of = singles.filter(({ column }) => rankOf(column) === rank).slice(0, MOST_TRIED);
    for (const { column } of of) if (await search.isUnique([column])) unique.push(column);
    const found = await search.mostShared(unique);
    if (found) return { by: 'found', columns: [found] };
  }
  const combined = likely
    .toSorted((a, b) => b.distinct - a.distinct)
    .slice(0, MOST_COMBINED)
    .sort((a, b) => columns.indexOf(a.column) - columns.indexOf(b.column));
  for (let size = 2; size <= Math.min(MOST_COLUMNS, combined.length); size++) {
    const found = await search.combination(combined, size);
    if (found) return { by: 'found', columns: found };
  }
  return undefined;
}

interface Likely {
  column: ComparedColumn;
  /** The estimated share of the rows that have a value of their own, in the table where it is lower. */
  distinct: number;
}

/** Names and counts before times and amounts, and numbers that programs give last. */
const RANKS = [0, 1, 2];
function rankOf({ name, kind, now }: ComparedColumn): number {
  if (GIVEN_BY_PROGRAMS.test(name)) return 2;
  return kind === 'time' || /^DECIMAL\(\d+,(?!0\))/.test(now.type) ? 1 : 0;
}

interface Looked {
  side: Side;
  of: 'before' | 'now';
}

class Search {
  readonly #engine: Engine;
  readonly #sides: readonly Looked[];

  constructor(engine: Engine, sides: readonly Looked[]) {
    this.#engine = engine;
    this.#sides = sides;
  }

  async withoutNulls(columns: readonly ComparedColumn[]): Promise<Likely[]> {
    if (columns.length === 0) return [];
    const counted: Row[] = [];
    for (const { side, of } of this.#sides) {
      const counts = columns.flatMap(({ form }, i) => [
        `approx_count_distinct(${form[of]('t')}) AS d${i}`,
        `count(${form[of]('t')}) AS n${i}`,
      ]);
      counted.push(await this.#engine.row(`SELECT count(*) AS rows, ${counts.join(', ')} FROM ${side.source} t`));
    }
    return columns.flatMap((column, i) => {
      if (counted.some((row) => Number(row[`n${i}`]) < Number(row.rows))) return [];
      return [{ column, distinct: Math.min(...counted.map((row) => Number(row[`d${i}`]) / Number(row.rows))) }];
    });
  }

  async isUnique(columns: readonly ComparedColumn[]): Promise<boolean> {
    for (const { side, of } of this.#sides) {
      const { same } = await this.#engine.row(
        `SELECT ${distinctIn(columns, of)} = count(*) AS same FROM ${side.source} t`,
      );
      if (!same) return false;
    }
    return true;
  }

  /** Of columns that are all unique, the first whose values stay, else the one of which most do; none where none do. */
  async mostShared(columns: readonly ComparedColumn[]): Promise<ComparedColumn | undefined> {
    const [before, now] = this.#sides.map(({ side }) => side);
    if (!before || !now) return columns[0];
    const rows = Math.min(before.rows, now.rows);
    let best = { column: undefined as ComparedColumn | undefined, shared: rows * LEAST_SHARED };
    for (const column of columns.slice(0, MOST_HELD)) {
      const { n } = await this.#engine.row(
        `SELECT count(*) AS n FROM ${now.source} b WHERE hash(${column.form.now('b')}) IN (SELECT hash(${column.form.before('a')}) FROM ${before.source} a)`,
      );
      if (Number(n) > best.shared) best = { column, shared: Number(n) };
      if (Number(n) >= rows * MOSTLY_SHARED) break;
    }
    return best.column;
  }

  /** The first combination of so many columns that is unique. */
  async combination(likely: readonly Likely[], size: number): Promise<ComparedColumn[] | undefined> {
    const rows = Math.min(...this.#sides.map(({ side }) => side.rows));
    const all = combinations(likely, size).filter(
      (each) => each.reduce((product, { distinct }) => product * distinct * rows, 1) >= ESTIMATE * rows,
    );
    if (all.length === 0) return undefined;
    const sets = all.map((each) => each.map(({ column }) => column));
    const { side, of } = this.#sides[0]!;
    const sample = await this.#engine.row(
      `SELECT count(*) AS rows, ${sets.map((set, i) => `${distinctIn(set, of)} AS d${i}`).join(', ')} FROM (SELECT * FROM ${side.source} LIMIT ${SAMPLE}) t`,
    );
    const left = sets.filter((_, i) => sample[`d${i}`] === sample.rows).slice(0, MOST_TRIED);
    for (const set of left) if (await this.isUnique(set)) return set;
    return undefined;
  }
}

function distinctIn(columns: readonly ComparedColumn[], of: 'before' | 'now'): string {
  return `count(DISTINCT hash(${columns.map(({ form }) => form[of]('t')).join(', ')}))`;
}

function combinations<T>(items: readonly T[], size: number): T[][] {
  if (size === 0) return [[]];
  return items.flatMap((item, i) => combinations(items.slice(i + 1), size - 1).map((rest) => [item, ...rest]));
}
