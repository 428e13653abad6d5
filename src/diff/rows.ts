import type { Engine } from '../engine/engine.ts';
import type { ComparedColumn, Pass } from './compared-column.ts';
import type { Key } from './key.ts';
import type { Side } from './side.ts';

/** Which rows of the two tables belong together. The tables named here hold places of rows only. */
export interface MatchedRows {
  /** Rows that are the same in both, without a look at tolerances. */
  equal: number;
  /** `ra`, `rb`: rows of one key whose values are not all the very same. */
  pairs: string;
  /** `r`: rows that one table has alone. */
  removed: string;
  added: string;
  /** Values of the key that more than one row has, and how many rows have them; undefined without a key. */
  duplicates: { before: Duplicates; now: Duplicates } | undefined;
}

export interface Duplicates {
  keys: number;
  rows: number;
}

type Of = 'before' | 'now';

/**
 * Rows are told by hashes first, 64 bits of the key and 64 of all values; what is equal is not looked at again. A row of
 * one table is matched with one row of the other at most: of several that are alike, the first with the first.
 */
export async function matchRows(
  engine: Engine,
  before: Side,
  now: Side,
  columns: readonly ComparedColumn[],
  key: Key | undefined,
): Promise<MatchedRows> {
  const hashed = async (side: Side, of: Of) => {
    const own = columns.map(({ form }) => form[of]('t'));
    const whole = own.length === 0 ? '0' : `hash(${own.join(', ')})`;
    // Without a key the second half of the hash is made from the same values in another order.
    const other = key ? key.columns.map(({ form }) => form[of]('t')) : own.toReversed();
    const name = other.length === 0 ? '0' : `hash(${other.join(', ')})`;
    return engine.materialize(`SELECT t.${side.row} AS r, ${name} AS k, ${whole} AS h FROM ${side.source} t`);
  };
  const [a, b] = [await hashed(before, 'before'), await hashed(now, 'now')];
  const duplicates = key && { before: await duplicatesIn(engine, a), now: await duplicatesIn(engine, b) };
  const isSingle = duplicates !== undefined && duplicates.before.keys + duplicates.now.keys === 0;
  const left = await withoutEqual(engine, a, b, isSingle ? 'k, h' : 'k, h, o', isSingle);
  const equal = before.rows - (await count(engine, left.a));
  await engine.run(`DROP TABLE ${a}; DROP TABLE ${b}`);
  if (isSingle) return { equal, duplicates, ...(await pairsByKey(engine, left, 'k')) };

  const near = columns.filter(({ neighbourhood }) => neighbourhood);
  let alike = 0;
  for (const pass of [0, 1] as const) {
    if (near.length > 0) alike += await takeAlike(engine, { before, now }, columns, left, pass);
  }
  if (!key) {
    const pairs = await engine.materialize('SELECT 0::BIGINT AS ra, 0::BIGINT AS rb WHERE false');
    return { equal: equal + alike, duplicates, pairs, removed: left.a, added: left.b };
  }
  const ordered = { a: await numbered(engine, left.a, 'k'), b: await numbered(engine, left.b, 'k') };
  return { equal: equal + alike, duplicates, ...(await pairsByKey(engine, ordered, 'k, o')) };
}

interface Left {
  a: string;
  b: string;
}

const count = async (engine: Engine, table: string) =>
  Number((await engine.row(`SELECT count(*) AS n FROM ${table}`)).n);

async function duplicatesIn(engine: Engine, table: string): Promise<Duplicates> {
  const { single, all } = await engine.row(`SELECT count(DISTINCT k) AS single, count(*) AS all FROM ${table}`);
  if (single === all) return { keys: 0, rows: 0 };
  const row = await engine.row(
    `SELECT count(*) AS keys, sum(n)::BIGINT AS rows FROM (SELECT count(*) AS n FROM ${table} GROUP BY k HAVING n > 1)`,
  );
  return { keys: Number(row.keys), rows: Number(row.rows) };
}

const numbered = (engine: Engine, table: string, by: string) =>
  engine.materialize(`SELECT r, k, h, row_number() OVER (PARTITION BY ${by} ORDER BY r) AS o FROM ${table}`);

async function withoutEqual(engine: Engine, a: string, b: string, by: string, isSingle: boolean): Promise<Left> {
  const [first, second] = isSingle ? [a, b] : [await numbered(engine, a, 'k, h'), await numbered(engine, b, 'k, h')];
  const left = {
    a: await engine.materialize(`SELECT r, k, h FROM ${first} ANTI JOIN ${second} USING (${by})`),
    b: await engine.materialize(`SELECT r, k, h FROM ${second} ANTI JOIN ${first} USING (${by})`),
  };
  if (!isSingle) await engine.run(`DROP TABLE ${first}; DROP TABLE ${second}`);
  return left;
}

async function pairsByKey(engine: Engine, left: Left, by: string) {
  const pairs = await engine.materialize(`SELECT a.r AS ra, b.r AS rb FROM ${left.a} a JOIN ${left.b} b USING (${by})`);
  return {
    pairs,
    removed: await engine.materialize(`SELECT r FROM ${left.a} WHERE r NOT IN (SELECT ra FROM ${pairs})`),
    added: await engine.materialize(`SELECT r FROM ${left.b} WHERE r NOT IN (SELECT rb FROM ${pairs})`),
  };
}

/**
 * Rows whose exact values are the same and whose others are within the tolerance, where no key says which belong
 * together: they are looked for in each other's neighbourhood, and taken off what is left.
 */
async function takeAlike(
  engine: Engine,
  sides: { before: Side; now: Side },
  columns: readonly ComparedColumn[],
  left: Left,
  pass: Pass,
): Promise<number> {
  const placed = (side: Side, of: Of, rows: string) => {
    const forms = columns.map(({ form, neighbourhood }) =>
      neighbourhood ? neighbourhood(form[of]('t'), pass) : form[of]('t'),
    );
    const near = columns.filter(({ neighbourhood }) => neighbourhood).map(({ form }) => form[of]('t'));
    const values = near.map((form, i) => `${form} AS v${i}`).join(', ');
    return engine.materialize(
      `SELECT *, row_number() OVER (PARTITION BY p ORDER BY ${near.map((_, i) => `v${i}`).join(', ')}, r) AS o
       FROM (SELECT t.${side.row} AS r, hash(${forms.join(', ')}) AS p, ${values} FROM ${side.source} t WHERE t.${side.row} IN (SELECT w.r FROM ${rows} w))`,
    );
  };
  const [a, b] = [await placed(sides.before, 'before', left.a), await placed(sides.now, 'now', left.b)];
  const differs = columns
    .filter(({ neighbourhood }) => neighbourhood)
    .map(({ differs }, i) => `(a.v${i} IS DISTINCT FROM b.v${i} AND ${differs!(`a.v${i}`, `b.v${i}`)})`);
  const alike = await engine.materialize(
    `SELECT a.r AS ra, b.r AS rb FROM ${a} a JOIN ${b} b USING (p, o) WHERE NOT (${differs.join(' OR ')})`,
  );
  await engine.run(`DELETE FROM ${left.a} WHERE r IN (SELECT ra FROM ${alike})`);
  await engine.run(`DELETE FROM ${left.b} WHERE r IN (SELECT rb FROM ${alike})`);
  const found = await count(engine, alike);
  await engine.run(`DROP TABLE ${a}; DROP TABLE ${b}; DROP TABLE ${alike}`);
  return found;
}
