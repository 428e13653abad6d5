import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Engine } from '../../../engine/engine.ts';
import { selectOf } from '../../../relation/relation.ts';
import { silentReporter } from '../../../report.ts';
import { settingsFrom } from '../../../settings/settings.ts';
import type { FormatContext } from '../format.ts';
import { DEFAULT_READ_LIMITS } from '../limits.ts';
import { read } from './read.ts';

/** Columns and values of small files; what is expected is what the department's engine makes of them. */

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-geojson-'));
const { venvDir } = settingsFrom({}, { cwd: dir, project: dir, stderrIsTerminal: false });
const engine = await Engine.open({ venvDir, temporaryDir: dir });
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

const signal = new AbortController().signal;
const context = {
  engine,
  workDir: dir,
  reporter: silentReporter,
  signal,
  bounds: DEFAULT_READ_LIMITS,
} as unknown as FormatContext;

/** Reads a document: its columns with their types, its rows as lists of values, without the geometry. */
async function readDocument(text: string) {
  const file = path.join(dir, 'in.geojson');
  writeFileSync(file, text);
  const relation = await read(file, { type: 'geojson', encoding: 'utf-8' } as const, context);
  const columns = relation.columns.slice(0, -1);
  const rows = await engine.rows(selectOf({ ...relation, columns }));
  return {
    crs: relation.geometry!.crs?.code,
    columns: columns.map(({ name, type }) => `${name} ${type}`),
    rows: columns.length > 0 ? rows.map((row) => Object.values(row)) : rows.map(() => []),
  };
}

const collection = (features: readonly string[], more = '') =>
  `{"type":"FeatureCollection",${more}"features":[${features.join(',')}]}`;
const readFeatures = (...features: string[]) => readDocument(collection(features));
const feature = (properties: string, more = '') =>
  `{"type":"Feature",${more}"properties":${properties},"geometry":null}`;

/** The column of a property with these values, as JSON: its type, then its values. An empty text is no value. */
async function column(...values: string[]): Promise<unknown[]> {
  const features = values.map((value) => feature(value === '' ? '{"k":0}' : `{"k":0,"v":${value}}`));
  const { columns, rows } = await readFeatures(...features);
  const at = columns.findIndex((name) => name.startsWith('v '));
  return [columns[at]!.slice(2), ...rows.map((row) => row[at])];
}

test('numbers and truth values', async () => {
  assert.deepEqual(await column('1', '2'), ['INTEGER', 1, 2]);
  assert.deepEqual(await column('1', '3000000000'), ['BIGINT', '1', '3000000000']);
  assert.deepEqual(await column('1', '12345678901234567890'), ['DOUBLE', 1, 12345678901234567000]);
  assert.deepEqual(await column('1', 'null'), ['DOUBLE', 1, null]);
  assert.deepEqual(await column('true', 'false'), ['BOOLEAN', true, false]);
  assert.deepEqual(await column('true', '7'), ['INTEGER', 1, 7]);
  assert.deepEqual(await column('1.5', 'false'), ['DOUBLE', 1.5, 0]);
  assert.deepEqual(await column('true', '', '2'), ['DOUBLE', 1, null, 2]);
});

test('texts among other values', async () => {
  assert.deepEqual(await column('"a"', '1', '1.50', '1e20', 'true'), ['VARCHAR', 'a', '1', '1.5', '1e+20', 'true']);
  assert.deepEqual(await column('"x"', '{"a/b":[1,{},[]],"c":"[]"}'), [
    'VARCHAR',
    'x',
    '{ "a\\/b": [ 1, { }, [ ] ], "c": "[]" }',
  ]);
  assert.deepEqual(await column('[1]', '"x"', '[]'), ['VARCHAR', '[ 1 ]', 'x', '[ ]']);
});

