import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import type { LifecycleError } from '../../src/errors.ts';
import { type Exported, exportData } from '../../src/query/export.ts';
import { silentReporter } from '../../src/report.ts';
import { resolveData } from '../../src/store/reference.ts';
import { rowsOf, VENV } from '../ingest/project.ts';

const run = promisify(execFile);

interface Bench {
  dir: string;
  warnings: string[];
  write(name: string, sql: string): Promise<void>;
  export(name: string, to: string, overwrite?: boolean): Promise<Exported>;
  read(sql: string): ReturnType<typeof rowsOf>;
  names(): Promise<string[]>;
}

async function bench(t: TestContext): Promise<Bench> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-export-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const storeDir = path.join(dir, 'store');
  const warnings: string[] = [];
  const reporter = { ...silentReporter, log: (_level: string, message: string) => void warnings.push(message) };
  return {
    dir,
    warnings,
    async write(name, sql) {
      const engine = await Engine.open({ venvDir: VENV, temporaryDir: dir });
      await engine.load('spatial');
      await engine.run(`COPY (${sql}) TO ${literal(path.join(dir, name))} (FORMAT parquet)`);
      engine.close();
    },
    async export(name, to, overwrite = false) {
      const data = await resolveData({ storeDir, cwd: dir, loadProject: () => assert.fail() }, name);
      const context = { settings: { venvDir: VENV, storeDir }, reporter, signal: AbortSignal.any([]) };
      return exportData(data, path.join(dir, to), overwrite, context);
    },
    read: (sql) => rowsOf(sql.replaceAll('DIR', dir), dir),
    names: async () => (await readdir(dir)).filter((name) => name !== 'store').sort(),
  };
}

const SHAPES = `SELECT i AS id, 'näme "' || i AS "the name", DATE '2024-01-01' + i::INTEGER AS day,
    TIMESTAMP '2024-01-01 10:00:00' AS moment, i % 2 = 0 AS even, i / 3 AS part, 1.25::DECIMAL(9, 2) AS money, [i] AS list,
    CASE WHEN i = 3 THEN NULL ELSE ST_SetCRS(ST_Buffer(ST_Point(1000000 + i, 200000), 10), 'EPSG:2263') END AS geom
  FROM range(4) r(i)`;

