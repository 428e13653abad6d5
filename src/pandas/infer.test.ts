import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { isBrokenAssumption } from '../relation/assumption.ts';
import { overTable, selectOf } from '../relation/relation.ts';
import { type InferenceOptions, inferTypes } from './infer.ts';

/** What pandas' CSV reader makes of columns of text, one table each; nulls are what the null tokens have become. */

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-infer-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

/** The type and the values of a column that holds these texts. */
async function inferred(texts: readonly (string | null)[], options: InferenceOptions = {}): Promise<unknown[]> {
  const rows = texts.map((text) => `(${text === null ? 'NULL' : literal(text)})`);
  const table = await engine.materialize(`SELECT CAST(c0 AS VARCHAR) AS c0 FROM (VALUES ${rows.join(', ')}) AS v(c0)`);
  const relation = await inferTypes(engine, overTable(table, [{ name: 'n', type: 'VARCHAR' }]), ['n'], options);
  const values = await engine.rows(selectOf(relation));
  return [relation.columns[0]!.type, ...values.map((row) => row.c0)];
}

async function isText(...texts: (string | null)[]): Promise<void> {
  assert.deepEqual(await inferred(texts), ['VARCHAR', ...texts], JSON.stringify(texts));
}

test('whole numbers become int64, without their leading zeros, plus signs and blanks', async () => {
  assert.deepEqual(await inferred(['1', '2']), ['BIGINT', '1', '2']);
  assert.deepEqual(await inferred(['00501', '-7', '+3', '-0']), ['BIGINT', '501', '-7', '3', '0']);
  assert.deepEqual(await inferred([' 1 ', '2\t', '\n3', '4\r\n', '\u000b5\f']), ['BIGINT', '1', '2', '3', '4', '5']);
});

test('whole numbers with nulls become doubles, and lose what a double does not hold', async () => {
  assert.deepEqual(await inferred(['1', null, '-2']), ['DOUBLE', 1, null, -2]);
  assert.deepEqual(await inferred(['9007199254740993', null]), ['DOUBLE', 9007199254740992, null]);
  assert.deepEqual(await inferred(['9007199254740993', '1']), ['BIGINT', '9007199254740993', '1']);
});

test('int64 reaches to both its ends, and uint64 goes on where all numbers are positive', async () => {
  const [least, most] = ['-9223372036854775808', '9223372036854775807'];
  assert.deepEqual(await inferred([least, most]), ['BIGINT', least, most]);
  assert.deepEqual(await inferred(['9223372036854775808', '1']), ['UBIGINT', '9223372036854775808', '1']);
  assert.deepEqual(await inferred(['0', '18446744073709551615']), ['UBIGINT', '0', '18446744073709551615']);
});

test('uint64 beside nulls or negative numbers becomes text, and the nulls empty text', async () => {
  assert.deepEqual(await inferred(['18446744073709551615', null]), ['VARCHAR', '18446744073709551615', '']);
  await isText('18446744073709551615', '-1');
  await isText('-9223372036854775809', '9223372036854775808');
});

test('whole numbers beyond 64 bits are refused, with the column and what to write', async () => {
  for (const number of ['18446744073709551616', '-9223372036854775809', '1'.repeat(400)]) {
    await assert.rejects(inferred([number, '1']), {
      code: 'ING_NUMBER_TOO_LARGE',
      message: /column "n"/,
      hint: /dtype: \{n: str\}/,
    });
  }
});

test('beside other values a number beyond 64 bits goes by what stands first', async () => {
  await isText('18446744073709551616', 'x');
  await isText('18446744073709551616', '1.5');
  assert.deepEqual(await inferred(['1.5', '18446744073709551616']), ['DOUBLE', 1.5, 18446744073709552000]);
});

test('decimals and exponents become doubles', async () => {
  assert.deepEqual(await inferred(['1', '1.0']), ['DOUBLE', 1, 1]);
  assert.deepEqual(await inferred(['1.', '.5', '-.5', '+2.5']), ['DOUBLE', 1, 0.5, -0.5, 2.5]);
  assert.deepEqual(await inferred(['1e3', '2E-2', '3e+1']), ['DOUBLE', 1000, 0.02, 30]);
  assert.deepEqual(await inferred(['1.5 ', ' 2', '\t3\n']), ['DOUBLE', 1.5, 2, 3]);
  assert.deepEqual(await inferred(['-0.0', '-0', '1.5']), ['DOUBLE', -0, -0, 1.5]);
  assert.deepEqual(await inferred(['1.5', null]), ['DOUBLE', 1.5, null]);
});

