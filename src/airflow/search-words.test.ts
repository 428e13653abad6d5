import assert from 'node:assert/strict';
import { test } from 'node:test';
import { searchWords } from './search-words.ts';

test('words of ids and titles, once, without numbers, short ones and those that every title has', () => {
  assert.deepEqual(searchWords('dcp_zoning_districts', 'NYC Zoning Districts (of 2020)'), [
    'dcp',
    'zoning',
    'districts',
  ]);
  assert.deepEqual(searchWords('écoles', null, 'Écoles à Montréal'), ['écoles', 'montréal']);
});

test('no word becomes a tag that means something else', () => {
  assert.deepEqual(searchWords('broken_windows', 'Ingest of a build recipe'), ['windows']);
});
