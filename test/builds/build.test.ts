import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { LoadFacts } from '../../src/builds/load/stage.ts';
import type { StageResult } from '../../src/builds/run-build.ts';
import { Engine } from '../../src/engine/engine.ts';
import { readRecipe } from '../../src/project/recipe.ts';
import { INSTALLATION, programVersion } from '../../src/settings/settings.ts';
import type { InputsLock } from '../../src/store/builds/inputs-lock.ts';
import type { BuildRecord } from '../../src/store/builds/record.ts';
import { Workbench } from './workbench.ts';

const RECIPE = `
name: Places
product: db-places
inputs:
  missing_versions_strategy: find_latest
  datasets:
  - id: places
    version: 24v1
  - id: codes
    import_as: place-codes
  - id: notes
    destination: file
stage_config:
  builds.build:
    env: {FROM_STAGE: stage}
    commands:
    - name: count
      run: echo "$VERSION $FROM_STAGE $FROM_COMMAND" > "$BUILD_OUTPUT_DIR/seen.txt"
      env: {FROM_COMMAND: command}
    - name: copy
      run: cp "$BUILD_INPUTS" "$BUILD_OUTPUT_DIR/inputs.json"
`;

async function places(bench: Workbench): Promise<void> {
  await bench.product({ id: 'places', recipe: RECIPE, command: 'echo own > "$BUILD_OUTPUT_DIR/own.txt"' });
  await bench.ingested('places', '24v1', "SELECT 1 AS id, 'Bronx' AS name, ST_Point(1, 2) AS geom", {
    geometry: 'geom',
  });
  await bench.ingested('codes', '2024a', 'SELECT * FROM range(3) AS r(code)');
  await bench.ingested('codes', '2024b', 'SELECT * FROM range(5) AS r(code)');
  await bench.ingested('notes', '1', "SELECT 'x' AS note");
}

test('a product is built from its inputs, and the partition holds what is promised', async (t) => {
  const bench = await Workbench.make(t);
  await places(bench);
  const { code, stderr, document } = await bench.runJson<{ stages: StageResult[] }>(['build', 'places', '26v1']);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    document.stages.map(({ stage, state, version }) => [stage, state, version]),
    ['plan', 'load', 'build', 'package'].map((stage) => [stage, 'done', '26v1']),
  );
  const dir = bench.partition('places', '26v1');

  const lock = JSON.parse(await bench.read('places', '26v1', 'inputs.lock.json')) as InputsLock;
  assert.deepEqual(
    lock.inputs.map(({ id, version, file_type, rows, path: file }) => [id, version, file_type, rows, file]),
    [
      ['places', '24v1', 'parquet', 1, 'ingest/places/24v1/places/places.parquet'],
      ['codes', '2024b', 'parquet', 5, 'ingest/codes/2024b/codes/codes.parquet'],
      ['notes', '1', 'parquet', 1, 'ingest/notes/1/notes/notes.parquet'],
    ],
  );
  assert.equal(lock.inputs[0]?.why, 'pinned in the recipe');
  assert.match(lock.inputs[1]?.why ?? '', /^latest as of \d{4}-\d\d-\d\d$/);

  const { recipe } = await readRecipe(path.join(dir, 'recipe.lock.yml'));
  assert.equal(recipe?.env.get('VERSION'), '26v1');
  assert.equal(recipe?.build_name, '26v1');
  assert.equal(recipe?.inputs.datasets[0]?.name, 'Name of places');
  assert.equal(
    await bench.read('places', '26v1', 'source_data_versions.csv'),
    'schema_name,dataset_name,v,file_type,archive_date,url\r\n' +
      'places,Name of places,24v1,parquet,2026-01-02,https://example.org/places\r\n' +
      'codes,Name of codes,2024b,parquet,2026-01-02,https://example.org/codes\r\n' +
      'notes,Name of notes,1,parquet,2026-01-02,https://example.org/notes\r\n',
  );

  const load = JSON.parse(await bench.read('places', '26v1', 'load.json')) as LoadFacts;
  assert.deepEqual(
    load.tables.map(({ schema, table, rows }) => [schema, table, rows]),
    [
      ['_26v1', 'places', 1],
      ['_26v1', 'place_codes', 5],
    ],
  );
  assert.deepEqual(
    load.files.map(({ id, path: file }) => [id, file]),
    [['notes', `builds/places/26v1/${lock.inputs[2]?.file}`]],
  );
  assert.match(lock.inputs[2]?.file ?? '', /^inputs\/[0-9a-f]{10}-notes\.parquet$/);

  assert.equal(await bench.read('places', '26v1', 'output/own.txt'), 'own\n');
  assert.equal(await bench.read('places', '26v1', 'output/seen.txt'), '26v1 stage command\n');
  const inputs = JSON.parse(await bench.read('places', '26v1', 'output/inputs.json')) as { files: { path: string }[] };
  assert.equal(inputs.files[0]?.path, path.join(dir, 'handed/ingest/notes/1/notes/notes.parquet'));
  assert.equal(existsSync(path.join(dir, 'handed')), false);

  const record = JSON.parse(await bench.read('places', '26v1', 'record.json')) as BuildRecord;
  assert.deepEqual(
    record.outputs.map((file) => file.path),
    ['build_metadata.json', 'inputs.json', 'own.txt', 'recipe.lock.yml', 'seen.txt', 'source_data_versions.csv'],
  );
  assert.deepEqual(record.made_with, { lifecycle: programVersion() });
  assert.deepEqual(
    record.inputs.map(({ id }) => id),
    ['places', 'codes', 'notes'],
  );
  assert.ok(existsSync(path.join(dir, 'package', 'contents.json')));
  assert.deepEqual(await readdir(path.join(bench.store, '.staging')), []);
});

