import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amount, each, fields, list, orAbsent, orNull, pathBelow, text, time } from './record-shape.ts';

test('the first field that is not as it should be is named', () => {
  const shape = fields({ a: text, b: list(fields({ n: orNull(amount) })), c: orAbsent(each(text)) });
  const cases: [unknown, string | undefined][] = [
    [{ a: '', b: [{ n: null }, { n: 1 }], more: 1 }, undefined],
    [null, ''],
    [[], ''],
    [{ b: [] }, '.a'],
    [{ a: '', b: {} }, '.b'],
    [{ a: '', b: [{ n: 1 }, null] }, '.b[1]'],
    [{ a: '', b: [{ n: '1' }] }, '.b[0].n'],
    [{ a: '', b: [{}] }, '.b[0].n'],
    [{ a: '', b: [], c: { k: 1 } }, '.c.k'],
    [{ a: '', b: [], c: null }, '.c'],
  ];
  for (const [value, fault] of cases) assert.equal(shape(value), fault, JSON.stringify(value));
  for (const path of ['a', 'a/b.c', '..a', '...']) assert.equal(pathBelow(path), undefined, path);
  for (const path of ['', '/a', 'a//b', '../a', 'a/..', './a', 7, null])
    assert.equal(pathBelow(path), '', String(path));
  assert.deepEqual([time('2024-01-01T00:00:00Z'), time('yesterday')], [undefined, '']);
});
