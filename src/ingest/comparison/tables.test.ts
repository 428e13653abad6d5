import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { settingsFrom } from '../../settings/settings.ts';
import { compareTables } from './tables.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-compare-'));
const { venvDir } = settingsFrom(process.env, { project: dir, cwd: dir, stderrIsTerminal: false });
const engine = await Engine.open({ venvDir, temporaryDir: dir });
await engine.load('spatial');
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

async function compare(a: string, b: string) {
  const files = ['a', 'b'].map((name) => path.join(dir, `${name}.parquet`)) as [string, string];
  for (const [i, query] of [a, b].entries()) {
    await engine.run(`COPY (${query}) TO ${literal(files[i]!)} (FORMAT parquet)`);
  }
  return compareTables(engine, files);
}

/** One row of one value a side, and what is made of it. */
const VALUES: [string, string, string, 'same' | 'near' | 'different'][] = [
  ['the same number', '0.1::DOUBLE', '0.1::DOUBLE', 'same'],
  ['the last digit', '0.1::DOUBLE', '0.1::DOUBLE + 1e-15', 'near'],
  ['a large number', '123456789.123::DOUBLE', '123456789.1230001::DOUBLE', 'near'],
  ['another number', '0.1::DOUBLE', '0.100001::DOUBLE', 'different'],
  ['no number twice', "'nan'::DOUBLE", "'nan'::DOUBLE", 'same'],
  ['no number once', "'nan'::DOUBLE", '1::DOUBLE', 'different'],
  ['null and nothing', 'NULL::VARCHAR', "''", 'different'],
  ['null twice', 'NULL::VARCHAR', 'NULL::VARCHAR', 'same'],
  ['infinity', "'inf'::DOUBLE", "'-inf'::DOUBLE", 'different'],
  ['lists', '[1, 2]', '[2, 1]', 'different'],
  ['a point moved a hair', 'ST_Point(1000000, 2)', 'ST_Point(1000000.0000001, 2)', 'near'],
  ['a point moved', 'ST_Point(1, 2)', 'ST_Point(1.001, 2)', 'different'],
  ['another first vertex', polygon('0 0, 1 0, 1 1, 0 0'), polygon('1 0, 1 1, 0 0, 1 0'), 'near'],
  ['a vertex on an edge', polygon('0 0, 2 0, 2 2, 0 0'), polygon('0 0, 1 0, 2 0, 2 2, 0 0'), 'near'],
  ['another polygon', polygon('0 0, 1 0, 1 1, 0 0'), polygon('0 0, 1 0, 1 2, 0 0'), 'different'],
  ['parts in another order', wkt('MULTIPOINT (0 0, 1 1)'), wkt('MULTIPOINT (1 1, 0 0)'), 'near'],
  ['one and many', wkt('POINT (0 0)'), wkt('MULTIPOINT (0 0)'), 'different'],
  ['empty ones', wkt('POINT EMPTY'), wkt('POINT EMPTY'), 'same'],
  ['heights', wkt('POINT Z (0 0 1)'), wkt('POINT Z (0 0 2)'), 'different'],
  ['with and without a height', wkt('POINT Z (0 0 0)'), wkt('POINT (0 0)'), 'different'],
  ['an invalid one', polygon('0 0, 1 1, 1 0, 0 1, 0 0'), polygon('0 0, 2 2, 2 0, 0 2, 0 0'), 'different'],
];

function wkt(text: string): string {
  return `ST_GeomFromText('${text}')`;
}

function polygon(ring: string): string {
  return wkt(`POLYGON ((${ring}))`);
}

for (const [name, a, b, expected] of VALUES) {
  test(`values of two files: ${name}`, async () => {
    const { values, schema, unmatched } = await compare(`SELECT ${a} AS v`, `SELECT ${b} AS v`);
    assert.deepEqual(schema, []);
    const [found] = values;
    assert.deepEqual(
      found && { near: found.near, different: found.different },
      { same: undefined, near: { near: 1, different: 0 }, different: { near: 0, different: 1 } }[expected],
    );
    if (expected === 'different') assert.ok(found?.first);
    else assert.equal(unmatched, undefined);
  });
}

test('a point where the other has none', async () => {
  const points = (second: string) => `SELECT unnest([ST_Point(1, 1), ${second}]) AS v`;
  const { values } = await compare(points('NULL'), points('ST_Point(0, 0)'));
  assert.deepEqual(values, [{ name: 'v', near: 0, different: 1, first: { row: 2, values: [null, 'POINT (0 0)'] } }]);
});

test('names, order and types of columns', async () => {
  const { schema } = await compare('SELECT 1 AS a, 2 AS b, 3 AS c', "SELECT 2 AS b, '1' AS a, 3 AS d");
  assert.deepEqual(schema, [
    'column c is made by native only',
    'column d is made by dcpy only',
    'the columns have another order',
    'column a is INTEGER by native, VARCHAR by dcpy',
  ]);
});

test('values of other types are compared as what both can be', async () => {
  const numbers = await compare('SELECT 1::BIGINT AS v', 'SELECT 1::DOUBLE AS v');
  assert.deepEqual([numbers.values, numbers.schema.length], [[], 1]);
  const texts = await compare("SELECT DATE '2020-01-02' AS v", "SELECT '2020-01-03' AS v");
  assert.deepEqual(texts.values[0]?.first, { row: 1, values: ['2020-01-02', '2020-01-03'] });
});

/** One row of a column `v` as pyarrow writes nulls: of the logical type Null, which DuckDB does not write. */
const UNTYPED = [
  'UEFSMRUAFQwVDCwVAhUAFQYVBhwAAAACAAAAAgAVBBksNQAYBnNjaGVtYRUCABUCJQIYAXZsvAAAABYCGRwZHCYAHBUCGSUGABkY',
  'AXYVABYCFjIWMiYISRwVABUAFQIAPCkGGSYCAAAAABYyFgImCBYyACggcGFycXVldC1jcHAtYXJyb3cgdmVyc2lvbiAyNS4wLjEZ',
  'HBwAAAB+AAAAUEFSMQ==',
].join('');

test('a column of nulls without a type is of every type, as long as the other has no values', async () => {
  const [first, second] = ['untyped', 'typed'].map((name) => path.join(dir, `${name}.parquet`)) as [string, string];
  await writeFile(first, Buffer.from(UNTYPED, 'base64'));
  for (const [value, different] of [
    ['NULL::VARCHAR', 0],
    ["'x'", 1],
  ] as const) {
    await engine.run(`COPY (SELECT ${value} AS v) TO ${literal(second)} (FORMAT parquet)`);
    for (const files of [
      [first, second],
      [second, first],
    ] as [string, string][]) {
      const { schema, values } = await compareTables(engine, files);
      assert.deepEqual([schema, values.length], [[], different]);
    }
  }
});

test('rows in another order, missing and repeated ones are counted', async () => {
  const rows = (order: string) => `SELECT range AS n, range / 3 AS x FROM range(130000) ORDER BY ${order}`;
  const turned = await compare(rows('n'), rows('n DESC'));
  assert.deepEqual(
    [turned.values.map(({ different }) => different), turned.unmatched],
    [
      [130_000, 130_000],
      [0, 0],
    ],
  );
  assert.equal(turned.values[0]?.first?.row, 1);
  const fewer = await compare('SELECT unnest([1, 1, 2, 3]) AS n', 'SELECT unnest([1, 2, 2]) AS n');
  assert.deepEqual([fewer.rows, fewer.values, fewer.unmatched], [[4, 3], [], [2, 1]]);
});
