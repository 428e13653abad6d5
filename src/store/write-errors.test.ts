import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { storeLayout } from './layout.ts';
import { writingStore } from './write-errors.ts';

const LAYOUT = storeLayout('/nowhere/.lifecycle');

const told = (error: unknown) => writingStore(LAYOUT, () => Promise.reject(error)).catch((reason: unknown) => reason);

test('fault 5: too many open files are told as such, also by DuckDB, and by DuckDB behind an error of ours', async () => {
  const duckdb = new Error('IO Error: Cannot open file "/nowhere/.lifecycle/a.parquet": Too many open files');
  const system = Object.assign(new Error('no more'), { code: 'EMFILE' });
  for (const error of [system, duckdb, new LifecycleError('BLD_LOAD_FAILED', 'not loaded', { cause: duckdb })]) {
    const { code, message, hint } = (await told(error)) as LifecycleError;
    assert.deepEqual([code, message], ['STO_WRITE_FAILED', 'too many files are open']);
    assert.match(hint ?? '', /ulimit -n/);
  }
  const named = new LifecycleError('STO_UNREADABLE', 'record.json cannot be read', { cause: system });
  assert.equal(await told(named), named);
});
