import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { ReadinessRow } from '../../src/builds/plan/readiness.ts';
import type { StageResult } from '../../src/builds/run-build.ts';
import { Workbench } from './workbench.ts';

const RECIPE = `
name: N
product: p
version: 24v1
inputs:
  datasets:
  - {id: pinned, version: v1}
  - {id: newest}
  - {id: by_env, version_env_var: WANTED}
env: {WANTED: e1}
`;

async function threeInputs(bench: Workbench): Promise<void> {
  await bench.product({ id: 'p', recipe: RECIPE });
  await bench.ingested('pinned', 'v1', 'SELECT 1 AS a');
  await bench.ingested('newest', 'n1', 'SELECT 1 AS a');
  await bench.ingested('by_env', 'e1', 'SELECT 1 AS a');
}

test('why answers in one line for the build and each input', async (t) => {
  const bench = await Workbench.make(t);
  await threeInputs(bench);
  assert.equal((await bench.run(['why', 'p', 'k'])).code, 3);
  assert.equal((await bench.run(['plan', 'p', 'k'])).code, 0);
  const lines = (await bench.run(['why', 'p', 'k'])).stdout.trim().split('\n');
  assert.equal(lines.length, 4);
  assert.equal(lines[0], 'p k: version 24v1, the recipe says it');
  assert.match(lines[1]!, /^pinned: version v1, pinned in the recipe \(parquet, 1 rows, .*, sha256 [0-9a-f]{12}\)$/);
  assert.match(lines[2]!, /^newest: version n1, latest as of \d{4}-\d\d-\d\d /);
  const one = await bench.run(['why', 'p', 'k', 'by_env']);
  assert.match(one.stdout, /^by_env: version e1, the variable WANTED /);
  assert.match((await bench.run(['why', 'p', 'k', 'pined'])).stderr, /did you mean pinned/);
});

test('the readiness table says the state of each input and what mends it', async (t) => {
  const bench = await Workbench.make(t);
  await threeInputs(bench);
  const dryRun = async (...args: string[]) =>
    bench.runJsonHere<{ ready: boolean; inputs: ReadinessRow[] }>(['plan', 'p', 'k', '--dry-run', ...args]);
  const ready = await dryRun();
  assert.equal(ready.code, 0);
  assert.deepEqual(
    ready.document.inputs.map(({ state }) => state),
    ['ready', 'ready', 'ready'],
  );
  assert.equal(existsSync(bench.partition('p', 'k')), false);

  assert.equal((await bench.runHere(['plan', 'p', 'k'])).code, 0);
  await bench.ingested('newest', 'n2', 'SELECT 2 AS a');
  const stale = await dryRun();
  assert.equal(stale.code, 0);
  assert.deepEqual(
    stale.document.inputs.map(({ id, state, reason, command }) => [id, state, reason, command]).slice(1, 2),
    [['newest', 'stale', 'the plan has n1', 'lifecycle plan p k --force']],
  );

  const missing = await dryRun('--env', 'WANTED=e9', '--input', 'pinned=v7');
  assert.equal(missing.code, 3);
  assert.deepEqual(
    missing.document.inputs.map(({ id, version, state, command }) => [id, version, state, command]),
    [
      ['pinned', 'v7', 'missing', 'lifecycle ingest pinned v7'],
      ['newest', 'n2', 'stale', 'lifecycle plan p k --force'],
      ['by_env', 'e9', 'missing', 'lifecycle ingest by_env e9'],
    ],
  );
  const text = await bench.runHere(['plan', 'p', 'k', '--dry-run', '--env', 'WANTED=e9']);
  assert.match(text.stdout, /^INPUT +VERSION +AGE +STATE +WHY +MEND\n/m);
  assert.match(text.stdout, /blocked by 1 of 3 inputs\n$/);
});

test('an input that is being made shows as running, one whose making was killed as failed', async (t) => {
  const bench = await Workbench.make(t);
  await threeInputs(bench);
  const locks = path.join(bench.store, '.locks');
  await mkdir(locks, { recursive: true });
  const stateWith = async (pid: number) => {
    const { processIdentity } = await import('../../src/processes/identity.ts');
    const { hostname } = await import('node:os');
    const identity = pid === process.pid ? await processIdentity(pid) : 'gone';
    const claim = {
      subject: 'ingest pinned v9',
      pid,
      host: hostname(),
      identity,
      since: '2026-01-01T00:00:00Z',
      token: 'x',
    };
    await writeFile(path.join(locks, 'claim.json'), JSON.stringify(claim));
    const args = ['plan', 'p', 'k', '--dry-run', '--input', 'pinned=v9'];
    const { document } = await bench.runJsonHere<{ inputs: ReadinessRow[] }>(args);
    return document.inputs[0]?.state;
  };
  assert.equal(await stateWith(process.pid), 'running');
  assert.equal(await stateWith(999_999_999), 'failed');
});

