import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { documentOf, keyTable } from '../docs/pages/fields.ts';
import { RECIPE_KEYS } from '../docs/pages/recipe-keys.ts';
import { TEMPLATE_KEYS } from '../docs/pages/template-keys.ts';
import { TEMPLATE_FIELDS } from '../src/project/definition.ts';
import type { Field, Reading } from '../src/project/fields.ts';
import { text } from '../src/project/fields.ts';
import { modelOf, optional, required } from '../src/project/map-fields.ts';
import { productModel } from '../src/project/products.ts';
import { projectFileModel } from '../src/project/project-file.ts';
import { parseRecipe } from '../src/project/recipe.ts';
import { recipeField } from '../src/project/recipe-model.ts';
import { readTemplate } from '../src/project/template.ts';
import { readYaml } from '../src/project/yaml.ts';
import { INSTALLATION } from '../src/settings/settings.ts';

const page = (name: string) => readFileSync(path.join(INSTALLATION, 'docs', name), 'utf8');
const blocksOf = (name: string) => [...page(name).matchAll(/^```yaml\n(.*?)^```/gms)].map(([, block]) => block!);

test('every example of a key is taken by the reader of that key', () => {
  const readers: [{ takes: Field<unknown>['takes']; meanings: typeof RECIPE_KEYS.recipe.meanings }, Field<unknown>][] =
    [
      [TEMPLATE_KEYS.one, TEMPLATE_FIELDS.oneToOne],
      [TEMPLATE_KEYS.several, TEMPLATE_FIELDS.oneToMany],
      [TEMPLATE_KEYS.dataset, TEMPLATE_FIELDS.dataset],
      [TEMPLATE_KEYS.project, projectFileModel],
      [RECIPE_KEYS.recipe, recipeField],
      [RECIPE_KEYS.product, productModel],
    ];
  for (const [{ takes, meanings }, read] of readers) {
    const written = documentOf(takes, meanings);
    const reading: Reading = { issues: [], dropped: [] };
    const yaml = readYaml(written);
    assert.equal(yaml.problem, undefined, written);
    read(yaml.node!, [], reading);
    assert.deepEqual(reading, { issues: [], dropped: [] }, written);
    for (const example of Object.values(meanings).flatMap((meaning) => meaning.example ?? []))
      assert.ok(written.includes(example), example);
  }
});

test('the templates and recipes that pages show are read without a finding', async () => {
  const shown = blocksOf('templates.md');
  assert.equal(shown.length, 2);
  for (const block of shown) {
    const id = /^id: (.+)$/m.exec(block)![1]!;
    assert.deepEqual((await readTemplate(`/project/ingest_templates/${id}.yml`, block)).findings, []);
  }
  const [recipe] = blocksOf('recipes.md');
  assert.deepEqual((await parseRecipe(recipe!, '/project/recipe.yml')).findings, []);
});

test('a key that is not explained, and an explanation without a key, stop the page', () => {
  const shape = modelOf({ fields: { a: required(text), b: optional(text, () => 'x') }, unknown: 'refuse' });
  assert.deepEqual(keyTable(shape.takes, { a: { text: 'A.', example: 'q' }, b: { text: 'B.' } }).slice(2), [
    '| `a` | text | **required** | A. Example: `a: q` |',
    '| `b` | text | `x` | B. |',
  ]);
  assert.throws(() => keyTable(shape.takes, { a: { text: 'A.' } }), /^Error: b: nothing says what it means$/);
  assert.throws(
    () => keyTable(shape.takes, { a: { text: '' }, b: { text: '' }, c: { text: '' } }),
    /no reader takes c$/,
  );
});
