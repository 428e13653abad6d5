import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawRows } from './rows.ts';

const columns = ['a', 'b', 'c'].map((name) => ({ name, type: name === 'a' ? 'INTEGER' : 'VARCHAR' }));

test('a table fits its width: long values are cut, columns without room are named', () => {
  const rows = [
    [1, 'x'.repeat(50), 'third'],
    [22, null, 'c'],
  ];
  assert.deepEqual(drawRows(columns, rows, 80), [
    ' a  b                                 c',
    ` 1  ${'x'.repeat(31)}…  third`,
    '22                                    c',
  ]);
  assert.deepEqual(drawRows(columns, rows, 36).slice(2), ['22', 'and 1 more column: c']);
  assert.deepEqual(drawRows(columns, rows, 1), [' a', ' 1', '22', 'and 2 more columns: b, c']);
});

test('what rows hold cannot drive the terminal', () => {
  const hostile = '\u001b[2J\r\n\u0007\u009b';
  const lines = drawRows([{ name: hostile, type: 'VARCHAR' }], [[hostile], [{ a: hostile }]], 80);
  assert.ok(
    lines.every((line) => !/\p{Cc}/u.test(line)),
    JSON.stringify(lines),
  );
});
