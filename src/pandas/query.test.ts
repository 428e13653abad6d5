import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { overTable } from '../relation/relation.ts';
import { queryToSql } from './query.ts';

/** Which rows DataFrame.query keeps of a small table; the rows are numbered from 0 by `i`. */

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-query-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

const table = await engine.materialize(`SELECT * FROM (VALUES
  (0, 1, 1.5::DOUBLE, 'a', true, 10, 1), (1, 2, NULL, NULL, false, 20, 0), (2, 3, -2, 'b b', true, 30, 1),
  (3, 4, 0, 'it''s', false, 40, 0), (4, 5, 4, '', true, 50, 1)) AS v(c0, c1, c2, c3, c4, c5, c6)`);
const relation = overTable(table, [
  { name: 'i', type: 'INTEGER' },
  { name: 'n', type: 'INTEGER' },
  { name: 'x', type: 'DOUBLE' },
  { name: 't', type: 'VARCHAR' },
  { name: 'b', type: 'BOOLEAN' },
  { name: 'my col', type: 'INTEGER' },
  { name: '2nd', type: 'INTEGER' },
]);

async function keeps(expressions: Record<string, number[]>): Promise<void> {
  for (const [expression, rows] of Object.entries(expressions)) {
    const kept = await engine.rows(`SELECT c0 FROM ${table} WHERE ${queryToSql(expression, relation)} ORDER BY c0`);
    assert.deepEqual(
      kept.map((row) => row.c0),
      rows,
      expression,
    );
  }
}

const ALL = [0, 1, 2, 3, 4];

test('comparisons, also several in a row and with the column on the right', () =>
  keeps({
    'n > 2': [2, 3, 4],
    'n==1': [0],
    'n != 3': [0, 1, 3, 4],
    '2 < n': [2, 3, 4],
    "'a' == t": [0],
    '1 < n <= 3': [1, 2],
    'n > 1 > 0': [1, 2, 3, 4],
    'n > x': [2, 3, 4],
  }));

test('a text that is no date, or stands beside truth values, equals nothing', async () => {
  const dated = await engine.materialize(
    "SELECT i AS c0, d AS c1, d::DATE AS c2, d::TIMESTAMPTZ AS c3 FROM (VALUES (0, TIMESTAMP '2020-01-02'), (1, NULL)) AS t(i, d)",
  );
  const moments = overTable(dated, [
    { name: 'i', type: 'INTEGER' },
    { name: 'd', type: 'TIMESTAMP' },
    { name: 'day', type: 'DATE' },
    { name: 'z', type: 'TIMESTAMP WITH TIME ZONE' },
  ]);
  const count = async (expression: string) =>
    (await engine.rows(`SELECT 1 FROM ${dated} WHERE ${queryToSql(expression, moments)}`)).length;
  for (const name of ['d', 'day', 'z']) {
    assert.equal(await count(`${name} == "x"`), 0);
    assert.equal(await count(`${name} != "x"`), 2);
    assert.equal(await count(`${name} in ["x"]`), 0);
    assert.equal(await count(`${name} == "2020-01-02"`), 1);
  }
  await keeps({ 'b == "x"': [], 'b != "true"': ALL });
});

test('numbers in every notation', () =>
  keeps({ 'x == -2': [2], 'x == 1.5e0': [0], 'n > .5': ALL, 'n == 1e0': [0], 'n > -1': ALL }));

test('and, or and not in words and in signs, and binds tighter than or', () =>
  keeps({
    'n >= 2 and n < 5': [1, 2, 3],
    '(n > 1) & (n < 4)': [1, 2],
    'n < 2 | n > 4': [0, 4],
    'not n == 1': [1, 2, 3, 4],
    '~(n == 1)': [1, 2, 3, 4],
    "n == 1 and t == 'a' or n == 5": [0, 4],
    "n == 5 or n == 1 and t == 'z'": [4],
    'n == 5 or (n == 1 or n == 2) and b': [0, 4],
    'not n == 1 and n == 2': [1],
  }));

