import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { literal } from '../../src/engine/sql.ts';
import type { FormatContext } from '../../src/ingest/formats/format.ts';
import { read } from '../../src/ingest/formats/shapefile.ts';
import { selectOf } from '../../src/ingest/relation.ts';
import type { FileFormat } from '../../src/project/project.ts';
import { silentReporter } from '../../src/report.ts';
import { engine } from '../fixtures/steps.ts';

/** Shapefiles with tables written by hand, for what GDAL does not write. */

type Field = [name: string, type: string, width: number];

function dbf(fields: readonly Field[], records: readonly Buffer[][]): Buffer {
  const descriptors = fields.map(([name, type, width]) => {
    const descriptor = Buffer.alloc(32);
    descriptor.write(name, 0, 'latin1');
    descriptor.write(type, 11, 'latin1');
    descriptor[16] = width;
    return descriptor;
  });
  const head = Buffer.alloc(32);
  head[0] = 3;
  head.writeUInt32LE(records.length, 4);
  head.writeUInt16LE(32 + 32 * fields.length + 1, 8);
  head.writeUInt16LE(1 + fields.reduce((sum, [, , width]) => sum + width, 0), 10);
  const rows = records.map((values) => {
    const padded = values.map((value, i) => Buffer.concat([value, Buffer.alloc(fields[i]![2] - value.length, ' ')]));
    return Buffer.concat([Buffer.from(' '), ...padded]);
  });
  return Buffer.concat([head, ...descriptors, Buffer.from([0x0d]), ...rows, Buffer.from([0x1a])]);
}

async function shapefile(t: TestContext, fields: readonly Field[], records: readonly (string | Buffer)[][]) {
  const workDir = await mkdtemp(path.join(tmpdir(), 'lifecycle-shapefile-'));
  t.after(() => rm(workDir, { recursive: true }));
  const dir = path.join(workDir, 'unpacked');
  await mkdir(dir);
  await engine.load('spatial');
  const file = path.join(dir, 'lyr.shp');
  await engine.run(
    `COPY (SELECT ST_Point(1, 2) AS geom FROM range(${records.length})) TO ${literal(file)} (FORMAT gdal, DRIVER 'ESRI Shapefile', SRS 'EPSG:4326')`,
  );
  const values = records.map((record) =>
    record.map((value) => (typeof value === 'string' ? Buffer.from(value) : value)),
  );
  await writeFile(path.join(dir, 'lyr.dbf'), dbf(fields, values));
  const context = { engine, workDir, reporter: silentReporter, signal: new AbortController().signal };
  return {
    dir,
    read: async (format: object = {}) => {
      const given = { type: 'shapefile', crs: 'EPSG:4326', ...format } as FileFormat;
      const relation = await read(dir, given, context as unknown as FormatContext);
      const columns = relation.columns.slice(0, -1);
      return {
        types: columns.map((column) => column.type),
        rows: (await engine.rows(selectOf({ ...relation, columns }))).map((row) => Object.values(row)),
      };
    },
  };
}

test('blank dates are no dates', async (t) => {
  const { read } = await shapefile(t, [['D', 'D', 8]], [['20200102'], ['        '], ['00000000']]);
  assert.deepEqual((await read()).rows, [['2020-01-02 00:00:00'], [null], [null]]);
});

test('impossible dates are refused', async (t) => {
  const { read } = await shapefile(t, [['D', 'D', 8]], [['20200102'], ['20201301']]);
  await assert.rejects(read(), { code: 'ING_BAD_FILE', message: /record 2 .*"20201301"/ });
});

test('truth values are truth values, and doubles where one is missing', async (t) => {
  const fields: Field[] = [
    ['A', 'L', 1],
    ['B', 'L', 1],
    ['C', 'C', 1],
  ];
  const { read } = await shapefile(t, fields, [
    ['T', 'y', 'T'],
    ['F', '?', 'F'],
  ]);
  assert.deepEqual(await read(), {
    types: ['BOOLEAN', 'DOUBLE', 'VARCHAR'],
    rows: [
      [true, 1, 'T'],
      [false, null, 'F'],
    ],
  });
});

test('the geometry takes its name from a field', async (t) => {
  const fields: Field[] = [
    ['geometry', 'C', 1],
    ['A', 'L', 1],
  ];
  const { read } = await shapefile(t, fields, [['x', 'T']]);
  assert.deepEqual(await read(), { types: ['BOOLEAN'], rows: [[true]] });
});

test('fault 40: other names of encodings are understood', async (t) => {
  const { dir, read } = await shapefile(t, [['S', 'C', 4]], [[Buffer.from('caf\xe9', 'latin1')]]);
  await rm(path.join(dir, 'lyr.cpg'), { force: true });
  for (const encoding of ['latin1', 'ISO-8859-1', 'iso8859-1'])
    assert.deepEqual((await read({ encoding })).rows, [['café']], encoding);
});

test('fault 40: a shapefile without its index is refused', async (t) => {
  const { dir, read } = await shapefile(t, [['S', 'C', 1]], [['x']]);
  await rm(path.join(dir, 'lyr.shx'));
  await assert.rejects(read(), { code: 'ING_BAD_FILE', message: /has no \.shx/ });
});
