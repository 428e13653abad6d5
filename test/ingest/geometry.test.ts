import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reprojected } from '../../src/ingest/steps/reproject.ts';
import { addGeometry } from '../../src/relation/geometry.ts';
import { selectOf, withColumn } from '../../src/relation/relation.ts';
import { afterSteps, engine, tableOf } from '../fixtures/steps.ts';

/** Geometries as texts, where DuckDB and GEOS do not agree on what is one. */

async function read(text: string): Promise<unknown> {
  const option = { geom_column: 'g', crs: 'EPSG:4326' };
  const relation = await addGeometry(engine, await tableOf(`SELECT '${text}' AS g`), option, false);
  const shown = withColumn(relation, 'g', { expression: `ST_AsText(${relation.columns[0]!.expression})` });
  return (await engine.row(selectOf(shown))).c0;
}

test('WKT may leave out the Z of coordinates with three numbers', async () => {
  assert.equal(await read('POINT (1 2 3)'), 'POINT Z (1 2 3)');
  assert.equal(await read('MULTIPOINT (1 2 3, 3 4 5)'), 'MULTIPOINT Z (1 2 3, 3 4 5)');
  assert.equal(await read('POLYGON ((0 0 1, 1 0 1, 1 1 1, 0 0 1))'), 'POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))');
  assert.equal(await read('point(1 2)'), 'POINT (1 2)');
});

test('WKT is nothing but the geometry', async () => {
  for (const text of ['SRID=4326;POINT (1 2)', 'POINT (1 2) x', 'POINT (1', 'hello', ''])
    await assert.rejects(read(text), { code: 'ING_BAD_GEOMETRY' }, text);
});

test('numbers are no geometry', async () => {
  const option = { geom_column: 'g', crs: 'EPSG:4326' };
  await assert.rejects(addGeometry(engine, await tableOf('SELECT 5 AS g'), option, false), {
    code: 'ING_BAD_GEOMETRY',
  });
});

test('longitude and latitude are transformed alike under both their names', async () => {
  const from = async (crs: string) => {
    const table = await tableOf('SELECT -73.9::DOUBLE AS x, 40.7::DOUBLE AS y');
    const points = await addGeometry(engine, table, { geom_column: { x: 'x', y: 'y' }, crs }, false);
    const { columns, ...moved } = await reprojected(points, 'EPSG:2263', { engine });
    const { expression } = columns.find((column) => column.name === 'geometry')!;
    const texts = ['ST_X', 'ST_Y'].map((f) => ({ name: f, type: 'DOUBLE', expression: `${f}(${expression})` }));
    return Object.values(await engine.row(selectOf({ ...moved, columns: texts }))).map(Number);
  };
  const [x, y] = await from('OGC:CRS84');
  assert.deepEqual([x, y], await from('EPSG:4326'));
  assert.ok(Math.abs(x! - 1011978.0767643413) < 1e-6 && Math.abs(y! - 194321.16597113851) < 1e-6, `${x} ${y}`);
});

test('a geometry that becomes text is text and no geometry any more', async () => {
  const { columns, rows } = await afterSteps("SELECT 'POINT (1 2)' AS g", [
    ['convert_to_geometry', { geom_column: 'g' }],
    ['coerce_column_types', { column_types: { geom: 'string' } }],
  ]);
  assert.deepEqual([columns, rows], [['geom VARCHAR'], [['POINT (1 2)']]]);
});
