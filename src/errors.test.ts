import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, EXIT } from './error-codes.ts';
import { asLifecycleError, formatPlace, LifecycleError } from './errors.ts';

test('every code says in whole sentences what happened and what to do', () => {
  const exits = new Set<number>(Object.values(EXIT));
  for (const [code, { meaning, remedy, exit }] of Object.entries(ERROR_CODES)) {
    assert.match(code, /^(LIF|PRJ|ENG|STO|SRC|ING|BLD|AIR)_[A-Z0-9_]+$/);
    assert.match(meaning, /^[A-Z`].*\.$/s, code);
    assert.match(remedy, /^[A-Z`].*[.)]$/s, code);
    assert.ok(exits.has(exit), code);
    assert.notEqual(exit, EXIT.done, code);
  }
});

test('codes of one area stand together', () => {
  const areas = Object.keys(ERROR_CODES).map((code) => code.slice(0, 3));
  assert.deepEqual(
    areas.filter((area, i) => area !== areas[i - 1]),
    [...new Set(areas)],
  );
});

test('an error keeps its facts, and its exit code comes from the catalogue', () => {
  const cause = new Error('why');
  const place = { file: 'a.yml', line: 2, column: 7 };
  const error = new LifecycleError('STO_BUSY', 'held', { cause, place, hint: 'wait', details: { pid: 1 } });
  assert.deepEqual(
    [error.name, error.message, error.cause, error.place, error.hint, error.details, error.exitCode],
    ['LifecycleError', 'held', cause, place, 'wait', { pid: 1 }, 75],
  );
  assert.equal(formatPlace(place), 'a.yml:2:7');
  assert.ok(!('cause' in new LifecycleError('STO_BUSY', 'held')));
});

test('a foreign error keeps its text and becomes the cause', () => {
  const ours = new LifecycleError('STO_BUSY', 'held');
  assert.equal(asLifecycleError(ours), ours);
  const foreign = new TypeError('x is no function');
  const wrapped = asLifecycleError(foreign);
  assert.deepEqual([wrapped.code, wrapped.message, wrapped.cause], ['LIF_INTERNAL', 'x is no function', foreign]);
  assert.match(wrapped.hint ?? '', /LIFECYCLE_DEBUG=1/);
  assert.equal(asLifecycleError('text').message, 'text');
});
