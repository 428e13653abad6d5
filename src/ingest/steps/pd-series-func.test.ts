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
  assert.equal(await first('bob', 'str.replace', { pat: 'B', repl: '\\1', case: false }), '\\1o\\1');
  assert.equal(await first('b.b', 'str.replace', { pat: 'B.', repl: 'x', case: false }), 'xb');
  assert.equal(await first('bob', 'str.replace', { pat: 'B', repl: 'x', regex: true, flags: 2 }), 'xox');
  await assert.rejects(first('bob', 'str.replace', { pat: 'b', repl: null }), /repl is null/);
  await assert.rejects(first('bob', 'str.replace', { pat: 'b', repl: 'c', n: 2 }), /n: 2 is not supported/);
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
