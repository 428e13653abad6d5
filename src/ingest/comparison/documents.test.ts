import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentDifferences } from './documents.ts';

test('documents differ by what they say, not by when and by whom', () => {
  const ours = { id: 'a', steps: [{ name: 'x', start_time: 1, n: 1 }], run_details: { by: 'me' }, only: null };
  const theirs = { steps: [{ n: 2, name: 'x', start_time: 2 }], id: 'a', run_details: { by: 'you' } };
  assert.deepEqual(documentDifferences(ours, theirs), ['steps[0].n: 1 | 2', 'only: null | nothing']);
  assert.deepEqual(documentDifferences([1, 2], [1]), [': [1,2] | [1]']);
  assert.deepEqual(documentDifferences(theirs, structuredClone(theirs)), []);
});
