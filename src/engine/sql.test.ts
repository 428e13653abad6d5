import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engine } from '../../test/fixtures/steps.ts';
import { escapePattern, identifier, isOddNumber, literal, literalList, literalOf } from './sql.ts';

const HOSTILE = ['', "'", "''; DROP TABLE t; --", '"', '\\', 'a\0b', '\0', '%_', '$1 $$', 'naïve 🗽', '\r\n\t', "\\'"];

test('any text is the same text after it was a literal, alone and in a list', async () => {
  for (const text of HOSTILE) {
    assert.deepEqual(await engine.row(`SELECT ${literal(text)} AS value`), { value: text }, JSON.stringify(text));
  }
  assert.deepEqual(await engine.row(`SELECT ${literalList(HOSTILE)} AS value`), { value: HOSTILE });
  assert.deepEqual(await engine.row(`SELECT ${literalList([])} AS value`), { value: [] });
});

test('any text without NUL names a column, and no other one', async () => {
  for (const name of HOSTILE.filter((text) => text !== '' && !text.includes('\0'))) {
    const row = await engine.row(`SELECT ${identifier(name)} AS found FROM (SELECT 7 AS ${identifier(name)})`);
    assert.deepEqual(row, { found: 7 }, JSON.stringify(name));
  }
});

test('values keep their kind: whole numbers, others, truth, none, text', async () => {
  const cases: [unknown, string, unknown][] = [
    [3, 'BIGINT', '3'],
    [3n, 'BIGINT', '3'],
    [2n ** 62n, 'BIGINT', String(2n ** 62n)],
    [-1.5, 'DOUBLE', -1.5],
    [1e300, 'DOUBLE', 1e300],
    [Number.NaN, 'DOUBLE', 'NaN'],
    [Number.NEGATIVE_INFINITY, 'DOUBLE', '-Infinity'],
    [true, 'BOOLEAN', true],
    ["it's", 'VARCHAR', "it's"],
  ];
  for (const [value, type, expected] of cases) {
    const row = await engine.row(`SELECT typeof(v) AS type, v FROM (SELECT ${literalOf(value)} AS v)`);
    assert.deepEqual(row, { type, v: expected }, String(value));
  }
  assert.deepEqual(await engine.row(`SELECT ${literalOf(null)} AS a, ${literalOf(undefined)} AS b`), {
    a: null,
    b: null,
  });
});

test('numbers that only DuckDB takes for such are odd', async () => {
  const ask = async (text: string) => (await engine.row(`SELECT ${isOddNumber(literal(text))} AS odd`)).odd;
  for (const text of ['1_000', '+-1']) {
    assert.equal((await engine.row(`SELECT TRY_CAST(${literal(text)} AS DOUBLE) IS NOT NULL AS taken`)).taken, true);
    assert.equal(await ask(text), true, text);
  }
  for (const text of ['1000', '-1', '+1', '1e5', ' 2 ', '']) assert.equal(await ask(text), false, text);
});

test('a pattern made of a text matches that text alone', async () => {
  for (const text of ['a.b', '(x, y)', '[1]{2}', '^$|\\', 'c++?*']) {
    const matches = (value: string) =>
      engine.row(`SELECT regexp_full_match(${literal(value)}, ${literal(escapePattern(text))}) AS m`);
    assert.deepEqual(await matches(text), { m: true }, text);
    assert.deepEqual(await matches(text.replace(/./, 'Q')), { m: false }, text);
  }
});
