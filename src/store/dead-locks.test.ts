import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { lockFile, withClaim } from './claim.ts';
import { sweepDeadLocks } from './dead-locks.ts';
import { newHolder } from './holder.ts';
import { storeLayout } from './layout.ts';

test('locks of dead processes of this machine go; the living and those from elsewhere stay', async (t) => {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-locks-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const layout = storeLayout(root);
  assert.deepEqual(await sweepDeadLocks(layout), []);
  await mkdir(layout.locks);
  const leave = async (subject: string, change: object) =>
    writeFile(lockFile(layout, subject), JSON.stringify({ ...(await newHolder(subject, 60)), ...change }));
  await leave('ingest killed 1', { identity: 'another' });
  await leave('ingest elsewhere 1', { place: 'another machine', identity: 'another' });
  await withClaim(layout, 'ingest alive 1', async () => {
    assert.deepEqual(await sweepDeadLocks(layout), ['ingest killed 1']);
    const left = ['ingest alive 1', 'ingest elsewhere 1'].map((subject) => path.basename(lockFile(layout, subject)));
    assert.deepEqual((await readdir(layout.locks)).sort(), left.sort());
  });
});
