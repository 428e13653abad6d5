import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DEFAULT_LIMITS } from '../../src/archive/limits.ts';
import { LifecycleError } from '../../src/errors.ts';
import { convert } from '../../src/ingest/convert.ts';
import type { FormatContext } from '../../src/ingest/formats/format.ts';
import { DEFAULT_READ_LIMITS } from '../../src/ingest/formats/limits.ts';
import type { FileFormat } from '../../src/project/project.ts';
import { selectOf } from '../../src/relation/relation.ts';
import { silentReporter } from '../../src/report.ts';
import { type Around, type Crafted, craftZip } from '../fixtures/crafted-zip.ts';
import { geodatabaseOf } from '../fixtures/geodatabase.ts';
import { dbf, POINT, point, shapeFiles } from '../fixtures/shapefile.ts';
import { engine } from '../fixtures/steps.ts';
import { IngestProject } from './project.ts';

const CSV = 'a,b\n1,2\n';
const GEOJSON =
  '{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"a":1}},{"type":"Feature","geometry":null,"properties":{"a":2}}]}';
const { shp, shx } = shapeFiles([point(1, 2), point(3, 4)], POINT);
const SHAPEFILE: readonly Crafted[] = [
  { name: 'lots.shp', data: shp },
  { name: 'lots.shx', data: shx },
  { name: 'lots.dbf', data: dbf([['ID', 'N', 4]], [['1'], ['2']]) },
];
const IN_FEET = { type: 'shapefile', crs: 'EPSG:2263' };

async function rowsOf(
  t: TestContext,
  name: string,
  content: Buffer | string,
  format: Record<string, unknown>,
): Promise<number> {
  const workDir = await mkdtemp(path.join(tmpdir(), 'lifecycle-archives-'));
  t.after(() => rm(workDir, { recursive: true, force: true }));
  const file = path.join(workDir, 'raw', name);
  await mkdir(path.dirname(file));
  await writeFile(file, content);
  const { signal } = new AbortController();
  const context = {
    engine,
    workDir,
    reporter: silentReporter,
    signal,
    bounds: DEFAULT_READ_LIMITS,
    limits: DEFAULT_LIMITS,
  };
  const relation = await convert(file, format as FileFormat, context as unknown as FormatContext);
  return (await engine.rows(selectOf(relation))).length;
}

