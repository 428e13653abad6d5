import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { standingDirectories } from './directories.ts';
import { finishInterruptedReplacement, readStanding, renameIntoPlace } from './replacement.ts';

const read = (dir: string) => readFile(path.join(dir, 'x'), 'utf8').catch(() => undefined);
const isWhole = async (dir: string) => (await read(dir)) !== undefined;

async function places(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-replacement-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const directory = async (name: string, content?: string) => {
    const dir = path.join(root, name);
    await mkdir(dir);
    if (content !== undefined) await writeFile(path.join(dir, 'x'), content);
    return dir;
  };
  return { root, directory, target: path.join(root, 'v1') };
}

test('a directory takes a free place, or that of another', async (t) => {
  const { root, directory, target } = await places(t);
  await renameIntoPlace(await directory('one', 'one'), target);
  assert.deepEqual(await readStanding(target, read), { dir: target, content: 'one' });
  await renameIntoPlace(await directory('two', 'two'), target);
  assert.equal(await read(target), 'two');
  assert.deepEqual(await readdir(root), ['v1']);
});

test('between the two renames the old one is read, and comes back', async (t) => {
  const { root, directory, target } = await places(t);
  const waiting = path.join(root, '.v1.replaced');
  await rename(await directory('one', 'one'), waiting);
  assert.deepEqual(await readStanding(target, read), { dir: waiting, content: 'one' });
  assert.deepEqual(await standingDirectories(root), ['v1']);
  // What stands in its place is of no use.
  await directory('v1');
  await finishInterruptedReplacement(target, isWhole);
  assert.equal(await read(target), 'one');
  assert.deepEqual(await readdir(root), ['v1']);
});

test('once the new one stands, its old copy goes', async (t) => {
  const { root, directory, target } = await places(t);
  await directory('.v1.replaced', 'one');
  await directory('v1', 'two');
  await finishInterruptedReplacement(target, isWhole);
  assert.equal(await read(target), 'two');
  assert.deepEqual(await readdir(root), ['v1']);
  assert.equal((await readStanding(path.join(root, 'v2'), read)).content, undefined);
});
