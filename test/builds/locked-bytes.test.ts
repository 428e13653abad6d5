import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Rebuild } from '../../src/builds/rebuild.ts';
import { Engine } from '../../src/engine/engine.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import type { InputsLock } from '../../src/store/builds/inputs-lock.ts';
import type { BuildRecord } from '../../src/store/builds/record.ts';
import { hashFile } from '../../src/store/files.ts';
import { casesOf } from '../second-part.ts';
import { outcomeOf, Workbench } from './workbench.ts';

const VENV = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');
const RECIPE = 'name: N\nproduct: p\ninputs: {datasets: [{id: a, destination: file}]}\n';
const INPUT_PATH = `$(sed -n 's/.*"path": "\\(.*\\)".*/\\1/p' "$BUILD_INPUTS")`;
const COPY = `cp "${INPUT_PATH}" "$BUILD_OUTPUT_DIR/copy.parquet"`;
const PUBLISHED = 'ingest/a/v1/a/a.parquet';

const hashOf = async (file: string) => (await hashFile(file)).sha256;
const recordOf = async (bench: Workbench) => JSON.parse(await bench.read('p', 'k', 'record.json')) as BuildRecord;

/** Whether what the build read, what it says that it read, and what was published first are the same bytes. */
async function isTruthful(bench: Workbench, first: string): Promise<boolean> {
  const { inputs } = await recordOf(bench);
  const used = await hashOf(path.join(bench.partition('p', 'k'), 'output/copy.parquet'));
  return inputs[0]?.sha256 === first && used === first;
}

test('faults 11 and 71: a version that is overwritten or removed after the plan is built with as it was', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', recipe: RECIPE, command: COPY });
  await bench.ingested('a', 'v1', 'SELECT 1 AS a');
  const published = path.join(bench.store, PUBLISHED);
  const first = await hashOf(published);
  assert.equal((await bench.run(['build', 'p', 'k', '--stage', 'plan'])).code, 0);
  const lock = JSON.parse(await bench.read('p', 'k', 'inputs.lock.json')) as InputsLock;
  const link = path.join(bench.partition('p', 'k'), lock.inputs[0]!.file!);
  assert.equal((await stat(link)).ino, (await stat(published)).ino);

  await bench.ingested('a', 'v1', 'SELECT 2 AS a', { overwrite: true });
  assert.equal((await bench.run(['build', 'p', 'k', '--stage', 'load'])).code, 0);
  await rm(path.join(bench.store, 'ingest/a'), { recursive: true });
  const rest = await bench.run(['build', 'p', 'k', '--stage', 'build', '--stage', 'package']);
  assert.equal(rest.code, 0, rest.stderr);
  assert.ok(await isTruthful(bench, first));
  const { files } = await recordOf(bench);
  assert.equal(files.find((file) => file.path === lock.inputs[0]!.file)?.sha256, first);

  const rebuilt = await bench.runJson<Rebuild>(['rebuild', 'p', 'k', '--locked']);
  assert.equal(rebuilt.code, 0, rebuilt.stderr);
  assert.equal(rebuilt.document.equal, true);
  assert.equal((await bench.run(['build', 'p', 'k', '--stage', 'load', '--force'])).code, 0);
});

test('faults 11 and 71: a version that is overwritten, then removed, in the middle of a load is loaded as it was, each time', async (t) => {
  const bench = await Workbench.make(t);
  const recipe = 'name: N\nproduct: p\ninputs: {datasets: [{id: big}, {id: a}]}\n';
  await bench.product({ id: 'p', recipe });
  await bench.ingested('big', 'v1', "SELECT i, 'text ' || i AS t FROM range(1500000) r(i)");
  const rounds = casesOf(t, 1, 5);
  for (let round = 1; round <= rounds; round++) {
    const key = `k${round}`;
    await bench.ingested('a', 'v1', `SELECT ${round} AS a`, { overwrite: true });
    assert.equal((await bench.runHere(['build', 'p', key, '--stage', 'plan'])).code, 0);
    const child = bench.start(['build', 'p', key]);
    const ended = outcomeOf(child);
    const checked = new Promise<void>((resolve) => {
      child.stderr?.on('data', (text: string) => text.includes('checked 2 inputs') && resolve());
    });
    await Promise.race([checked, ended]);
    await bench.ingested('a', 'v1', 'SELECT -1 AS a', { overwrite: true });
    await rm(path.join(bench.store, 'ingest/a/v1'), { recursive: true });
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    const database = path.join(bench.partition('p', key), 'load.duckdb');
    const engine = await Engine.open({ venvDir: VENV, temporaryDir: bench.dir, database, readOnly: true });
    assert.deepEqual(await engine.rows('SELECT a FROM main.a'), [{ a: round }]);
    engine.close();
  }
});

