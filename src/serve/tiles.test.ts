import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { VENV } from '../../test/ingest/project.ts';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { extentOf, prepareTiles, tileOf } from './tiles.ts';

test('tiles of shapes of every kind, also of those that cross themselves', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-tiles-'));
  const engine = await Engine.open({ venvDir: VENV, temporaryDir: dir });
  t.after(() => {
    engine.close();
    return rm(dir, { recursive: true, force: true });
  });
  await engine.load('spatial');
  const [source, target] = [path.join(dir, 'source.parquet'), path.join(dir, 'tiles.parquet')];
  const shapes = [
    'POLYGON((-50 -50, 50 50, 50 -50, -50 50, -50 -50))',
    'POLYGON((0 0, 10 0, 10 10, 0 10, 0 0), (5 5, 15 5, 15 15, 5 15, 5 5))',
    'POLYGON((-120 30, -110 30, -110 40, -120 40, -120 30))',
    'POINT(3 4)',
    'LINESTRING(0 0, 50 50, -60 3)',
    'POINT EMPTY',
  ];
  const values = [...shapes.map((shape) => `(ST_GeomFromText(${literal(shape)}))`), '(NULL)'].join(', ');
  await engine.run(
    `COPY (SELECT geom, 7 AS file_row_number FROM (VALUES ${values}) v(geom)) TO ${literal(source)} (FORMAT parquet)`,
  );
  const unfinished = path.join(dir, '.unfinished');
  await prepareTiles(engine, { source, geometry: 'geom', crs: 'EPSG:4326', target, unfinished });

  const whole = await tileOf(engine, target, { z: 0, x: 0, y: 0 });
  assert.ok(Buffer.from(whole).includes('features'));
  assert.ok(Buffer.from(whole).includes('small'), 'a point is less than a pixel');
  assert.equal((await tileOf(engine, target, { z: 3, x: 0, y: 0 })).length, 0, 'nothing is there');
  await assert.rejects(tileOf(engine, target, { z: 3, x: 8, y: 0 }), { code: 'LIF_USAGE' });

  const none = path.join(dir, 'none.parquet');
  const empty = path.join(dir, 'empty.parquet');
  await engine.run(
    `COPY (SELECT ST_GeomFromText('POINT EMPTY') AS geom FROM range(3)) TO ${literal(empty)} (FORMAT parquet)`,
  );
  await prepareTiles(engine, { source: empty, geometry: 'geom', crs: 'EPSG:4326', target: none, unfinished });
  assert.equal((await tileOf(engine, none, { z: 0, x: 0, y: 0 })).length, 0, 'no row has a shape');
  assert.equal(await extentOf(engine, none), undefined);

  const rows = await engine.rows(`SELECT "row" FROM read_parquet(${literal(target)}) ORDER BY 1`);
  assert.deepEqual(
    rows.map(({ row }) => Number(row)),
    [0, 1, 2, 3, 4],
  );
  const { west, south, east, north } = (await extentOf(engine, target))!;
  const rounded = [west, south, east, north].map((degrees) => Math.round(degrees * 1e6) / 1e6);
  assert.deepEqual(rounded, [-120, -50, 50, 50]);
});
