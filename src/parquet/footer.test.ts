import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { renameColumns, setGeoMetadata } from './footer.ts';
import { decodeStruct, encodeStruct } from './thrift-compact.ts';

/** Parquet files of DuckDB with other names in their footers, read by DuckDB again. */

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-footer-'));
const engine = await Engine.open({ venvDir: dir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});
const file = path.join(dir, 'file.parquet');

const write = (select: string, options = '') =>
  engine.run(`COPY (${select}) TO ${literal(file)} (FORMAT parquet, COMPRESSION snappy${options})`);
/** Names as the file has them; DuckDB's own would be made unique first. */
const namesInFile = async (sql: string) => (await engine.rows(sql)).map((row) => row.name);
const schemaNames = () => namesInFile(`SELECT name FROM parquet_schema(${literal(file)}) OFFSET 1`);
const chunkNames = () =>
  namesInFile(`SELECT path_in_schema AS name FROM parquet_metadata(${literal(file)}) ORDER BY row_group_id, column_id`);
const valuesInFile = () => engine.rows(`SELECT * FROM read_parquet(${literal(file)})`);

test('columns get other names, longer ones and shorter ones, and keep their values', async () => {
  await write("SELECT i AS a, 'text ' || i AS second, i / 2 AS c FROM range(3) AS r(i)");
  const before = await valuesInFile();
  const long = 'ñame '.repeat(100);
  await renameColumns(
    file,
    new Map([
      ['a', long],
      ['second', 's'],
      ['absent', 'x'],
    ]),
  );
  assert.deepEqual(await schemaNames(), [long, 's', 'c']);
  assert.deepEqual(await chunkNames(), [long, 's', 'c']);
  const values = await valuesInFile();
  assert.deepEqual(
    values.map((row) => Object.values(row)),
    before.map((row) => Object.values(row)),
  );
});

test('names that differ by case alone', async () => {
  await write("SELECT 1 AS name, 'x' AS other");
  await renameColumns(file, new Map([['other', 'Name']]));
  assert.deepEqual(await schemaNames(), ['name', 'Name']);
});

test('names are swapped, not chained', async () => {
  await write('SELECT 1 AS a, 2 AS b, 3 AS c');
  await renameColumns(
    file,
    new Map([
      ['a', 'b'],
      ['b', 'a'],
    ]),
  );
  assert.deepEqual(await valuesInFile(), [{ b: 1, a: 2, c: 3 }]);
});

test('fields inside a column keep their names, and columns behind it are found', async () => {
  await write("SELECT {'a': 1, 'b': {'a': [1, 2], 'z': 'x'}} AS s, [{'a': 1}] AS l, MAP {'a': 1} AS m, 5 AS a");
  await renameColumns(
    file,
    new Map([
      ['a', 'renamed'],
      ['s', 'S2'],
    ]),
  );
  const [row] = await valuesInFile();
  assert.deepEqual(Object.keys(row!), ['S2', 'l', 'm', 'renamed']);
  assert.deepEqual(row!.S2, { a: 1, b: { a: [1, 2], z: 'x' } });
  assert.deepEqual(row!.l, [{ a: 1 }]);
  assert.equal(row!.renamed, 5);
});

test('every row group is renamed, of a wide table too', async () => {
  const columns = Array.from({ length: 40 }, (_, i) => `i * ${i} AS n${i}`);
  await write(`SELECT ${columns.join(', ')} FROM range(10000) AS r(i)`, ', ROW_GROUP_SIZE 2048');
  await renameColumns(
    file,
    new Map([
      ['n3', 'three'],
      ['n39', 'last'],
    ]),
  );
  const names = await chunkNames();
  assert.equal(names.length, 40 * 5);
  assert.deepEqual([...new Set(names)].length, 40);
  const [sums] = await engine.rows(`SELECT sum(three) AS three, sum(last) AS last FROM read_parquet(${literal(file)})`);
  assert.deepEqual(sums, { three: String(3 * 49995000), last: String(39 * 49995000) });
});

const WKB = { encoding: 'WKB', geometry_types: ['Point'] };

test('the GeoParquet metadata follows, other metadata stays', async () => {
  const geo = { version: '1.0.0', primary_column: 'g', columns: { g: WKB, h: WKB } };
  await write(
    'SELECT 1 AS g, 2 AS h',
    `, KV_METADATA {geo: ${literal(JSON.stringify(geo))}, note: ${literal('g and h')}}`,
  );
  await renameColumns(file, new Map([['g', 'geom']]));
  const pairs = await engine.rows(
    `SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata(${literal(file)})`,
  );
  const values = new Map(pairs.map(({ key, value }) => [key, String(value)]));
  assert.equal(values.get('note'), 'g and h');
  assert.deepEqual(JSON.parse(values.get('geo')!), {
    version: '1.0.0',
    primary_column: 'geom',
    columns: { geom: WKB, h: WKB },
  });
});

test('GeoParquet metadata is set beside other metadata, in the place of older or where there was none', async () => {
  const pairs = async () => {
    const rows = await engine.rows(
      `SELECT decode(key) AS key, decode(value) AS value FROM parquet_kv_metadata(${literal(file)})`,
    );
    return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
  };
  const older = JSON.stringify({ version: '1.0.0', primary_column: 'g', columns: { g: WKB } });
  for (const options of ['', ", KV_METADATA {note: 'kept'}", `, KV_METADATA {geo: ${literal(older)}, note: 'kept'}`]) {
    await write('SELECT 1 AS g', options);
    const geo = { version: '1.0.0', primary_column: 'g', columns: { g: { ...WKB, crs: { name: 'é' } } } };
    await setGeoMetadata(file, geo);
    const { geo: written, ...others } = await pairs();
    assert.deepEqual(JSON.parse(String(written)), geo);
    assert.deepEqual(others, options === '' ? {} : { note: 'kept' });
    assert.deepEqual(await valuesInFile(), [{ g: 1 }]);
  }
});

test('a footer that is decoded and encoded again is the same to the byte', async () => {
  await write(
    "SELECT i AS a, CASE WHEN i % 3 > 0 THEN 'x' || i END AS b, i / 7 AS c, {'d': [i]} AS s FROM range(5000) AS r(i)",
  );
  const bytes = readFileSync(file);
  const length = bytes.readUInt32LE(bytes.length - 8);
  const footer = bytes.subarray(bytes.length - 8 - length, bytes.length - 8);
  assert.ok(encodeStruct(decodeStruct(footer)).equals(footer));
  await renameColumns(file, new Map());
  assert.ok(readFileSync(file).equals(bytes));
});

test('what is no parquet file is left as it is', async () => {
  const text = 'id,name\n1,a\n2,b\n';
  writeFileSync(file, text);
  await assert.rejects(renameColumns(file, new Map([['id', 'x']])), /no parquet file/);
  assert.equal(readFileSync(file, 'utf8'), text);
});
