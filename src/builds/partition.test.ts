import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parsePartitionKey, productIdFrom } from '../ids.ts';
import { storeLayout } from '../store/layout.ts';
import { mendPartition, publishStage, readPartition, type StageName } from './partition.ts';

const PRODUCT = productIdFrom('p')!;
const KEY = parsePartitionKey('k');

async function storeIn(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-partition-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const layout = storeLayout(root);
  let count = 0;
  const publish = async (stage: StageName, files: Record<string, string>, fingerprint = 'f') => {
    const dir = path.join(root, `staged-${++count}`);
    for (const [name, text] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(dir, name)), { recursive: true });
      await writeFile(path.join(dir, name), text);
    }
    return publishStage(layout, PRODUCT, KEY, dir, { stage, fingerprint, seconds: 1, facts: {} });
  };
  const dir = layout.builds.partition(PRODUCT, KEY);
  return { layout, publish, dir, stages: async () => Object.keys((await readPartition(layout, PRODUCT, KEY)).stages) };
}

test('stages are added one after another, and keep the files of those before them', async (t) => {
  const { publish, dir, stages } = await storeIn(t);
  await publish('plan', { 'lock.yml': 'a' });
  await publish('load', { 'load.json': 'b', 'deep/x': 'c' });
  assert.deepEqual(await stages(), ['plan', 'load']);
  assert.equal(await readFile(path.join(dir, 'lock.yml'), 'utf8'), 'a');
  assert.equal(await readFile(path.join(dir, 'deep/x'), 'utf8'), 'c');
});

test('a stage that leaves something else drops the later ones, one that leaves the same keeps them', async (t) => {
  const { publish, dir, stages } = await storeIn(t);
  await publish('plan', { 'lock.yml': 'a' });
  await publish('load', { 'load.json': 'b' });
  await publish('plan', { 'lock.yml': 'a' });
  assert.deepEqual(await stages(), ['plan', 'load']);
  await publish('plan', { 'lock.yml': 'other' });
  assert.deepEqual(await stages(), ['plan']);
  assert.equal(existsSync(path.join(dir, 'load.json')), false);
});

test('a stage needs the one before it', async (t) => {
  const { publish } = await storeIn(t);
  await assert.rejects(publish('load', {}), { code: 'BLD_STAGE_MISSING' });
});

test('killed between the two renames: readers see the state before, and the next run goes on from it', async (t) => {
  const { layout, publish, dir, stages } = await storeIn(t);
  await publish('plan', { 'lock.yml': 'a' });
  await rename(dir, path.join(path.dirname(dir), '.k.replaced'));
  assert.deepEqual(await stages(), ['plan']);
  await mendPartition(layout, PRODUCT, KEY);
  assert.equal(existsSync(path.join(dir, 'lock.yml')), true);

  // Killed after the second rename: the new state stands, and the old copy goes.
  await mkdir(path.join(path.dirname(dir), '.k.replaced'));
  await mendPartition(layout, PRODUCT, KEY);
  assert.equal(existsSync(path.join(path.dirname(dir), '.k.replaced')), false);
  assert.deepEqual(await stages(), ['plan']);
});