async function refused(
  t: TestContext,
  name: string,
  content: Buffer | string,
  format: Record<string, unknown>,
): Promise<string> {
  const error = await rowsOf(t, name, content, format).then(
    (rows) => assert.fail(`${name} gave ${rows} rows`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof LifecycleError, String(error));
  return `${error.code} ${error.message}; ${error.hint}`;
}

function zip(entries: readonly Crafted[], around?: Around): Buffer {
  return craftZip(entries, around);
}

test('bytes around an archive, and what file managers leave in it, are no matter', async (t) => {
  const left = [{ name: '__MACOSX/._a.csv' }, { name: '.DS_Store' }];
  for (const around of [{}, { behind: '\r\n' }, { behind: '\0'.repeat(512) }, { before: 'MZ program' }]) {
    assert.equal(await rowsOf(t, 'a.zip', zip([{ name: 'a.csv', data: CSV }, ...left], around), { type: 'csv' }), 1);
    assert.equal(
      await rowsOf(t, 'a.zip', zip([{ name: 'a.geojson', data: GEOJSON }, ...left], around), { type: 'geojson' }),
      2,
    );
    const shapes = [...SHAPEFILE, { name: '__MACOSX/._lots.shp' }, { name: '._lots.shp' }];
    assert.equal(await rowsOf(t, 'a.zip', zip(shapes, around), IN_FEET), 2);
  }
});

test('an archive in an archive is said, with what reads it, and that reads it', async (t) => {
  const readme = { name: 'readme.txt' };
  const shapes = zip([{ name: 'in/lots.zip', data: zip(SHAPEFILE) }, readme]);
  assert.match(await refused(t, 'a.zip', shapes, IN_FEET), /^ING_FILE_NOT_FOUND .*unzipped_filename: in\/lots\.zip/);
  assert.equal(await rowsOf(t, 'a.zip', shapes, { ...IN_FEET, unzipped_filename: 'in/lots.zip' }), 2);
  for (const [type, name, data] of [
    ['csv', 'a.csv', CSV],
    ['geojson', 'a.geojson', GEOJSON],
    ['json', 'a.json', '[{"a":1}]'],
    ['html', 'a.html', '<table><tr><th>a</th></tr><tr><td>1</td></tr></table>'],
  ] as const) {
    const outer = zip([{ name: 'inner.ZIP', data: zip([{ name, data }]) }]);
    const format = type === 'json' ? { type, json_read_fn: 'read_json' } : { type };
    assert.match(
      await refused(t, 'a.zip', outer, format),
      /nothing but another one, inner\.ZIP; .*unzipped_filename: inner\.ZIP/,
    );
    assert.ok((await rowsOf(t, 'a.zip', outer, { ...format, unzipped_filename: 'inner.ZIP' })) > 0);
  }
  const tables = zip([{ name: 'lots.gdb.zip', data: zip([{ name: 'x' }]) }]);
  assert.match(
    await refused(t, 'a.zip', tables, { type: 'geodatabase', crs: 'EPSG:2263' }),
    /no geodatabase.*unzipped_filename: lots\.gdb\.zip/,
  );
});

test('an archive under another name is said, with what reads it, and that reads it', async (t) => {
  const archive = zip([{ name: 'in/a.csv', data: CSV }]);
  for (const [type, name] of [
    ['csv', 'a.csv'],
    ['csv', 'a.txt'],
    ['geojson', 'a.geojson'],
    ['html', 'a.html'],
  ] as const) {
    assert.match(
      await refused(t, name, archive, { type }),
      /^ING_BAD_FILE .* is a zip archive.*unzipped_filename: in\/a\.csv/,
    );
  }
  assert.equal(await rowsOf(t, 'a.csv', archive, { type: 'csv', unzipped_filename: 'in/a.csv' }), 1);
  assert.match(await refused(t, 'a.csv', gzipSync(CSV), { type: 'csv' }), /^ING_BAD_FILE .*packed by gzip.*a\.csv\.gz/);
  assert.equal(await rowsOf(t, 'a.csv.gz', gzipSync(CSV), { type: 'csv' }), 1);
  assert.equal(await rowsOf(t, 'a.csv', 'PK,b\n1,2\n', { type: 'csv' }), 1);
});

test('an archive without files is empty', async (t) => {
  const folders = [{ name: 'sub/', data: '', packed: Buffer.alloc(0), method: 0 }, { name: '.DS_Store' }];
  for (const content of [zip([]), zip(folders), zip([], { behind: '\n' })]) {
    for (const format of [
      { type: 'csv' },
      { type: 'csv', unzipped_filename: 'a.csv' },
      { type: 'geojson' },
      IN_FEET,
      { type: 'geodatabase', crs: 'EPSG:2263' },
    ]) {
      assert.match(await refused(t, 'a.zip', content, format), /^ING_EMPTY_FILE /, JSON.stringify(format));
    }
  }
});

test('of several files the likeliest is suggested', async (t) => {
  const several = zip([
    { name: 'other.zip', data: 'x'.repeat(999) },
    { name: 'readme.txt' },
    { name: 'data.csv', data: CSV.repeat(9) },
  ]);
  assert.match(
    await refused(t, 'a.zip', several, { type: 'csv' }),
    /^ING_AMBIGUOUS_ARCHIVE .*unzipped_filename: data\.csv \(it holds/,
  );
  assert.match(
    await refused(t, 'a.zip', several, { type: 'csv', unzipped_filename: 'no.csv' }),
    /it holds other\.zip, readme\.txt, data\.csv; correct/,
  );
});

test('a geodatabase is found wherever it lies in the archive, whatever the archive is called', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-archives-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const query = 'SELECT i::INTEGER AS i, ST_Point(i, i) AS geom FROM range(3) AS r(i)';
  const files = [...(await geodatabaseOf(engine, dir, query))];
  const below = (folder: string) => files.map(([name, data]): Crafted => ({ name: `${folder}${name}`, data }));
  const format = { type: 'geodatabase', crs: 'EPSG:2263' };
  for (const folder of ['', 'lots.gdb/', 'data/lots.gdb/', 'lots/']) {
    const leftovers = files.map(([name]): Crafted => ({ name: `__MACOSX/${folder}._${name}` }));
    for (const name of ['lots.zip', 'lots.gdb.zip']) {
      assert.equal(await rowsOf(t, name, zip(below(folder)), format), 3, `${folder} ${name}`);
      const messy = zip([...below(folder), ...leftovers], { before: 'x', behind: '\r\n' });
      assert.equal(await rowsOf(t, name, messy, format), 3, `${folder} ${name}`);
    }
  }
  const outer = zip([{ name: 'lots.gdb.zip', data: zip(below('lots.gdb/')) }, { name: 'readme.txt' }]);
  assert.equal(await rowsOf(t, 'a.zip', outer, { ...format, unzipped_filename: 'lots.gdb.zip' }), 3);
});

test('an archive is unpacked anew where a late row is not like the first ones', async (t) => {
  const records = Array.from({ length: 20_000 }, (_, i) => [i < 19_999 ? String(i) : '1.5x']);
  const late = shapeFiles(
    records.map((_, i) => point(i, 1)),
    POINT,
  );
  const project = await IngestProject.make(t);
  const parts = [
    { name: 'lots.shp', data: late.shp },
    { name: 'lots.shx', data: late.shx },
    { name: 'lots.dbf', data: dbf([['amount', 'C', 30]], records) },
  ];
  await writeFile(path.join(project.dir, 'lots.zip'), zip(parts));
  await project.template('lots', {
    source: { type: 'local_file', path: 'lots.zip' },
    file_format: IN_FEET,
    processing_steps: [
      { name: 'coerce_column_types', args: { column_types: { amount: 'numeric' }, errors: 'coerce' } },
    ],
  });
  const { code, stderr } = await project.run(['ingest', 'lots', 'v1']);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /later rows are not like the first ones/);
  const [row] = await project.query('FROM FILE SELECT count(amount) AS n, count(*) AS all_rows', 'lots', 'v1');
  assert.deepEqual([row?.n, row?.all_rows].map(Number), [19_999, 20_000]);
});
