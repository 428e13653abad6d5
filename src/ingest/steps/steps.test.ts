import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterManySteps, afterSteps, engine, type Step, tableOf } from '../../../test/fixtures/steps.ts';
import type { DatasetDefinition } from '../../project/project.ts';
import { plannedSteps } from '../process.ts';

const TREES = "SELECT * FROM (VALUES (1, 'b', 2.0::DOUBLE), (2, 'a', NULL), (3, 'b', 4.5)) AS t(id, k, v)";

test('sort takes a direction for each column, and nothing but truth values', async () => {
  const { rows } = await afterSteps(TREES, [['sort', { by: ['k', 'id'], ascending: [true, false] }]]);
  assert.deepEqual(
    rows.map(([id]) => id),
    [2, 3, 1],
  );
  await assert.rejects(afterSteps(TREES, [['sort', { by: ['k', 'id'], ascending: [true] }]]), /ascending is \[true\]/);
  await assert.rejects(afterSteps(TREES, [['sort', { by: ['id'], ascending: 'no' }]]), /ascending is "no"/);
});

test('of many rows those that are left keep their order', async () => {
  const rows = 'SELECT i % 70000 AS k, i AS n FROM range(210000) AS r(i)';
  for (const keep of ['first', 'last']) {
    const steps: Step[] = [['pd_df_func', { function_name: 'drop_duplicates', subset: ['k'], keep }]];
    const places = (await afterSteps(rows, steps)).rows.map(([, n]) => Number(n));
    assert.equal(places.length, 70_000);
    assert.ok(
      places.every((n, i) => n === i + (keep === 'last' ? 140_000 : 0)),
      keep,
    );
  }
});

test('strip_columns with an empty list strips all columns of text', async () => {
  const { rows } = await afterSteps("SELECT ' a ' AS x", [['strip_columns', { cols: [] }]]);
  assert.deepEqual(rows, [['a']]);
});

test('an empty text is found around every character of a name', async () => {
  const { columns } = await afterSteps('SELECT 1 AS ab', [['clean_column_names', { replace: { '': '_' } }]]);
  assert.deepEqual(columns, ['_a_b_ INTEGER']);
});

test('groupby: a list of aggregates gives every column, keys included, a name of two levels', async () => {
  const { columns, rows } = await afterSteps(TREES, [['groupby', { by: ['k'], agg: { v: ['min', 'max'] } }]]);
  assert.deepEqual(columns, ["('k', '') VARCHAR", "('v', 'min') DOUBLE", "('v', 'max') DOUBLE"]);
  assert.deepEqual(rows, [
    ['a', null, null],
    ['b', 2, 4.5],
  ]);
});

test('groupby: sums and products of whole numbers have 64 bits where they need them, those of truth values always', async () => {
  const query =
    "SELECT 'a' AS k, i::INTEGER AS i, (i::UBIGINT << 31) AS u, i > 5 AS b FROM (VALUES (2147483647), (3)) AS t(i)";
  const agg = { i: 'sum', u: 'sum', b: 'prod' };
  const { columns, rows } = await afterSteps(query, [['groupby', { by: 'k', agg }]]);
  assert.deepEqual(columns, ['k VARCHAR', 'i BIGINT', 'u UBIGINT', 'b BIGINT']);
  assert.deepEqual(rows, [['a', '2147483650', String(2147483650n << 31n), '0']]);
});

test('groupby: days are true, where there are any', async () => {
  const query = "SELECT * FROM (VALUES ('a', DATE '1970-01-01'), ('b', NULL)) AS t(k, d)";
  const { rows } = await afterSteps(query, [['groupby', { by: 'k', agg: { d: ['any', 'all'] } }]]);
  assert.deepEqual(rows, [
    ['a', true, true],
    ['b', false, true],
  ]);
});

test('groupby: an aggregated key takes the place of the key', async () => {
  const two = await afterSteps(TREES, [['groupby', { by: ['k'], agg: { k: ['min', 'count'] } }]]);
  assert.deepEqual(two.columns, ["('k', 'min') VARCHAR", "('k', 'count') BIGINT"]);
  const { columns, rows } = await afterSteps(TREES, [['groupby', { by: ['k'], agg: { k: 'count' } }]]);
  assert.deepEqual(columns, ['k BIGINT']);
  assert.deepEqual(rows, [['1'], ['2']]);
});

test('groupby: products, sizes, any and all; truth values have no sum', async () => {
  const { rows } = await afterSteps(TREES, [['groupby', { by: ['k'], agg: { v: 'prod', id: 'size' } }]]);
  assert.deepEqual(rows, [
    ['a', 1, '1'],
    ['b', 9, '2'],
  ]);
  const flags = "SELECT * FROM (VALUES ('x', true), ('x', NULL), ('y', NULL)) AS t(k, b)";
  const any = await afterSteps(flags, [['groupby', { by: ['k'], agg: { b: 'any' } }]]);
  assert.deepEqual(any.rows, [
    ['x', true],
    ['y', false],
  ]);
  await assert.rejects(afterSteps(flags, [['groupby', { by: ['k'], agg: { b: 'sum' } }]]), { code: 'ING_STEP_FAILED' });
  const sure = "SELECT 'x' AS k, true AS b, 5::INTEGER AS n UNION ALL SELECT 'x', true, 2";
  const sums = await afterSteps(sure, [['groupby', { by: ['k'], agg: { b: 'sum', n: 'sum' } }]]);
  assert.deepEqual(sums, { columns: ['k VARCHAR', 'b BIGINT', 'n INTEGER'], rows: [['x', '2', 7]] });
});

