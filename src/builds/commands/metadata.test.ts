import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRecipe } from '../../project/recipe.ts';
import { buildMetadata } from './metadata.ts';

test('the metadata has the department’s keys in their order, ASCII only, New York’s time', async () => {
  const { recipe } = await parseRecipe(
    'name: é\nproduct: p\nversion: 1\ncustom: {b: 2, a: 1.0}\ninputs: {}\n',
    'r.yml',
  );
  const text = buildMetadata({
    recipe: recipe!,
    time: new Date('2026-07-01T12:00:00.123Z'),
    commit: null,
    runUrl: null,
    loadResult: null,
  });
  assert.ok(text.startsWith('{\n    "timestamp": "2026-07-01T08:00:00.123000-04:00",\n    "commit": null,\n'));
  assert.ok(text.includes('"name": "\\u00e9"'));
  assert.ok(text.includes('"custom": {\n            "b": 2,\n            "a": 1.0\n        }'));
  assert.ok(text.endsWith('    "load_result": null\n}'));
  assert.deepEqual(Object.keys(JSON.parse(text) as object), [
    'timestamp',
    'commit',
    'run_url',
    'version',
    'draft_revision_name',
    'recipe',
    'load_result',
  ]);
});