test('tables carry their rows, a row number, the version and the geometry, and plain names find them', async (t) => {
  const bench = await Workbench.make(t);
  await places(bench);
  assert.equal((await bench.runHere(['build', 'places', '26v1'])).code, 0);
  const venvDir = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');
  const database = path.join(bench.partition('places', '26v1'), 'load.duckdb');
  const engine = await Engine.open({ venvDir, temporaryDir: bench.dir, database, readOnly: true });
  t.after(() => engine.close());
  await engine.load('spatial');
  assert.deepEqual(await engine.rows('SELECT * FROM place_codes WHERE code = 4'), [
    { code: '4', ogc_fid: 5, data_library_version: '2024b' },
  ]);
  assert.deepEqual(await engine.rows('SELECT name, ST_AsText(geom) AS point FROM _26v1.places'), [
    { name: 'Bronx', point: 'POINT (1 2)' },
  ]);
});

test('fault 70: a finished stage does nothing again unless it is forced, and a changed recipe is planned anew', async (t) => {
  const bench = await Workbench.make(t);
  await places(bench);
  assert.equal((await bench.runHere(['build', 'places', '26v1'])).code, 0);
  const stages = async (...args: string[]) =>
    (await bench.runJsonHere<{ stages: StageResult[] }>(['build', 'places', '26v1', ...args])).document.stages.map(
      (stage) => stage.state,
    );
  const log = await bench.read('places', '26v1', 'build.log');
  assert.deepEqual(await stages(), ['unchanged', 'unchanged', 'unchanged', 'unchanged']);
  assert.equal(await bench.read('places', '26v1', 'build.log'), log);
  assert.deepEqual(await stages('--force'), ['done', 'done', 'done', 'done']);

  // A newer version of an input changes nothing in a plan that stands.
  await bench.ingested('codes', '2024c', 'SELECT * FROM range(7) AS r(code)');
  assert.deepEqual(await stages(), ['unchanged', 'unchanged', 'unchanged', 'unchanged']);

  await appendFile(path.join(bench.dir, 'products', 'places', 'recipe.yml'), '\nbranch: other\n');
  assert.deepEqual(await stages(), ['done', 'done', 'done', 'done']);
  const lock = JSON.parse(await bench.read('places', '26v1', 'inputs.lock.json')) as InputsLock;
  assert.equal(lock.inputs[1]?.version, '2024c');
});

test('all missing inputs are named at once, each with the command that makes it', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({
    id: 'two words',
    recipe: `
name: N
product: p
inputs:
  datasets:
  - {id: here}
  - {id: gone, version: 24v1}
  - {id: "not made"}
`,
  });
  await bench.ingested('here', '1', 'SELECT 1 AS a');
  await bench.ingested('gone', '23v4', 'SELECT 1 AS a');
  const { code, stderr, document } = await bench.runJsonHere<{
    error: { code: string; missing: { id: string; version: string | null; command: string }[] };
  }>(['build', 'two words', '26v1']);
  assert.equal(code, 3);
  assert.equal(document.error.code, 'BLD_MISSING_INPUTS');
  assert.deepEqual(
    document.error.missing.map(({ id, version, command }) => [id, version, command]),
    [
      ['gone', '24v1', 'lifecycle ingest gone 24v1'],
      ['not made', null, "lifecycle adopt 'not made' VERSION FILE.parquet"],
    ],
  );
  assert.match(stderr, /2 inputs of two words 26v1/);
  // A slip of the fingers in an id is no dataset that somebody would have to adopt.
  await bench.product({ id: 'slip', recipe: 'name: N\nproduct: p\ninputs: {datasets: [{id: heer, version: "1"}]}\n' });
  const slip = await bench.runHere(['build', 'slip', '26v1']);
  assert.match(slip.stderr, /heer 1: .*did you mean here\?/);
  assert.equal(existsSync(bench.partition('two words', '26v1')), false);
});

