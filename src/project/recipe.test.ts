import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRecipe, type RecipeOptions } from './recipe.ts';

const parse = (text: string, options: RecipeOptions = {}) => parseRecipe(text, 'recipe.yml', options);
const BASE = 'name: N\nproduct: p\n';

test('text fields take numbers as Python writes them, and refuse booleans, dates and null', async () => {
  const versions = ['20240105', '25.10', '1.0e+22', '0.00001', '010', '0x1F', '12:30:00', '1e3', '2024-01', '25.'];
  for (const [i, wanted] of [
    '20240105',
    '25.1',
    '1e+22',
    '1e-05',
    '8',
    '31',
    '45000',
    '1e3',
    '2024-01',
    '25.0',
  ].entries()) {
    const { recipe } = await parse(`${BASE}version: ${versions[i]}\ninputs: {}\n`);
    assert.equal(recipe?.version, wanted, versions[i]);
  }
  for (const bad of ['yes', '2024-01-05', '[1]']) {
    const { problem } = await parse(`${BASE}version: ${bad}\ninputs: {}\n`);
    assert.deepEqual(problem?.fields, [{ location: ['version'], type: 'string_type' }], bad);
  }
});

test('every error has its place, and a word that was probably meant', async () => {
  const { recipe, findings } = await parse(
    `${BASE}inputs:\n  datasets:\n  - name: a\n    file_tpye: csv\n  - name: b\n    destination: postgrs\ncolour: red\n`,
  );
  assert.equal(recipe, undefined);
  assert.deepEqual(
    findings.map(({ place, message, hint }) => [place?.line, place?.column, message, hint]),
    [
      [6, 5, 'inputs.datasets[0].file_tpye: there is no field `file_tpye` here', 'did you mean file_type?'],
      [
        8,
        18,
        'inputs.datasets[1].destination: expected postgres, df, file, duckdb, found "postgrs"',
        'did you mean postgres?',
      ],
      [
        9,
        1,
        'colour: there is no field `colour` here',
        'there are: name, product, base_recipe, version_type, version_strategy, version, branch, build_name, env, vars, inputs, exports, distribution, stage_config, custom',
      ],
    ],
  );
});

test('a stage whose name was taken apart is told to be one key; a wrong field of a stage is not', async () => {
  const hints = async (stages: string) =>
    (await parse(`${BASE}inputs: {}\nstage_config:\n${stages}`)).findings.map(({ place, hint }) => [place?.line, hint]);
  assert.deepEqual(await hints('  builds:\n    build:\n      commands: []\n'), [
    [6, 'a stage is one key with a dot in it: write `builds.build:` under `stage_config`'],
  ]);
  assert.deepEqual(await hints('  builds.build:\n    comands: {}\n'), [[6, 'did you mean commands?']]);
  assert.deepEqual(await hints('  builds.build:\n    commands: []\n'), []);
});

test('a key twice is a warning and the last counts; unknown keys of the open maps are dropped with a warning', async () => {
  const { recipe, findings } = await parse(
    `${BASE}inputs:\n  missing_versions_strategy: find_latest\n  extra: 1\n  missing_versions_strategy: copy_latest_release\n`,
  );
  assert.equal(recipe?.inputs.missing_versions_strategy, 'copy_latest_release');
  assert.deepEqual(
    findings.map(({ severity, place }) => [severity, place?.line]),
    [
      ['warning', 6],
      ['warning', 5],
    ],
  );
});

test('dataset defaults fill what a dataset leaves open or empty', async () => {
  const { recipe } = await parse(
    `${BASE}inputs:\n  dataset_defaults: {file_type: csv, destination: duckdb, source: s}\n  datasets:\n  - {name: a, source: ''}\n  - {id: b, name: B, file_type: parquet}\n`,
  );
  assert.deepEqual(
    recipe?.inputs.datasets.map(({ id, name, file_type, destination, source, load_engine }) => [
      id,
      name,
      file_type,
      destination,
      source,
      load_engine,
    ]),
    [
      ['a', 'a', 'csv', 'duckdb', 's', 'pandas'],
      ['b', 'B', 'parquet', 'duckdb', 's', 'pandas'],
    ],
  );
});

test('vars are merged under env, and are null then', async () => {
  const { recipe } = await parse(`${BASE}vars: {A: 1, B: 2}\nenv: {B: 3}\ninputs: {}\n`);
  assert.deepEqual(Object.fromEntries(recipe!.env), { A: '1', B: '3' });
  assert.equal(recipe?.vars, null);
});

test('places stay right behind a template that changes the number of lines', async () => {
  const text = `${BASE}{% for x in ['a', 'b'] %}\n# {{ x }}\n{% endfor %}\ninputs:\n  datasets: 5\n`;
  const { findings } = await parse(text);
  assert.deepEqual([findings[0]?.place?.line, findings[0]?.place?.column], [7, 13]);
});

test('only variables for recipes are seen, or exactly those that are given', async () => {
  const text = `${BASE}version: '{{ BUILD_ENV_V }}'\ninputs: {}\n`;
  assert.equal((await parse(text, { env: { BUILD_ENV_V: '1' } })).recipe?.version, '1');
  assert.equal((await parse(text, { env: { BUILD_ENV_V: '1' }, vars: {} })).problem?.kind, 'template_undefined');
  assert.equal((await parse(text, { vars: { BUILD_ENV_V: '2' } })).recipe?.version, '2');
  const other = text.replace('BUILD_ENV_V', 'HOME');
  assert.equal((await parse(other, { env: { HOME: '/x' } })).problem?.kind, 'template_undefined');
  assert.equal((await parse(text, { standIns: true })).problem, undefined);
  assert.equal((await parse(other, { standIns: true })).problem?.kind, 'template_undefined');
});

test('files that are no recipe at all are refused by kind', async () => {
  assert.equal((await parse('')).problem?.kind, 'not_a_mapping');
  assert.equal((await parse('- a\n')).problem?.kind, 'not_a_mapping');
  assert.equal((await parse('a: [\n')).problem?.kind, 'invalid_yaml');
  assert.equal((await parse('a: {{ 1 + }}\n')).problem?.kind, 'template_syntax');
});
