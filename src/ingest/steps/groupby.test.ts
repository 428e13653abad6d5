import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSteps, engine } from '../../../test/fixtures/steps.ts';

const OF_NUMBERS: Record<string, (values: readonly number[]) => number | null> = {
  sum: added,
  mean: (values) => (values.length === 0 ? null : added(values) / values.length),
  prod: (values) => values.reduce((product, value) => product * value, 1),
  var: variance,
  std: (values) => {
    const squared = variance(values);
    return squared === null ? null : Math.sqrt(squared);
  },
};

const OF_TEXTS: Record<string, (texts: readonly string[]) => string | null> = {
  sum: (texts) => texts.join(''),
  first: (texts) => texts[0] ?? null,
  last: (texts) => texts.at(-1) ?? null,
};

/** As pandas adds up the values of a group: with what the last addition lost. */
function added(values: readonly number[]): number {
  let [sum, lost] = [0, 0];
  for (const value of values) {
    const more = value - lost;
    const next = sum + more;
    lost = next - sum - more;
    sum = next;
  }
  return sum;
}

/** By Welford, one value after another. */
function variance(values: readonly number[]): number | null {
  let [count, mean, squares] = [0, 0, 0];
  for (const value of values) {
    const before = mean;
    mean += (value - mean) / ++count;
    squares += (value - mean) * (value - before);
  }
  return count < 2 ? null : squares / (count - 1);
}

test('each group takes its values in the order of the file, to the last digit', async () => {
  for (const [rows, groups] of [
    [1, 1],
    [2049, 3],
    [130_000, 45_000],
    [20_000, 7],
  ] as const) {
    const table = await engine.materialize(
      `SELECT CASE WHEN random() < 0.05 THEN NULL ELSE floor(random() * ${groups})::BIGINT END AS k,
         CASE WHEN random() < 0.2 THEN NULL ELSE (random() - 0.5) * pow(10, floor(random() * 17) - 8) END AS v,
         CASE WHEN random() < 0.2 THEN NULL ELSE 'name ' || i END AS name FROM range(${rows}) AS r(i)`,
    );
    const [keys = [], values = [], names = []] = await engine.columns(`SELECT * FROM ${table} ORDER BY rowid`);
    const grouped = new Map<bigint, { values: number[]; names: string[] }>();
    for (const [row, key] of (keys as (bigint | null)[]).entries()) {
      if (key === null) continue;
      const group = grouped.get(key) ?? { values: [], names: [] };
      grouped.set(key, group);
      if (values[row] !== null) group.values.push(values[row] as number);
      if (names[row] !== null) group.names.push(names[row] as string);
    }
    const ordered = [...grouped].sort(([a], [b]) => Number(a - b));
    const agg = { v: Object.keys(OF_NUMBERS), name: Object.keys(OF_TEXTS) };
    const after = await afterSteps(`SELECT * FROM ${table}`, [['groupby', { by: ['k'], agg }]]);
    const expected = ordered.map(([key, group]) => [
      String(key),
      ...Object.values(OF_NUMBERS).map((aggregate) => aggregate(group.values)),
      ...Object.values(OF_TEXTS).map((aggregate) => aggregate(group.names)),
    ]);
    assert.deepEqual(after.rows, expected, `${rows} rows`);
  }
});

test('groupby: infinite values are added up as they are, and no values are zero', async () => {
  const { rows } = await afterSteps(
    `SELECT * FROM (VALUES ('a', 'inf'::DOUBLE), ('a', 1), ('b', '-inf'::DOUBLE), ('c', NULL)) AS t(k, v)`,
    [['groupby', { by: 'k', agg: { v: ['sum', 'mean'] } }]],
  );
  assert.deepEqual(
    rows.map((row) => row.map(String)),
    [
      ['a', 'Infinity', 'Infinity'],
      ['b', '-Infinity', '-Infinity'],
      ['c', '0', 'null'],
    ],
  );
});
