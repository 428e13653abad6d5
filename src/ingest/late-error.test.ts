import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { lateError } from './late-error.ts';

function codeOf(message: string): string | undefined {
  const error = lateError(new Error(message), 'trees');
  return error instanceof LifecycleError ? error.code : undefined;
}

test('errors of the data that come while rows are written get a code', () => {
  assert.equal(
    codeOf('Invalid Input Error: IllegalArgumentException: Points of LinearRing do not form a closed linestring'),
    'ING_BAD_GEOMETRY',
  );
  assert.equal(codeOf('Invalid Input Error: invalid perl operator: (?='), 'ING_BAD_EXPRESSION');
  assert.equal(codeOf('Invalid Input Error: missing ]: ['), 'ING_BAD_EXPRESSION');
  assert.equal(codeOf("Conversion Error: Could not convert string 'x' to INT64"), 'ING_BAD_VALUE');
});

test('a raw file that is damaged or not UTF-8 is fetched or written again', () => {
  const told = (message: string) => lateError(new Error(message), 'trees') as LifecycleError;
  const damaged = told("Invalid Error: don't know what type: \u000f");
  assert.deepEqual([damaged.code, damaged.hint?.includes('fetch it again')], ['ING_BAD_FILE', true]);
  const bytes = told(
    'Invalid Input Error: Invalid string encoding found in Parquet file "/a/in.parquet": value "ab\\xFF" is not valid UTF8!',
  );
  assert.equal(bytes.code, 'ING_BAD_ENCODING');
  assert.match(bytes.message, /not UTF-8 \(Invalid string encoding: value "ab\\xFF"/);
});

test('other errors stay as they are', () => {
  const error = new Error('Binder Error: no such column');
  assert.equal(lateError(error, 'trees'), error);
  const known = new LifecycleError('ING_NO_COLUMNS', 'x', { hint: 'y' });
  assert.equal(lateError(known, 'trees'), known);
});