test('a plan against a catalog needs no store, and writes where it is told', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({
    id: 'p',
    recipe: RECIPE.replace('version: 24v1\n', 'version_strategy: bump_latest_release\n'),
  });
  const archive = (versions: string[]) => ({
    latest: versions.at(-1),
    versions,
    file_types: Object.fromEntries(versions.map((version) => [version, ['csv', 'pg_dump']])),
    name: 'A name',
    archive_date: '2026-02-03T04:05:06Z',
    url: null,
  });
  const catalog = path.join(bench.dir, 'catalog.json');
  await writeFile(
    catalog,
    JSON.stringify({
      datasets: {
        'edm.recipes.datasets': { pinned: archive(['v1']), newest: archive(['n1', 'n2']), by_env: archive(['e1']) },
      },
      published: { p: ['24v1', '24v2'] },
      today: '2026-03-04',
    }),
  );
  const out = path.join(bench.dir, 'planned');
  const first = await bench.runHere(['plan', 'p', 'k', '--catalog', catalog, '--out', out, '--build-name', '']);
  assert.equal(first.code, 0, first.stderr);
  const lock = await readFile(path.join(out, 'recipe.lock.yml'), 'utf8');
  assert.match(lock, /^build_name: null$/m);
  assert.match(lock, /^ {2}VERSION: 24v3\n {2}VERSION_PREV: 24v2$/m);
  assert.match(lock, /^ {4}file_type: pg_dump$/m);
  assert.match(
    await readFile(path.join(out, 'source_data_versions.csv'), 'utf8'),
    /\r\nnewest,A name,n2,pg_dump,2026-02-03,\r\n/,
  );
  const inputs = await readFile(path.join(out, 'inputs.lock.json'), 'utf8');
  assert.match(inputs, /"why": "latest as of 2026-03-04"/);
  assert.equal(existsSync(bench.partition('p', 'k')), false);

  // The same once more gives the same bytes.
  await bench.runHere(['plan', 'p', 'k', '--catalog', catalog, '--out', `${out}2`, '--build-name', '']);
  for (const name of ['recipe.lock.yml', 'source_data_versions.csv', 'inputs.lock.json']) {
    assert.deepEqual(await readFile(path.join(`${out}2`, name)), await readFile(path.join(out, name)), name);
  }

  // What was planned without the store cannot be loaded from it.
  const build = await bench.runHere(['build', 'p', 'k', '--catalog', catalog]);
  assert.equal(build.code, 3);
  assert.match(build.stderr, /BLD_MISSING_INPUTS: inputs of p k are not in this store/);
});

test('a template variable that is not set is refused by name, and only those meant for recipes are seen', async (t) => {
  const bench = await Workbench.make(t);
  const recipe = `name: N\nproduct: p\nversion: '{{ BUILD_ENV_V }}'\nbranch: "{{ OTHER | default('none') }}"\ninputs: {}\n`;
  await bench.product({ id: 'p', recipe });
  const { code, stderr } = await bench.runHere(['plan', 'p', 'k'], { OTHER: 'seen' });
  assert.equal(code, 1);
  assert.match(stderr, /BLD_RECIPE_TEMPLATE: .*recipe\.yml:3:\d+: the template variable BUILD_ENV_V is not set/);
  const set = await bench.runJsonHere<StageResult>(['plan', 'p', 'k'], { OTHER: 'seen', BUILD_ENV_V: '26v1' });
  assert.equal(set.document.version, '26v1');
  assert.match(await bench.read('p', 'k', 'recipe.lock.yml'), /^branch: none$/m);
  const given = await bench.runJsonHere<StageResult>([
    'plan',
    'p',
    'k',
    '--var',
    'BUILD_ENV_V=27v1',
    '--var',
    'OTHER=x',
  ]);
  assert.equal(given.document.version, '27v1');
});