test('dates and times', async () => {
  const day = '2020-01-01 00:00:00';
  assert.deepEqual(await column('"2020-01-01"', '" 2020/01/01 "', 'null'), ['TIMESTAMP', day, day, null]);
  assert.deepEqual(await column('"2020-01-01T10:00"', '"2020-01-01 10:00:00.1236"'), [
    'TIMESTAMP',
    '2020-01-01 10:00:00',
    '2020-01-01 10:00:00.124',
  ]);
  assert.deepEqual(await column('"2020-01-01T10:00Z"', '"2020-01-01 10:00:00 +05:30"', '"2020-01-01"'), [
    'TIMESTAMP WITH TIME ZONE',
    '2020-01-01 10:00:00+00',
    '2020-01-01 04:30:00+00',
    '2020-01-01 00:00:00+00',
  ]);
  assert.deepEqual(await column('"10:00"', '"11:30:00.5"'), ['TIME', '10:00:00', '11:30:00.5']);
  for (const odd of ['2020-01-01T24:00:00', '2020-02-30', '0000-01-01', '2020-01-01Z', '2020-01-01x', '10:00', '']) {
    assert.deepEqual(await column('"2020-01-01"', JSON.stringify(odd)), ['VARCHAR', '2020-01-01', odd]);
    assert.deepEqual(await column(JSON.stringify(odd), '"2020-01-01"'), ['VARCHAR', odd, '2020-01-01']);
  }
  for (const odd of ['24:00', '10:60', '10:00:60', '1:00'])
    assert.deepEqual(await column('"10:00"', JSON.stringify(odd)), ['VARCHAR', '10:00', odd]);
});

test('lists of plain values', async () => {
  assert.deepEqual(await column('[1,2]', '[]', 'null', '[3]'), ['INTEGER[]', [1, 2], [], null, [3]]);
  assert.deepEqual(await column('[3000000000]', '1'), ['BIGINT[]', ['3000000000'], ['1']]);
  assert.deepEqual(await column('[1]', '[1.5]', 'true'), ['DOUBLE[]', [1], [1.5], [1]]);
  assert.deepEqual(await column('2', '[1]'), ['INTEGER[]', [2], [1]]);
  assert.deepEqual(await column('["a"]', '"b"', '[1]', '2'), ['VARCHAR[]', ['a'], ['b'], ['1'], ['2']]);
  assert.deepEqual(await column('[true]', '[false,true]'), ['BOOLEAN[]', [true], [false, true]]);
});

test('lists that are JSON to GDAL', async () => {
  assert.deepEqual(await column('[]', '[1]'), ['BIGINT[]', [], ['1']]);
  assert.deepEqual(await column('[1,null]', '[2]'), ['DOUBLE[]', [1, null], [2]]);
  assert.deepEqual(await column('["a",null]', '[]'), ['VARCHAR[]', ['a', null], []]);
  assert.deepEqual(await column('[[1,2],[3]]', '[[]]', 'null'), ['BIGINT[][]', [['1', '2'], ['3']], [[]], null]);
  assert.deepEqual(await column('[{"a":1}]', '[]'), ['STRUCT("a" BIGINT)[]', [{ a: '1' }], []]);
});

test('objects', async () => {
  assert.deepEqual(await column('{"b":1,"a":"x"}', '{"b":2,"a":"y"}'), [
    'STRUCT("b" BIGINT, "a" VARCHAR)',
    { b: '1', a: 'x' },
    { b: '2', a: 'y' },
  ]);
  assert.deepEqual(await column('{"b":1,"a":2}', '{"a":2,"7":3}'), [
    'STRUCT("b" DOUBLE, "a" BIGINT, "7" DOUBLE)',
    { b: 1, a: '2', 7: null },
    { b: null, a: '2', 7: 3 },
  ]);
  assert.deepEqual(await column('{"a":{"b":[1]}}', 'null'), [
    'STRUCT("a" STRUCT("b" BIGINT[]))',
    { a: { b: ['1'] } },
    null,
  ]);
  assert.deepEqual(await column('{"t":true,"f":1}', '{"t":null,"f":1.5}'), [
    'STRUCT("t" BOOLEAN, "f" DOUBLE)',
    { t: true, f: 1 },
    { t: null, f: 1.5 },
  ]);
});

test('what shares no type stays whole as text', async () => {
  assert.deepEqual(await column('{"a":1}', '{"a":"x"}'), ['VARCHAR', '{ "a": 1 }', '{ "a": "x" }']);
  assert.deepEqual(await column('{"a":1}', '5', '[1]'), ['VARCHAR', '{ "a": 1 }', '5', '[ 1 ]']);
  assert.deepEqual(await column('[1,"a"]'), ['VARCHAR', '[ 1, "a" ]']);
  assert.deepEqual(await column('{"a":1,"A":2}'), ['VARCHAR', '{ "a": 1, "A": 2 }']);
  assert.deepEqual(await column('{"a":1,"a":2}'), ['VARCHAR', '{ "a": 1, "a": 2 }']);
  assert.deepEqual(await column('{}'), ['VARCHAR', '{ }']);
});

