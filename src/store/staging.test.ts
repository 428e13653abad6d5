import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type StoreLayout, storeLayout } from './layout.ts';
import { isLeftBehind, processMark } from './process-mark.ts';
import { withStaging } from './staging.ts';

const token = '0123456789abcdef';

async function emptyStore(t: TestContext): Promise<StoreLayout> {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-staging-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  return storeLayout(root);
}

test('a staging directory is private and goes with the work', async (t) => {
  const layout = await emptyStore(t);
  const [one, two] = await Promise.all(
    ['a/../b', 'a/../b'].map((label) =>
      withStaging({ layout, token }, label, async (dir) => {
        await writeFile(path.join(dir, 'x'), 'x');
        assert.equal(path.dirname(dir), layout.staging);
        return dir;
      }),
    ),
  );
  assert.notEqual(one, two);
  assert.match(path.basename(one!), /^a_b\./);
  await assert.rejects(withStaging({ layout, token }, 'c', () => Promise.reject(new Error('no'))));
  assert.deepEqual(await readdir(layout.staging), []);
});

test('what a dead process of this host left is cleared away, and nothing else', async (t) => {
  const layout = await emptyStore(t);
  const mark = await processMark();
  const dead = mark.replace(`-${process.pid}-`, `-${spawnSync('true').pid}-`);
  const reused = mark.replace(/-[0-9a-f]{12}-/, '-000000000000-');
  const elsewhere = dead.replace(/^[0-9a-f]{12}/, 'ffffffffffff');
  const keep = [`alive.${mark}`, `other host.${elsewhere}`, 'no mark', 'seed-x-1'];
  for (const name of [...keep, `dead.${dead}`, `reused.${reused}`]) {
    await mkdir(path.join(layout.staging, name, 'version'), { recursive: true });
    await writeFile(path.join(layout.staging, name, 'version', 'raw.csv'), 'x');
  }
  await writeFile(path.join(layout.staging, `file.${dead}`), 'x');
  await withStaging({ layout, token }, 'x', async () => undefined);
  assert.deepEqual((await readdir(layout.staging)).sort(), keep.sort());
  assert.ok(existsSync(path.join(layout.staging, keep[0]!, 'version', 'raw.csv')));
});

test('a mark is known by its form only', async () => {
  assert.equal(await isLeftBehind(await processMark()), false);
  for (const name of ['', 'x', '1-2-3-4', `${'a'.repeat(12)}-1-${'b'.repeat(12)}-${'c'.repeat(8)}`]) {
    assert.equal(await isLeftBehind(name), false, name);
  }
});
