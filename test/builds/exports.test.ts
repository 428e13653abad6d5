import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { type Cluster, SKIPPED, startCluster } from './postgres-cluster.ts';
import { Workbench } from './workbench.ts';

const run = promisify(execFile);
const OGR = await run('ogr2ogr', ['--version']).then(
  () => false as const,
  () => 'ogr2ogr is not installed: apt-get install gdal-bin',
);

const recipe = (exports: string, destination = 'postgres') => `
name: N
product: db-p
inputs:
  dataset_defaults: {destination: ${destination}}
  datasets:
  - {id: shapes}
exports:
  output_folder: out
  zip_name: everything
  datasets:
${exports}
`;

const TABLES = `
  - {name: shapes, format: csv}
  - {name: shapes, format: csv, filename: plain.txt, custom: {header: False, line_endings: crlf}}
  - {name: shapes, format: dat}
  - {name: shapes, format: parquet}
`;
const SHAPES = `
  - {name: shapes, format: shp, filename: points.shp.zip, custom: {geometry_type: points, layer: pts}}
  - {name: shapes, format: shp, filename: areas.zip, custom: {geometry_type: polygons}}
  - {name: shapes, format: gdb, filename: one.gdb.zip, custom: {geometry_type: polygons, layer: areas}}
`;

const ROWS = `SELECT * FROM (VALUES
  (1, 'a,b', true, DATE '2024-01-05', ST_GeomFromText('POINT(980000 200000)')::GEOMETRY('EPSG:2263')),
  (2, 'q"x' || chr(10) || 'y', false, NULL, ST_GeomFromText('POLYGON((0 0, 1 0, 1 1, 0 0))')),
  (NULL, NULL, NULL, NULL, ST_GeomFromText('MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))'))
) AS v(n, t, b, d, geom)`;

async function benchFor(t: import('node:test').TestContext, exports: string, destination?: string) {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', recipe: recipe(exports, destination) });
  await bench.ingested('shapes', 'v1', ROWS, { geometry: 'geom' });
  return bench;
}

async function layers(t: import('node:test').TestContext, file: string): Promise<unknown> {
  const venvDir = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');
  const engine = await Engine.open({ venvDir, temporaryDir: path.dirname(file) });
  t.after(() => engine.close());
  await engine.load('spatial');
  const sql = `SELECT l.name AS name, l.feature_count AS n, l.geometry_fields[1].type AS type, l.geometry_fields[1].crs.auth_code AS crs
    FROM (SELECT unnest(layers) AS l FROM ST_Read_Meta(${literal(file)})) ORDER BY 1`;
  return engine.rows(sql);
}

