import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VersionSummary } from './api.ts';
import { withMissing } from './with-missing.ts';

const stands = (key: string): VersionSummary => ({
  ...{ key, state: 'published', created: '2026-01-01T00:00:00Z', rows: 1, rows_before: null, bytes: 1, seconds: 1 },
  ...{ is_latest: false, warnings: [], stale: [], run: null },
});
const shown = (keys: string[], missing: string[]) =>
  withMissing(keys.map(stands), missing, undefined).map(({ key, state }) => (state === 'missing' ? `(${key})` : key));

test('what is missing stands where it belongs', () => {
  assert.deepEqual(shown(['2024-04', '2024-02', '2024-01'], ['2024-01', '2024-03', '2024-05', '2023-12']), [
    '(2024-05)',
    '2024-04',
    '(2024-03)',
    '2024-02',
    '2024-01',
    '(2023-12)',
  ]);
  assert.deepEqual(shown([], ['2024-01', '2024-02']), ['(2024-02)', '(2024-01)']);
  assert.deepEqual(shown(['2024-01'], ['2024-01']), ['2024-01']);
  assert.deepEqual(shown(['2024-01', 'main'], ['new']), ['2024-01', 'main', '(new)']);
});
