import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parsePartitionKey, productIdFrom } from '../../ids.ts';
import { formatJson } from '../files.ts';
import { storeLayout } from '../layout.ts';
import { publishStage, STAGES } from './partition.ts';
import { builtAt, partitionKeys, surveyBuilds, surveyPartitions } from './survey.ts';

const PRODUCT = productIdFrom('p')!;

async function storeIn(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-survey-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const layout = storeLayout(root);
  /** A build of which this many stages are done. */
  const build = async (name: string, stages: number = STAGES.length) => {
    const key = parsePartitionKey(name);
    for (const stage of STAGES.slice(0, stages)) {
      const dir = path.join(root, 'staged');
      await mkdir(dir);
      const record = {
        ...{ format: 1, product: PRODUCT, partition_key: key, version: name, created: '2026-01-01T00:00:00Z' },
        ...{ inputs: [], outputs: [], files: [], timings: {} },
      };
      if (stage === 'package') await writeFile(path.join(dir, 'record.json'), formatJson(record));
      await publishStage(layout, PRODUCT, key, dir, { stage, fingerprint: stage, seconds: 1, facts: {} });
    }
    return key;
  };
  const place = (name: string) => path.join(layout.builds.product(PRODUCT), name);
  const listed = async () => {
    const [partitions, builds] = [await surveyPartitions(layout, PRODUCT), await surveyBuilds(layout, PRODUCT)];
    return {
      keys: await partitionKeys(layout, PRODUCT),
      partitions: partitions.found.map(({ key }) => key).sort(),
      builds: builds.found.map(({ key }) => key).sort(),
      unreadable: partitions.unreadable.map(({ name, error }) => [name, error.code]),
    };
  };
  return { layout, build, place, listed };
}

test('a partition that waits to be replaced is in every listing, and its build is as old as it was', async (t) => {
  const { layout, build, place, listed } = await storeIn(t);
  const [whole, planned] = [await build('whole'), await build('planned', 1)];
  const all = { keys: ['planned', 'whole'], partitions: ['planned', 'whole'], builds: ['whole'], unreadable: [] };
  assert.deepEqual(await listed(), all);
  const then = new Date('2026-02-03T04:05:06Z');
  await utimes(path.join(place('whole'), 'record.json'), then, then);
  assert.equal(await builtAt(layout, PRODUCT, whole), then.getTime());

  for (const name of ['whole', 'planned']) await rename(place(name), place(`.${name}.replaced`));
  assert.deepEqual(await listed(), all);
  assert.equal(await builtAt(layout, PRODUCT, whole), then.getTime());
  assert.equal(await builtAt(layout, PRODUCT, planned), undefined);

  // The new one stands without the later stages: the record in the old one is no longer that of a finished build.
  await build('other', 1);
  await rename(place('other'), place('whole'));
  const state = { format: 1, product: PRODUCT, partition_key: 'whole', stages: {} };
  await writeFile(path.join(place('whole'), 'stages.json'), formatJson(state));
  assert.equal(await builtAt(layout, PRODUCT, whole), undefined);
});

test('a folder that is no partition is counted as none', async (t) => {
  const { build, place, listed } = await storeIn(t);
  await build('whole');
  await mkdir(place('empty'));
  await mkdir(path.join(place('failed'), 'attempt'), { recursive: true });
  await mkdir(place('my notes'));
  await mkdir(path.join(place('strange'), 'data'), { recursive: true });
  const { keys, ...rest } = await listed();
  assert.deepEqual(keys, ['empty', 'failed', 'strange', 'whole']);
  assert.deepEqual(rest, {
    partitions: ['whole'],
    builds: ['whole'],
    unreadable: [
      ['my notes', 'LIF_BAD_VERSION'],
      ['strange', 'STO_NO_RECORD'],
    ],
  });
});
