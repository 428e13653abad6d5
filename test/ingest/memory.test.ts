import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import yazl from 'yazl';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { IN_SECOND_PART } from '../second-part.ts';
import { IngestProject, VENV } from './project.ts';

/**
 * Files that do not fit, as a whole or once parsed, into the memory that reading them may take. LIFECYCLE_FULL_SIZE=1 makes them as large as what is
 * promised for 1.5 GB of memory: 5 GB of CSV and 1 GB of shapefile.
 */

const FULL_SIZE = process.env.LIFECYCLE_FULL_SIZE === '1';
const PROMISED_MB = 1500;
const run = promisify(execFile);

/** A project on a disk: the temporary directory of some machines is their memory. */
async function largeProject(test: TestContext, name: string): Promise<IngestProject> {
  const dir = path.join(INSTALLATION, 'build', `memory-${name}-${process.pid}`);
  await mkdir(path.join(dir, 'ingest_templates'), { recursive: true });
  test.after(() => rm(dir, { recursive: true, force: true }));
  return new IngestProject(dir);
}

async function inDuckdb(project: IngestProject, ...statements: string[]): Promise<void> {
  const engine = await Engine.open({ venvDir: VENV, temporaryDir: project.dir });
  try {
    await engine.load('spatial');
    for (const sql of statements) await engine.run(sql);
  } finally {
    engine.close();
  }
}

const megabytes = async (file: string) => (await stat(file)).size / 1e6;

/** Ingests with the real binary and gives the most memory that it ever had, in megabytes. */
async function peakOf(project: IngestProject, template: string): Promise<number> {
  const measure = path.join(INSTALLATION, 'bench', 'measure.py');
  const ingest = [path.join(INSTALLATION, 'bin', 'lifecycle'), '--project', project.dir, 'ingest', template, 'v1'];
  const { stdout, stderr } = await run(path.join(VENV, 'bin', 'python'), [measure, ...ingest], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV },
  });
  const measured = JSON.parse(stdout) as { peak_mb: number; wall: number; code: number };
  assert.equal(measured.code, 0, stderr);
  return Math.round(measured.peak_mb * 1.048576);
}

function isWithin(test: TestContext, peak: number, bound: number, file: number): void {
  test.diagnostic(`${peak} MB of memory for a file of ${Math.round(file)} MB`);
  assert.ok(peak < bound, `${peak} MB of memory, and ${bound} were allowed`);
}

test('a CSV file larger than the memory that reading it takes', { skip: IN_SECOND_PART }, async (t) => {
  const project = await largeProject(t, 'csv');
  const rows = FULL_SIZE ? 52_000_000 : 8_500_000;
  const file = path.join(project.dir, 'rows.csv');
  await inDuckdb(
    project,
    `COPY (SELECT i AS id, 'place ' || i % 977 AS name, printf('%05d', CAST(501 + i % 300 AS BIGINT)) AS zip, 40.5 + i % 9973 / 1e4 AS y,
      -74.2 + i % 7919 / 1e4 AS x, CASE WHEN i % 10 > 0 THEN i * 7 % 1000003 END AS amount, DATE '2015-01-01' + CAST(i % 3650 AS INTEGER) AS opened,
      i % 2 = 0 AS flag, 'a longer text, in quotes ' || i % 10007 AS note FROM range(${rows}) AS r(i)) TO ${literal(file)} (FORMAT csv, HEADER)`,
  );
  await project.template('rows');
  const size = await megabytes(file);
  assert.ok(size > (FULL_SIZE ? 5000 : 800), `${size} MB`);
  isWithin(t, await peakOf(project, 'rows'), FULL_SIZE ? PROMISED_MB : 800, size);
  const [sums] = await project.query(
    'SELECT count(*) AS n, sum(id) AS id, count(amount) AS amounts FROM FILE',
    'rows',
    'v1',
  );
  assert.deepEqual(sums, { n: String(rows), id: String((rows * (rows - 1)) / 2), amounts: String(rows * 0.9) });
});

test('a GeoJSON file in less than half the memory that its parsed text takes', { skip: IN_SECOND_PART }, async (t) => {
  const project = await largeProject(t, 'geojson');
  const features = FULL_SIZE ? 1_600_000 : 480_000;
  const [list, file] = [path.join(project.dir, 'list.json'), path.join(project.dir, 'lots.geojson')];
  await inDuckdb(
    project,
    `COPY (SELECT 'Feature' AS type, {id: i, name: 'lot ' || i % 977, note: CASE WHEN i % 7 > 0 THEN 'note ' || i % 101 END} AS properties,
      {type: 'Polygon', coordinates: [list_transform(range(33), k -> [x + 0.0005 * cos(k % 32 * pi() / 16), y + 0.0005 * sin(k % 32 * pi() / 16)])]} AS geometry
      FROM (SELECT i, -74.2 + i % 7919 / 1e4 AS x, 40.5 + i % 9973 / 1e4 AS y FROM range(${features}) AS r(i))) TO ${literal(list)} (FORMAT json, ARRAY true)`,
  );
  await pipeline(async function* () {
    yield '{"type": "FeatureCollection", "features": ';
    yield* createReadStream(list, { highWaterMark: 1 << 20 });
    yield '}';
  }, createWriteStream(file));
  await rm(list);
  await project.template('lots', {
    source: { type: 'local_file', path: 'lots.geojson' },
    file_format: { type: 'geojson' },
    target_crs: 'EPSG:2263',
  });
  const size = await megabytes(file);
  assert.ok(size > (FULL_SIZE ? 2000 : 600), `${size} MB`);
  isWithin(t, await peakOf(project, 'lots'), FULL_SIZE ? PROMISED_MB : 950, size);
  const [sums] = await project.query('SELECT count(*) AS n, sum(ST_NPoints(geom)) AS points FROM FILE', 'lots', 'v1');
  assert.deepEqual(sums, { n: String(features), points: String(features * 33) });
});

test('a large shapefile in the memory that is promised for one of 1 GB', { skip: IN_SECOND_PART }, async (t) => {
  const project = await largeProject(t, 'shapefile');
  const polygons = FULL_SIZE ? 250_000 : 50_000;
  const base = path.join(project.dir, 'lots');
  await inDuckdb(
    project,
    `COPY (SELECT i AS id, 'lot ' || i % 977 AS name, ST_Buffer(ST_Point(-74.2 + i % 7919 / 1e4, 40.5 + i % 9973 / 1e4), 0.0005, 64) AS geom
      FROM range(${polygons}) AS r(i)) TO ${literal(`${base}.shp`)} (FORMAT gdal, DRIVER 'ESRI Shapefile', SRS 'EPSG:4326')`,
  );
  const zip = new yazl.ZipFile();
  for (const ending of ['shp', 'shx', 'dbf', 'prj'])
    zip.addFile(`${base}.${ending}`, `lots.${ending}`, { compress: false });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(`${base}.zip`));
  await project.template('lots', {
    source: { type: 'local_file', path: 'lots.zip' },
    file_format: { type: 'shapefile', crs: 'EPSG:4326' },
    target_crs: 'EPSG:2263',
    processing_steps: [{ name: 'multi' }],
  });
  const size = await megabytes(`${base}.shp`);
  assert.ok(size > (FULL_SIZE ? 1000 : 200), `${size} MB`);
  isWithin(t, await peakOf(project, 'lots'), FULL_SIZE ? PROMISED_MB : 1000, size);
  const [sums] = await project.query('SELECT count(*) AS n, sum(ST_NPoints(geom)) AS points FROM FILE', 'lots', 'v1');
  assert.deepEqual(sums, { n: String(polygons), points: String(polygons * 257) });
});
