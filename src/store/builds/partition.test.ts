import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { LifecycleError } from '../../errors.ts';
import { parsePartitionKey, productIdFrom } from '../../ids.ts';
import { storeLayout } from '../layout.ts';
import { mendPartition, publishStage, readPartition, type StageName } from './partition.ts';
import { surveyPartitions } from './survey.ts';

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

test('fault 5: a state that is there and cannot be read is an error that names it, and is never replaced', async (t) => {
  const { layout, publish, dir } = await storeIn(t);
  await publish('plan', { 'lock.yml': 'a' });
  const state = path.join(dir, 'stages.json');
  for (const [text, reason] of [
    ['{"format": 1, "stages": {', /it is cut short or damaged$/],
    ['', /it is cut short or damaged$/],
    ['{"format": 2, "stages": {}}', /a newer lifecycle wrote it \(format 2\)$/],
    ['{"format": 1}', /it is not a whole record \(product\)$/],
    ['{"format": 1, "product": "p", "partition_key": "k", "stages": {"plan": 1}}', /\(stages\.plan\)$/],
    ['{"format": 1, "product": "q", "partition_key": "k", "stages": {}}', /it is about another product, "q"$/],
  ] as const) {
    await writeFile(state, text);
    const refused = (error: LifecycleError) =>
      error.code === 'STO_UNREADABLE' && error.message.startsWith(state) && reason.test(error.message);
    await assert.rejects(readPartition(layout, PRODUCT, KEY), refused, text);
    await assert.rejects(publish('plan', { 'lock.yml': 'b' }), refused, text);
    const { found, unreadable } = await surveyPartitions(layout, PRODUCT);
    assert.deepEqual([found.length, unreadable.map(({ name }) => name)], [0, ['k']], text);
  }
  await rm(state);
  await mkdir(state);
  await assert.rejects(readPartition(layout, PRODUCT, KEY), { code: 'STO_UNREADABLE' });
  await rm(state, { recursive: true });
  await assert.rejects(publish('plan', { 'lock.yml': 'b' }), { code: 'STO_NO_RECORD' });
  assert.equal(await readFile(path.join(dir, 'lock.yml'), 'utf8'), 'a');
});

test('fault 53: a linked product or partition is neither read nor written', async (t) => {
  const { layout, publish, dir } = await storeIn(t);
  const outside = path.join(layout.root, 'outside');
  await publish('plan', { 'lock.yml': 'a' });
  for (const place of [path.dirname(dir), dir]) {
    await rename(place, outside);
    await symlink(outside, place);
    await assert.rejects(readPartition(layout, PRODUCT, KEY), { code: 'STO_SYMBOLIC_LINK' });
    await assert.rejects(publish('plan', { 'lock.yml': 'b' }), { code: 'STO_SYMBOLIC_LINK' });
    await rm(place);
    await rename(outside, place);
  }
  await rename(dir, outside);
  await symlink(path.join(layout.root, 'nowhere'), dir);
  await assert.rejects(publish('plan', { 'lock.yml': 'b' }), { code: 'STO_SYMBOLIC_LINK' });
});
