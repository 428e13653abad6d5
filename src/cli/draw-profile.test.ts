import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ColumnProfile } from '../profile/document.ts';
import { drawProfile } from './draw-profile.ts';

const COLUMN: ColumnProfile = {
  ...{ name: 'a', type: 'VARCHAR', kind: 'text', nulls: 1, distinct: { count: 3, approximate: true } },
  ...{ min: 'a', max: 'z', mean: null, quantiles: null, frequent: [], histogram: null, text: null, geometry: null },
};

test('foreign texts can neither drive the terminal nor fill it', () => {
  const hostile = `\u001b[31m\u0007\r\n\u009b2J${'x'.repeat(200)}`;
  const column = {
    ...COLUMN,
    name: hostile,
    min: hostile,
    frequent: [{ value: hostile, count: 2, cut: true as const }],
  };
  const lines = drawProfile('data', { format: 1, sha256: '', bytes: 1, rows: 10, columns: [column] });
  assert.ok(
    lines.every((line) => !/\p{Cc}/u.test(line) && line.length < 160),
    lines.join('\n'),
  );
  assert.match(lines.join('\n'), /\\x1b\[31m/);
});

test('shares say that they are rounded where a rounded one would be wrong', () => {
  const frequent = [
    { value: 'most', count: 99_999 },
    { value: 'rare', count: 1 },
  ];
  const lines = drawProfile('d', {
    format: 1,
    sha256: '',
    bytes: 1,
    rows: 100_000,
    columns: [{ ...COLUMN, frequent }],
  });
  assert.deepEqual(lines.slice(3), [
    '  nulls 1 (<0.1 %), about 3 different',
    "  from 'a' to 'z'",
    "  frequent: 'most' 99,999 (>99 %), 'rare' 1 (<0.1 %)",
  ]);
});
