import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { linkOrCopy } from './link.ts';

const OTHER_FILE_SYSTEM = '/dev/shm';

async function folder(t: TestContext, parent = tmpdir()): Promise<string> {
  const dir = await mkdtemp(path.join(parent, 'lifecycle-link-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('a file gets a second name that outlives the first, also one that is found through a symbolic link', async (t) => {
  const dir = await folder(t);
  await writeFile(path.join(dir, 'file'), 'bytes');
  await symlink('file', path.join(dir, 'pointer'));
  await linkOrCopy(path.join(dir, 'pointer'), path.join(dir, 'a/b/second'));
  assert.equal((await stat(path.join(dir, 'a/b/second'))).ino, (await stat(path.join(dir, 'file'))).ino);
  await rm(path.join(dir, 'file'));
  assert.equal(await readFile(path.join(dir, 'a/b/second'), 'utf8'), 'bytes');
  await assert.rejects(linkOrCopy(path.join(dir, 'file'), path.join(dir, 'third')), { code: 'ENOENT' });
  assert.equal(existsSync(path.join(dir, 'third')), false);
});

test('across file systems it is copied', {
  skip: existsSync(OTHER_FILE_SYSTEM) ? false : `NOT TESTED: there is no ${OTHER_FILE_SYSTEM}`,
}, async (t) => {
  const [here, there] = [await folder(t), await folder(t, OTHER_FILE_SYSTEM)];
  await writeFile(path.join(there, 'file'), 'bytes');
  await linkOrCopy(path.join(there, 'file'), path.join(here, 'copy'));
  await writeFile(path.join(there, 'file'), 'other');
  assert.equal(await readFile(path.join(here, 'copy'), 'utf8'), 'bytes');
});
