import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { INPUTS_LOCK, type LockedInput, readInputsLock } from './inputs-lock.ts';

const INPUT: LockedInput = {
  ...{ id: 'a', import_as: null, source: 'edm.recipes.datasets', version: '1', file_type: 'parquet' },
  ...{ path: 'ingest/a/1/a/a.parquet', file: 'inputs/a.parquet', sha256: '0', bytes: 1, rows: 1, crs: null },
  ...{ geometry_column: null, destination: 'postgres', preprocessor: null, load_engine: 'auto', custom: {}, why: 'x' },
};

test('a lock with a field of another type is refused with the field, and so is a path that leads out', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-lock-'));
  t.after(() => rm(dir, { recursive: true }));
  const read = async (change: object) => {
    const head = { format: 1, product: 'p', partition_key: 'k', version: 'v', version_reason: '', recipe: null };
    await writeFile(path.join(dir, INPUTS_LOCK), JSON.stringify({ ...head, inputs: [INPUT], ...change }));
    return readInputsLock(dir);
  };
  assert.deepEqual((await read({})).inputs, [INPUT]);
  const cases: [object, string][] = [
    [{ format: 2 }, 'format'],
    [{ inputs: [null] }, 'inputs[0]'],
    [{ inputs: [{ ...INPUT, file: '../../../etc/passwd' }] }, 'inputs[0].file'],
    [{ inputs: [INPUT, { ...INPUT, sha256: 7 }] }, 'inputs[1].sha256'],
  ];
  for (const [change, field] of cases) {
    const named = (error: Error & { code?: string }) =>
      error.code === 'BLD_LOCK_INVALID' && error.message.endsWith(`(${field})`);
    await assert.rejects(read(change), named, field);
  }
});
