import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collection, feature, geometries, isRefused, placesOf } from './geojson.ts';
import { IngestProject } from './project.ts';

/** Fault row 45: polygons that are none. */

const polygon = (...rings: number[][][]) => feature({ type: 'Polygon', coordinates: rings });

test('fault 45: a bow tie becomes two triangles, and a valid polygon stays as it is to the last bit', async (t) => {
  const valid = [
    [0.1, 0.2],
    [0.7, 0.1],
    [1 / 3, 2 / 3],
    [0.1, 0.2],
  ];
  const raw = collection([
    polygon([
      [0, 0],
      [2, 2],
      [2, 0],
      [0, 2],
      [0, 0],
    ]),
    polygon(valid),
  ]);
  const { rows, types } = await placesOf(t, raw);
  assert.deepEqual(types, ['MultiPolygon', 'Polygon']);
  assert.match(String(rows[0]!.geom), /^MULTIPOLYGON \(\(\([^()]+\)\), \(\([^()]+\)\)\)$/);
  assert.equal(rows[1]!.geom, `POLYGON ((${valid.map((position) => position.join(' ')).join(', ')}))`);
});

test('fault 45: a hole outside, a spike, a repeated ring and a collapsed polygon become valid', async (t) => {
  const square = [
    [0, 0],
    [4, 0],
    [4, 4],
    [0, 4],
    [0, 0],
  ];
  const raw = collection([
    polygon(square, [
      [6, 6],
      [7, 6],
      [7, 7],
      [6, 6],
    ]),
    polygon([
      [0, 0],
      [4, 0],
      [4, 4],
      [8, 8],
      [4, 4],
      [0, 4],
      [0, 0],
    ]),
    polygon(square, square),
    polygon([
      [0, 0],
      [1, 1],
      [2, 2],
      [0, 0],
    ]),
  ]);
  const project = await IngestProject.make(t);
  await project.template('places', {
    source: { type: 'local_file', path: 'places.geojson' },
    file_format: { type: 'geojson' },
  });
  await project.write('places.geojson', raw);
  const { code, stderr } = await project.tellHere('places');
  assert.equal(code, 0, stderr);
  const rows = await project.query(
    'SELECT ST_IsValid(geom) AS valid, ST_Area(geom) AS area, CAST(ST_GeometryType(geom) AS VARCHAR) AS type FROM FILE',
    'places',
    'v1',
  );
  assert.deepEqual(rows, [
    { valid: true, area: 16.5, type: 'MULTIPOLYGON' },
    { valid: true, area: 16, type: 'GEOMETRYCOLLECTION' },
    { valid: true, area: 16, type: 'POLYGON' },
    { valid: true, area: 0, type: 'MULTILINESTRING' },
  ]);
});

test('fault 45: a ring there and back again becomes a line, an empty polygon stays one', async (t) => {
  const back = [
    [0, 0],
    [1, 1],
    [0, 0],
  ];
  const raw = collection([polygon(back), polygon(), feature({ type: 'Point', coordinates: [] })]);
  const { rows } = await placesOf(t, raw);
  assert.deepEqual(geometries(rows), ['LINESTRING (0 0, 1 1)', 'POLYGON EMPTY', 'POINT EMPTY']);
});

test('fault 45: a ring that is not closed is refused', (t) =>
  isRefused(
    t,
    collection([
      polygon([
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
      ]),
    ]),
    'ING_BAD_GEOMETRY',
    /geometry/,
  ));

test('a ring that is not closed is told by the number of its feature', async (t) => {
  const open = {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 0],
      ],
    ],
  };
  const closed = {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [0, 0],
      ],
    ],
  };
  const text = collection([feature(closed), feature(open)]);
  await isRefused(t, text, 'ING_BAD_GEOMETRY', /the geometry of feature 2 has a ring that is not closed: POLYGON/);
});
