import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterSteps, type Table } from '../../../test/fixtures/steps.ts';

const texts = (values: readonly (string | null)[]) =>
  `SELECT * FROM (VALUES ${values.map((value) => `(${value === null ? 'NULL::VARCHAR' : `'${value}'`})`).join(', ')}) AS t(s)`;

function call(values: readonly (string | null)[], name: string, args: object = {}): Promise<Table> {
  return afterSteps(texts(values), [['pd_series_func', { column_name: 's', function_name: name, ...args }]]);
}

async function first(value: string, name: string, args: object = {}): Promise<unknown> {
  return (await call([value], name, args)).rows[0]![0];
}

test('str.replace: maps, counts and letters of either case', async () => {
  assert.equal(await first('bob', 'str.replace', { pat: { b: 'c', o: 'a' } }), 'cac');
  assert.equal(await first('y-22', 'str.replace', { pat: '2', repl: '3', n: 1 }), 'y-32');
  assert.equal(await first('bob', 'str.replace', { pat: 'B', repl: '\\\\1', case: false }), '\\1o\\1');
  // As in pandas, what ignores case is a pattern, and what takes its place is read as such.
  await assert.rejects(
    first('bob', 'str.replace', { pat: 'B', repl: '\\1', case: false }),
    /invalid group reference 1/,
  );
  assert.equal(await first('b.b', 'str.replace', { pat: 'B.', repl: 'x', case: false }), 'xb');
  assert.equal(await first('bob', 'str.replace', { pat: 'B', repl: 'x', regex: true, flags: 2 }), 'xox');
  await assert.rejects(first('bob', 'str.replace', { pat: 'b', repl: null }), /repl is null/);
  assert.equal(await first('bobb', 'str.replace', { pat: 'b', repl: 'c', n: 2 }), 'cocb');
});

test('str.pad on both sides puts the odd character where Python puts it', async () => {
  assert.equal(await first('y-22', 'str.pad', { width: 7, side: 'both', fillchar: '*' }), '**y-22*');
  assert.equal(await first('abc', 'str.pad', { width: 6, side: 'both', fillchar: '*' }), '*abc**');
});

test('str.slice takes steps', async () => {
  assert.equal(await first('abcdé', 'str.slice', { step: 2 }), 'acé');
  assert.equal(await first('abcdef', 'str.slice', { start: 1, stop: 5, step: 3 }), 'be');
});

test('whole numbers with a gap become doubles', async () => {
  assert.deepEqual(await call(['a', 'bcd'], 'str.len'), { columns: ['s BIGINT'], rows: [['1'], ['3']] });
  assert.deepEqual(await call(['a', null], 'str.len'), { columns: ['s DOUBLE'], rows: [[1], [null]] });
  assert.deepEqual((await call(['a', 'b'], 'map', { arg: { a: 1, b: 2 } })).columns, ['s BIGINT']);
  assert.deepEqual((await call(['a', 'b'], 'map', { arg: { a: 1 } })).columns, ['s DOUBLE']);
});

/** One value for each text. */
async function each(values: readonly (string | null)[], name: string, args: object = {}): Promise<unknown[]> {
  return (await call(values, name, args)).rows.map(([value]) => value);
}

test('str methods that answer yes or no: nothing is held by missing text, unless na says so', async () => {
  const names = ['Ann', 'bob-22', null];
  assert.deepEqual(await each(names, 'str.contains', { pat: '[bn]' }), [true, true, false]);
  assert.deepEqual(await each(names, 'str.contains', { pat: 'ANN', case: false, na: true }), [true, false, true]);
  assert.deepEqual(await each(names, 'str.contains', { pat: '.', regex: false }), [false, false, false]);
  assert.deepEqual(await each(names, 'str.match', { pat: 'n' }), [false, false, false]);
  assert.deepEqual(await each(names, 'str.fullmatch', { pat: 'An+' }), [true, false, false]);
  assert.deepEqual(await each(names, 'str.startswith', { pat: 'b' }), [false, true, false]);
  assert.deepEqual(await each(['12', '1a', ''], 'str.isdigit'), [true, false, false]);
  assert.deepEqual(await each(['É', 'e', '1'], 'str.isupper'), [true, false, false]);
});

