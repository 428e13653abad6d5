import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../../test/fixtures/cpu-time.ts';
import { jsonFault } from './json-fault.ts';

test('no fault in what is JSON', () => {
  for (const value of [1, -1.5e10, 'a"\\\n\u0001 é', null, [], {}, [[], {}], { a: [1, { b: null }], '': 'x' }, true])
    for (const indent of [0, 2]) assert.equal(jsonFault(` ${JSON.stringify(value, null, indent)}\n`), undefined);
});

test('where JSON stops being such, as the language itself finds that it is none', () => {
  const cases: [string, string, number][] = [
    ['', 'end', 0],
    ['{"a": 1', 'end', 7],
    ['{"a": "x', 'end', 8],
    ['[1, 2', 'end', 5],
    ['[1,]', 'token', 3],
    ['[1 2]', 'token', 3],
    ['{a: 1}', 'token', 1],
    ["{'a': 1}", 'token', 1],
    ['{"a" 1}', 'token', 5],
    ['{"a": 1,}', 'token', 8],
    ['{"a": tru}', 'token', 6],
    ['[01]', 'token', 1],
    ['["a\nb"]', 'token', 3],
    ['["\\x"]', 'token', 2],
    ['{"a": 1}\n{"a": 2}', 'more', 9],
    ['[1}', 'token', 2],
  ];
  for (const [text, kind, at] of cases) {
    assert.throws(() => JSON.parse(text), text);
    const fault = jsonFault(text);
    assert.deepEqual([fault?.kind, fault?.at], [kind, at], text);
  }
});

test('deep and long texts take time in proportion to them', () => {
  const started = cpuTime();
  assert.equal(jsonFault('['.repeat(1_000_000))?.at, 1_000_000);
  assert.equal(jsonFault(`"${'\\n'.repeat(500_000)}`)?.kind, 'end');
  assert.equal(jsonFault(`"${'x'.repeat(10_000_000)}"`), undefined);
  assert.equal(jsonFault(`[${'1'.repeat(1_000_000)}x]`)?.kind, 'token');
  assert.ok(cpuTime() - started < 5_000);
});
