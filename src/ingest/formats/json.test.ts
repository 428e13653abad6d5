import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../../engine/engine.ts';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import { selectOf } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { read } from './json.ts';
import { DEFAULT_READ_LIMITS } from './limits.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-json-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

interface Read {
  columns: string[];
  rows: unknown[][];
}

async function readAs(fn: 'normalize' | 'read_json', content: unknown, kwargs: object = {}): Promise<Read> {
  const file = path.join(dir, 'in.json');
  writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  const format = { type: 'json', json_read_fn: fn, json_read_kwargs: kwargs } as unknown as FormatArguments<'json'>;
  const relation = await read(file, format, {
    engine,
    workDir: dir,
    bounds: DEFAULT_READ_LIMITS,
  } as unknown as FormatContext);
  return {
    columns: relation.columns.map((column) => `${column.name} ${column.type}`),
    rows: (await engine.rows(selectOf(relation))).map((row) => Object.values(row)),
  };
}

/** A column `a` of these values as read_json has it: its type, then its values. */
async function column(values: readonly unknown[], kwargs: object = {}): Promise<unknown[]> {
  const { columns, rows } = await readAs(
    'read_json',
    values.map((a) => ({ a })),
    kwargs,
  );
  return [columns[0]!.slice(2), ...rows.map(([value]) => value)];
}

test('read_json looks for numbers in everything', async () => {
  assert.deepEqual(await column(['001', '2']), ['BIGINT', '1', '2']);
  assert.deepEqual(await column(['1.0', '2.0']), ['DOUBLE', 1, 2]);
  assert.deepEqual(await column(['1', 2]), ['BIGINT', '1', '2']);
  assert.deepEqual(await column(['1', null]), ['DOUBLE', 1, null]);
  assert.deepEqual(await column(['1', 'x']), ['VARCHAR', '1', 'x']);
  assert.deepEqual(await column(['12345678901234567890', '1']), ['DOUBLE', 12345678901234567000, 1]);
  assert.deepEqual(await column([true, null]), ['DOUBLE', 1, null]);
  assert.deepEqual(await column([true, 1]), ['BIGINT', '1', '1']);
  assert.deepEqual(await column([true, false]), ['BOOLEAN', true, false]);
  await assert.rejects(column([1, 'x']), { code: 'ING_MIXED_TYPES' });
});

test('read_json makes whole numbers of whole doubles', async () => {
  assert.deepEqual((await readAs('read_json', '[{"a":1.0},{"a":2e2}]')).columns, ['a BIGINT']);
  assert.deepEqual((await readAs('read_json', '[{"a":1.0},{"a":null}]')).columns, ['a DOUBLE']);
  assert.deepEqual((await readAs('read_json', '[{"a":1.0}]', { dtype: false })).columns, ['a DOUBLE']);
});

test('read_json: dtype for all columns or for some', async () => {
  assert.deepEqual(await column(['001', '2'], { dtype: { a: 'str' } }), ['VARCHAR', '001', '2']);
  assert.deepEqual(await column([1, null], { dtype: 'str' }), ['VARCHAR', '1.0', null]);
  assert.deepEqual(await column([1, 2], { dtype: { a: 'float' } }), ['DOUBLE', 1, 2]);
  assert.deepEqual(await column(['x'], { dtype: { a: 'int64' } }), ['VARCHAR', 'x']);
});

test('read_json: dates by the name of the column, each in its own spelling', async () => {
  const dates = [{ date: '2020-01-01' }, { date: '1/2/2020' }];
  const { columns, rows } = await readAs('read_json', dates);
  assert.deepEqual([columns, rows], [['date TIMESTAMP'], [['2020-01-01 00:00:00'], ['2020-01-02 00:00:00']]]);
  assert.deepEqual((await readAs('read_json', dates, { keep_default_dates: false })).columns, ['date VARCHAR']);
  const seconds = [{ date: 1577836800 }];
  assert.deepEqual((await readAs('read_json', seconds, { date_unit: 's' })).rows, [['2020-01-01 00:00:00']]);
  await assert.rejects(readAs('read_json', seconds, { date_unit: 'h' }), { code: 'ING_BAD_OPTION' });
});

test('read_json: the layouts that orient names, and lines', async () => {
  const two: Read = { columns: ['a BIGINT', 'b VARCHAR'], rows: [['1', 'x']] };
  assert.deepEqual(await readAs('read_json', { columns: ['a', 'b'], data: [[1, 'x']] }, { orient: 'split' }), two);
  assert.deepEqual(await readAs('read_json', { r1: { a: 1, b: 'x' } }, { orient: 'index' }), two);
  assert.deepEqual(await readAs('read_json', '{"a":1,"b":"x"}\n\n', { lines: true }), two);
  assert.deepEqual((await readAs('read_json', [[1, 'x']])).columns, ['0 BIGINT', '1 VARCHAR']);
  const broadcast = await readAs('read_json', { a: 1, b: { c: 2, d: 3 } });
  assert.deepEqual(broadcast.rows, [
    ['1', '2'],
    ['1', '3'],
  ]);
  await assert.rejects(readAs('read_json', { a: [1], b: { c: 1 } }), { code: 'ING_BAD_FILE' });
  await assert.rejects(readAs('read_json', [{ a: 1 }, 5]), { code: 'ING_BAD_FILE' });
  await assert.rejects(readAs('read_json', [], { orient: 'table' }), { code: 'ING_BAD_OPTION' });
});

test('keys that look like positions keep their places', async () => {
  const { columns, rows } = await readAs('normalize', '[{"name":"x","2010":1,"5":{"1":2,"b":"\\"7\\": "}}]');
  assert.deepEqual(columns, ['name VARCHAR', '2010 BIGINT', '5.1 BIGINT', '5.b VARCHAR']);
  assert.deepEqual(rows, [['x', '1', '2', '"7": ']]);
  const nested = await readAs('normalize', '[{"a":[{"b":1,"2":3}]}]');
  assert.deepEqual(nested.rows, [['[{"b": 1, "2": 3}]']]);
});

test('numbers that JSON does not have', async () => {
  const { rows } = await readAs('normalize', '[{"a":NaN,"b":"NaN"},{"a":-Infinity,"b":"x"},{"a":1.5,"b":"y"}]');
  assert.deepEqual(
    rows.map(([a]) => a),
    [null, '-Infinity', 1.5],
  );
  assert.equal(rows[0]![1], 'NaN');
});

test('bytes that are no UTF-8 are refused', async () => {
  const latin = Buffer.from('[{"a":"é"}]', 'latin1');
  await assert.rejects(readAs('normalize', latin), { code: 'ING_BAD_ENCODING' });
  assert.deepEqual((await readAs('read_json', latin, { encoding: 'latin1' })).rows, [['é']]);
});

test('read_json: rows by their index stand as the columns name them', async () => {
  const content = { 0: { id: 'no' }, 1: { n: 'x' }, 2: { id: 'y', n: ' ' }, 3: {} };
  assert.deepEqual(await readAs('read_json', content, { orient: 'index' }), {
    columns: ['id VARCHAR', 'n VARCHAR'],
    rows: [
      ['no', null],
      ['y', ' '],
      [null, 'x'],
    ],
  });
});
