import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STEPS } from '../../ingest/steps/registry.ts';
import { SERIES_METHODS_SQL } from '../../pandas/series.ts';
import { GEOSERIES_METHODS, STEP_SIGNATURES } from './steps.ts';

test('every step has a signature, and every signature a step', () => {
  assert.deepEqual(Object.keys(STEP_SIGNATURES).sort(), Object.keys(STEPS).sort());
});

test('every method of a column that is let through can be run', () => {
  assert.deepEqual(Object.keys(GEOSERIES_METHODS).sort(), Object.keys(SERIES_METHODS_SQL).sort());
});
