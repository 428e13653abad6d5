import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { engine } from '../../../../test/fixtures/steps.ts';
import { StagedRows } from './rows.ts';

test('values of all types, gaps and many row groups come back in order', async (t) => {
  const workDir = await mkdtemp(path.join(tmpdir(), 'lifecycle-staged-'));
  t.after(() => rm(workDir, { recursive: true }));
  const types = [
    'boolean',
    'int16',
    'int32',
    'int64',
    'float',
    'double',
    'text',
    'bytes',
    'moment',
    'day',
    'clock',
  ] as const;
  const staged = await StagedRows.create(
    { engine, workDir },
    types.map((type) => ({ name: type, type })),
  );
  const [flag, short, whole, long, single, double, text, bytes, moment, day, clock] = staged.columns;
  const count = 60_000;
  for (let i = 0; i < count; i++) {
    flag!.addBoolean(i % 3 === 0);
    short!.addNumber(-(i % 100));
    whole!.addNumber(i);
    if (i % 2 === 0) long!.addNumber(-(2 ** 40) - i);
    else long!.addBigInt(2n ** 62n + BigInt(i));
    single!.addNumber(i / 4);
    double!.addNumber(i / 3);
    if (i % 7 === 0) text!.addNull();
    else text!.addText(`é ${i}`);
    bytes!.addBytes(Buffer.alloc(i % 200, i % 256));
    moment!.addNumber(-86_400_000_000 * (i % 1000) + 500_000);
    day!.addNumber(-i);
    clock!.addNumber(1_000_000 * (i % 86_400));
    if (staged.endRow()) await staged.flush();
  }
  await staged.close();
  assert.equal(staged.rows, count);
  assert.equal(text!.nulls, Math.ceil(count / 7));
  const sizes = await engine.row(
    `SELECT sum(octet_length(encode(c6))) / count(*) AS text, sum(octet_length(c7)) / count(*) AS bytes FROM ${staged.scan}`,
  );
  assert.deepEqual({ text: staged.averageBytes(text!), bytes: staged.averageBytes(bytes!) }, sizes);
  const groups = await engine.row(`SELECT count(DISTINCT row_group_id) AS n FROM parquet_metadata('${staged.file}')`);
  assert.ok(Number(groups.n) > 1, `${groups.n} row groups`);
  const [wrong] = await engine.rows(
    `SELECT i, * FROM (SELECT row_number() OVER () - 1 AS i, * FROM ${staged.scan}) WHERE NOT (
      c0 = (i % 3 = 0) AND c1 = -(i % 100) AND c2 = i AND c3 = CASE WHEN i % 2 = 0 THEN -(2::BIGINT ** 40) - i ELSE 4611686018427387904 + i END
      AND c4 = (i / 4)::FLOAT AND c5 = i / 3 AND c6 IS NOT DISTINCT FROM CASE WHEN i % 7 > 0 THEN 'é ' || i END
      AND octet_length(c7) = i % 200 AND c8 = TIMESTAMP '1970-01-01 00:00:00.5' - to_days((i % 1000)::INTEGER)
      AND c9 = DATE '1970-01-01' - i::INTEGER AND c10 = TIME '00:00:00' + to_seconds(i % 86400)) LIMIT 1`,
  );
  assert.equal(wrong, undefined);
});
