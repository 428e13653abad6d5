import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SOURCE_TYPES } from '../../sources/index.ts';
import { SOURCE_SIGNATURES } from './sources.ts';

test('every source type has a signature, and every signature a connector', () => {
  assert.deepEqual(Object.keys(SOURCE_SIGNATURES).sort(), SOURCE_TYPES);
});
