import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Workbench } from './workbench.ts';

const COUNT_READS = path.join(import.meta.dirname, 'count-reads.mjs');
const RECIPE = `
name: N
product: p
version: '1'
base_recipe: base.yml
env: {API_TOKEN: a-secret-value-of-the-recipe}
inputs: {}
stage_config:
  builds.build:
    commands:
    - {name: only, run: 'echo $API_TOKEN > "$BUILD_OUTPUT_DIR/out"'}
`;
const BASE = `
name: Base
product: base
inputs:
  datasets:
  - {id: first, version: v1, destination: file}
`;

test('one command reads a recipe, its base and what a plan has locked once', async (t) => {
  const bench = await Workbench.make(t);
  await bench.product({ id: 'p' });
  // Not in the product's folder, whose files are read once more to be hashed as code.
  const recipes = path.join(bench.dir, 'recipes');
  await mkdir(recipes);
  await writeFile(path.join(recipes, 'recipe.yml'), RECIPE);
  await writeFile(path.join(recipes, 'base.yml'), BASE);
  const recipe = ['--recipe', path.join(recipes, 'recipe.yml')];
  await bench.ingested('first', 'v1', 'SELECT 1 AS i');
  const log = path.join(bench.dir, 'reads.log');
  const NAMES = ['recipe.yml', 'base.yml', 'inputs.lock.json', 'recipe.lock.yml'];
  const reads = async (...args: string[]) => {
    const env = { NODE_OPTIONS: `--import=${COUNT_READS}`, READS_LOG: log };
    const { code, stderr } = await bench.run(args, env);
    assert.equal(code, 0, stderr);
    const files = (await readFile(log, 'utf8')).split('\n').map((file) => path.basename(file));
    await rm(log);
    return NAMES.map((name) => files.filter((file) => file === name).length);
  };
  assert.deepEqual(await reads('plan', 'p', 'k', ...recipe, '--out', path.join(bench.dir, 'out')), [1, 1, 0, 0]);
  assert.deepEqual(await reads('build', 'p', 'k', ...recipe), [1, 1, 1, 1]);
  // The lock masks it, and the build has it from the recipe.
  assert.equal(await bench.read('p', 'k', 'output/out'), 'a-secret-value-of-the-recipe\n');
  assert.doesNotMatch(await bench.read('p', 'k', 'recipe.lock.yml'), /a-secret-value/);
  assert.deepEqual(await reads('build', 'p', 'k', ...recipe), [1, 1, 1, 1]);
  assert.deepEqual(await reads('plan', 'p', 'k', ...recipe, '--dry-run'), [1, 1, 1, 1]);
  assert.deepEqual(await reads('build', 'p', 'k', '--stage', 'load'), [1, 1, 1, 1]);
  assert.deepEqual(await reads('rebuild', 'p', 'k', '--locked'), [1, 1, 1, 1]);
});
