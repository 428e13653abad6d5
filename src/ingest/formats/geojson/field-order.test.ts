import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../../../test/fixtures/cpu-time.ts';
import { fieldOrder } from './field-order.ts';

const order = (...features: string[]) => fieldOrder(features.map((keys) => [...keys])).join('');

test('one list of names is the order', () => {
  assert.equal(order('zayb'), 'zayb');
  assert.equal(order(''), '');
  assert.equal(order(), '');
});

test('a name seen later stands between those that it stands between', () => {
  assert.equal(order('ac', 'abc'), 'abc');
  assert.equal(order('ab', 'ca'), 'cab');
  assert.equal(order('abd', 'acd'), 'abcd');
});

test('what contradicts earlier features is passed over', () => {
  assert.equal(order('ab', 'ba'), 'ab');
  assert.equal(order('ab', 'ba', 'bqa'), 'abq');
  assert.equal(order('abc', 'cxb', 'y'), 'abcxy');
});

test('names that nothing orders come by their bytes', () => {
  assert.equal(order('za', 'm'), 'mza');
  assert.equal(order('', 'za', 'm'), 'mza');
  assert.equal(order('ab', 'c', 'ca'), 'cab');
  // UTF-8 puts what lies above the first 65,536 characters last; JavaScript's own order does not.
  assert.equal(order('😀', '\uffee'), '\uffee😀');
});

test('thousands of names', () => {
  const names = Array.from({ length: 3000 }, (_, i) => `n${i}`);
  const lists = [names, ...names.map((name) => [name, 'last']), names.toReversed().slice(0, 200)];
  assert.deepEqual(fieldOrder(lists), [...names, 'last']);
});

test('thousands of names in contradicting orders take a bounded time', () => {
  const names = Array.from({ length: 5000 }, (_, i) => `n${i}`);
  // Every list jumps through all names with another stride, which no circle of 5,003 repeats.
  const lists = [1, 2, 3, 5, 7, 11, 13, 17].map((stride) =>
    names.map((_, i) => names[((i * stride) % 5003) % 5000]!).filter((name, i, all) => all.indexOf(name) === i),
  );
  const started = cpuTime();
  assert.equal(fieldOrder(lists).length, 5000);
  assert.ok(cpuTime() - started < 10_000);
});