test('str methods leave nothing in a column without a value, whatever its type; other numbers are refused', async () => {
  const of = (source: string, name: string, args: object = {}) =>
    afterSteps(source, [['pd_series_func', { column_name: 'n', function_name: name, ...args }]]);
  const empty = 'SELECT NULL::DOUBLE AS n FROM range(2)';
  const nothing = [[null], [null]];
  assert.deepEqual(await of(empty, 'str.upper'), { columns: ['n VARCHAR'], rows: nothing });
  assert.deepEqual(await of(empty, 'str.contains', { pat: 'a' }), { columns: ['n BOOLEAN'], rows: nothing });
  assert.deepEqual((await of(empty, 'str.contains', { pat: 'a', na: true })).rows, [[true], [true]]);
  assert.deepEqual(await of(empty, 'str.len'), { columns: ['n DOUBLE'], rows: nothing });
  assert.deepEqual((await of(empty, 'str.split', { pat: ',' })).rows, nothing);
  await assert.rejects(of('SELECT 1.5 AS n UNION ALL SELECT NULL', 'str.upper'), /ING_BAD_VALUE|str methods need text/);
});

test('str methods that count or change', async () => {
  assert.deepEqual(await call(['bob', null], 'str.count', { pat: 'b' }), {
    columns: ['s DOUBLE'],
    rows: [[2], [null]],
  });
  assert.deepEqual(await each(['bob', 'x'], 'str.find', { sub: 'o' }), ['1', '-1']);
  assert.deepEqual(await each(['a12', 'b'], 'str.extract', { pat: '(\\d+)' }), ['12', null]);
  await assert.rejects(each(['a'], 'str.extract', { pat: '(a)(b)' }), /2 groups/);
  assert.equal(await first('abc', 'str.slice_replace', { start: 1, stop: 2, repl: 'X' }), 'aXc');
  assert.equal(await first('abc', 'str.slice_replace', { start: 2, repl: 'X' }), 'abX');
  assert.equal(await first('ab', 'str.join', { sep: '-' }), 'a-b');
  assert.equal(await first('ab', 'str.repeat', { repeats: 2 }), 'abab');
  assert.equal(await first('ab', 'str.center', { width: 5, fillchar: '*' }), '**ab*');
  assert.deepEqual(await first('a b c', 'str.split', { pat: ' ', n: 1 }), ['a', 'b c']);
  await assert.rejects(first('a b', 'str.split', { pat: ' ', expand: true }), /expand: true is not supported/);
});

test('arithmetic and comparisons, as Python has them', async () => {
  const numbers = 'SELECT * FROM (VALUES (-7::BIGINT), (5)) AS t(s)';
  const made = async (name: string, args: object, query = numbers) => {
    const { columns, rows } = await afterSteps(query, [
      ['pd_series_func', { column_name: 's', function_name: name, ...args }],
    ]);
    return [columns[0]!.slice(2), ...rows.map(([value]) => value)];
  };
  assert.deepEqual(await made('add', { other: 1 }), ['BIGINT', '-6', '6']);
  assert.deepEqual(await made('add', { other: 0.5 }), ['DOUBLE', -6.5, 5.5]);
  assert.deepEqual(await made('floordiv', { other: 2 }), ['BIGINT', '-4', '2']);
  assert.deepEqual(await made('mod', { other: 3 }), ['BIGINT', '2', '2']);
  assert.deepEqual(await made('div', { other: 2 }), ['DOUBLE', -3.5, 2.5]);
  assert.deepEqual(await made('clip', { lower: 0 }), ['BIGINT', '0', '5']);
  assert.deepEqual(await made('between', { left: 0, right: 5 }), ['BOOLEAN', false, true]);
  assert.deepEqual(await made('isin', { values: [5, 'x'] }), ['BOOLEAN', false, true]);
  assert.deepEqual(await made('eq', { other: '5' }), ['BOOLEAN', false, false]);
  assert.deepEqual(await made('isna', {}, "SELECT NULL::VARCHAR AS s UNION ALL SELECT 'x'"), ['BOOLEAN', true, false]);
  await assert.rejects(made('div', { other: 0 }), /does not go with/);
  await assert.rejects(made('gt', { other: 'x' }), /does not go with/);
});

test('astype: numpy cuts decimals off, kinds that may be missing take whole numbers only', async () => {
  const made = (dtype: string) =>
    afterSteps('SELECT 2.5::DOUBLE AS s', [['pd_series_func', { column_name: 's', function_name: 'astype', dtype }]]);
  assert.deepEqual((await made('int64')).rows, [['2']]);
  await assert.rejects(made('Int64'), /cannot be read as Int64/);
});