describe('exports', () => {
  let cluster: Cluster | undefined;
  let databases = 0;
  before(async () => {
    if (!SKIPPED) cluster = await startCluster();
  });
  after(() => cluster?.stop());
  const server = async () => (cluster ? cluster.database(`exports-${++databases}`) : {});

  for (const engine of ['PostgreSQL', 'DuckDB'] as const) {
    const skip = engine === 'PostgreSQL' ? SKIPPED : false;
    const environment = () => (engine === 'PostgreSQL' ? server() : {});

    test(`tables are written as CSV, fixed text and Parquet from ${engine}`, { skip }, async (t) => {
      const bench = await benchFor(t, TABLES);
      const { code, stderr } = await bench.runHere(['build', 'p', 'k'], await environment());
      assert.equal(code, 0, stderr);
      const read = (name: string) => bench.read('p', 'k', `output/dataset_files/${name}`);
      const csv = await read('shapes.csv');
      // POINT(980000 200000) with SRID 2263, as PostGIS writes it.
      assert.ok(csv.includes('0101000020D70800000000000040E82D4100000000006A0841'), csv);
      assert.match(
        csv,
        /^n,t,b,d,geom,ogc_fid,data_library_version\n1,"a,b",t,2024-01-05,[0-9A-F]+,1,v1\n2,"q""x\ny",f,,/,
      );
      assert.match(csv, /\n,,,,[0-9A-F]+,3,v1\n$/);
      const crlf = csv.slice(csv.indexOf('\n') + 1).replaceAll('\n', '\r\n');
      assert.equal(await read('plain.txt'), crlf);
      assert.equal(await read('shapes.dat'), crlf);
      assert.ok((await read('shapes.parquet')).startsWith('PAR1'));
      assert.ok(existsSync(path.join(bench.partition('p', 'k'), 'output/attachments/source_data_versions.csv')));
      const zip = await readFile(path.join(bench.partition('p', 'k'), 'output/everything.zip'));
      assert.ok(zip.includes('out/dataset_files/shapes.csv') && zip.includes('out/recipe.lock.yml'));
      assert.ok(!zip.includes('.duckdb'));
    });

    test(`layers are written as shapefile and geodatabase from ${engine}`, { skip }, async (t) => {
      const bench = await benchFor(t, SHAPES);
      const { code, stderr } = await bench.runHere(['build', 'p', 'k'], await environment());
      assert.equal(code, 0, stderr);
      const at = (name: string) => path.join(bench.partition('p', 'k'), 'output/dataset_files', name);
      assert.deepEqual(await layers(t, `/vsizip/${at('points.shp.zip')}`), [
        { name: 'pts', n: '1', type: 'Point', crs: '2263' },
      ]);
      assert.deepEqual(await layers(t, `/vsizip/${at('areas.zip')}`), [
        { name: 'shapes', n: '2', type: 'Polygon', crs: '2263' },
      ]);
      assert.deepEqual(await layers(t, at('one.gdb.zip')), [
        { name: 'areas', n: '2', type: 'Multi Polygon', crs: '2263' },
      ]);
    });
  }

  test('a geodatabase of several layers and a plain table', { skip: OGR }, async (t) => {
    const several = `
  - {name: shapes, format: gdb, filename: all.zip, custom: {geometry_type: polygons, layer: areas}}
  - {name: shapes, format: gdb, filename: all.zip, custom: {geometry_type: points, layer: pts}}
  - {name: shapes, format: gdb, filename: all.zip, custom: {layer: rows}}
`;
    const bench = await benchFor(t, several);
    const { code, stderr } = await bench.runHere(['build', 'p', 'k']);
    assert.equal(code, 0, stderr);
    const found = (await layers(
      t,
      `${bench.partition('p', 'k')}/output/dataset_files/all.zip/all.gdb`.replace(/^/, '/vsizip/'),
    )) as {
      name: string;
      n: string;
    }[];
    assert.deepEqual(
      found.map(({ name, n }) => [name, n]),
      [
        ['areas', '2'],
        ['pts', '1'],
        ['rows', '3'],
      ],
    );
  });

  test('what cannot be exported is told, with the table', async (t) => {
    const none = await benchFor(t, '  - {name: nowhere, format: csv}');
    assert.match((await none.runHere(['build', 'p', 'k'])).stderr, /BLD_EXPORT_FAILED: there is no table nowhere/);
    const mixed = await benchFor(t, '  - {name: shapes, format: shp}');
    assert.match(
      (await mixed.runHere(['build', 'p', 'k'])).stderr,
      /BLD_EXPORT_FAILED: shapes\.geom mixes POINT and POLYGON/,
    );
    const empty = await benchFor(t, '  - {name: shapes, format: shp, custom: {geometry_type: lines}}');
    assert.match((await empty.runHere(['build', 'p', 'k'])).stderr, /BLD_EXPORT_FAILED: shapes has no rows/);
    const outside = await benchFor(t, '  - {name: shapes, format: csv, filename: ../../x.csv}');
    assert.match((await outside.runHere(['build', 'p', 'k'])).stderr, /BLD_EXPORT_FAILED: "..\/..\/x.csv" is no name/);
  });
});