test('infinity is a number in any case, and so is what is too large or too small for a double', async () => {
  assert.deepEqual(await inferred(['inf', '-INF', '1', null]), ['DOUBLE', 'Infinity', '-Infinity', 1, null]);
  assert.deepEqual(await inferred(['Infinity', '+iNFINITY']), ['DOUBLE', 'Infinity', 'Infinity']);
  assert.deepEqual(await inferred(['1e400', '-1e400', '1']), ['DOUBLE', 'Infinity', '-Infinity', 1]);
  assert.deepEqual(await inferred(['1e-400', '-1e-400']), ['DOUBLE', 0, -0]);
});

test('a decimal is the nearest double', async () => {
  assert.deepEqual(await inferred(['0.30000000000000004', '0.1']), ['DOUBLE', 0.30000000000000004, 0.1]);
});

test('the words for true and false become bool, with nulls too', async () => {
  assert.deepEqual(await inferred(['True', 'TRUE', 'true', 'False', 'FALSE', 'false']), [
    'BOOLEAN',
    ...[true, true, true, false, false, false],
  ]);
  assert.deepEqual(await inferred(['true', null, 'False']), ['BOOLEAN', true, null, false]);
});

test('other words for true and false are those of the template, beside the usual ones', async () => {
  const options = { trueValues: ['Y'], falseValues: ['N'] };
  assert.deepEqual(await inferred(['Y', 'true', 'N', null], options), ['BOOLEAN', true, true, false, null]);
  assert.deepEqual(await inferred(['Y', 'x'], options), ['VARCHAR', 'Y', 'x']);
  // Numbers come first.
  assert.deepEqual(await inferred(['1', '0'], { trueValues: ['1'], falseValues: ['0'] }), ['BIGINT', '1', '0']);
});

test('what only looks like a number or a truth value is text, and stays as it is written', async () => {
  for (const text of [
    ...['1_000', '1.5_0', '0x10', '1,000', '1 2', '- 1', '--1', '1e', '1e+', 'e5', '.', '-', '+', '1d5', '1f'],
    ...[' ', 'infin', '\u00a01', '１', '١', '1;', '$1', '50%', '1-2', 'yes', 'no', 't', 'f', ' True'],
  ]) {
    await isText(text, '2');
    await isText(text, null);
  }
  await isText('true', '1');
  await isText('2.50', '007', '1e3', 'x', null);
  await isText('none', 'Null', null);
});

test('two signs, blanks around inf and spellings of nan are text, and true in any case is a truth value', async () => {
  for (const text of ['+-1', ' inf', 'inf ', '-infinity\n', 'nAn', ' nan', '+nan', '-nan ']) await isText(text, '2');
  assert.deepEqual(await inferred(['tRue', 'fALSE']), ['BOOLEAN', true, false]);
});

test('a column of nulls is one of doubles', async () => {
  assert.deepEqual(await inferred([null, null]), ['DOUBLE', null, null]);
});

test('a separator of thousands is taken out of numbers and left in text', async () => {
  const options = { thousands: ',' };
  assert.deepEqual(await inferred(['1,000', '2'], options), ['BIGINT', '1000', '2']);
  assert.deepEqual(await inferred(['1,000.5', '-2,000', null], options), ['DOUBLE', 1000.5, -2000, null]);
  assert.deepEqual(await inferred(['1,000', 'x'], options), ['VARCHAR', '1,000', 'x']);
});

