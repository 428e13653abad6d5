import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makersOf } from './makers.ts';
import type { IngestTemplate } from './project.ts';

const template = (id: string, datasets?: string[]) =>
  ({
    id,
    definition: datasets && { datasets: datasets.map((dataset) => ({ id: dataset })) },
  }) as unknown as IngestTemplate;

test('a dataset is made by its template, and a template by itself even where it is broken and another names a dataset so', () => {
  const makers = makersOf({
    templates: [template('broken'), template('many', ['one', 'broken']), template('single', ['single'])],
  });
  assert.deepEqual([...makers].sort(), [
    ['broken', 'broken'],
    ['many', 'many'],
    ['one', 'many'],
    ['single', 'single'],
  ]);
});
