import assert from 'node:assert/strict';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LoadFacts } from '../../src/builds/load/stage.ts';
import { Engine } from '../../src/engine/engine.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { DIES_AT_EXIT } from '../fixtures/dies-at-exit.ts';
import { pythonTools } from '../python-environment.ts';
import { Workbench } from './workbench.ts';

const VENV = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');
const tools = await pythonTools(VENV);
const python = 'python' in tools ? tools.python : 'python3';
const NO_PANDAS = 'python' in tools ? false : `NOT TESTED: ${tools.missing}`;

async function tablesOf(t: TestContext, bench: Workbench): Promise<Engine> {
  const database = path.join(bench.partition('p', 'k'), 'load.duckdb');
  const engine = await Engine.open({ venvDir: VENV, temporaryDir: bench.dir, database, readOnly: true });
  t.after(() => engine.close());
  return engine;
}

test('CSV for PostgreSQL is text with pandas’ empty words as NULL; for DuckDB its types are guessed', async (t) => {
  const bench = await Workbench.make(t);
  const recipe = `
name: N
product: p
inputs:
  dataset_defaults: {file_type: csv}
  datasets:
  - {id: a, import_as: as_text}
  - {id: a, import_as: as_types, destination: duckdb}
`;
  await bench.product({ id: 'p', recipe });
  await bench.ingested(
    'a',
    'v1',
    "SELECT * FROM (VALUES ('001', 'NA', 'x y'), ('2', '', 'N/A')) v(\"My Code\", w, z)",
    {
      csv: true,
    },
  );
  const { code, stderr } = await bench.runHere(['build', 'p', 'k']);
  assert.equal(code, 0, stderr);
  const engine = await tablesOf(t, bench);
  assert.deepEqual(await engine.rows('SELECT * FROM as_text'), [
    { My_Code: '001', w: null, z: 'x y', ogc_fid: 1, data_library_version: 'v1' },
    { My_Code: '2', w: null, z: null, ogc_fid: 2, data_library_version: 'v1' },
  ]);
  const typed = await engine.rows('SELECT * FROM as_types');
  assert.deepEqual(Object.keys(typed[0]!), ['ogc_fid', 'My Code', 'w', 'z', 'data_library_version']);
  assert.equal(typed[0]!.w, 'NA');
});

test('a JSON file named by the recipe is loaded as a table, one for a file stays a file', async (t) => {
  const bench = await Workbench.make(t);
  const recipe = `
name: N
product: p
inputs:
  datasets:
  - {id: a, file_type: json, import_as: rows, custom: {filename: rows.json}}
  - {id: a, destination: df, import_as: raw, custom: {filename: rows.json}}
`;
  await bench.product({ id: 'p', recipe });
  await bench.ingested('a', 'v1', 'SELECT 1 AS a');
  await bench.addFile('a', 'v1', 'rows.json', '[{"x": 1, "y": "one"}, {"x": 2, "y": ""}]');
  const { code, stderr } = await bench.runHere(['build', 'p', 'k']);
  assert.equal(code, 0, stderr);
  const engine = await tablesOf(t, bench);
  assert.deepEqual(await engine.rows('SELECT x, y FROM rows'), [
    { x: '1', y: 'one' },
    { x: '2', y: null },
  ]);
  const load = JSON.parse(await bench.read('p', 'k', 'load.json')) as LoadFacts;
  assert.equal(load.files[0]?.import_as, 'raw');
  assert.match(load.files[0]?.path ?? '', /^builds\/p\/k\/inputs\/[0-9a-f]{10}-rows\.json$/);
});

test('two inputs that would share a table are refused, as is a type without a reader', async (t) => {
  const bench = await Workbench.make(t);
  const recipe = 'name: N\nproduct: p\ninputs:\n  datasets:\n  - {id: a}\n  - {id: a, version: v1, import_as: A}\n';
  await bench.product({ id: 'p', recipe });
  await bench.ingested('a', 'v1', 'SELECT 1 AS a');
  assert.match(
    (await bench.runHere(['build', 'p', 'k'])).stderr,
    /BLD_LOAD_FAILED: .*a v1 and a v1 would share the table a/,
  );
  await bench.addFile('a', 'v1', 'a/a.sql', 'SELECT 1;');
  await bench.product({ id: 'q', recipe: 'name: N\nproduct: q\ninputs: {datasets: [{id: a, file_type: pg_dump}]}\n' });
  assert.match(
    (await bench.runHere(['build', 'q', 'k'])).stderr,
    /BLD_LOAD_FAILED: .*of type pg_dump cannot be loaded/,
  );
});

test('a preprocessor of the product gets the table and gives the one that is loaded, however Python ends', {
  skip: NO_PANDAS,
}, async (t) => {
  const bench = await Workbench.make(t);
  const recipe = `
name: N
product: p
inputs:
  datasets:
  - id: a
    preprocessor: {module: melt, function: double}
`;
  const double = 'def double(id, df):\n    df["n"] = df["n"] * 2\n    df["who"] = id\n    return df\n';
  await bench.product({ id: 'p', recipe, files: { 'melt.py': DIES_AT_EXIT + double } });
  await bench.ingested('a', 'v1', 'SELECT 3 AS n');
  const { code, stderr } = await bench.run(['build', 'p', 'k'], { LIFECYCLE_PYTHON: python });
  assert.equal(code, 0, stderr);
  const engine = await tablesOf(t, bench);
  assert.deepEqual(await engine.rows('SELECT n, who FROM a'), [{ n: 6, who: 'a' }]);
});

test('a preprocessor that fails is told by what it said, one that was killed by the signal', {
  skip: NO_PANDAS,
}, async (t) => {
  const bench = await Workbench.make(t);
  const recipe = (name: string) =>
    `name: N\nproduct: ${name}\ninputs: {datasets: [{id: a, preprocessor: {module: melt, function: ${name}}}]}\n`;
  const melt = `
import os, signal
def fails(id, df):
    raise ValueError(f"{id} has no column of dates")
def dies(id, df):
    os.kill(os.getpid(), signal.SIGKILL)
`;
  await bench.ingested('a', 'v1', 'SELECT 3 AS n');
  const complaints = [
    ['fails', /BLD_LOAD_FAILED: melt\.fails for a v1 failed: ValueError: a has no column of dates\n/],
    ['dies', /BLD_LOAD_FAILED: melt\.dies for a v1 was ended by SIGKILL\nhint: .*the memory/],
  ] as const;
  for (const [name, complaint] of complaints) {
    await bench.product({ id: name, recipe: recipe(name), files: { 'melt.py': melt } });
    const { code, stderr } = await bench.runHere(['build', name, 'k'], { LIFECYCLE_PYTHON: python });
    assert.equal(code, 1, stderr);
    assert.match(stderr, complaint);
  }
});
