import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FormatContext } from '../../src/ingest/formats/format.ts';
import { readFormat } from '../../src/ingest/formats/registry.ts';
import { reprojected } from '../../src/ingest/steps/reproject.ts';
import { selectOf } from '../../src/relation/relation.ts';
import { silentReporter } from '../../src/report.ts';
import { zipTo } from '../fixtures/geodatabase.ts';
import {
  type DbfOptions,
  dbf,
  type Field,
  MULTI_PATCH,
  POINT,
  POLYGON,
  POLYGON_Z,
  point,
  polygon,
  type Ring,
  shapeFiles,
} from '../fixtures/shapefile.ts';
import { engine } from '../fixtures/steps.ts';

interface Options extends DbfOptions {
  shapes?: Buffer[];
  type?: number;
  codePageFile?: string;
}

async function shapefile(
  t: TestContext,
  fields: readonly Field[],
  records: readonly (string | Buffer)[][],
  options: Options = {},
) {
  const workDir = await mkdtemp(path.join(tmpdir(), 'lifecycle-shapefile-'));
  t.after(() => rm(workDir, { recursive: true }));
  const dir = path.join(workDir, 'unpacked');
  await mkdir(dir);
  const { shapes = records.map((_, i) => point(i, i)), type = POINT, codePageFile } = options;
  const { shp, shx } = shapeFiles(shapes, type);
  await writeFile(path.join(dir, 'lyr.shp'), shp);
  await writeFile(path.join(dir, 'lyr.shx'), shx);
  await writeFile(path.join(dir, 'lyr.dbf'), dbf(fields, records, options));
  if (codePageFile) await writeFile(path.join(dir, 'lyr.cpg'), codePageFile);
  const logged: string[] = [];
  const reporter = { ...silentReporter, log: (_: string, text: string) => void logged.push(text) };
  const context = { engine, workDir, reporter, signal: new AbortController().signal };
  const relationOf = (format: object) =>
    readFormat(
      'shapefile',
      dir,
      { type: 'shapefile', crs: 'EPSG:4326', ...format },
      context as unknown as FormatContext,
    );
  return {
    dir,
    logged,
    relationOf,
    /** Without the geometry. */
    async read(format: object = {}) {
      const relation = await relationOf(format);
      const columns = relation.columns.slice(0, -1);
      return {
        names: columns.map((column) => column.name),
        types: columns.map((column) => column.type),
        rows: (await engine.rows(selectOf({ ...relation, columns }))).map((row) => Object.values(row)),
      };
    },
    async geometries() {
      const relation = await relationOf({});
      const { expression } = relation.columns.at(-1)!;
      return (await engine.rows(`SELECT ST_AsText(${expression}) AS wkt FROM ${relation.from}`)).map(({ wkt }) => wkt);
    },
  };
}

test('dates before and after 1970, blank ones, and those of other programs', async (t) => {
  const records = [['20200102'], ['        '], ['00000000'], ['19610512'], ['18500101'], ['19691231'], ['00010101']];
  const { read } = await shapefile(t, [['D', 'D', 8]], records);
  const days = ['2020-01-02', null, null, '1961-05-12', '1850-01-01', '1969-12-31', '0001-01-01'];
  assert.deepEqual(await read(), {
    names: ['D'],
    types: ['TIMESTAMP'],
    rows: days.map((day) => [day && `${day} 00:00:00`]),
  });
  const slashed = await shapefile(t, [['D', 'D', 10]], [['12/31/1969']]);
  assert.deepEqual((await slashed.read()).rows, [['1969-12-31 00:00:00']]);
});

test('impossible dates are refused, but not in a record that is marked as deleted', async (t) => {
  for (const date of ['20201301', '20230229', 'abcdefgh', '00000101']) {
    const { read } = await shapefile(t, [['D', 'D', 8]], [['20200102'], [date]]);
    await assert.rejects(read(), { code: 'ING_BAD_FILE', message: new RegExp(`record 2 .*"${date}"`) });
  }
  const { read, geometries } = await shapefile(t, [['D', 'D', 8]], [['20200102'], ['99999999'], ['20200103']], {
    deleted: [1],
  });
  assert.deepEqual((await read()).rows, [['2020-01-02 00:00:00'], ['2020-01-03 00:00:00']]);
  assert.deepEqual(await geometries(), ['POINT (0 0)', 'POINT (2 2)']);
});

test('numbers by width and decimals, with what is no number in them', async (t) => {
  const fields: Field[] = [
    ['A', 'N', 5],
    ['B', 'N', 18],
    ['C', 'N', 20],
    ['D', 'F', 8, 2],
  ];
  const { read } = await shapefile(t, fields, [
    ['12', '999999999999999999', '12345678901234567890', '1.25'],
    ['12x', '-1', '1', '-.5'],
    ['\t12', '-1', '1', '.5'],
    ['abc', '+7', '1', '1,5'],
  ]);
  assert.deepEqual(await read(), {
    names: ['A', 'B', 'C', 'D'],
    types: ['INTEGER', 'BIGINT', 'DOUBLE', 'DOUBLE'],
    rows: [
      [12, '999999999999999999', 12345678901234567000, 1.25],
      [12, '-1', 1, -0.5],
      [12, '-1', 1, 0.5],
      [0, '7', 1, 1],
    ],
  });
  const gaps = await shapefile(t, [['A', 'N', 5]], [['12'], ['*****'], ['']]);
  assert.deepEqual(await gaps.read(), { names: ['A'], types: ['DOUBLE'], rows: [[12], [null], [null]] });
});

