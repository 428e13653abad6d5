import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { csvTables } from '../../../../test/fixtures/csv-tables.ts';
import { VENV } from '../../../../test/ingest/project.ts';
import { DEFAULT_LIMITS } from '../../../archive/limits.ts';
import { unpackFile } from './bytes.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'lifecycle-plain-'));
after(() => rmSync(dir, { recursive: true }));
const { table } = await csvTables();

const packed = (expression: string) =>
  execFileSync(path.join(VENV, 'bin/python'), [
    '-c',
    `import bz2, lzma, sys\nb = "a,b\\n1,é\\n".encode()\nsys.stdout.buffer.write(${expression})`,
  ]);

test('bzip2 and xz by the name of the file, or by what the template says', async () => {
  const expected = ['a:BIGINT b:VARCHAR', ['1', 'é']];
  const [bz2, xz] = [packed('bz2.compress(b)'), packed('lzma.compress(b)')];
  assert.deepEqual(await table(bz2, {}, 'file.csv.bz2'), expected);
  assert.deepEqual(await table(xz, {}, 'file.csv.xz'), expected);
  assert.deepEqual(await table(bz2, { compression: 'bz2' }), expected);
  assert.deepEqual(await table(xz, { compression: 'xz' }), expected);
  await assert.rejects(table(bz2, {}, 'file.csv.xz'), { code: 'ING_BAD_FILE' });
  await assert.rejects(table(bz2.subarray(0, 30), {}, 'file.csv.bz2'), { code: 'ING_BAD_FILE' });
  for (const name of ['file.tar', 'file.tar.gz', 'file.7z', 'file.csv.Z'])
    await assert.rejects(table(bz2, {}, name), { code: 'ING_UNSUPPORTED_COMPRESSION' });
});

test('what unpacks to far more than its size is refused while it is unpacked', async () => {
  const context = { limits: { ...DEFAULT_LIMITS, harmlessBytes: 1_000_000 }, signal: new AbortController().signal };
  for (const [compression, expression] of [
    ['bz2', 'bz2.compress(bytes(5_000_000))'],
    ['xz', 'lzma.compress(bytes(5_000_000))'],
  ] as const) {
    const file = path.join(dir, compression);
    writeFileSync(file, packed(expression));
    await assert.rejects(unpackFile(file, path.join(dir, 'out'), compression, context), {
      code: 'SRC_ARCHIVE_TOO_LARGE',
    });
  }
});
