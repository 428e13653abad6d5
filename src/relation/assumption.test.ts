import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBrokenAssumption, withAssumptions } from './assumption.ts';

const later = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, 5, value));

test('a result counts once everything that was assumed has turned out to hold', async () => {
  let looked = false;
  const result = await withAssumptions(async (assume) => {
    assume(
      later(true).then((holds) => {
        looked = true;
        return holds;
      }),
    );
    return 'rows';
  });
  assert.equal(result, 'rows');
  assert.ok(looked);
});

test('what does not hold outweighs the result, and an error of the work as well', async () => {
  for (const work of [async () => 'rows', async () => assert.fail('misread')]) {
    await assert.rejects(
      withAssumptions(async (assume) => {
        assume(later(false));
        return work();
      }),
      isBrokenAssumption,
    );
  }
});

test('an error of the work, or of the look beside it, comes out as it is', async () => {
  const failure = new Error('the disk is full');
  const withFailure = (holds: Promise<boolean>, work: Promise<string>) =>
    withAssumptions(async (assume) => {
      assume(holds);
      return work;
    });
  await assert.rejects(withFailure(later(true), Promise.reject(failure)), failure);
  await assert.rejects(withFailure(Promise.reject(failure), later('rows')), failure);
  assert.ok(!isBrokenAssumption(failure));
});
