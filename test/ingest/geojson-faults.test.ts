import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collection, feature, geometries, isRefused, placesOf, point } from './geojson.ts';

/** Fault row 44: GeoJSON as sources really give it. */

test('fault 44: a null geometry is a row without one', async (t) => {
  const raw = collection([
    feature(point(1, 2), { n: 1 }),
    feature(null, { n: 2 }),
    { type: 'Feature', properties: { n: 3 } },
  ]);
  const { rows, types, bbox } = await placesOf(t, raw);
  assert.deepEqual(rows, [
    { n: 1, geom: 'POINT (1 2)' },
    { n: 2, geom: null },
    { n: 3, geom: null },
  ]);
  assert.deepEqual([types, bbox], [['Point'], [1, 2, 1, 2]]);
});

test('fault 44: null geometries alone', async (t) => {
  const { rows, types, bbox } = await placesOf(t, collection([feature(null, { n: 1 })]));
  assert.deepEqual(rows, [{ n: 1, geom: null }]);
  assert.deepEqual([types, bbox], [[], null]);
});

test('fault 44: geometries of several types stay what they are, a collection too', async (t) => {
  const line = {
    type: 'LineString',
    coordinates: [
      [0, 0],
      [1, 1],
    ],
  };
  const ring = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 0],
  ];
  const raw = collection(
    [
      ...[point(1, 2), line, { type: 'Polygon', coordinates: [ring] }, { type: 'MultiPoint', coordinates: [[1, 2]] }],
      { type: 'GeometryCollection', geometries: [point(5, 6), line] },
    ].map((geometry) => feature(geometry)),
  );
  const { rows, types } = await placesOf(t, raw);
  assert.deepEqual(geometries(rows), [
    ...['POINT (1 2)', 'LINESTRING (0 0, 1 1)', 'POLYGON ((0 0, 4 0, 4 4, 0 0))', 'MULTIPOINT (1 2)'],
    'GEOMETRYCOLLECTION (POINT (5 6), LINESTRING (0 0, 1 1))',
  ]);
  assert.deepEqual(types, ['GeometryCollection', 'LineString', 'MultiPoint', 'Point', 'Polygon']);
});

test('fault 44: values of several types in one property become text, numbers as they are written', async (t) => {
  const raw = collection([1, 'a', 2.5, true, null].map((v) => feature(point(0, 0), { v })));
  const { rows } = await placesOf(t, raw);
  assert.deepEqual(
    rows.map((row) => row.v),
    ['1', 'a', '2.5', 'true', null],
  );
});

test('fault 44: whole numbers with a null become doubles, large ones stay exact', async (t) => {
  const values = [
    { a: 1, b: 1, c: 9007199254740993n },
    { a: null, b: 2147483648, c: 1 },
  ];
  const raw = collection([]).replace(
    '[]',
    `[${values.map(({ a, b, c }) => `{"type":"Feature","properties":{"a":${a},"b":${b},"c":${c}},"geometry":null}`).join(',')}]`,
  );
  const { rows } = await placesOf(t, raw);
  assert.deepEqual(rows, [
    { a: 1, b: '1', c: '9007199254740993', geom: null },
    { a: null, b: '2147483648', c: '1', geom: null },
  ]);
});

test('fault 44: an empty collection is a table without rows that still has its geometry', async (t) => {
  const { rows, crs, geo } = await placesOf(t, collection([]));
  assert.deepEqual([rows, crs, geo.geometry_types], [[], 'EPSG:4326', []]);
});

test('fault 44: coordinates out of the range of degrees are kept as they are', async (t) => {
  const { rows, bbox } = await placesOf(t, collection([feature(point(987654.5, 210000)), feature(point(-200, 95))]));
  assert.deepEqual(geometries(rows), ['POINT (987654.5 210000)', 'POINT (-200 95)']);
  assert.deepEqual(bbox, [-200, 95, 987654.5, 210000]);
});

test('fault 44: coordinates out of range end up nowhere when they are moved, and the file is read all the same', async (t) => {
  const raw = collection([feature(point(-74, 40.7)), feature(point(987654.5, 210000))]);
  const { rows, bbox } = await placesOf(t, raw, { target_crs: 'EPSG:2263' });
  assert.deepEqual(geometries(rows), ['POINT (984250.0000000001 194305.3389411525)', 'POINT (inf inf)']);
  assert.equal(bbox, null);
});

test('fault 44: a third dimension is kept, also through a change of the reference system', async (t) => {
  const raw = collection([feature(point(-74, 40.7, 12.5)), feature(point(-74, 40.7))]);
  const { rows, types } = await placesOf(t, raw);
  assert.deepEqual(geometries(rows), ['POINT Z (-74 40.7 12.5)', 'POINT (-74 40.7)']);
  assert.deepEqual(types, ['Point', 'Point Z']);
  const moved = await placesOf(t, raw, { target_crs: 'EPSG:3857' });
  assert.match(String(moved.rows[0]!.geom), /^POINT Z \(-8237642\.\d+ 4968191\.\d+ 12\.5\)$/);
});

