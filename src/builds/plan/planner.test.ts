import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { recipeLock } from '../lock/lock-files.ts';
import { type Catalog, InputProblem } from './catalog.ts';
import { inStore, type Plan, planOf, withArrived } from './plan.ts';
import { readPlanRecipes } from './plan-recipes.ts';
import { type PlanRequest, planRecipe } from './planner.ts';
import type { StoredFile } from './stored-inputs.ts';
import { UnresolvedInputs } from './unresolved.ts';

const RECIPE = `
name: N
product: p
version: 24v2
base_recipe: base.yml
env: {BUILD_ENV_YEAR: '2024', COLOUR: red}
inputs:
  datasets:
  - {id: newest}
  - {id: pinned, version: v1, file_type: csv}
  - {id: variable, version_env_var: WANTED}
`;
const BASE = `
name: Base
product: base
inputs:
  datasets:
  - {id: pinned, version: v9}
  - {id: 'of_{{ BUILD_ENV_YEAR }}'}
`;

/** An archive that has every version with the same types of files. */
const CATALOG: Catalog = {
  sources: ['edm.recipes.datasets'],
  latest: async (_source, id) => `latest of ${id}`,
  archived: async (id) => ({ fileTypes: ['csv', 'parquet'], name: `Name of ${id}`, archiveDate: null, url: null }),
  published: async () => ['24v1', '23v4'],
  previousSourceDataVersions: async () => undefined,
};

const FILE: StoredFile = {
  ...{ path: 'ingest/x', fact: { path: 'x', bytes: 1, sha256: 'f' }, fileType: 'parquet', rows: 1 },
  ...{ created: '2026-01-01T00:00:00Z', crs: null, geometryColumn: null, fetchedFrom: null },
};

async function planned(t: TestContext, change: Partial<PlanRequest> = {}, texts = [RECIPE, BASE]): Promise<Plan> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-planner-'));
  t.after(() => rm(dir, { recursive: true }));
  const [own = '', base = ''] = texts;
  await writeFile(path.join(dir, 'recipe.yml'), own);
  await writeFile(path.join(dir, 'base.yml'), base);
  const seen = { env: { WANTED: 'e1' }, ...change };
  const recipes = await readPlanRecipes(path.join(dir, 'recipe.yml'), seen);
  return planRecipe({ recipes, catalog: CATALOG, today: '2026-01-02', ...seen });
}