test('only the columns that are named are looked at, each for itself', async () => {
  const table = await engine.materialize("SELECT '1' AS c0, '2' AS c1, 'x' AS c2, '3.5' AS c3");
  const relation = overTable(
    table,
    ['a', 'b', 'c', 'd'].map((name) => ({ name, type: 'VARCHAR' })),
  );
  const { columns } = await inferTypes(engine, relation, ['a', 'c', 'd', 'not there']);
  assert.deepEqual(
    columns.map(({ name, type }) => [name, type]),
    [
      ['a', 'BIGINT'],
      ['b', 'VARCHAR'],
      ['c', 'VARCHAR'],
      ['d', 'DOUBLE'],
    ],
  );
});

/** Columns of many equal values and one that comes late, far behind any sample: [usual, late, type, value of the late one]. */
const LATE: readonly [string | null, string | null, string, unknown][] = [
  ['1', '2', 'BIGINT', '2'],
  ['1', ' +02 ', 'BIGINT', '2'],
  ['1', null, 'DOUBLE', null],
  ['1', '2.5', 'DOUBLE', 2.5],
  ['1', '1e3', 'DOUBLE', 1000],
  ['1', 'inf', 'DOUBLE', 'Infinity'],
  ['1', '9223372036854775808', 'UBIGINT', '9223372036854775808'],
  ['-1', '9223372036854775808', 'VARCHAR', '9223372036854775808'],
  ['1', '1_0', 'VARCHAR', '1_0'],
  ['1', '0x10', 'VARCHAR', '0x10'],
  ['1', 'true', 'VARCHAR', 'true'],
  ['1', ' ', 'VARCHAR', ' '],
  ['1', 'x', 'VARCHAR', 'x'],
  ['1.5', '2', 'DOUBLE', 2],
  ['1.5', null, 'DOUBLE', null],
  ['1.5', '1e400', 'DOUBLE', 'Infinity'],
  ['1.5', '1_0.5', 'VARCHAR', '1_0.5'],
  ['1.5', 'x', 'VARCHAR', 'x'],
  ['true', 'False', 'BOOLEAN', false],
  ['true', null, 'BOOLEAN', null],
  ['true', '1', 'VARCHAR', '1'],
  [null, '7', 'DOUBLE', 7],
  [null, 'true', 'BOOLEAN', true],
  [null, 'x', 'VARCHAR', 'x'],
  [null, null, 'DOUBLE', null],
  ['x', '1', 'VARCHAR', '1'],
];
const ROWS = 20_000;

async function late(usual: string | null, odd: string | null, options: InferenceOptions) {
  const sql = (text: string | null) => (text === null ? 'NULL::VARCHAR' : literal(text));
  const table = await engine.materialize(
    `SELECT CASE WHEN i = ${ROWS - 2} THEN ${sql(odd)} ELSE ${sql(usual)} END AS c0 FROM range(${ROWS}) AS r(i)`,
  );
  try {
    const relation = await inferTypes(engine, overTable(table, [{ name: 'n', type: 'VARCHAR' }]), ['n'], options);
    const rows = await engine.rows(`${selectOf(relation)} OFFSET ${ROWS - 2}`);
    return [relation.columns[0]!.type, rows[0]!.c0];
  } finally {
    await engine.run(`DROP TABLE ${table}`);
  }
}

test('one late value changes the type of a whole column', async () => {
  for (const [usual, odd, type, value] of LATE)
    assert.deepEqual(await late(usual, odd, {}), [type, value], `${usual} … ${odd}`);
  await assert.rejects(late('1', '18446744073709551616', {}), { code: 'ING_NUMBER_TOO_LARGE' });
});

test('where the first rows are trusted, the result is the same or the work ends for that reason', async () => {
  const broken: string[] = [];
  for (const [usual, odd, type, value] of LATE) {
    try {
      assert.deepEqual(await late(usual, odd, { trustSample: true }), [type, value], `${usual} … ${odd}`);
    } catch (error) {
      if (!isBrokenAssumption(error)) throw error;
      assert.notEqual(usual, odd);
      broken.push(`${usual} … ${odd}`);
    }
  }
  // A promise that is kept must not cost a second run.
  for (const kept of ['1 … 2', '1 …  +02 ', '1.5 … 2', '1.5 … null', '1.5 … 1e400', 'true … False', 'null … null'])
    assert.ok(!broken.includes(kept), kept);
  await assert.rejects(late('1', '18446744073709551616', { trustSample: true }), isBrokenAssumption);
});
