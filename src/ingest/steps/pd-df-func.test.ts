import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSteps, type Step } from '../../../test/fixtures/steps.ts';

const TREES = "SELECT * FROM (VALUES (1, 'b', 2.0::DOUBLE), (2, 'a', NULL), (3, 'b', 4.5)) AS t(id, k, v)";
const call = (name: string, args: object = {}): Step => ['pd_df_func', { function_name: name, ...args }];

test('drop_duplicates keeps the first, the last or none', async () => {
  const kept = async (keep: unknown) =>
    (await afterSteps(TREES, [call('drop_duplicates', { subset: ['k'], keep })])).rows.map(([id]) => id);
  assert.deepEqual(await kept('first'), [1, 2]);
  assert.deepEqual(await kept('last'), [2, 3]);
  assert.deepEqual(await kept(false), [2]);
  await assert.rejects(kept('any'), /keep: "any"/);
});

test('dropna by columns leaves those with values enough', async () => {
  assert.deepEqual((await afterSteps(TREES, [call('dropna', { axis: 1 })])).columns, ['id INTEGER', 'k VARCHAR']);
  const all = await afterSteps(TREES, [call('dropna', { axis: 'columns', how: 'all' })]);
  assert.equal(all.columns.length, 3);
});

test('astype writes doubles with their decimals and leaves objects alone', async () => {
  const { rows } = await afterSteps(TREES, [call('astype', { dtype: { v: 'str', id: 'object' } })]);
  assert.deepEqual(rows, [
    [1, 'b', '2.0'],
    [2, 'a', null],
    [3, 'b', '4.5'],
  ]);
  const same = await afterSteps(TREES, [call('astype', { dtype: { k: 'int' }, errors: 'ignore' })]);
  assert.deepEqual(same.columns, ['id INTEGER', 'k VARCHAR', 'v DOUBLE']);
  await assert.rejects(afterSteps(TREES, [call('astype', { dtype: { k: 'int' } })]), /cannot be read as int/);
});

test('fillna leaves a column of whole numbers its type', async () => {
  const { columns, rows } = await afterSteps('SELECT NULL::INTEGER AS n', [call('fillna', { value: { n: 0 } })]);
  assert.deepEqual([columns, rows], [['n INTEGER'], [[0]]]);
});

test('a value of another kind is refused where it would have to stand, and nowhere else', async () => {
  const whole = await afterSteps('SELECT 5::BIGINT AS n', [call('fillna', { value: { n: 1.5 } })]);
  assert.deepEqual(whole, { columns: ['n BIGINT'], rows: [['5']] });
  await assert.rejects(afterSteps('SELECT NULL::BIGINT AS n', [call('fillna', { value: { n: 1.5 } })]), /1.5 does not/);
  const kept = await afterSteps('SELECT 5::BIGINT AS n', [call('replace', { to_replace: 6, value: 'six' })]);
  assert.deepEqual(kept, { columns: ['n BIGINT'], rows: [['5']] });
  await assert.rejects(
    afterSteps('SELECT 6::BIGINT AS n', [call('replace', { to_replace: 6, value: 'six' })]),
    /"six" is not of the kind/,
  );
});

test('reset_index is for dropping the row labels', async () => {
  assert.equal((await afterSteps(TREES, [call('reset_index', { drop: true })])).rows.length, 3);
  await assert.rejects(afterSteps(TREES, [call('reset_index')]), /row labels/);
});

test('replace needs something to replace, and something to put there', async () => {
  await assert.rejects(afterSteps(TREES, [call('replace')]), /to_replace is missing/);
  await assert.rejects(afterSteps(TREES, [call('replace', { to_replace: 'b' })]), /value is missing/);
  const nulled = await afterSteps(TREES, [call('replace', { to_replace: 'b', value: null })]);
  assert.deepEqual(
    nulled.rows.map(([, k]) => k),
    [null, 'a', null],
  );
});

test('replace by regex: letters of all scripts, named groups, escapes', async () => {
  const replaced = async (text: string, args: object) =>
    (await afterSteps(`SELECT '${text}' AS s`, [call('replace', { ...args, regex: true })])).rows[0]![0];
  assert.equal(await replaced('Zoé', { to_replace: '^(\\w)(\\w*)', value: '\\2\\1' }), 'oéZ');
  assert.equal(await replaced('bob', { to_replace: '(?P<x>o)', value: '<\\g<x>>' }), 'b<o>b');
  assert.equal(await replaced('a-b', { to_replace: '-', value: '\\n' }), 'a\nb');
  assert.equal(await replaced('ab', { to_replace: 'a(?=b)', value: '' }), 'b');
});

test('columns and rows by name and number', async () => {
  const columnsAfter = async (name: string, args: object) => (await afterSteps(TREES, [call(name, args)])).columns;
  assert.deepEqual(await columnsAfter('drop', { columns: ['k', 'v'] }), ['id INTEGER']);
  assert.deepEqual(await columnsAfter('drop', { labels: 'k', axis: 1 }), ['id INTEGER', 'v DOUBLE']);
  assert.equal((await columnsAfter('drop', { columns: ['none'], errors: 'ignore' })).length, 3);
  await assert.rejects(columnsAfter('drop', { columns: ['none'] }), { code: 'ING_MISSING_COLUMN' });
  await assert.rejects(columnsAfter('drop', { index: [0] }), /row/);
  assert.deepEqual(await columnsAfter('add_prefix', { prefix: 'p_' }), ['p_id INTEGER', 'p_k VARCHAR', 'p_v DOUBLE']);
  const { rows } = await afterSteps(TREES, [call('head', { n: 1 })]);
  assert.deepEqual(rows, [[1, 'b', 2]]);
});
