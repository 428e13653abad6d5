import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsAmong } from './schema-order.ts';

test('columns are told from the fields nested in them, at any depth', () => {
  const schema = [
    ['a', 0],
    ['list', 1],
    ['list.items', 2],
    ['list.items.x', 0],
    ['list.items.y', 1],
    ['list.items.y.z', 0],
    ['b', 0],
    ['pair', 2],
    ['pair.x', 0],
    ['pair.y', 0],
    ['c', 0],
  ] as const;
  const columns = columnsAmong(schema, ([, children]) => children).map(([name]) => name);
  assert.deepEqual(columns, ['a', 'list', 'b', 'pair', 'c']);
});