test('a reprojection of another mode keeps the implied one away', () => {
  const dataset = {
    id: 'trees',
    target_crs: 'EPSG:2263',
    processing_steps: [{ name: 'reproject', args: { target_crs: 'EPSG:3857' }, mode: 'web' }],
  } as unknown as DatasetDefinition;
  assert.deepEqual(plannedSteps(dataset, null), []);
  assert.deepEqual(
    plannedSteps({ ...dataset, processing_steps: [] } as DatasetDefinition, null).map((step) => step.args),
    [{ target_crs: 'EPSG:2263' }],
  );
});

test('append_prev: a side of nothing but nulls has no say in the type', async () => {
  const previous = "SELECT 1::BIGINT AS a, 'x' AS b";
  const now = await afterSteps('SELECT NULL::DOUBLE AS a, NULL::DOUBLE AS b', [['append_prev']], previous);
  assert.deepEqual(now, {
    columns: ['a DOUBLE', 'b VARCHAR'],
    rows: [
      [1, 'x'],
      [null, null],
    ],
  });
  const none = await afterSteps("SELECT '' AS a, '' AS b WHERE false", [['append_prev']], previous);
  assert.deepEqual(none.columns, ['a BIGINT', 'b VARCHAR']);
  await assert.rejects(afterSteps("SELECT 'q' AS a, 'x' AS b", [['append_prev']], previous), /ING_MIXED|BIGINT/);
});

test('append_prev: truth values among whole numbers become whole numbers', async () => {
  const { rows } = await afterSteps('SELECT true AS a', [['append_prev']], 'SELECT 5::BIGINT AS a');
  assert.deepEqual(rows, [['5'], ['1']]);
});

test('upsert: values go back into the type that the previous version has, decimals cut off', async () => {
  const step = (args = {}): ['upsert_column_of_previous_version', object] => [
    'upsert_column_of_previous_version',
    { key: ['k'], ...args },
  ];
  const previous = "SELECT * FROM (VALUES ('x', 1::BIGINT, 'a'), ('y', 2, 'b')) AS t(k, n, s)";
  const { columns, rows } = await afterSteps(
    "SELECT * FROM (VALUES ('x', 5.9::DOUBLE, 7), ('y', 6.1, 8)) AS t(k, n, s)",
    [step() as never],
    previous,
  );
  assert.deepEqual(columns, ['k VARCHAR', 'n BIGINT', 's VARCHAR']);
  assert.deepEqual(rows, [
    ['x', '5', '7'],
    ['y', '6', '8'],
  ]);
  const gaps = await afterSteps(
    "SELECT 'x' AS k, 5::BIGINT AS n",
    [step({ missing_key_behavior: 'null' }) as never],
    previous,
  );
  assert.deepEqual(gaps.columns, ['k VARCHAR', 'n DOUBLE', 's VARCHAR']);
});

test('upsert: a missing key on both sides is the same key', async () => {
  const { rows } = await afterSteps(
    'SELECT NULL::VARCHAR AS k, 6 AS n',
    [['upsert_column_of_previous_version', { key: ['k'] }]],
    'SELECT NULL::VARCHAR AS k, 2 AS n',
  );
  assert.deepEqual(rows, [[null, 6]]);
});

test('a geometry that becomes something else is no geometry any more', async () => {
  await engine.load('spatial');
  const made = "SELECT 'POINT (1 2)' AS t";
  for (const target of ['date', 'datetime', 'numeric', 'string'] as const) {
    const after = await afterManySteps(await tableOf(made), [
      ['convert_to_geometry', { geom_column: 't' }],
      ['coerce_column_types', { column_types: { geom: target }, errors: 'coerce' }],
    ]);
    assert.equal(after.geometry, undefined, target);
  }
  const told = await afterManySteps(await tableOf(made), [
    ['convert_to_geometry', { geom_column: 't' }],
    ['pd_series_func', { column_name: 'geom', function_name: 'notna' }],
  ]);
  assert.equal(told.geometry, undefined, 'notna');
});

test('a moment equals a text with its date', async () => {
  const query =
    "SELECT i, d, timezone('UTC', d) AS z, d::TIMESTAMP_NS AS n FROM (VALUES (1, TIMESTAMP '2020-01-02'), (2, TIMESTAMP '2020-01-02 10:00'), (3, NULL)) AS t(i, d)";
  const kept = async (name: string, val: string) => {
    const { rows } = await afterSteps(query, [['filter_rows', { type: 'equals', column_name: name, val }]]);
    return rows.map(([i]) => i);
  };
  for (const text of ['2020-01-02', '2020-01-02 00:00:00', '1/2/2020', 'Jan 2, 2020', '20200102'])
    for (const name of ['d', 'z', 'n']) assert.deepEqual(await kept(name, text), [1], `${name} = ${text}`);
  assert.deepEqual(await kept('z', '2020-01-02T12:00:00+02:00'), [2]);
  assert.deepEqual(await kept('d', '2020-01-02T10:00:00Z'), []);
  assert.deepEqual(await kept('d', 'x'), []);
  const { rows } = await afterSteps(query, [
    ['pd_series_func', { column_name: 'd', function_name: 'ne', other: '2020-01-02' }],
  ]);
  assert.deepEqual(
    rows.map(([, told]) => told),
    [false, true, true],
  );
});
