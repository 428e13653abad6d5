import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuTime } from '../../test/fixtures/cpu-time.ts';
import { dependencyCycles, unknownDependencies } from './dependencies.ts';

function graph(edges: Record<string, string[]>) {
  return Object.entries(edges).map(([id, dependsOn]) => ({ id, dependsOn }));
}

test('fault 55: a circle is told as the exact path around it', () => {
  assert.deepEqual(dependencyCycles(graph({ a: ['b'], b: ['c'], c: ['a'], d: ['a'] })), [['a', 'b', 'c', 'a']]);
  assert.deepEqual(dependencyCycles(graph({ a: ['a'] })), [['a', 'a']]);
  const two = dependencyCycles(graph({ a: ['b'], b: ['a'], x: ['y'], y: ['x'] }));
  assert.deepEqual(two, [
    ['a', 'b', 'a'],
    ['x', 'y', 'x'],
  ]);
});

test('fault 55: a diamond is no circle', () => {
  const diamond = graph({ top: ['left', 'right'], left: ['bottom'], right: ['bottom'], bottom: [] });
  assert.deepEqual(dependencyCycles(diamond), []);
});

test('fault 56: names that nothing makes, with what was probably meant', () => {
  const known = new Set(['libraries', 'visits']);
  const missing = unknownDependencies([{ id: 'visits', dependsOn: ['libaries', 'libraries'] }], known);
  assert.deepEqual(missing, [{ id: 'visits', missing: 'libaries', suggestion: 'libraries' }]);
});

test('fault 55: a chain of 10,000 is walked without recursion, and in less than a second', () => {
  const length = 10_000;
  const chain = Array.from({ length }, (_, i) => ({ id: `t${i}`, dependsOn: i + 1 < length ? [`t${i + 1}`] : [] }));
  const start = cpuTime();
  assert.deepEqual(dependencyCycles(chain), []);
  chain.at(-1)!.dependsOn.push('t0');
  assert.equal(dependencyCycles(chain)[0]?.length, length + 1);
  assert.ok(cpuTime() - start < 1000);
});
