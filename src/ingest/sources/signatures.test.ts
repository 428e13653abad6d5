import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SOURCE_TYPES } from './index.ts';
import { SOURCE_SIGNATURES } from './signatures.ts';

test('every source type has a signature, and every signature a connector', () => {
  assert.deepEqual(Object.keys(SOURCE_SIGNATURES).sort(), SOURCE_TYPES);
});
