import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFile, chmod, mkdir, mkdtemp, open, realpath, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { settingsFrom } from '../../settings/settings.ts';
import { WHOLE_BYTES } from './file-hash.ts';
import { productFiles } from './product-files.ts';

async function project(t: TestContext) {
  const dir = await realpath(await mkdtemp(path.join(tmpdir(), 'lifecycle-code-')));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const product = path.join(dir, 'products/p');
  const write = async (name: string, text: string) => {
    await mkdir(path.dirname(path.join(product, name)), { recursive: true });
    await writeFile(path.join(product, name), text);
  };
  const settings = settingsFrom(process.env, { project: dir, cwd: dir, stderrIsTerminal: false });
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', dir, '-c', 'user.name=n', '-c', 'user.email=e@example.org', ...args]);
  const look = async () => (await productFiles(settings, product)).files;
  return { dir, product, write, git, look };
}

test('the same files have the same identity in a checkout and outside of one; caches and ignored ones have none', async (t) => {
  const { dir, product, write, git, look } = await project(t);
  await write('report.py', 'print(1)\n');
  await write('run.sh', 'python report.py\n');
  await chmod(path.join(product, 'run.sh'), 0o755);
  await write('sql/one.sql', 'SELECT 1');
  await write('data.tmp', 'x');
  await write('.gitignore', '*.tmp\n');
  await write('__pycache__/report.cpython-313.pyc', 'x');
  await writeFile(path.join(dir, '.gitignore'), 'secret*\n');
  await write('secrets.env', 'x');
  const plain = await look();
  assert.deepEqual([...plain.keys()], ['.gitignore', 'report.py', 'run.sh', 'sql/one.sql']);
  git('init', '-q');
  assert.deepEqual(await look(), plain);
  git('add', '.');
  git('commit', '-qm', 'first');
  assert.deepEqual(await look(), plain);

  await write('report.py', 'print(2)\n');
  await write('new.py', '');
  await rm(path.join(product, 'sql/one.sql'));
  const changed = await look();
  assert.deepEqual([...changed.keys()], ['.gitignore', 'new.py', 'report.py', 'run.sh']);
  assert.notEqual(changed.get('report.py'), plain.get('report.py'));
  git('add', '-A');
  assert.deepEqual(await look(), changed);
  await rm(path.join(dir, '.git'), { recursive: true });
  assert.deepEqual(await look(), changed);
});

test('a folder that the checkout around it ignores is read from disk', async (t) => {
  const { dir, write, git, look } = await project(t);
  git('init', '-q');
  await writeFile(path.join(dir, '.gitignore'), 'products/\n');
  await write('report.py', 'print(1)\n');
  assert.deepEqual([...(await look()).keys()], ['report.py']);
  await rm(path.join(dir, '.gitignore'));
  await writeFile(path.join(dir, '.git/info/exclude'), 'products\n');
  assert.deepEqual([...(await look()).keys()], ['report.py']);
});

test('a symbolic link is its text and what it leads to, within the project', async (t) => {
  const { dir, product, write, look } = await project(t);
  await write('report.py', '');
  await mkdir(path.join(dir, 'shared'));
  await writeFile(path.join(dir, 'shared/lib.py'), 'one');
  await symlink('../../shared', path.join(product, 'shared'));
  await symlink('../../shared/lib.py', path.join(product, 'lib.py'));
  await symlink('.', path.join(product, 'itself'));
  await symlink('/nowhere', path.join(product, 'dangling'));
  const before = await look();
  assert.deepEqual([...before.keys()], ['dangling', 'itself', 'lib.py', 'report.py', 'shared', 'shared/lib.py']);
  await writeFile(path.join(dir, 'shared/lib.py'), 'two');
  const after = await look();
  const differ = [...after.keys()].filter((file) => after.get(file) !== before.get(file));
  assert.deepEqual(differ, ['lib.py', 'shared/lib.py']);
});

test('a very large file is known by its size, times, beginning and end', async (t) => {
  const { product, write, look } = await project(t);
  await write('large.bin', '');
  const file = path.join(product, 'large.bin');
  const handle = await open(file, 'r+');
  await handle.truncate(WHOLE_BYTES + 1);
  await handle.close();
  await utimes(file, 1_000, 1_000);
  const before = (await look()).get('large.bin');
  assert.match(before!, /^100644 large /);
  assert.equal((await look()).get('large.bin'), before);
  await appendFile(file, 'x');
  await utimes(file, 1_000, 1_000);
  assert.notEqual((await look()).get('large.bin'), before);
});
