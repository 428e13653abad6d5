import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import type { LoadFacts } from '../../src/builds/load/stage.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { answerHere } from '../here.ts';
import { IN_SECOND_PART } from '../second-part.ts';
import { accessTo, archived, NO_S3_SERVER, s3Server } from './archive.ts';
import { type Cluster, SKIPPED, startCluster } from './postgres-cluster.ts';
import { outcomeOf, Workbench } from './workbench.ts';

describe('builds in PostgreSQL', { skip: SKIPPED }, () => {
  let cluster: Cluster;
  let databases = 0;
  before(async () => {
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  async function databaseFor(t: TestContext) {
    const name = `db-${++databases}`;
    const env = await cluster.database(name);
    const client = await cluster.client(name);
    t.after(() => client.end());
    const rows = async (sql: string): Promise<Record<string, unknown>[]> => (await client.query(sql)).rows;
    return { env, rows };
  }

  const RECIPE = `
name: Places
product: db-places
inputs:
  datasets:
  - {id: places, version: 24v1}
  - {id: codes, import_as: place_codes, file_type: csv}
`;

  async function places(t: TestContext, command?: string) {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'places', recipe: RECIPE, ...(command === undefined ? {} : { command }) });
    await bench.ingested(
      'places',
      '24v1',
      `SELECT * FROM (VALUES
        (1::BIGINT, 1::INTEGER, 'Bronx', 1.5::DOUBLE, true, DATE '2024-01-05', [1, 2], 1.10::DECIMAL(5,2), ST_GeomFromText('POLYGON((0 0, 1 0, 1 1, 0 0))')::GEOMETRY('EPSG:2263')),
        (2, NULL, '', 'nan', NULL, NULL, NULL, NULL, NULL)
      ) AS v("Id", "with gap", name, number, flag, day, list, exact, geom)`,
      { geometry: 'geom' },
    );
    await bench.ingested('codes', '2024a', "SELECT * FROM (VALUES ('001', 'NA'), ('2', 'x, \"y\"')) v(code, text)", {
      csv: true,
    });
    return bench;
  }

  test('tables have the types, keys, index and values that the department’s loader gives them', async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await places(t);
    const { code, stderr } = await bench.runHere(['build', 'places', '26v1-Main'], env);
    assert.equal(code, 0, stderr);
    const columns = await rows(
      `SELECT column_name AS name, data_type AS type, column_default AS otherwise FROM information_schema.columns
       WHERE table_schema = '_26v1_main' AND table_name = 'places' ORDER BY ordinal_position`,
    );
    assert.deepEqual(
      columns.map(({ name, type }) => `${name} ${type}`),
      [
        'Id bigint',
        'with_gap double precision',
        'name text',
        'number double precision',
        'flag boolean',
        'day date',
        'list text',
        'exact text',
        'geom USER-DEFINED',
        'ogc_fid integer',
        'data_library_version text',
      ],
    );
    assert.match(String(columns[9]?.otherwise), /nextval/);
    assert.deepEqual(
      await rows(
        `SELECT "Id", with_gap, name, number, flag, day::text, exact, ST_AsText(geom) AS geom, ogc_fid, data_library_version AS v
         FROM _26v1_main.places ORDER BY ogc_fid`,
      ),
      [
        {
          Id: '1',
          with_gap: 1,
          name: 'Bronx',
          number: 1.5,
          flag: true,
          day: '2024-01-05',
          exact: '1.10',
          geom: 'POLYGON((0 0,1 0,1 1,0 0))',
          ogc_fid: 1,
          v: '24v1',
        },
        {
          Id: '2',
          with_gap: null,
          name: null,
          number: null,
          flag: null,
          day: null,
          exact: null,
          geom: null,
          ogc_fid: 2,
          v: '24v1',
        },
      ],
    );
    assert.deepEqual(
      await rows(
        "SELECT type, srid FROM geometry_columns WHERE f_table_schema = '_26v1_main' AND f_table_name = 'places'",
      ),
      [{ type: 'POLYGON', srid: 2263 }],
    );
    assert.deepEqual(
      await rows("SELECT indexname AS name FROM pg_indexes WHERE schemaname = '_26v1_main' ORDER BY 1"),
      [{ name: 'idx_places_geom' }, { name: 'place_codes_pk' }, { name: 'places_pk' }],
    );
    assert.deepEqual(
      await rows('SELECT code, text, data_library_version AS v FROM _26v1_main.place_codes ORDER BY ogc_fid'),
      [
        { code: '001', text: null, v: '2024a' },
        { code: '2', text: 'x, "y"', v: '2024a' },
      ],
    );
    await rows("INSERT INTO _26v1_main.place_codes (code) VALUES ('3')");
    assert.deepEqual(await rows("SELECT ogc_fid FROM _26v1_main.place_codes WHERE code = '3'"), [{ ogc_fid: 3 }]);
    assert.deepEqual(await rows('SELECT schema_name, v, url FROM _26v1_main.source_data_versions'), [
      { schema_name: 'places', v: '24v1', url: 'https://example.org/places' },
      { schema_name: 'codes', v: '2024a', url: 'https://example.org/codes' },
    ]);
    const load = JSON.parse(await bench.read('places', '26v1-Main', 'load.json')) as LoadFacts;
    assert.equal(load.duckdb, null);
    assert.doesNotMatch(JSON.stringify(load), /w0rd/);
  });

  test('commands find the database in their environment, as psql and dbt want it', async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await places(
      t,
      'psql "$BUILD_ENGINE" -v ON_ERROR_STOP=1 -c "CREATE TABLE result AS SELECT count(*) AS n FROM places" && env | grep ^BUILD_ENGINE > "$BUILD_OUTPUT_DIR/engine.txt"',
    );
    const { code, stderr } = await bench.run(['build', 'places', 'k'], env);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await rows('SELECT n FROM k.result'), [{ n: '2' }]);
    const engine = await bench.read('places', 'k', 'output/engine.txt');
    assert.match(engine, /^BUILD_ENGINE_HOST=127\.0\.0\.1$/m);
    assert.match(engine, new RegExp(`^BUILD_ENGINE_PORT=${cluster.port}$`, 'm'));
    assert.match(engine, /^BUILD_ENGINE_SCHEMA=k$/m);
    assert.match(engine, /^BUILD_ENGINE_USER=builder$/m);
    assert.doesNotMatch(stderr, /w0rd/);
  });

  test('a load that fails leaves the schema as it was', async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await places(t);
    assert.equal((await bench.runHere(['build', 'places', 'k'], env)).code, 0);
    await bench.ingested('places', '24v2', "SELECT 1 AS ogc_fid, 'clashes with our own column' AS text");
    await writeFile(path.join(bench.dir, 'products/places/recipe.yml'), RECIPE.replace('24v1', '24v2'));
    const { code, stderr } = await bench.runHere(['build', 'places', 'k'], env);
    assert.equal(code, 1);
    assert.match(stderr, /BLD_LOAD_FAILED: places 24v2/);
    assert.deepEqual(await rows('SELECT count(*) AS n FROM k.places'), [{ n: '2' }]);
    assert.deepEqual(await rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%loading%'"), []);
  });

  test('a load does nothing again while its tables stand, and loads when somebody replaced them', async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await places(t);
    const load = async () =>
      (await bench.runJsonHere<{ state: string }>(['build', 'places', 'k', '--stage', 'load'], env)).document.state;
    assert.equal((await bench.runHere(['build', 'places', 'k', '--stage', 'plan'], env)).code, 0);
    assert.equal(await load(), 'done');
    assert.equal(await load(), 'unchanged');
    await rows('DROP SCHEMA k CASCADE');
    assert.equal(await load(), 'done');
  });

  test('the public schema is filled table by table, and keeps what is not ours', async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await places(t);
    await rows('CREATE TABLE public.theirs (a int)');
    const outcome = await bench.runHere(['build', 'places', 'k'], { ...env, BUILD_ENGINE_SCHEMA: 'public' });
    assert.equal(outcome.code, 0, outcome.stderr);
    const again = await bench.runHere(['build', 'places', 'k', '--force'], { ...env, BUILD_ENGINE_SCHEMA: 'public' });
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(await rows('SELECT count(*) AS n FROM public.places'), [{ n: '2' }]);
    assert.deepEqual(await rows('SELECT * FROM public.theirs'), []);
  });

  test('a rebuild has tables of its own, and leaves none of them', async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await places(t, 'psql "$BUILD_ENGINE" -Atc "SELECT count(*) FROM places" > "$BUILD_OUTPUT_DIR/n"');
    assert.equal((await bench.runHere(['build', 'places', 'k'], env)).code, 0);
    await rows('TRUNCATE k.places');
    const { code, stdout, stderr } = await bench.runHere(['rebuild', 'places', 'k', '--locked'], env);
    assert.equal(code, 0, stderr + stdout);
    assert.match(stdout, /^equal: 3 of 3 files/m);
    assert.deepEqual(await rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE '%rebuild%'"), []);
  });

  test('a dump is loaded with psql, and renamed with its key where the recipe gives it a name', async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await Workbench.make(t);
    const recipe =
      'name: N\nproduct: p\ninputs: {datasets: [{id: a, file_type: pg_dump, import_as: b}, {id: a, import_as: c}]}\n';
    await bench.product({ id: 'p', recipe: recipe.replace(', {id: a, import_as: c}', '') });
    await bench.ingested('a', 'v1', 'SELECT 1 AS x');
    await bench.addFile(
      'a',
      'v1',
      'a/a.sql',
      "CREATE TABLE public.a (ogc_fid integer CONSTRAINT a_pk PRIMARY KEY, t text);\nINSERT INTO public.a VALUES (1, '');\n",
    );
    const { code, stderr } = await bench.runHere(['build', 'p', 'k'], env);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await rows('SELECT * FROM k.b'), [{ ogc_fid: 1, t: '', data_library_version: 'v1' }]);
    assert.deepEqual(await rows("SELECT indexname AS n FROM pg_indexes WHERE schemaname = 'k'"), [{ n: 'b_pk' }]);
  });

  test('a dump that the plan fetched is loaded as well', { skip: IN_SECOND_PART || NO_S3_SERVER }, async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await Workbench.make(t);
    const dump =
      'CREATE TABLE public.a (ogc_fid integer CONSTRAINT a_pk PRIMARY KEY, t text);\nINSERT INTO public.a VALUES (1, NULL);\n';
    await using server = await s3Server({ ...archived('a', 'v1', { 'a.sql': dump }), 'edm-publishing/x': '' });
    await bench.product({ id: 'p', recipe: 'name: N\nproduct: p\ninputs: {datasets: [{id: a}]}\n' });
    const { code, stderr } = await bench.runHere(['build', 'p', 'k'], { ...env, ...accessTo(server) });
    assert.equal(code, 0, stderr);
    assert.deepEqual(await rows('SELECT * FROM k.a'), [{ ogc_fid: 1, t: null, data_library_version: 'v1' }]);
  });

  test('a server that cannot be reached is named, its password is not', async (t) => {
    const bench = await places(t);
    const { code, stderr } = await bench.run(['build', 'places', 'k'], {
      BUILD_ENGINE_SERVER: 'postgresql://builder:hidden-word@127.0.0.1:1',
      BUILD_ENGINE_DB: 'x',
    });
    assert.equal(code, 1);
    assert.match(stderr, /BLD_ENGINE_UNREACHABLE.*x on 127\.0\.0\.1:1/);
    assert.doesNotMatch(stderr, /hidden-word/);
  });

  test('the sample product has the same outputs from DuckDB and from PostgreSQL', async (t) => {
    const project = path.join(INSTALLATION, 'examples', 'nyc');
    const store = await mkdtemp(path.join(tmpdir(), 'lifecycle-sample-'));
    t.after(() => rm(store, { recursive: true, force: true }));
    const lifecycle = async (args: string[], more: Record<string, string> = {}) => {
      const { PATH, HOME, LIFECYCLE_VENV } = process.env;
      const env = { PATH, HOME, LIFECYCLE_HOME: store, ...(LIFECYCLE_VENV ? { LIFECYCLE_VENV } : {}), ...more };
      const { code, stderr } = await answerHere(['--project', project, ...args], { cwd: project, env });
      assert.equal(code, 0, stderr);
    };
    await lifecycle(['ingest', 'nyc_boroughs', '16a']);
    await lifecycle(['ingest', 'borough_tables', '2020']);
    await lifecycle(['build', 'boroughs', 'one', '--version', '16a']);
    await lifecycle(['build', 'boroughs', 'two', '--version', '16a'], (await databaseFor(t)).env);
    const output = (key: string, name: string) =>
      readFile(path.join(store, 'builds', 'boroughs', key, 'output', name), 'utf8');
    for (const name of ['boroughs.csv', 'boroughs.svg']) {
      assert.ok((await output('two', name)) === (await output('one', name)), `${name} differs`);
    }
    assert.equal((await output('one', 'boroughs.csv')).trim().split('\n').length, 6);
  });

  test('fault 2: SIGTERM in a load ends it, and the schema stays', async (t) => {
    const { env, rows } = await databaseFor(t);
    const bench = await places(t);
    assert.equal((await bench.runHere(['build', 'places', 'k'], env)).code, 0);
    // Whoever reads a table holds the swap up.
    await rows('BEGIN; LOCK TABLE k.places IN ACCESS SHARE MODE');
    const child = bench.start(['build', 'places', 'k', '--stage', 'load', '--force'], env);
    const outcome = outcomeOf(child);
    await new Promise<void>((resolve) => {
      child.stderr!.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('loaded places')) setTimeout(resolve, 1000);
      });
      child.once('close', () => resolve());
    });
    child.kill('SIGTERM');
    const { code, stderr } = await outcome;
    assert.equal(code, 143, stderr);
    await rows('ROLLBACK');
    assert.deepEqual(await rows('SELECT count(*) AS n FROM k.places'), [{ n: '2' }]);
  });
});