/** Everything below a value is frozen: whoever changes it afterwards fails. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    for (const change of ['set', 'delete', 'clear'] as const) value[change] = () => assert.fail('a map was changed');
    for (const inner of value.values()) frozen(inner);
  }
  Object.freeze(value);
  for (const inner of Object.values(value)) if (typeof inner !== 'function') frozen(inner);
  return value;
}

test('every input has its version with the reason, those of the base behind the own ones', async (t) => {
  const plan = await planned(t, { pins: new Map([['newest', 'v5']]) });
  assert.deepEqual(
    plan.inputs.map(({ dataset, why }) => [dataset.id, dataset.version, dataset.file_type, why]),
    [
      ['newest', 'v5', 'parquet', 'pinned by a parameter'],
      ['pinned', 'v1', 'csv', 'pinned in the recipe'],
      ['variable', 'e1', 'parquet', 'the variable WANTED'],
      ['of_2024', 'latest of of_2024', 'parquet', 'latest as of 2026-01-02'],
    ],
  );
  assert.deepEqual(
    plan.recipe.inputs.datasets,
    plan.inputs.map(({ dataset }) => dataset),
  );
  assert.deepEqual([plan.version, plan.versionReason], ['24v2', 'the recipe says it']);
  const { BUILD_ENV_YEAR, COLOUR, VERSION, VERSION_PREV, WANTED } = plan.env;
  assert.deepEqual([BUILD_ENV_YEAR, COLOUR, VERSION, VERSION_PREV, WANTED], ['2024', 'red', '24v2', '24v1', 'e1']);
  assert.equal(plan.recipe.env.has('WANTED'), false);
});

test('what is given lies over the recipe, also where its base is read', async (t) => {
  const envVars = { BUILD_ENV_YEAR: '2023', COLOUR: 'blue' };
  const plan = await planned(t, { envVars, version: '25v1', buildName: 'mine', branch: 'b' });
  assert.equal(plan.inputs.at(-1)?.dataset.id, 'of_2023');
  assert.deepEqual([plan.recipe.env.get('COLOUR'), plan.recipe.version], ['blue', '25v1']);
  assert.deepEqual([plan.recipe.build_name, plan.recipe.branch, plan.versionReason], ['mine', 'b', 'given']);
});

test('the file that is found stands on its input, with the type that it has', async (t) => {
  const plan = await planned(t, {
    locate: async (dataset) => {
      if (dataset.id === 'pinned') return { dataset, wanted: { remote: {} as never, facts: null } };
      return dataset.id === 'newest' ? inStore(dataset, { ...FILE, fileType: 'csv' }) : { dataset };
    },
  });
  const [newest, pinned, variable] = plan.inputs;
  assert.deepEqual([newest?.stored?.fileType, newest?.dataset.file_type, newest?.wanted], ['csv', 'csv', undefined]);
  assert.deepEqual([pinned?.stored, pinned?.wanted?.facts], [undefined, null]);
  assert.deepEqual([variable?.stored, variable?.wanted], [undefined, undefined]);
});

test('a plan with files that have arrived is another one; a plan and its recipes do not change', async (t) => {
  const before = frozen(await planned(t, { locate: async (dataset) => ({ dataset: frozen(dataset) }) }));
  const lock = recipeLock(before.recipe);
  const after = withArrived(before, new Map([[1, FILE]]));
  assert.deepEqual(
    after.inputs.map(({ dataset, stored, why }) => [dataset.file_type, stored?.path, why]),
    before.inputs.map(({ dataset, why }, i) =>
      i === 1 ? ['parquet', 'ingest/x', why] : [dataset.file_type, undefined, why],
    ),
  );
  assert.deepEqual([before.inputs[1]?.dataset.file_type, before.inputs[1]?.stored], ['csv', undefined]);
  assert.equal(recipeLock(before.recipe), lock);
  assert.deepEqual([...planOf(before, before.inputs.slice(1)).recipe.inputs.datasets].length, 3);
});

test('planning changes nothing of the recipes that were read, so that the same ones can be planned again', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-planner-'));
  t.after(() => rm(dir, { recursive: true }));
  await writeFile(path.join(dir, 'recipe.yml'), RECIPE);
  await writeFile(path.join(dir, 'base.yml'), BASE);
  const env = { WANTED: 'e1' };
  const recipes = frozen(await readPlanRecipes(path.join(dir, 'recipe.yml'), { env }));
  const request = { recipes, catalog: CATALOG, env, today: '2026-01-02', envVars: { COLOUR: 'blue' } };
  const first = await planRecipe(request);
  await rm(path.join(dir, 'recipe.yml'));
  assert.deepEqual(await planRecipe(request), first);
});

test('inputs that cannot be resolved are told together, in their order, with the plan of the others', async (t) => {
  const locate: PlanRequest['locate'] = async (dataset) => {
    if (dataset.id === 'variable') return { dataset };
    throw new InputProblem('dataset_or_version_not_archived', `no ${dataset.id}`);
  };
  await assert.rejects(planned(t, { locate }), (error) => {
    assert.ok(error instanceof UnresolvedInputs);
    assert.deepEqual(
      error.inputs.map(({ index, id, version, isMissing }) => [index, id, version, isMissing]),
      [
        [0, 'newest', 'latest of newest', true],
        [1, 'pinned', 'v1', true],
        [3, 'of_2024', 'latest of of_2024', true],
      ],
    );
    assert.deepEqual(
      error.plan.inputs.map(({ dataset }) => dataset.id),
      ['variable'],
    );
    return true;
  });
});

test('a recipe that cannot be used is refused with all that is wrong with it, its base as well', async (t) => {
  const refused = { code: 'BLD_RECIPE_INVALID', message: /version_type[\s\S]*version_strategy/ };
  const broken = 'name: N\nproduct: p\nversion_type: x\nversion_strategy: y\ninputs: {}\n';
  await assert.rejects(planned(t, {}, [broken]), refused);
  await assert.rejects(planned(t, {}, [RECIPE, broken]), refused);
  await assert.rejects(planned(t, {}, [RECIPE.replace('base.yml', 'none.yml')]), { code: 'BLD_RECIPE_UNREADABLE' });
  await assert.rejects(planned(t, {}, ['name: N\nproduct: p\ninputs: {}\n']), { code: 'BLD_NO_VERSION' });
});
