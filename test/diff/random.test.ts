import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BOTH_PARTS, casesOf, leavesOut } from '../second-part.ts';
import { Workbench } from './workbench.ts';

type Row = [key: number, whole: number, text: string, fraction: number, place: number];

/** Numbers that are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor(state / 65536) % below;
  };
}

/** The rows as SQL, with noise in the last digits of fractions and places. */
function sqlOf(rows: readonly Row[], noise: number): string {
  const columns = ([k, n, s, d, g]: Row) =>
    `SELECT ${k} AS k, ${n === 0 ? 'NULL' : n}::INTEGER AS n, '${s}' AS s, ${d}::DOUBLE + ${noise * 1e-14} AS d, ST_Point(${g} + ${noise * 1e-8}, ${g}) AS g`;
  if (rows.length > 0) return rows.map(columns).join(' UNION ALL ');
  return `${columns([1, 1, 's', 1, 1])} WHERE false`;
}

/** How many rows are the same in both, each of one matched with one of the other at most. */
function sameRows(before: readonly Row[], now: readonly Row[]): number {
  const left = before.map((row) => row.join());
  return now.filter((row) => {
    const at = left.indexOf(row.join());
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  }).length;
}

test('of random tables with repeated rows and keys every row is counted once, whatever the key', async (t) => {
  const bench = await Workbench.make(t);
  const random = numbers(7);
  const cases = casesOf(t, 5, 15);
  for (let i = 0; i < cases; i++) {
    const keys = 1 + random(30);
    const before = Array.from(
      { length: random(40) },
      (): Row => [random(keys), random(5), 'abc'[random(3)]!, random(4) / 3, random(6)],
    );
    const now = before
      .filter(() => random(8) > 0)
      .map((row): Row => (random(5) > 0 ? row : [row[0], random(5), row[2], row[3], row[4]]))
      .concat(Array.from({ length: random(3) }, (): Row => [random(keys), random(5), 'z', 1, 1]));
    await bench.write('before', sqlOf(before, 0));
    await bench.write('now', `SELECT * FROM (${sqlOf(now, 1)}) ORDER BY hash(k, n, s)`);
    for (const key of [undefined, ['k'], ['k', 's']]) {
      const { diff } = await bench.compare(key ? { key } : {});
      const { equal, added, removed, changed } = diff.rows;
      const found = { equal, before: equal + changed + removed, now: equal + changed + added };
      assert.deepEqual(found, { equal: sameRows(before, now), before: before.length, now: now.length }, `${i}, ${key}`);
    }
  }
});

test('where every value of every row changed, what does not fit into memory goes to the disk', async (t) => {
  leavesOut(t, '300,000 rows in 150 MB in place of 150,000 in 100 MB');
  const [rows, megabytes] = BOTH_PARTS ? [300_000, 150] : [150_000, 100];
  const bench = await Workbench.make(t, megabytes * 1024 * 1024);
  const table = (by: number) =>
    `SELECT i AS id, ${Array.from({ length: 19 }, (_, c) => `(i * ${c + 3} + ${by}) % 1000003 AS c${c}`).join(', ')} FROM range(${rows}) r(i)`;
  const diff = await bench.diff(table(0), table(1), { limit: 3 });
  assert.deepEqual([diff.key!.columns, diff.rows.changed, diff.columns[7]!.changed], [['id'], rows, rows]);
});