test('no variables at all can be given, by the command line or the catalog: a missing one is refused', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', recipe: RECIPE.replace(/^env:.*\n/m, '') });
  const dataset = { latest: '1', versions: ['1', 'e1', 'v1'], file_types: { 1: ['csv'], e1: ['csv'], v1: ['csv'] } };
  const world = {
    datasets: { 'edm.recipes.datasets': { pinned: dataset, newest: dataset, by_env: dataset } },
    env: { WANTED: 'e1' },
  };
  const catalog = path.join(bench.dir, 'catalog.json');
  const plan = async (content: object, ...args: string[]) => {
    await writeFile(catalog, JSON.stringify(content));
    return bench.runHere(['plan', 'p', 'k', '--catalog', catalog, '--out', path.join(bench.dir, 'planned'), ...args]);
  };
  assert.equal((await plan(world)).code, 0);
  const refused = /by_env: its version is in the variable WANTED, absent from the given variables/;
  assert.match((await plan({ ...world, vars: {} })).stderr, refused);
  assert.match((await plan(world, '--only-vars')).stderr, refused);
  assert.equal((await plan({ ...world, vars: {} }, '--var', 'WANTED=v1')).code, 0);
  assert.match(await readFile(path.join(bench.dir, 'planned', 'source_data_versions.csv'), 'utf8'), /by_env,[^,]*,v1,/);
});

test('an input from a source without versions is planned without one, and said to be missing in a store', async (t) => {
  const bench = await Workbench.make(t);
  const recipe =
    'name: N\nproduct: p\nversion: "1"\ninputs: {datasets: [{name: x, source: local_file, file_type: csv}]}\n';
  await bench.product({ id: 'p', recipe });
  const catalog = path.join(bench.dir, 'catalog.json');
  await writeFile(catalog, JSON.stringify({ datasets: {} }));
  const out = path.join(bench.dir, 'planned');
  const planned = await bench.runHere(['plan', 'p', 'k', '--catalog', catalog, '--out', out]);
  assert.equal(planned.code, 0, planned.stderr);
  assert.match(await readFile(path.join(out, 'recipe.lock.yml'), 'utf8'), /^ {4}version: null$/m);
  assert.match(await readFile(path.join(out, 'source_data_versions.csv'), 'utf8'), /\r\nx,x,,csv,,\r\n/);
  const missing = await bench.runHere(['plan', 'p', 'k']);
  assert.equal(missing.code, 3, missing.stderr);
  assert.match(missing.stderr, /x: x is not in this store; run: lifecycle adopt x VERSION FILE\.parquet/);
  await bench.ingested('x', 'v1', 'SELECT 1 AS a');
  assert.equal((await bench.runHere(['plan', 'p', 'k'])).code, 0);
});

test('a secret of the environment is masked in the lock, and the commands still get it (fault 68)', async (t) => {
  const bench = await Workbench.make(t);
  const recipe = `name: N\nproduct: p\nenv:\n  BUILD_ENV_TOKEN: '{{ BUILD_ENV_TOKEN }}'\n  NOTE: 'uses {{ BUILD_ENV_TOKEN }}'\ninputs: {}\n`;
  await bench.product({
    id: 'p',
    recipe: recipe.replace(/ {2}NOTE.*\n/, ''),
    command: 'printf %s "$BUILD_ENV_TOKEN" | wc -c > "$BUILD_OUTPUT_DIR/n"',
  });
  const { code, stderr } = await bench.run(['build', 'p', 'k'], { BUILD_ENV_TOKEN: 'hidden-word' });
  assert.equal(code, 0, stderr);
  assert.match(await bench.read('p', 'k', 'recipe.lock.yml'), /BUILD_ENV_TOKEN: '\*\*\*'/);
  assert.equal((await bench.read('p', 'k', 'output/n')).trim(), '11');
});

test('a recipe of 150 inputs is planned', async (t) => {
  const bench = await Workbench.make(t);
  const ids = Array.from({ length: 150 }, (_, i) => `input_${i}`);
  await bench.product({
    id: 'p',
    recipe: `name: N\nproduct: p\ninputs:\n  datasets:\n${ids.map((id) => `  - {id: ${id}}\n`).join('')}`,
  });
  await bench.ingested('input_0', 'v1', 'SELECT 1 AS a');
  const from = path.join(bench.store, 'ingest', 'input_0');
  const record = await readFile(path.join(from, 'v1', 'record.json'), 'utf8');
  for (const id of ids.slice(1)) {
    const dir = path.join(bench.store, 'ingest', id);
    await mkdir(path.join(dir, 'v1', id), { recursive: true });
    await copyFile(path.join(from, 'v1/input_0/input_0.parquet'), path.join(dir, 'v1', id, `${id}.parquet`));
    await writeFile(path.join(dir, 'v1', 'record.json'), record.replaceAll('input_0', id));
    await writeFile(path.join(dir, 'latest'), 'v1\n');
  }
  const start = performance.now();
  const { code, stderr } = await bench.runHere(['plan', 'p', 'k']);
  const seconds = (performance.now() - start) / 1000;
  assert.equal(code, 0, stderr);
  t.diagnostic(`${seconds.toFixed(2)} s`);
});
