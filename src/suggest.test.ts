import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closest, editDistance, suggestionHint } from './suggest.ts';

test('the nearest word is suggested when it is near enough', () => {
  const steps = ['sort', 'multi', 'reproject', 'clean_column_names', 'filter_columns'];
  assert.equal(closest('clean_colum_names', steps), 'clean_column_names');
  assert.equal(closest('SORT', steps), 'sort');
  assert.equal(closest('filter_colunms', steps), 'filter_columns');
  assert.equal(closest('something_else', steps), undefined);
});

test('swapped neighbours are one mistake', () => {
  assert.equal(editDistance('sheet', 'shete'), 1);
  assert.equal(editDistance('', 'abc'), 3);
});

test('where nothing is near, few candidates are all named', () => {
  assert.equal(suggestionHint('zzz', ['pluto', 'ceqr']), 'there are: pluto, ceqr');
  assert.equal(
    suggestionHint(
      'zzz',
      Array.from({ length: 30 }, (_, i) => `id${i}aaaa`),
    ),
    undefined,
  );
});
