import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { checkout, git } from './git.ts';

test('git is asked in a folder of a checkout, also behind a link, and no process is started for others', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-git-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const asked = path.join(dir, 'asked');
  await writeFile(path.join(dir, 'git'), `#!/bin/sh\necho asked > ${asked}\necho answer\n`);
  await chmod(path.join(dir, 'git'), 0o755);
  const settings = { env: { PATH: `${dir}:/usr/bin:/bin` } };
  await mkdir(path.join(dir, 'project/product'), { recursive: true });
  const product = path.join(dir, 'project/product');
  assert.equal(await git(settings, product, 'status'), undefined);
  assert.deepEqual(await checkout(settings, product), { commit: null, dirty: null });
  assert.equal(await git(settings, path.join(dir, 'nowhere'), 'status'), undefined);
  assert.equal(existsSync(asked), false);
  await mkdir(path.join(dir, 'project/.git'));
  await symlink('project/product', path.join(dir, 'linked'));
  assert.equal(await git(settings, product, 'status'), 'answer\n');
  assert.equal(await git(settings, path.join(dir, 'linked'), 'status'), 'answer\n');
});
