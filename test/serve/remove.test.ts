import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { withClaim } from '../../src/store/claim.ts';
import { storeLayout } from '../../src/store/layout.ts';
import { ServedProject } from './project.ts';

test('remove: what is removed is gone, and what must stay stays', async (t) => {
  const served = await ServedProject.make(t);
  const { lifecycle, store } = { lifecycle: served.lifecycle.bind(served), store: served.store };
  const versions = () => readdir(path.join(store, 'ingest', 'library_visits'));
  for (const month of ['2024-01', '2024-02']) await lifecycle('ingest', 'library_visits', month);
  await lifecycle('ingest', 'borough_tables', '2020');
  const refused = (name: string, why: RegExp) => assert.rejects(lifecycle('remove', name), why);

  await t.test('names that are none of a version', async () => {
    await refused('library_visits', /names no version/);
    await refused('library_visits@../2024-01', /LIF_BAD_VERSION/);
    await refused('library_visits@2030-01', /has no version 2030-01/);
    await refused('library_visit@2024-01', /LIF_UNKNOWN_ID/);
    await refused('borough_housing@2020', /lifecycle remove borough_tables@2020/);
    await refused('boroughs@one', /has no build one/);
    await refused('../ingest@2024-01', /LIF_UNKNOWN_ID/);
    assert.deepEqual(await versions(), ['2024-01', '2024-02', 'latest']);
  });

  await t.test('one that somebody makes at this moment', async () => {
    await withClaim(storeLayout(store), 'ingest library_visits 2024-01', () =>
      refused('library_visits@2024-01', /STO_BUSY/),
    );
  });

  await t.test('`latest` moves to the newest of the others, whose record is whole', async () => {
    const { stdout } = await lifecycle('remove', 'library_visits@2024-02');
    assert.match(stdout, /^removed library_visits@2024-02\nlatest of library_visits: 2024-02 → 2024-01$/m);
    assert.deepEqual((await versions()).toSorted(), ['.latest.json', '2024-01', 'latest']);
    await refused('library_visits@2024-01', /STO_ONLY_VERSION/);
  });

  await t.test('one whose record is damaged; not one that has none', async () => {
    await lifecycle('ingest', 'library_visits', '2024-02');
    const record = path.join(store, 'ingest', 'library_visits', '2024-01', 'record.json');
    const text = await readFile(record, 'utf8');
    await writeFile(record, text.slice(0, 100));
    assert.match((await lifecycle('remove', 'library_visits@2024-01')).stdout, /^removed/);
    assert.ok(!(await versions()).includes('2024-01'));
    assert.deepEqual(await readdir(path.join(store, '.staging')), []);
  });

  await t.test('a lock that cannot be read may name it', async () => {
    await lifecycle('ingest', 'nyc_boroughs', '16a');
    await lifecycle('build', 'boroughs', 'one', '--version', '16a', '--stage', 'plan');
    await refused('nyc_boroughs@16a', /is locked by boroughs one[\s\S]*lifecycle remove "boroughs@one"/);
    const lock = path.join(store, 'builds', 'boroughs', 'one', 'inputs.lock.json');
    await writeFile(lock, '{');
    await refused('nyc_boroughs@16a', /BLD_LOCK_INVALID/);
    await lifecycle('remove', 'boroughs@one');
    await lifecycle('ingest', 'nyc_boroughs', '16a', '--overwrite');
    assert.deepEqual(await readdir(path.join(store, 'builds', 'boroughs')), []);
  });
});