test('names that differ in case alone, odd names and names given twice', async () => {
  assert.deepEqual(
    await readFeatures(feature('{"a":1,"A":2,"a/B":3,"a/b":4,"":5,"~":6,"x\\"y":7}'), feature('{"A":8}')),
    {
      crs: 'EPSG:4326',
      columns: ['a', 'A', 'a/B', 'a/b', '', '~', 'x"y'].map((name) => `${name} ${name === 'A' ? 'INTEGER' : 'DOUBLE'}`),
      rows: [
        [1, 2, 3, 4, 5, 6, 7],
        [null, 8, null, null, null, null, null],
      ],
    },
  );
  const { columns, rows } = await readFeatures(feature('{"a":1,"b":null,"a":{"x":[1]}}'), feature('{"b":2,"b":3}'));
  assert.deepEqual(columns, ['a STRUCT("x" BIGINT[])', 'b DOUBLE']);
  assert.deepEqual(rows, [
    [{ x: ['1'] }, null],
    [null, 3],
  ]);
});

test('ids beside the properties', async () => {
  const ids = async (...values: string[]) => {
    const { columns, rows } = await readFeatures(...values.map((id) => feature('{"k":0}', id && `"id":${id},`)));
    return columns[0] === 'k INTEGER' ? 'dropped' : [columns[0], ...rows.map(([id]) => id)];
  };
  assert.equal(await ids('1', '0', 'null', ''), 'dropped');
  assert.equal(await ids('1', '"b"'), 'dropped');
  assert.deepEqual(await ids('"a"', 'null', '""', '7'), ['id VARCHAR', 'a', null, '', '7']);
  assert.deepEqual(await ids('5', '-1'), ['id INTEGER', 5, -1]);
  assert.deepEqual(await ids('-3000000000', ''), ['id DOUBLE', -3000000000, null]);
  assert.deepEqual(await ids('1.5', 'true', '[1]'), ['id VARCHAR', '1.5', 'true', '[ 1 ]']);
  assert.deepEqual(await ids('"2020-01-01"'), ['id VARCHAR', '2020-01-01']);
});

test('ids beside properties called id', async () => {
  const read = async (...features: string[]) => {
    const { columns, rows } = await readFeatures(...features);
    return [columns, ...rows];
  };
  assert.deepEqual(await read(feature('{"id":7}'), feature('{}', '"id":3,')), [['id INTEGER'], [7], [3]]);
  assert.deepEqual(await read(feature('{"id":7}', '"id":1,'), feature('{}', '"id":3,')), [['id DOUBLE'], [7], [null]]);
  assert.deepEqual(await read(feature('{"a":1,"id":"p"}', '"id":"x",'), feature('{"a":1}', '"id":"y",')), [
    ['a INTEGER', 'id VARCHAR'],
    [1, 'p'],
    [1, 'y'],
  ]);
  assert.deepEqual(await read(feature('{"id":"2020-01-01"}', '"id":"x",')), [
    ['id TIMESTAMP'],
    ['2020-01-01 00:00:00'],
  ]);
});

test('members beside absent properties are properties', async () => {
  const geometry = '"geometry":null';
  assert.deepEqual(
    await readFeatures(feature('{"a":1}'), `{"type":"Feature","bbox":[1],"foo":2,"bar":"x",${geometry}}`),
    {
      crs: 'EPSG:4326',
      columns: ['a DOUBLE', 'foo DOUBLE', 'bar VARCHAR'],
      rows: [
        [1, null, null],
        [null, 2, 'x'],
      ],
    },
  );
  assert.deepEqual((await readFeatures(feature('null', '"foo":1,'))).columns, []);
});

test('nulls in place of features are passed over; anything else that is no feature is refused', async () => {
  assert.deepEqual((await readFeatures('null', feature('{"a":1}'), 'null')).rows, [[1]]);
  const refused = (message: RegExp, ...features: string[]) =>
    assert.rejects(readFeatures(feature('{}'), ...features), { code: 'ING_BAD_FILE', message });
  await refused(/^feature 3 of the file is no object: 5$/, 'null', '5');
  await refused(/^feature 2 .* none by its type: {"type":"Foo"}$/, '{"type":"Foo"}');
  await refused(/^feature 2 .* properties that are no object/, feature('[1]'));
  await refused(/^feature 2 .* under a name in other case/, '{"type":"Feature","Properties":{"a":1},"geometry":null}');
  await refused(/^feature 2 .* two members of one name/, '{"type":"Feature","properties":{"a":1},"properties":{}}');
});

