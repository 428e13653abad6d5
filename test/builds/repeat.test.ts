import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { Rebuild } from '../../src/builds/rebuild.ts';
import { Workbench } from './workbench.ts';

const STEPS = `
name: N
product: p
inputs: {}
stage_config:
  builds.build:
    commands:
    - {name: first, run: 'echo first >> "$BUILD_OUTPUT_DIR/steps"'}
    - {name: second, run: 'test -f ../../go && echo second >> "$BUILD_OUTPUT_DIR/steps"'}
`;

test('a finished command is not run again on a retry, unless it is forced', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', recipe: STEPS });
  const failed = await bench.runHere(['build', 'p', 'k']);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /the command second failed/);
  await writeFile(path.join(bench.dir, 'go'), '');
  const retry = await bench.runHere(['build', 'p', 'k']);
  assert.equal(retry.code, 0, retry.stderr);
  assert.match(retry.stderr, /first: done in an earlier attempt/);
  assert.equal(await bench.read('p', 'k', 'output/steps'), 'first\nsecond\n');
  assert.equal(existsSync(path.join(bench.partition('p', 'k'), 'attempt')), false);
  const forced = await bench.runHere(['build', 'p', 'k', '--stage', 'build', '--force']);
  assert.doesNotMatch(forced.stderr, /earlier attempt/);
  assert.equal(await bench.read('p', 'k', 'output/steps'), 'first\nsecond\n');
});

test('an attempt at another build is not gone on from', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p', recipe: STEPS });
  assert.equal((await bench.runHere(['build', 'p', 'k'])).code, 1);
  await writeFile(path.join(bench.dir, 'products/p/recipe.yml'), STEPS.replace('echo first', 'echo changed'));
  await writeFile(path.join(bench.dir, 'go'), '');
  assert.equal((await bench.runHere(['build', 'p', 'k'])).code, 0);
  assert.equal(await bench.read('p', 'k', 'output/steps'), 'changed\nsecond\n');
});

test('a rebuild by the lock takes the locked inputs and says whether the outputs are byte-equal', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({
    id: 'p',
    recipe: 'name: N\nproduct: p\ninputs: {datasets: [{id: a, destination: file}]}\n',
    command: 'sh make.sh',
    files: {
      'make.sh':
        'cp "$BUILD_INPUTS" inputs.json; wc -c < "$(sed -n \'s/.*"path": "\\(.*\\)".*/\\1/p\' inputs.json)" > "$BUILD_OUTPUT_DIR/size"; rm inputs.json\n',
    },
  });
  await bench.ingested('a', 'v1', 'SELECT 1 AS a');
  const built = await bench.run(['build', 'p', 'k']);
  assert.equal(built.code, 0, built.stderr);
  await bench.ingested('a', 'v2', 'SELECT * FROM range(1000) AS r(a)');
  const same = await bench.runJson<Rebuild>(['rebuild', 'p', 'k', '--locked']);
  assert.equal(same.code, 0, same.stderr);
  assert.equal(same.document.equal, true);
  assert.deepEqual(
    same.document.files.map((file) => file.path),
    ['recipe.lock.yml', 'size', 'source_data_versions.csv'],
  );

  await writeFile(
    path.join(bench.dir, 'products/p/make.sh'),
    'date +%s%N > "$BUILD_OUTPUT_DIR/size"; touch "$BUILD_OUTPUT_DIR/more"\n',
  );
  const record = await readFile(path.join(bench.partition('p', 'k'), 'record.json'), 'utf8');
  const other = await bench.runJson<Rebuild>(['rebuild', 'p', 'k', '--locked']);
  assert.equal(other.code, 1);
  assert.deepEqual(
    other.document.files.filter((file) => file.state !== 'equal'),
    [
      { path: 'more', state: 'new' },
      { path: 'size', state: 'differs' },
    ],
  );
  assert.equal(await readFile(path.join(bench.partition('p', 'k'), 'record.json'), 'utf8'), record);
});

test('fault 69: writes beside the output folder are told, and a build that writes into its inputs is refused', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({
    id: 'p',
    recipe: 'name: N\nproduct: p\ninputs: {datasets: [{id: a, destination: file}]}\n',
    command: 'echo x > ../stray.txt',
  });
  await bench.ingested('a', 'v1', 'SELECT 1 AS a');
  const stray = await bench.runHere(['build', 'p', 'k']);
  assert.equal(stray.code, 0, stray.stderr);
  assert.match(stray.stderr, /wrote outside of BUILD_OUTPUT_DIR: products\/stray\.txt/);

  await bench.product({
    id: 'q',
    recipe: 'name: N\nproduct: q\ninputs: {datasets: [{id: a, destination: file}]}\n',
    command: 'echo x >> "$(sed -n \'s/.*"path": "\\(.*\\)".*/\\1/p\' "$BUILD_INPUTS")"',
  });
  const spoilt = await bench.runHere(['build', 'q', 'k']);
  assert.equal(spoilt.code, 1);
  assert.match(spoilt.stderr, /BLD_INPUT_CHANGED: the build of q k wrote into its inputs/);
});
