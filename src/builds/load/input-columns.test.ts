import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { geodatabaseOf, zipTo } from '../../../test/fixtures/geodatabase.ts';
import { dbf, type Field, POINT, point, shapeFiles } from '../../../test/fixtures/shapefile.ts';
import { engine } from '../../../test/fixtures/steps.ts';
import { relationOf } from './input-columns.ts';
import type { VerifiedInput } from './verify-inputs.ts';

const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-geographic-'));
test.after(() => rm(dir, { recursive: true }));

const inputOf = (file: string, file_type: string, custom = {}) =>
  ({ id: 'x', file, file_type, custom }) as VerifiedInput;

const FIELDS: Field[] = [
  ['NAME', 'C', 10],
  ['Name', 'C', 10],
  ['N', 'N', 5],
];

function shapefile(): Map<string, Buffer> {
  const { shp, shx } = shapeFiles([point(1, 2), point(3, 4)], POINT);
  const text = Buffer.from([0x63, 0x61, 0x66, 0x82]);
  const table = dbf(
    FIELDS,
    [
      [text, 'a', '1'],
      ['', 'b', ''],
    ],
    { languageDriver: 1 },
  );
  return new Map([
    ['l.shp', shp],
    ['l.shx', shx],
    ['l.dbf', table],
  ]);
}

test('a shapefile becomes a table by what it declares of its text; whole numbers with gaps stay whole', async () => {
  const file = await zipTo(path.join(dir, 'good.zip'), shapefile());
  const relation = await relationOf(engine, inputOf(file, 'shapefile'));
  const columns = await engine.describe(`SELECT * FROM ${relation}`);
  assert.deepEqual(
    columns.map(({ name, type }) => [name, type]),
    [
      ['NAME', 'VARCHAR'],
      ['Name_1', 'VARCHAR'],
      ['N', 'INTEGER'],
      ['geom', 'GEOMETRY'],
    ],
  );
  const rows = await engine.rows(`SELECT * REPLACE (ST_AsText(geom) AS geom) FROM ${relation}`);
  assert.deepEqual(rows.map(Object.values), [
    ['café', 'a', 1, 'POINT (1 2)'],
    [null, 'b', null, 'POINT (3 4)'],
  ]);
});

test('a layer of a geodatabase becomes a table, its CRS in the type', async () => {
  const query = 'SELECT i::INTEGER AS i, ST_Point(980000, 200000) AS geom FROM range(3) AS r(i)';
  const file = await zipTo(path.join(dir, 'x.gdb.zip'), await geodatabaseOf(engine, dir, query), 'x.gdb');
  const relation = await relationOf(engine, inputOf(file, 'gdb', { layer_name: 'lay1' }));
  const columns = await engine.describe(`SELECT * FROM ${relation}`);
  assert.deepEqual(columns.at(0), { name: 'i', type: 'INTEGER' });
  assert.equal(columns.at(-1)?.type, "GEOMETRY('EPSG:2263')");
  assert.deepEqual(await engine.rows(`SELECT sum(i)::INTEGER AS n FROM ${relation}`), [{ n: 3 }]);
});

test('damaged files are refused with a code', async () => {
  const files = shapefile();
  files.set('l.shx', files.get('l.shx')!.subarray(0, 50));
  const file = await zipTo(path.join(dir, 'bad.zip'), files);
  await assert.rejects(relationOf(engine, inputOf(file, 'shapefile')), { code: 'ING_BAD_FILE', message: /l\.shx/ });
});
