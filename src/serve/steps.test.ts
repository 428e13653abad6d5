import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepsIn } from './steps.ts';

const config = (steps: [name: string, args: object, changes?: object][]) =>
  JSON.stringify({
    transformation: {
      processing_steps: steps.map(([name, args]) => ({ name, args })),
      processing_steps_summaries: steps.map(([name, , data_modifications]) => ({
        ...{ name, elapsed_seconds: 0.25, ...(data_modifications ? { data_modifications } : {}) },
      })),
    },
  });
const rows = (text: string, written = 10) =>
  stepsIn(text, 'a', written).map(({ name, rows_before, rows_after }) => [name, rows_before, rows_after]);

test('rows before and after each step are counted from those that were written', () => {
  const told = config([
    ['append_prev', {}, { added: 4 }],
    ['clean_column_names', {}],
    ['filter_rows', {}, { rows_removed: 3 }],
    ['deduplicate', {}, { rows_removed: 0 }],
    ['sort', { by: ['x'] }],
    ['python_script', {}, { rows_before: 10, rows_after: 12 }],
  ]);
  assert.deepEqual(rows(told, 12), [
    ['append_prev', 9, 13],
    ['clean_column_names', 13, 13],
    ['filter_rows', 13, 10],
    ['deduplicate', 10, 10],
    ['sort', 10, 10],
    ['python_script', 10, 12],
  ]);
  const [first] = stepsIn(told, 'a', 12);
  assert.deepEqual(first, {
    ...{ name: 'append_prev', within: 'process', dataset: 'a', rows_before: 9, rows_after: 13, seconds: 0.25 },
  });
});

test('of what tells nothing nobody knows, nor of what comes before it', () => {
  const unknown = config([
    ['sort', {}],
    ['python_script', {}],
    ['clean_column_names', {}],
  ]);
  assert.deepEqual(rows(unknown), [
    ['sort', null, null],
    ['python_script', null, 10],
    ['clean_column_names', 10, 10],
  ]);
  assert.deepEqual(rows(config([['of another program', {}]])), [['of another program', null, 10]]);
  for (const text of ['', '{}', '{"transformation": {}}']) assert.deepEqual(rows(text), []);
});
