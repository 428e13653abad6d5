import assert from 'node:assert/strict';
import { copyFile, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { FormatContext } from '../../src/ingest/formats/format.ts';
import { readFormat } from '../../src/ingest/formats/registry.ts';
import { reprojected } from '../../src/ingest/steps/reproject.ts';
import { silentReporter } from '../../src/report.ts';
import { zipTo } from '../fixtures/geodatabase.ts';
import { MULTI_PATCH, POLYGON, POLYGON_Z, polygon, type Ring } from '../fixtures/shapefile.ts';
import { engine } from '../fixtures/steps.ts';
import { shapefile } from './shapefile.ts';

const square = (x: number, y: number, side: number): Ring => [
  [x, y],
  [x, y + side],
  [x + side, y + side],
  [x + side, y],
  [x, y],
];
const reversed = (ring: Ring): Ring => ring.toReversed();

test('rings become polygons by their direction, and by what lies in what where that is wrong', async (t) => {
  const shapes = [
    polygon([square(0, 0, 10), reversed(square(2, 2, 2))]),
    polygon([square(0, 0, 10), reversed(square(2, 2, 2)), square(20, 0, 5), reversed(square(21, 1, 1))]),
    // A multipolygon with all rings but the first the wrong way round.
    polygon([square(0, 0, 10), reversed(square(20, 0, 5))]),
    Buffer.alloc(4),
    polygon([square(0, 0, 1)], POLYGON_Z, 7),
  ];
  const { geometries } = await shapefile(t, [['A', 'N', 1]], [['1'], ['2'], ['3'], ['4'], ['5']], {
    shapes,
    type: POLYGON,
  });
  const [a, b, c, none, flat] = await geometries();
  assert.equal(a, 'POLYGON ((0 0, 0 10, 10 10, 10 0, 0 0), (2 2, 4 2, 4 4, 2 4, 2 2))');
  assert.equal(
    b,
    'MULTIPOLYGON (((0 0, 0 10, 10 10, 10 0, 0 0), (2 2, 4 2, 4 4, 2 4, 2 2)), ((20 0, 20 5, 25 5, 25 0, 20 0), (21 1, 22 1, 22 2, 21 2, 21 1)))',
  );
  assert.equal(c, 'MULTIPOLYGON (((0 0, 0 10, 10 10, 10 0, 0 0)), ((20 0, 25 0, 25 5, 20 5, 20 0)))');
  assert.equal(none, null);
  assert.equal(flat, 'POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))');
  const high = await shapefile(t, [['A', 'N', 1]], [['1']], {
    shapes: [polygon([square(0, 0, 1)], POLYGON_Z, 7)],
    type: POLYGON_Z,
  });
  assert.deepEqual(await high.geometries(), ['POLYGON Z ((0 0 7, 0 1 7, 1 1 7, 1 0 7, 0 0 7))']);
});

test('a line of one point, a ring that is not closed and 3D surfaces are refused by their names', async (t) => {
  const line = await shapefile(t, [['A', 'N', 1]], [['1']], { shapes: [polygon([[[1, 1]]], 3)], type: 3 });
  await assert.rejects(line.read(), { code: 'ING_BAD_GEOMETRY', message: /shape 1 of lyr.shp .*one point/ });
  const open = await shapefile(t, [['A', 'N', 1]], [['1']], {
    shapes: [polygon([square(0, 0, 1).slice(0, 4)])],
    type: POLYGON,
  });
  await assert.rejects(open.read(), { code: 'ING_BAD_GEOMETRY', message: /shape 1 of lyr.shp .*not closed/ });
  const surface = await shapefile(t, [['A', 'N', 1]], [['1']], { shapes: [Buffer.alloc(4)], type: MULTI_PATCH });
  await assert.rejects(surface.read(), { code: 'ING_BAD_GEOMETRY', message: /multipatches/ });
});

test('fault 40: parts that are missing, cut short or do not belong together are refused, with both numbers', async (t) => {
  const records = Array.from({ length: 40 }, (_, i) => [String(i)]);
  const whole = await shapefile(t, [['A', 'N', 4]], records);
  const broken = async (change: (dir: string) => Promise<void>, message: RegExp) => {
    const { dir, read } = await shapefile(t, [['A', 'N', 4]], records);
    await change(dir);
    await assert.rejects(read(), { code: 'ING_BAD_FILE', message }, String(message));
  };
  const cut = (ending: string, bytes: number) => (dir: string) => truncate(path.join(dir, `lyr.${ending}`), bytes);
  await broken((dir) => rm(path.join(dir, 'lyr.shx')), /has no \.shx/);
  await broken((dir) => rm(path.join(dir, 'lyr.dbf')), /has no \.dbf/);
  await broken(cut('shp', 50), /lyr\.shp has 50 bytes, where its header alone takes 100/);
  await broken(cut('shp', 600), /lyr\.shp has 600 bytes, where its header says 1220/);
  await broken(cut('shx', 50), /lyr\.shx has 50 bytes/);
  await broken(cut('shx', 200), /lyr\.shx has 200 bytes, where its header says 420/);
  await broken(cut('dbf', 200), /lyr\.dbf has 200 bytes, where the 40 records of 5 bytes .* take 265/);
  await broken(cut('dbf', 20), /lyr\.dbf has 20 bytes/);
  const other = await shapefile(t, [['A', 'N', 4]], records.slice(1));
  await broken(
    (dir) => copyFile(path.join(other.dir, 'lyr.dbf'), path.join(dir, 'lyr.dbf')),
    /lyr\.shp has 40 shapes .* lyr\.dbf has 39 records/,
  );
  await broken(async (dir) => {
    const file = path.join(dir, 'lyr.shx');
    const bytes = await readFile(file);
    bytes.writeUInt32BE(5000, 100 + 8 * 30);
    await writeFile(file, bytes);
  }, /shape 31 of 40 would reach to byte 10008/);
  assert.equal((await whole.read()).rows.length, 40);
});

test('fault 39: of several shapefiles in an archive none is taken unless one is named', async (t) => {
  const { dir } = await shapefile(t, [['A', 'N', 1]], [['1']]);
  const files: [string, Buffer][] = [];
  for (const ending of ['shp', 'shx', 'dbf']) {
    const bytes = await readFile(path.join(dir, `lyr.${ending}`));
    files.push([`a.${ending}`, bytes], [`b.${ending}`, bytes]);
  }
  const zip = await zipTo(path.join(dir, 'two.zip'), new Map(files));
  const context = { engine, workDir: path.join(dir, 'work'), reporter: silentReporter };
  await assert.rejects(
    readFormat('shapefile', zip, { type: 'shapefile', crs: 'EPSG:4326' }, context as FormatContext),
    {
      code: 'ING_AMBIGUOUS_ARCHIVE',
      message: /2 shapefiles/,
      hint: /unzipped_filename/,
    },
  );
});

test('the .prj file says the coordinate system, which must be one that can be reprojected', async (t) => {
  const { dir, relationOf } = await shapefile(t, [['A', 'N', 1]], [['1']]);
  const crsOf = async (prj: string) => {
    await writeFile(path.join(dir, 'lyr.prj'), prj);
    return relationOf({});
  };
  assert.equal((await relationOf({})).geometry?.crs, undefined);
  const degrees =
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';
  assert.equal((await crsOf(degrees)).geometry?.crs?.code, 'EPSG:4326');
  const local = await crsOf('LOCAL_CS["Plant grid",LOCAL_DATUM["x",0],UNIT["metre",1.0]]');
  await assert.rejects(reprojected(local, 'EPSG:2263', { engine }), { code: 'ING_UNKNOWN_CRS', message: /local/ });
  await assert.rejects(crsOf('x'.repeat(300_000)), { code: 'ING_UNKNOWN_CRS', message: /\.prj/ });
});
