import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shownSteps } from './steps.ts';

const rowsOf = (steps: ReturnType<typeof shownSteps>) => steps.map(({ before, after }) => [before, after]);

test('rows of steps are reckoned backwards from the result, as far as summaries and kinds tell', () => {
  const processing_steps = [
    { name: 'filter_rows', args: { type: 'equals', column_name: 'a', val: 'b' } },
    { name: 'append_prev' },
    { name: 'deduplicate' },
    { name: 'sort', args: { by: ['a'] } },
  ];
  const told = [{}, { added: 4 }, { rows_removed: 3 }, { rows_updated: 9 }];
  const processing_steps_summaries = told.map((data_modifications) => ({ data_modifications, elapsed_seconds: 0.5 }));
  const steps = shownSteps({ transformation: { processing_steps, processing_steps_summaries } }, 9);
  assert.deepEqual(rowsOf(steps), [
    [undefined, 8],
    [8, 12],
    [12, 9],
    [9, 9],
  ]);
  assert.equal(steps[0]!.seconds, 0.5);
});

test('a step that names its rows is believed, also behind one that does not; without summaries only kinds tell', () => {
  const transformation = {
    processing_steps: [{ name: 'sort' }, { name: 'pd_df_func', args: { function_name: 'query' } }],
    processing_steps_summaries: [{ data_modifications: { rows_before: 7, rows_after: 7 } }, {}],
  };
  assert.deepEqual(rowsOf(shownSteps({ transformation }, 2)), [
    [7, 7],
    [undefined, 2],
  ]);
  const bare = { transformation: { processing_steps: [{ name: 'of another program' }, { name: 'sort' }] } };
  assert.deepEqual(rowsOf(shownSteps(bare, 2)), [
    [undefined, 2],
    [2, 2],
  ]);
  assert.deepEqual(shownSteps({}, 2), []);
});