test('half a surrogate pair is a replacement character', async () => {
  const { rows } = await readFeatures(feature('{"a":"x\\ud83d"}'), feature('{"a":"\\ude00\\\\ud83d \\ud83d\\ude00é"}'));
  assert.deepEqual(rows, [['x\ufffd'], ['\ufffd\\ud83d 😀é']]);
});

test('a geometry that cannot be read is named', async () => {
  const text = '{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1]}}';
  await assert.rejects(readFeatures(feature('{}'), text), {
    code: 'ING_BAD_GEOMETRY',
    message: 'the geometry of feature 2 cannot be read: {"type":"Point","coordinates":[1]}',
  });
});

test('the reference system of a document', async () => {
  const crs = async (member: string) => (await readDocument(collection([], `"crs":${member},`))).crs;
  for (const named of ['"EPSG:2263"', '{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::2263"}}', '2263'])
    assert.equal(await crs(named), 'EPSG:2263');
  for (const nothing of ['{}', '""', '{"type":"name","properties":{}}', '{"properties":{"name":null}}'])
    assert.equal(await crs(nothing), 'EPSG:4326');
  for (const other of [
    '{"type":"link","properties":{"href":"x"}}',
    '{"wkid":2263}',
    'null',
    '[]',
    '{"properties":null}',
  ])
    await assert.rejects(crs(other), { code: 'ING_UNKNOWN_CRS' }, other);
});

test('a geometry without any number is none, beside ones with some', async () => {
  const placed = (geometry: string) => `{"type":"Feature","properties":{"k":1},"geometry":${geometry}}`;
  const shown = async (...geometries: string[]) => {
    const file = path.join(dir, 'nowhere.geojson');
    writeFileSync(file, collection(geometries.map(placed)));
    const relation = await read(file, { type: 'geojson', encoding: 'utf-8' } as const, context);
    const columns = relation.columns.slice(-1);
    const rows = await engine.rows(`SELECT ST_AsText(COLUMNS(*)) AS g FROM (${selectOf({ ...relation, columns })})`);
    return rows.map((row) => row.g);
  };
  const point = '{"type":"Point","coordinates":[1,2]}';
  for (const nowhere of [
    '{}',
    '{"type":"Point","coordinates":["NaN","NaN"]}',
    '{"type":"Point","coordinates":[null,null]}',
    '{"coordinates":[NaN,NaN],"type":"Point"}',
    '{"type":"MultiPoint","coordinates":[["NaN","NaN"]]}',
    '{"type":"Polygon","coordinates":null}',
  ])
    assert.deepEqual(await shown(point, nowhere, point), ['POINT (1 2)', null, 'POINT (1 2)'], nowhere);
  for (const half of ['{"type":"Point","coordinates":["NaN",2]}', '{"type":"Point","coordinates":[1]}'])
    await assert.rejects(shown(point, '{}', half), /feature 3 cannot be read/, half);
});

test('a collection with two lists of features is refused', async () => {
  const twice =
    '{"type":"FeatureCollection","features":[],"features":[{"type":"Feature","properties":{"a":1},"geometry":null}]}';
  await assert.rejects(readDocument(twice), { code: 'ING_BAD_FILE', message: /two lists of `features`/ });
});

test('a crs is known by its address too; one that is null or unknown is told as that of the file', async () => {
  const crs = async (member: string) => (await readDocument(collection([], `"crs":${member},`))).crs;
  const named = (name: string) => crs(`{"type":"name","properties":{"name":"${name}"}}`);
  assert.equal(await named('http://www.opengis.net/def/crs/EPSG/0/2263'), 'EPSG:2263');
  assert.equal(await named('https://www.opengis.net/def/crs/OGC/1.3/CRS84'), 'OGC:CRS84');
  assert.equal(await named('urn:x-ogc:def:crs:EPSG:2263'), 'EPSG:2263');
  await assert.rejects(crs('null'), { code: 'ING_UNKNOWN_CRS', message: /the file's crs is null/ });
  await assert.rejects(named('EPSG:999999'), { code: 'ING_UNKNOWN_CRS', message: /the file's crs .*EPSG:999999/ });
});