test('fault 44: a fourth number of a position is left out', async (t) => {
  const { rows } = await placesOf(t, collection([feature(point(1, 2, 3, 4))]));
  assert.deepEqual(geometries(rows), ['POINT Z (1 2 3)']);
});

test('fault 44: the reference system is that of the template, else of the document, and is set rather than moved to', async (t) => {
  const named = { crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::2263' } } };
  const raw = collection([feature(point(987654, 210000))], named);
  const own = await placesOf(t, raw);
  assert.deepEqual([own.crs, geometries(own.rows)], ['EPSG:2263', ['POINT (987654 210000)']]);
  const wrong = await placesOf(t, raw, { file_format: { type: 'geojson', crs: 'EPSG:6539' } });
  assert.deepEqual([wrong.crs, geometries(wrong.rows)], ['EPSG:6539', ['POINT (987654 210000)']]);
  const number = await placesOf(t, collection([feature(point(1, 2))], { crs: 4326 }).replace('4326', '"EPSG:4326"'));
  assert.equal(number.crs, 'EPSG:4326');
});

test('fault 44: a reference system that nobody knows is refused', async (t) => {
  const raw = (name: string) => collection([feature(point(1, 2))], { crs: { type: 'name', properties: { name } } });
  await isRefused(t, raw('EPSG:999999'), 'ING_UNKNOWN_CRS', /EPSG:999999/);
  await isRefused(t, raw('my own grid'), 'ING_UNKNOWN_CRS', /my own grid/);
});

test('fault 44: swapped axes are not guessed at: latitude first stays first', async (t) => {
  const { rows } = await placesOf(t, collection([feature(point(40.7, -74))]));
  assert.deepEqual(geometries(rows), ['POINT (40.7 -74)']);
});

test('fault 44: longitude stands before latitude whatever the authority says of a system', async (t) => {
  const { rows } = await placesOf(t, collection([feature(point(-74, 40.7))]), { target_crs: 'EPSG:2263' });
  const [, x, y] = /^POINT \((\S+) (\S+)\)$/.exec(String(rows[0]!.geom)) ?? [];
  assert.deepEqual(
    [x, y].map((number) => Math.round(Number(number))),
    [984250, 194305],
  );
});

test('fault 44: coordinates that are none are refused', async (t) => {
  for (const geometry of [
    { type: 'Point', coordinates: [1] },
    { type: 'Point', coordinates: ['x', 'y'] },
    { type: 'Polygon', coordinates: [[1, 2]] },
    { type: 'Circle', coordinates: [1, 2] },
    { coordinates: [1, 2] },
  ]) {
    await isRefused(t, collection([feature(geometry)]), 'ING_BAD_GEOMETRY', /geometry/);
  }
});

test('fault 44: an answer that is no GeoJSON is refused for what it is', async (t) => {
  await isRefused(t, '{"error":{"code":500,"message":"x"}}', 'SRC_ANSWER', /error in place of data/);
  await isRefused(t, '{"type":"Topology","objects":{}}', 'ING_BAD_FILE', /no GeoJSON: its type is "Topology"/);
  await isRefused(t, '{"type":"FeatureCollection"}', 'ING_BAD_FILE', /no list of features/);
  await isRefused(
    t,
    collection([feature(point(1, 2))]).slice(0, -1),
    'ING_BAD_FILE',
    /it ends at line 1, column \d+, where “,” or “}” should follow/,
  );
  await isRefused(
    t,
    collection([feature(point(1, 2))]).replace('[1,2]', '[1,2'),
    'ING_BAD_FILE',
    /line 1, column \d+ stands .* where “,” or “]” should be/,
  );
  await isRefused(t, '<html></html>', 'SRC_UNEXPECTED_CONTENT', /an HTML page in place of geojson/);
});

test('a file in another encoding is told as such, with the place', async (t) => {
  const text = collection([feature(point(1, 2), { name: 'x' }), feature(point(1, 2), { name: 'Café' })]);
  const inLatin1 = Buffer.from(text.replaceAll('},{', '},\n{'), 'latin1');
  await isRefused(t, inLatin1, 'ING_BAD_ENCODING', /line 2 \(byte \d+ of the file, behind .*Caf"\) holds e9/);
  const mark = Buffer.from([0xff, 0xfe]);
  await isRefused(t, Buffer.concat([mark, Buffer.from(text, 'utf16le')]), 'ING_BAD_ENCODING', /utf-16/);
  await isRefused(t, Buffer.from(text, 'utf16le'), 'ING_BAD_ENCODING', /utf-16le/);
});

test('a file of one feature a line, and a fault in one feature among others', async (t) => {
  const one = JSON.stringify(feature(point(1, 2)));
  await isRefused(t, `${one}\n${one}\n`, 'ING_BAD_FILE', /line 2, column 1 a second value begins/);
  const lines = collection([feature(point(1, 2)), feature(point(3, 4))]).replace('},{', '},\n{');
  await isRefused(t, lines.replace('[3,4]', '[3,four]'), 'ING_BAD_FILE', /line 2, column \d+ stands "four/);
});
