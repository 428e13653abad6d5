import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { loadProject } from '../project/load.ts';
import { INSTALLATION } from '../settings/settings.ts';
import { readableSql, withQuery } from './session.ts';

const venvDir = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');

async function bench(t: TestContext) {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-query-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const engine = await Engine.open({ venvDir, temporaryDir: dir });
  await engine.load('spatial');
  await engine.run(
    `COPY (SELECT i AS a, ST_Point(i, i) AS geom FROM range(3) r(i)) TO ${literal(path.join(dir, 'x.parquet'))} (FORMAT parquet)`,
  );
  engine.close();
  await writeFile(path.join(dir, 'secret.csv'), 'a\n1\n');
  await writeFile(path.join(dir, 'ingest_templates'), '');
  const scope = {
    ...{ venvDir, cwd: dir, storeDir: path.join(dir, 'store'), signal: AbortSignal.any([]) },
    loadProject: () => loadProject(path.join(INSTALLATION, 'examples', 'nyc')),
  };
  const rows = (sql: string) =>
    withQuery(scope, sql, [], async (query) => {
      const found: unknown[][] = [];
      for await (const { rows } of query.engine.stream(await readableSql(query))) found.push(...rows);
      return found;
    });
  return { dir, scope, rows };
}

test('data is found by its name, also under one that WITH defines, and geometries are read as text', async (t) => {
  const { rows } = await bench(t);
  assert.deepEqual(await rows('SELECT * FROM "x.parquet" WHERE a > 1; -- the last'), [['2', 'POINT (2 2)']]);
  assert.deepEqual(await rows('WITH t AS (SELECT sum(a) AS s FROM "x.parquet") SELECT s FROM t'), [['3']]);
  assert.deepEqual(await rows('SELECT * FROM (WITH t AS (SELECT 1) SELECT * FROM t)'), [[1]]);
  assert.deepEqual(await rows('SELECT count(*) FROM range(10), "x.parquet"'), [['30']]);
});

test('nothing else is reached: no file, no setting, no extension, no other statement', async (t) => {
  const { dir, rows } = await bench(t);
  const secret = path.join(dir, 'secret.csv');
  const made = path.join(dir, 'made');
  const refused = [
    `SELECT * FROM read_csv('${secret}')`,
    `SELECT * FROM read_text('${secret}')`,
    `SELECT * FROM glob('${dir}/*')`,
    `SELECT * FROM "${secret}"`,
    `SELECT * FROM ST_Read('${secret}')`,
    `SELECT * FROM ST_READ('/vsistdin/')`,
    `SELECT * FROM query('SELECT * FROM read_csv(''${secret}'')')`,
    `SELECT * FROM query_table('${secret}')`,
    `SELECT (SELECT a FROM parquet_scan('${dir}/x.parquet') LIMIT 1)`,
    `WITH t AS (FROM sniff_csv('${secret}')) FROM t`,
    `SELECT * FROM duckdb_secrets()`,
    `COPY (SELECT 1) TO '${made}'`,
    `SELECT 1; COPY (SELECT 1) TO '${made}'`,
    `SELECT 1) TO '${made}'; --`,
    `ATTACH '${made}'`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET enable_external_access = true',
    "PRAGMA enable_profiling = 'json'",
    `CALL enable_logging(storage = 'file', storage_config = {'path': '${made}'})`,
    'CREATE TABLE t AS SELECT 1',
    'SELECT 1; SELECT 2',
    '',
  ];
  for (const sql of refused) {
    await assert.rejects(rows(sql), (error) => error instanceof LifecycleError && /^(LIF|STO)_/.test(error.code), sql);
  }
  assert.ok(!existsSync(made));
});

test('a session that runs a query cannot be opened from inside', async (t) => {
  const { dir, scope } = await bench(t);
  await withQuery(scope, 'SELECT 1', [], async ({ engine }) => {
    for (const sql of [
      `SELECT * FROM read_csv('${dir}/secret.csv')`,
      `COPY (SELECT 1) TO '${dir}/made'`,
      'SET enable_external_access = true',
      "SET allowed_paths = ['/']",
      'LOAD httpfs',
    ]) {
      await assert.rejects(engine.rows(sql), /Permission Error|Cannot change configuration|disabled/, sql);
    }
  });
  assert.deepEqual(await readdir(path.join(dir, 'store', '.cache')), [], 'and leaves nothing');
});

test('a name with a version needs no quotes where nothing else can be meant; what is unknown is told', async (t) => {
  const { rows } = await bench(t);
  const told = (sql: string, says: RegExp) =>
    assert.rejects(
      rows(sql),
      (error: LifecycleError) => says.test(`${error.code}: ${error.message} ${error.hint}`),
      sql,
    );
  await told('SELECT * FROM nyc_boroughs@16a', /^STO_NO_VERSION: nyc_boroughs has no version 16a/);
  await told('SELECT * FROM builds.boroughs@2020-first.boroughs', /^STO_NO_VERSION: .*2020-first/);
  await told('SELECT * FROM nyc_borough', /^LIF_UNKNOWN_ID: .*did you mean nyc_boroughs/);
  await told('SELEC 1', /^LIF_BAD_QUERY: the query is not understood: syntax error/);
  await told('SELECT b FROM "x.parquet"', /^LIF_BAD_QUERY: .*"b" not found/);
});

test('a result need not fit into memory, and a query is stopped', async (t) => {
  const { scope, rows } = await bench(t);
  const counted = await rows('SELECT count(*) FROM (SELECT DISTINCT md5(i::VARCHAR) FROM range(1000) r(i))');
  assert.deepEqual(counted, [['1000']]);
  const stopping = new AbortController();
  setTimeout(() => stopping.abort(new Error('stopped')), 200);
  const endless = 'SELECT count(*) FROM range(100000000000) a, range(100000) b WHERE a.range % 7 = b.range % 11';
  await assert.rejects(
    withQuery({ ...scope, signal: stopping.signal }, endless, [], ({ engine, sql }) => engine.rows(sql)),
    /stopped/,
  );
});