test('a null meets no comparison but !=', () =>
  keeps({
    'x > 0': [0, 4],
    'not x > 0': [1, 2, 3],
    'x != 1.5': [1, 2, 3, 4],
    'x == x': [0, 2, 3, 4],
    'x != x': [1],
    "t != 'a'": [1, 2, 3, 4],
    't == None': [],
    'x.isna()': [1],
    'x.notna()': [0, 2, 3, 4],
    '~t.isnull()': [0, 2, 3, 4],
    't.notnull() and n > 2': [2, 3, 4],
  }));

test('text in either kind of quotes, with escapes', () =>
  keeps({
    't == ""': [4],
    't == "it\'s"': [3],
    "t == 'it\\'s'": [3],
    "t == \"it's\" or t == 'a'": [0, 3],
    't == "\'; DROP TABLE t1; --"': [],
    "t > 'a'": [2, 3],
  }));

test('text never equals a number, and has no order with it', async () => {
  await keeps({ "n == '1'": [], "n != '1'": ALL, 't == 1': [] });
  assert.throws(() => queryToSql("n > '1'", relation), { code: 'ING_BAD_EXPRESSION', message: /no order/ });
});

test('membership in lists, by in, isin and ==', () =>
  keeps({
    'n in [1, 2]': [0, 1],
    'n in (1,2)': [0, 1],
    'n not in [1, 2]': [2, 3, 4],
    'n == [1, 2]': [0, 1],
    '[1, 2] == n': [0, 1],
    'n != [1, 2]': [2, 3, 4],
    'n.isin([1, 4])': [0, 3],
    't in []': [],
    't not in ["a"]': [1, 2, 3, 4],
    't in ["a", None]': [0, 1],
    't not in ["a", None]': [2, 3, 4],
    'x in [1.5, None]': [0],
  }));

test('tests of text, by patterns and without', () =>
  keeps({
    "t.str.contains('b')": [2],
    "t.str.contains('^a|s$')": [0, 3],
    "~t.str.contains('b')": [0, 1, 3, 4],
    "t.str.contains('B', case=False)": [2],
    "t.str.contains('.', regex=False)": [],
    "t.str.contains('B B', case=False, regex=False)": [2],
    "t.str.contains('b', na=True)": [1, 2],
    "t.str.startswith('b')": [2],
    "t.str.startswith('b', na=True)": [1, 2],
    "t.str.endswith('s') and n > 1": [3],
  }));

test('columns of truth values are conditions', () =>
  keeps({
    b: [0, 2, 4],
    'not b': [1, 3],
    '~b': [1, 3],
    'b and n > 2': [2, 4],
    'b == True': [0, 2, 4],
    'b == False': [1, 3],
  }));

test('names in backticks may hold anything', () => keeps({ '`my col` > 20': [2, 3, 4], '`2nd` == 1': [0, 2, 4] }));

test('what is not understood is refused with the expression and what is', () => {
  const refused = (expression: string, message: RegExp) =>
    assert.throws(
      () => queryToSql(expression, relation),
      (error: Error & { code: string; hint: string }) => {
        assert.equal(error.code, 'ING_BAD_EXPRESSION', expression);
        assert.ok(error.message.includes(JSON.stringify(expression)));
        assert.match(error.message, message);
        assert.match(error.hint, /are understood/);
        return true;
      },
    );
  refused('', /ends too early/);
  refused('n >', /ends too early/);
  refused('n > 1 and', /ends too early/);
  refused('n > 1 n', /did not expect "n"/);
  refused('(n > 1', /"\)" is missing/);
  refused('n > 1)', /did not expect "\)"/);
  refused('n = 1', /no condition/);
  refused('n', /no condition/);
  refused('n + 1 > 3', /no condition/);
  refused('@n > 1', /cannot read from "@n > 1"/);
  refused("t == 'a", /cannot read/);
  refused('n % 2 == 0', /cannot read from "% 2 == 0"/);
  refused('n in t', /in needs a list/);
  refused('t.str.len() > 1', /str\.len\(…\) on column "t"/);
  refused("n.str.contains('1')", /str\.contains\(…\) on column "n"/);
  refused("t.str.contains('b', flags=True)", /no option flags/);
});

test('a column that is not there is named, with those that are', () => {
  assert.throws(() => queryToSql('foo > 1', relation), {
    code: 'ING_MISSING_COLUMN',
    message: /"foo" is not in the data/,
    hint: /'i', 'n', 'x'/,
  });
});
