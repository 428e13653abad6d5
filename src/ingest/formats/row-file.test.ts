import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { BOTH_PARTS, leavesOut } from '../../../test/second-part.ts';
import { Engine } from '../../engine/engine.ts';
import { selectOf } from '../../relation/relation.ts';
import { RowFile } from './row-file.ts';
import { typeOf } from './value-kinds.ts';
import { Clock, Day, Float, Moment, type Value } from './values.ts';

const workDir = mkdtempSync(path.join(tmpdir(), 'lifecycle-rows-'));
const engine = await Engine.open({ venvDir: workDir, temporaryDir: workDir });
after(() => {
  engine.close();
  rmSync(workDir, { recursive: true });
});

async function through(rows: Value[][]) {
  const file = await RowFile.create({ engine, workDir });
  for (const row of rows) {
    file.add(row);
    await file.flush();
  }
  await file.close();
  const columns = file.tallies.map((tally, i) => ({ name: `n${i}`, type: typeOf(`n${i}`, tally, file.rows) }));
  const relation = file.relation(columns);
  const read = await engine.rows(selectOf(relation));
  return { types: columns.map(({ type }) => type), rows: read.map((row) => columns.map((_, i) => row[`c${i}`])) };
}

const oneColumn = async (...values: Value[]) => {
  const { types, rows } = await through(values.map((value) => [value]));
  return [types[0], ...rows.map((row) => row[0])];
};

test('each kind of value comes back as its type', async () => {
  assert.deepEqual(await oneColumn(1, -2), ['BIGINT', '1', '-2']);
  assert.deepEqual(await oneColumn(1, null), ['DOUBLE', 1, null]);
  assert.deepEqual(await oneColumn(9007199254740993n), ['BIGINT', '9007199254740993']);
  assert.deepEqual(await oneColumn(2n ** 64n - 1n, 0), ['UBIGINT', '18446744073709551615', '0']);
  assert.deepEqual(await oneColumn(1, new Float(1e-7), new Float(Number.NEGATIVE_INFINITY)), [
    'DOUBLE',
    1,
    1e-7,
    '-Infinity',
  ]);
  assert.deepEqual(await oneColumn(true, null), ['BOOLEAN', true, null]);
  assert.deepEqual(await oneColumn(new Moment('2020-01-02 03:04:05.678000'), null), [
    'TIMESTAMP',
    '2020-01-02 03:04:05.678',
    null,
  ]);
  assert.deepEqual(await oneColumn(new Day('2020-01-02')), ['DATE', '2020-01-02']);
  assert.deepEqual(await oneColumn(new Clock('03:04:05')), ['TIME', '03:04:05']);
  assert.deepEqual(await oneColumn(null, null), ['DOUBLE', null, null]);
});

test('text of any kind comes back as it was', async () => {
  const texts = [
    '',
    ' ',
    'null',
    '"q"',
    'a\\b',
    'line\nbreak\r\n\t',
    '🗽',
    '\u2028',
    '{"c0": 1}',
    '123',
    'true',
    '\u0001',
  ];
  assert.deepEqual(await oneColumn(...texts), ['VARCHAR', ...texts]);
});

test('a text longer than the buffer of the reader', async (t) => {
  leavesOut(t, 'a text of 36 MiB');
  const long = 'é🗽'.repeat((BOTH_PARTS ? 6 : 1) * 1024 * 1024);
  const [, value] = await oneColumn(long);
  assert.ok(value === long);
});

test('rows of different widths, and none at all', async () => {
  assert.deepEqual(await through([[], [1, 'a', true], [2]]), {
    types: ['DOUBLE', 'VARCHAR', 'BOOLEAN'],
    rows: [
      [null, null, null],
      [1, 'a', true],
      [2, null, null],
    ],
  });
  assert.deepEqual(await through([]), { types: [], rows: [] });
});

test('rows keep their order over many writes', async () => {
  const { rows } = await through(Array.from({ length: 50_000 }, (_, i) => [i, `row ${i}`]));
  assert.ok(rows.every(([n, t], i) => n === String(i) && t === `row ${i}`));
});

test('what no type holds is refused by column and row', async () => {
  await assert.rejects(oneColumn(1, null, 'x'), { code: 'ING_MIXED_TYPES', message: /"n0".*row 3/ });
  await assert.rejects(oneColumn(new Moment('2020-01-01 00:00:00'), new Day('2020-01-01')), {
    code: 'ING_MIXED_TYPES',
  });
  await assert.rejects(oneColumn(2n ** 64n), { code: 'ING_NUMBER_TOO_LARGE' });
  await assert.rejects(oneColumn(2n ** 63n, -1), { code: 'ING_NUMBER_TOO_LARGE' });
});
