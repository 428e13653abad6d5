import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZipFile } from 'yazl';
import type { LoadFacts } from '../../src/builds/load/stage.ts';
import { Engine } from '../../src/engine/engine.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import type { InputsLock } from '../../src/store/builds/inputs-lock.ts';
import { BOTH_PARTS, IN_SECOND_PART } from '../second-part.ts';
import { serve } from '../sources/fixture.ts';
import type { S3Server } from '../sources/s3-server.ts';
import { accessTo, archived, CSV, NO_S3_SERVER, recipeOf, s3Server, watched } from './archive.ts';
import { outcomeOf, Workbench } from './workbench.ts';

const VENV = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');
const MANY = Array.from({ length: 150 }, (_, i) => `input_${i}`);

interface Failure {
  error: { code: string; hint: string; message: string; missing: { id: string; code: string | null }[] };
}

/** Files as DuckDB writes them: a table, and a shapefile with its parts in one zip. */
async function dataFiles(): Promise<{ parquet: Buffer; shapefile: Buffer }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-archive-'));
  const engine = await Engine.open({ venvDir: VENV, temporaryDir: dir });
  try {
    await engine.load('spatial');
    await engine.run(`COPY (SELECT range AS n FROM range(5)) TO '${dir}/t.parquet' (FORMAT parquet)`);
    await engine.run(
      `COPY (SELECT 'x' AS name, ST_Point(1, 2) AS geom) TO '${dir}/s.shp' (FORMAT gdal, DRIVER 'ESRI Shapefile', SRS 'EPSG:4326')`,
    );
    const zip = new ZipFile();
    for (const part of await readdir(dir)) if (part.startsWith('s.')) zip.addFile(path.join(dir, part), part);
    zip.end();
    return { parquet: await readFile(path.join(dir, 't.parquet')), shapefile: await buffer(zip.outputStream) };
  } finally {
    engine.close();
    await rm(dir, { recursive: true });
  }
}