test('each stage runs in a process of its own, and says which stage it needs first', async (t) => {
  const bench = await Workbench.make(t);
  await places(bench);
  for (const [stage, before] of [
    ['load', 'plan'],
    ['build', 'load'],
    ['package', 'build'],
  ] as const) {
    const early = await bench.runJson<{ error: { code: string; hint: string } }>([
      'build',
      'places',
      '26v1',
      '--stage',
      stage,
    ]);
    assert.equal(early.code, 3);
    assert.equal(early.document.error.code, 'BLD_STAGE_MISSING');
    const run = await bench.runJson<StageResult>(['build', 'places', '26v1', '--stage', before]);
    assert.equal(run.code, 0, run.stderr);
    assert.equal(run.document.stage, before);
  }
  const last = await bench.runJson<StageResult>(['build', 'places', '26v1', '--stage', 'package']);
  assert.equal(last.document.state, 'done');
});

test('fault 71: an input that changed after it was locked is refused', async (t) => {
  const bench = await Workbench.make(t);
  await places(bench);
  assert.equal((await bench.runHere(['build', 'places', '26v1', '--stage', 'plan'])).code, 0);
  await writeFile(path.join(bench.store, 'ingest/codes/2024b/codes/codes.parquet'), 'other bytes');
  const { code, document } = await bench.runJsonHere<{ error: { code: string; changed: string[] } }>([
    'build',
    'places',
    '26v1',
    '--stage',
    'load',
  ]);
  assert.equal(code, 1);
  assert.equal(document.error.code, 'BLD_INPUT_CHANGED');
  assert.deepEqual(document.error.changed, ['codes 2024b: its file changed']);
});

test('a product without a recipe is built without inputs, under an id with a space', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'open data report', command: 'echo "$VERSION" > "$BUILD_OUTPUT_DIR/version.txt"' });
  const { code, stderr } = await bench.runHere(['build', 'open data report', '2026-01', '--version', 'v 1']);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /no recipe/);
  assert.equal(await bench.read('open data report', '2026-01', 'output/version.txt'), 'v 1\n');
});

test('versions are bumped from the builds of this store, and the one before is known', async (t) => {
  const bench = await Workbench.make(t);
  const recipe = 'name: N\nproduct: db-p\nversion_strategy: bump_latest_release\ninputs: {}\n';
  await bench.product({ id: 'p', recipe, command: 'echo "$VERSION after $VERSION_PREV"' });
  const first = await bench.runHere(['build', 'p', 'a']);
  assert.equal(first.code, 1);
  assert.match(first.stderr, /BLD_VERSION_STRATEGY.*has been published/);
  assert.equal((await bench.runHere(['build', 'p', 'a', '--version', '24v9'])).code, 0);
  const second = await bench.runHere(['build', 'p', 'b']);
  assert.match(second.stderr, /24v10 after 24v9/);
  // Its own earlier build is no release before it.
  const again = await bench.runJsonHere<StageResult>(['build', 'p', 'b', '--stage', 'plan', '--force']);
  assert.equal(again.document.version, '24v10');
});

test('unknown products, stages and illegal keys are wrong usage', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'places' });
  const unknown = await bench.runHere(['build', 'place', '26v1']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /did you mean places/);
  for (const key of ['../x', 'latest', 'a b', '', 'a/b']) {
    assert.equal((await bench.runHere(['build', 'places', '--', key])).code, 2, key);
  }
  assert.equal((await bench.runHere(['build', 'places', '26v1', '--stage', 'lode'])).code, 2);
});

test('the log of the commands is in the partition', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', command: 'echo one; echo two >&2' });
  await bench.runHere(['build', 'p', 'k']);
  const log = await readFile(path.join(bench.partition('p', 'k'), 'build.log'), 'utf8');
  assert.match(log, /^# build_command: echo one; echo two >&2\n/);
  assert.match(log, /^one$/m);
  assert.match(log, /^two$/m);
  assert.match(log, /^# build_command: exit 0 in /m);
});