test('truth values are truth values, and doubles where one is missing', async (t) => {
  const fields: Field[] = [
    ['A', 'L', 1],
    ['B', 'L', 1],
    ['C', 'C', 1],
  ];
  const { read } = await shapefile(t, fields, [
    ['T', 'y', 'T'],
    [' ', '?', 'F'],
  ]);
  const { types, rows } = await read();
  assert.deepEqual(types, ['BOOLEAN', 'DOUBLE', 'VARCHAR']);
  assert.deepEqual(rows, [
    [true, 1, 'T'],
    [false, null, 'F'],
  ]);
});

test('types of FoxPro are values, and of memos it is said that their text is elsewhere', async (t) => {
  const bytes = (write: (buffer: Buffer) => void, length = 8) => {
    const buffer = Buffer.alloc(length);
    write(buffer);
    return buffer;
  };
  const fields: Field[] = [
    ['I', 'I', 4],
    ['B', 'B', 8],
    ['Y', 'Y', 8],
    ['T', 'T', 8],
    ['M', 'M', 10],
  ];
  const moment = bytes((b) => {
    b.writeInt32LE(2_440_587, 0);
    b.writeInt32LE(3_600_500, 4);
  });
  const { read, logged } = await shapefile(t, fields, [
    [
      bytes((b) => b.writeInt32LE(-70_000), 4),
      bytes((b) => b.writeDoubleLE(1.5)),
      bytes((b) => b.writeBigInt64LE(-15_000n)),
      moment,
      '        42',
    ],
  ]);
  assert.deepEqual((await read()).rows, [[-70_000, 1.5, -1.5, '1969-12-31 01:00:00.5', '42']]);
  assert.match(logged.join(), /text of M lies in a memo file/);
});

test('names that differ in case, that the database uses, or that the geometry takes', async (t) => {
  const fields: Field[] = ['geometry', 'NAME', 'Name', 'OGC_FID', 'GEOM'].map((name): Field => [name, 'C', 2]);
  const { read } = await shapefile(t, fields, [['g', 'a', 'b', 'c', 'd']]);
  const { names, rows } = await read();
  assert.deepEqual(names, ['NAME', 'Name', 'OGC_FID', 'GEOM']);
  assert.deepEqual(rows, [['a', 'b', 'c', 'd']]);
});

test('text ends at a NUL and is without outer blanks; nothing is null', async (t) => {
  const { read } = await shapefile(t, [['S', 'C', 12]], [['  lead'], ['nul\0after'], [''], ['\0\0'], ['tab\t']]);
  assert.deepEqual((await read()).rows, [['lead'], ['nul'], [null], [null], ['tab\t']]);
});

test('fault 40: text in the encoding that the template names', async (t) => {
  const texts: [encoding: string, bytes: number[], text: string][] = [
    ['latin1', [0x63, 0xe9], 'cé'],
    ['ISO-8859-1', [0x63, 0xe9], 'cé'],
    ['iso8859-15', [0xa4], '€'],
    ['cp437', [0x82, 0x20, 0xa4, 0xe1], 'é ñß'],
    ['cp850', [0xe9], 'Ú'],
    ['cp852', [0x8d], 'Ź'],
    ['cp866', [0x8f], 'П'],
    ['cp1250', [0x8d], 'Ť'],
    ['cp1251', [0xcf], 'П'],
    ['Windows-1252', [0x80, 0x93], '€“'],
    ['cp1254', [0xfd], 'ı'],
    ['cp932', [0x83, 0x65, 0x83, 0x58], 'テス'],
    ['cp936', [0xb0, 0xa1], '啊'],
    ['cp949', [0xb0, 0xa1], '가'],
    ['cp950', [0xb0, 0xa1], '陛'],
  ];
  for (const [encoding, bytes, text] of texts) {
    const { read } = await shapefile(t, [['S', 'C', 8]], [[Buffer.from(bytes)], ['plain']]);
    assert.deepEqual((await read({ encoding })).rows, [[text], ['plain']], encoding);
  }
  const named = await shapefile(t, [[Buffer.from([0x63, 0xe9]), 'C', 1]], [['x']]);
  assert.deepEqual((await named.read({ encoding: 'cp1252' })).names, ['cé']);
});

test('fault 40: bytes that are no text are refused, with the encoding that the file itself names', async (t) => {
  const refused = async (text: Buffer, options: Options, format: object, error: object) => {
    const { read } = await shapefile(t, [['NM', 'C', 20]], [['é'], [text]], options);
    await assert.rejects(read(format), { code: 'ING_BAD_ENCODING', message: /column "NM", record 2/, ...error });
  };
  const latin = Buffer.from('caf\xe9', 'latin1');
  await refused(latin, { codePageFile: '1252' }, {}, { hint: /set encoding: cp1252 .*\.cpg file says 1252/ });
  await refused(latin, { codePageFile: '8859_15' }, {}, { hint: /set encoding: iso-8859-15 / });
  await refused(latin, { languageDriver: 1 }, {}, { hint: /set encoding: cp437/ });
  await refused(latin, {}, {}, { hint: /set `encoding`/ });
  await refused(Buffer.from('aaaaaaaaaaaaaaaaaaaé').subarray(0, 20), {}, {}, { message: /no utf-8/ });
  await refused(Buffer.from([0x81]), {}, { encoding: 'latin-1' }, { hint: /"latin-1" is no encoding/ });
  // Its bytes are all ASCII, and its letters are not.
  const japanese = await shapefile(t, [['NM', 'C', 20]], [[Buffer.from('\x1b$BF|K\\\x1b(B', 'latin1')]]);
  await assert.rejects(japanese.read({ encoding: 'iso-2022-jp' }), { code: 'ING_BAD_ENCODING' });
  const undefinedByte = await shapefile(t, [['NM', 'C', 20]], [['a'], [Buffer.from([0x81])]]);
  await assert.rejects(undefinedByte.read({ encoding: 'cp1252' }), { code: 'ING_BAD_ENCODING' });
});

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