describe('inputs that a plan fetches', { skip: NO_S3_SERVER }, () => {
  let server: S3Server;
  before(async () => {
    const { parquet, shapefile } = await dataFiles();
    server = await s3Server({
      ...archived('a', 'v2', { 'a.csv': CSV }),
      ...archived('b', 'b9', { 'b.csv': CSV }),
      ...archived('t', 't1', { 't.parquet': parquet }),
      ...archived('s', 's1', { 's.shp.zip': shapefile }),
      ...archived('j', 'j1', { 'rows.json': '[{"x": 1}, {"x": 2}]' }),
      ...archived('big', 'v1', { 'big.csv': `id\n${'1234567\n'.repeat(100_000)}` }),
      ...Object.assign({}, ...(BOTH_PARTS ? MANY : []).map((id) => archived(id, 'v1', { [`${id}.csv`]: CSV }))),
      'edm-publishing/other/x': 'x',
    });
  });
  after(() => server?.[Symbol.asyncDispose]());

  async function lockOf(bench: Workbench, product = 'p'): Promise<InputsLock> {
    return JSON.parse(await bench.read(product, 'k', 'inputs.lock.json')) as InputsLock;
  }

  it('are loaded and used by the build as any other input', async (t) => {
    const bench = await Workbench.make(t);
    const datasets = `
  - {id: a, import_as: text_rows}
  - {id: t}
  - {id: s, file_type: shapefile}
  - {id: j, file_type: json, custom: {filename: rows.json}}
  - {id: a, import_as: as_file, destination: file}
`;
    await bench.product({
      id: 'p',
      recipe: recipeOf(datasets.slice(1)),
      command: 'cp "$(sed -n \'s/.*"path": "\\(.*\\)".*/\\1/p\' "$BUILD_INPUTS")" "$BUILD_OUTPUT_DIR/copy.csv"',
    });
    const { code, stderr } = await bench.run(['build', 'p', 'k'], accessTo(server));
    assert.equal(code, 0, stderr);
    const database = path.join(bench.partition('p', 'k'), 'load.duckdb');
    const engine = await Engine.open({ venvDir: VENV, temporaryDir: bench.dir, database, readOnly: true });
    t.after(() => engine.close());
    await engine.load('spatial');
    assert.deepEqual(await engine.rows('SELECT id, name, data_library_version FROM text_rows'), [
      { id: '001', name: 'Astoria', data_library_version: 'v2' },
      { id: '002', name: null, data_library_version: 'v2' },
    ]);
    assert.equal(Number((await engine.row('SELECT sum(n) AS n FROM t')).n), 10);
    assert.deepEqual(await engine.rows('SELECT name, ST_AsText(geom) AS place FROM s'), [
      { name: 'x', place: 'POINT (1 2)' },
    ]);
    assert.equal(Number((await engine.row('SELECT count(*) AS n FROM j')).n), 2);
    assert.equal(await bench.read('p', 'k', 'output/copy.csv'), CSV);
    const load = JSON.parse(await bench.read('p', 'k', 'load.json')) as LoadFacts;
    assert.match(load.files[0]?.path ?? '', /^builds\/p\/k\/inputs\/[0-9a-f]{10}-a\.csv$/);
  });

  it('--offline takes what was fetched, and asks nobody for the rest', async (t) => {
    const bench = await Workbench.make(t);
    const { env, asked } = await watched(t, server);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a, version: v2}\n  - {id: b, version: b9}\n') });
    assert.equal((await bench.runHere(['plan', 'p', 'k', '--input', 'b=b9'], env)).code, 0);
    asked();
    const again = await bench.runHere(['plan', 'p', 'other', '--offline'], env);
    assert.equal(again.code, 0, again.stderr);
    await rm(path.join(bench.store, 'fetched', 'edm.recipes.datasets', 'b'), { recursive: true });
    const { code, document } = await bench.runJsonHere<Failure>(['build', 'p', 'third', '--offline'], env);
    assert.equal(code, 3);
    assert.deepEqual(
      document.error.missing.map(({ id }) => id),
      ['b'],
    );
    assert.match(document.error.hint, /the archive was not asked because of --offline/);
    assert.deepEqual(asked(), []);
  });

  it('a file that was removed or changed since is fetched anew', async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: b}\n') });
    assert.equal((await bench.runHere(['plan', 'p', 'k'], accessTo(server))).code, 0);
    const file = path.join(bench.store, (await lockOf(bench)).inputs[0]!.path!);
    await writeFile(file, CSV.replace('Astoria', 'ASTORIA'));
    const changed = await bench.runHere(['build', 'p', 'k'], accessTo(server));
    assert.match(changed.stderr, /BLD_INPUT_CHANGED/);
    assert.ok(
      changed.stderr.includes(`hint: remove ${file}, then run the same command again with --stage plan --force`),
    );
    await rm(file);
    assert.equal((await bench.runHere(['build', 'p', 'k', '--stage', 'plan', '--force'], accessTo(server))).code, 0);
    assert.equal(await readFile(file, 'utf8'), CSV);
    assert.equal((await bench.runHere(['build', 'p', 'k'], accessTo(server))).code, 0);
  });

  for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
    it(`${signal} in the middle of a fetch leaves nothing that shows, and the next plan goes through`, async (t) => {
      const bench = await Workbench.make(t);
      const held = await watched(t, server, /big\.csv/);
      await bench.product({ id: 'p', recipe: recipeOf('  - {id: big}\n') });
      const child = bench.start(['plan', 'p', 'k'], held.env);
      const outcome = outcomeOf(child);
      const left = async (place: string) =>
        readdir(path.join(bench.store, place), { recursive: true }).catch(() => [] as string[]);
      while (!(await left('.staging')).some((name) => name.endsWith('big.csv.part'))) await sleep(20);
      child.kill(signal);
      const end = await outcome;
      if (signal === 'SIGKILL') assert.equal(end.signal, signal);
      else assert.deepEqual([end.code, await left('.staging'), await left('.locks')], [143, [], []], end.stderr);
      assert.equal(existsSync(path.join(bench.store, 'fetched')), false);
      assert.equal(existsSync(bench.partition('p', 'k')), false);
      const { code, stderr } = await bench.runHere(['plan', 'p', 'k'], accessTo(server));
      assert.equal(code, 0, stderr);
      assert.equal((await lockOf(bench)).inputs[0]?.bytes, 800_003);
      for (const place of ['.staging', '.locks']) assert.deepEqual(await left(place), []);
    });
  }

  it('a file without the record that names it does not exist', async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a}\n') });
    assert.equal((await bench.runHere(['plan', 'p', 'k'], accessTo(server))).code, 0);
    const record = path.join(bench.store, 'fetched/edm.recipes.datasets/a/v2/record.json');
    const whole = await readFile(record, 'utf8');
    await writeFile(record, whole.slice(0, 40));
    assert.equal((await bench.runHere(['plan', 'p', 'k', '--force', '--offline'], accessTo(server))).code, 3);
    assert.equal((await bench.runHere(['plan', 'p', 'k', '--force'], accessTo(server))).code, 0);
    assert.equal(JSON.parse(await readFile(record, 'utf8')).files[0].sha256, JSON.parse(whole).files[0].sha256);
  });

  it('of two plans that want the same file one fetches it and the other waits', async (t) => {
    const bench = await Workbench.make(t);
    const { env, asked } = await watched(t, server);
    for (const id of ['p', 'q']) await bench.product({ id, recipe: recipeOf('  - {id: big}\n') });
    for (const { code, stderr } of await Promise.all(['p', 'q'].map((id) => bench.run(['plan', id, 'k'], env)))) {
      assert.equal(code, 0, stderr);
    }
    assert.equal(asked().filter((request) => request.endsWith('/big.csv')).length, 1);
  });

  it('150 of them take seconds', { skip: IN_SECOND_PART }, async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: recipeOf(MANY.map((id) => `  - {id: ${id}}\n`).join('')) });
    const start = performance.now();
    const dryRun = await bench.runHere(['plan', 'p', 'k', '--dry-run'], accessTo(server));
    assert.equal(dryRun.code, 0, dryRun.stderr);
    t.diagnostic(`${((performance.now() - start) / 1000).toFixed(2)} s to ask`);
    const { code, stderr } = await bench.runHere(['plan', 'p', 'k'], accessTo(server));
    const seconds = (performance.now() - start) / 1000;
    assert.equal(code, 0, stderr);
    t.diagnostic(`${seconds.toFixed(2)} s to ask twice and to fetch`);
    const { inputs } = await lockOf(bench);
    assert.deepEqual(
      inputs.map((input) => input.id),
      MANY,
    );
    assert.ok(seconds < 60, `${seconds} s`);
  });

  it('a server that is down is an error of its own that names every input, soon', async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({
      id: 'p',
      recipe: recipeOf(MANY.map((id) => `  - {id: ${id}}\n`).join(''), 'version_strategy: bump_latest_release\n'),
    });
    await bench.ingested('input_7', 'v1', 'SELECT 1 AS a');
    const gone = await serve(() => {});
    await gone[Symbol.asyncDispose]();
    const start = performance.now();
    const { code, document } = await bench.runJsonHere<Failure>(['plan', 'p', 'k'], accessTo(server, gone.url));
    assert.equal(code, 1);
    assert.equal(document.error.code, 'BLD_SOURCE_FAILED');
    assert.equal(document.error.missing.length, 149);
    assert.deepEqual([...new Set(document.error.missing.map((input) => input.code))], ['SRC_UNREACHABLE']);
    assert.match(document.error.message, /input_149: SRC_UNREACHABLE: 127\.0\.0\.1:\d+: the connection was refused/);
    assert.match(document.error.message, /the releases of db-p, of which the last is bumped, could not be asked for/);
    assert.doesNotMatch(document.error.message, /lifecycle adopt/);
    assert.match(document.error.hint, /^check the network .*; or plan with what is in the store: --offline$/);
    const dryRun = await bench.runHere(['plan', 'p', 'k', '--dry-run'], accessTo(server, gone.url));
    assert.equal(dryRun.code, 1);
    assert.match(dryRun.stdout, /^input_3 +- +- +unreachable +SRC_UNREACHABLE/m);
    assert.match(dryRun.stdout, /^input_7 +v1 +\S.* +ready/m);
    assert.ok(performance.now() - start < 60_000, 'it took long to give up');
  });

  it('a plan whose inputs are all here still wants to know the releases, unless it is told', async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a}\n') });
    await bench.ingested('a', 'v1', 'SELECT 1 AS a');
    const gone = await serve(() => {});
    await gone[Symbol.asyncDispose]();
    const env = accessTo(server, gone.url);
    const { code, stderr } = await bench.runHere(['plan', 'p', 'k'], env);
    assert.equal(code, 1);
    assert.match(stderr, /BLD_SOURCE_FAILED: the releases of db-p could not be asked for: SRC_UNREACHABLE/);
    assert.equal((await bench.runHere(['plan', 'p', 'k', '--env', 'VERSION_PREV=23v4'], env)).code, 0);
    assert.equal((await bench.runHere(['plan', 'p', 'k', '--force', '--offline'], env)).code, 0);
  });

  it('one that takes the connection and says nothing is given up', async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a}\n  - {id: b}\n') });
    await using silent = await serve(() => {});
    const env = { ...accessTo(server, silent.url), LIFECYCLE_TRANSFER: 'attempts=2,answerMs=1000' };
    const start = performance.now();
    const { code, document } = await bench.runJsonHere<Failure>(['plan', 'p', 'k'], env);
    assert.equal(code, 1);
    assert.deepEqual(
      document.error.missing.map((input) => input.code),
      ['SRC_TIMEOUT', 'SRC_TIMEOUT'],
    );
    assert.ok(performance.now() - start < 20_000);
  });
});