test('fault 69: a command that writes into its input is refused; store and partition are as they were, a correct one then runs', async (t) => {
  for (const spoil of [`echo x >> "${INPUT_PATH}"`, `echo x > "${INPUT_PATH}"`, `rm "${INPUT_PATH}"`]) {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: RECIPE, command: `sh make.sh`, files: { 'make.sh': `${spoil}\n` } });
    await bench.ingested('a', 'v1', 'SELECT 1 AS a');
    const first = await hashOf(path.join(bench.store, PUBLISHED));
    const spoilt = await bench.runHere(['build', 'p', 'k']);
    assert.equal(spoilt.code, 1, spoil);
    assert.match(spoilt.stderr, /BLD_INPUT_CHANGED: the build of p k wrote into its inputs:\n +a v1: ingest\/a\/v1/);
    assert.equal(await hashOf(path.join(bench.store, PUBLISHED)), first, spoil);
    assert.equal(existsSync(path.join(bench.partition('p', 'k'), 'handed')), false);
    await writeFile(path.join(bench.dir, 'products/p/make.sh'), `${COPY}\n`);
    const again = await bench.runHere(['build', 'p', 'k']);
    assert.equal(again.code, 0, again.stderr);
    assert.ok(await isTruthful(bench, first));
  }
});

test('fault 11: an overwrite by somebody else while the commands run is not taken for one by the commands', async (t) => {
  const bench = await Workbench.make(t);
  const command = `touch "${INPUT_PATH}"; touch started; while [ ! -e go ]; do sleep 0.05; done; ${COPY}`;
  await bench.product({ id: 'p', recipe: RECIPE, command });
  await bench.ingested('a', 'v1', 'SELECT 1 AS a');
  const first = await hashOf(path.join(bench.store, PUBLISHED));
  const ended = bench.runHere(['build', 'p', 'k']);
  const folder = path.join(bench.dir, 'products/p');
  while (!existsSync(path.join(folder, 'started'))) await sleep(20);
  await bench.ingested('a', 'v1', 'SELECT 2 AS a', { overwrite: true });
  await writeFile(path.join(folder, 'go'), '');
  const { code, stderr } = await ended;
  assert.equal(code, 0, stderr);
  assert.ok(await isTruthful(bench, first));
  assert.notEqual(await hashOf(path.join(bench.store, PUBLISHED)), first);
});

test('what is written into a published file itself is noticed before the build, for files and tables', async (t) => {
  for (const destination of ['file', 'postgres']) {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: RECIPE.replace('file', destination) });
    await bench.ingested('a', 'v1', 'SELECT 1 AS a');
    assert.equal((await bench.runHere(['build', 'p', 'k', '--stage', 'plan', '--stage', 'load'])).code, 0);
    await appendFile(path.join(bench.store, PUBLISHED), 'x');
    const { code, stderr } = await bench.runHere(['build', 'p', 'k', '--stage', 'build']);
    assert.equal(code, 1, destination);
    assert.match(stderr, /BLD_INPUT_CHANGED: inputs of p k are not as they were locked:\n +a v1: its file changed/);
  }
});

test('a plan says that a published file is gone or was cut', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', recipe: RECIPE });
  await bench.ingested('a', 'v1', 'SELECT 1 AS a');
  const published = path.join(bench.store, PUBLISHED);
  await writeFile(published, (await readFile(published)).subarray(0, 10));
  assert.match((await bench.runHere(['plan', 'p', 'k'])).stderr, /BLD_INPUT_CHANGED: .*\n +a v1: its file changed/);
  await rm(published);
  assert.match((await bench.runHere(['plan', 'p', 'k'])).stderr, /BLD_INPUT_CHANGED: .*\n +a v1: its file is gone/);
  assert.equal(existsSync(bench.partition('p', 'k')), false);
});
