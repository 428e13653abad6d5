import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashFile, hashFiles, hashText, listFiles, writeFileDurably } from './files.ts';

async function folder(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-files-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('hashes are those of the content, in pieces too', async (t) => {
  const dir = await folder(t);
  const content = Buffer.alloc(3_000_001, 'abcdefg');
  await writeFile(path.join(dir, 'x'), content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  assert.deepEqual(await hashFile(path.join(dir, 'x')), { bytes: 3_000_001, sha256 });
  assert.equal(hashText(''), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});

test('files are listed by path, directories and links are not', async (t) => {
  const dir = await folder(t);
  await mkdir(path.join(dir, 'b', 'c'), { recursive: true });
  for (const name of ['b/c/2', 'b/1', 'a', 'b.x']) await writeFile(path.join(dir, name), name);
  await symlink('/etc/passwd', path.join(dir, 'link'));
  assert.deepEqual(await listFiles(dir), ['a', 'b.x', 'b/1', 'b/c/2']);
  assert.deepEqual(
    (await hashFiles(dir)).map((file) => [file.path, file.bytes]),
    [
      ['a', 1],
      ['b.x', 3],
      ['b/1', 3],
      ['b/c/2', 5],
    ],
  );
  await assert.rejects(hashFiles(dir, ['missing']), { code: 'ENOENT' });
});

test('a file is replaced in one step, and a failure leaves the old one and nothing beside it', async (t) => {
  const dir = await folder(t);
  const file = path.join(dir, 'deep', 'latest');
  await writeFileDurably(file, 'v1\n');
  await writeFileDurably(file, 'v2\n', path.join(dir, 'aside'));
  assert.equal(await readFile(file, 'utf8'), 'v2\n');
  assert.deepEqual(await readdir(dir, { recursive: true }), ['deep', 'deep/latest']);
  await mkdir(path.join(dir, 'taken', 'full'), { recursive: true });
  await assert.rejects(writeFileDurably(path.join(dir, 'taken'), 'x'));
  assert.deepEqual((await readdir(dir)).sort(), ['deep', 'taken']);
});