/** What GDAL's own program says of a file; undefined where it is not installed. */
async function ogrinfo(file: string): Promise<string | undefined> {
  try {
    return (await run('ogrinfo', ['-ro', '-so', '-al', file])).stdout;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

test('every format of geometries keeps rows, values and CRS, and GDAL reads it', async (t) => {
  const { dir, write, read, names, ...b } = await bench(t);
  await write('shapes.parquet', SHAPES);
  await write('whole.parquet', SHAPES.replace('i = 3', 'false'));
  await b.export('shapes.parquet', 'gap.fgb');
  for (const ending of ['gpkg', 'geojson', 'fgb', 'shp']) {
    // DuckDB does not read a FlatGeobuf with rows that have no shape; GDAL does.
    const source = ending === 'fgb' ? 'whole' : 'shapes';
    const made = await b.export(`${source}.parquet`, `out.${ending}`);
    assert.deepEqual([made.crs, made.file], ['EPSG:2263', path.join(dir, `out.${ending}`)]);
    const [row] = await read(
      `SELECT count(*) AS n, count(geom) AS shapes, sum(id) AS ids, max("the name") AS name, max(day) AS day,
         round(max(ST_Area(geom))) AS area FROM ST_Read('DIR/out.${ending}')`,
    );
    const { n, shapes, ids, name, area } = row!;
    assert.deepEqual(
      [n, shapes, Number(ids), name, area],
      ['4', source === 'whole' ? '4' : '3', 6, 'näme "3', 312],
      ending,
    );
    assert.match(String(row!.day), /^2024-01-04/, ending);
    const info = await ogrinfo(made.file);
    if (info !== undefined) {
      assert.match(info, /New York Long Island/, ending);
      assert.match(info, /Feature Count: 4/, ending);
      if (ending !== 'shp') assert.match(info, new RegExp(`Layer name: ${source}`), ending);
    }
  }
  assert.match((await ogrinfo(path.join(dir, 'gap.fgb'))) ?? 'Feature Count: 4', /Feature Count: 4/);
  assert.deepEqual(
    (await names()).filter((name) => name.startsWith('.')),
    [],
    'nothing half-made is left',
  );
});

test('tables with empty shapes only, and of single and multiple shapes', async (t) => {
  const { write, read, ...b } = await bench(t);
  const shape = (wkt: string) => `ST_SetCRS(ST_GeomFromText('${wkt}'), 'EPSG:4326')`;
  await write('empty.parquet', `SELECT 1 AS a, ${shape('POLYGON EMPTY')} AS geom`);
  const both = ['POLYGON ((0 0, 1 0, 1 1, 0 0))', 'MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))'].map(shape);
  await write('both.parquet', `SELECT unnest([${both.join(', ')}]) AS geom, 1 AS a`);
  for (const ending of ['gpkg', 'geojson', 'fgb', 'shp']) {
    for (const [name, rows] of Object.entries({ empty: '1', both: '2' })) {
      await b.export(`${name}.parquet`, `${name}.${ending}`);
      // GDAL reads it, DuckDB does not.
      if (name === 'empty' && ending === 'fgb') continue;
      const [row] = await read(`SELECT count(*) AS n FROM ST_Read('DIR/${name}.${ending}')`);
      assert.equal(row!.n, rows, `${name}.${ending}`);
    }
  }
});

test('tables: CSV and workbook with geometries as text, Parquet as it is', async (t) => {
  const { dir, write, read, warnings, ...b } = await bench(t);
  await write('shapes.parquet', SHAPES);
  await b.export('shapes.parquet', 'out.csv');
  assert.match(
    await readFile(path.join(dir, 'out.csv'), 'utf8'),
    /^id,the name,.*geom\n0,"näme ""0",2024-01-01,.*POLYGON/,
  );
  await b.export('shapes.parquet', 'out.parquet');
  assert.deepEqual(readFileSync(path.join(dir, 'out.parquet')), readFileSync(path.join(dir, 'shapes.parquet')));
  const engine = await Engine.open({ venvDir: VENV, temporaryDir: dir });
  t.after(() => engine.close());
  await engine.load('excel');
  await b.export('shapes.parquet', 'out.xlsx');
  const [row] = await engine.rows(
    `SELECT count(*) AS n, max("the name") AS name FROM read_xlsx(${literal(path.join(dir, 'out.xlsx'))})`,
  );
  assert.deepEqual(row, { n: '4', name: 'näme "3' });
  await write('huge.parquet', 'SELECT 1 AS a, ST_Buffer(ST_Point(0, 0), 1, 500) AS geom');
  await b.export('huge.parquet', 'huge.xlsx');
  assert.match(warnings.join(), /geom is left out/);
});

test('a shapefile says which names and values it cut, and what it cannot hold is refused', async (t) => {
  const { dir, write, read, warnings, ...b } = await bench(t);
  const long = `repeat('x', 300) AS a_very_long_name, 1 AS a_very_long_number, 2 AS a_very_lon`;
  await write('long.parquet', `SELECT ${long}, ST_Point(1, 2) AS geom`);
  const { renamed } = await b.export('long.parquet', 'long.shp');
  assert.deepEqual(renamed, { a_very_long_name: 'a_very_l_1', a_very_long_number: 'a_very_l_2' });
  assert.match(warnings.join('\n'), /a_very_long_name → a_very_l_1.*\nvalues cut to 254 bytes: a_very_long_name/);
  const [row] = await read(`SELECT a_very_l_2 AS a, a_very_lon AS b FROM ST_Read('DIR/long.shp')`);
  assert.deepEqual(row, { a: 1, b: 2 });
  await write(
    'mixed.parquet',
    "SELECT unnest([ST_Point(1, 2), ST_GeomFromText('LINESTRING (0 0, 1 1)')]) AS geom, 1 AS a",
  );
  const refused = (to: string, name: string, says: RegExp) =>
    assert.rejects(b.export(name, to), (error: LifecycleError) => says.test(`${error.code}: ${error.message}`), to);
  await refused('mixed.shp', 'mixed.parquet', /^LIF_CANNOT_EXPORT: .*mixes LINESTRING, POINT/);
  await b.export('mixed.parquet', 'mixed.gpkg');
  assert.equal((await read("SELECT count(*) AS n FROM ST_Read('DIR/mixed.gpkg')"))[0]!.n, '2');
  await write('plain.parquet', 'SELECT 1 AS a');
  for (const ending of ['shp', 'gpkg', 'fgb', 'geojson'])
    await refused(`plain.${ending}`, 'plain.parquet', /^LIF_CANNOT_EXPORT: plain\.parquet has no geometry/);
  await refused('plain.docx', 'plain.parquet', /^LIF_CANNOT_EXPORT: no format/);
  await refused('nowhere/plain.csv', 'plain.parquet', /^(LIF_CANNOT_EXPORT|STO_WRITE_FAILED)/);
  assert.deepEqual(
    (await readdir(dir)).filter((name) => /^(plain|mixed)\.(?!parquet|gpkg)|^\./.test(name)),
    [],
  );
});

test('a file that stands is replaced only when that is asked for, whole', async (t) => {
  const { dir, write, ...b } = await bench(t);
  await write('shapes.parquet', SHAPES);
  for (const name of ['out.csv', 'out.shp', 'out.gpkg']) {
    await writeFile(path.join(dir, name), 'mine');
    await assert.rejects(b.export('shapes.parquet', name), (error: LifecycleError) => error.code === 'LIF_FILE_EXISTS');
    assert.equal(await readFile(path.join(dir, name), 'utf8'), 'mine');
    const { bytes } = await b.export('shapes.parquet', name, true);
    assert.ok(bytes > 100, name);
  }
  await rm(path.join(dir, 'out.shp'));
  await assert.rejects(b.export('shapes.parquet', 'out.shp'), /stands already/, 'parts of another');
});
