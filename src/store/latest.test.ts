import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseVersion, templateIdFrom } from '../ids.ts';
import type { VersionOrder } from '../version-order.ts';
import { describeLatest } from './describe-latest.ts';
import type { IngestRecord } from './ingest-record.ts';
import { offerLatest, readLatest, setLatest } from './latest.ts';
import { storeLayout } from './layout.ts';

const T = templateIdFrom('t')!;

async function store(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-latest-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const layout = storeLayout(root);
  const records = new Map<string, IngestRecord>();
  return {
    layout,
    /** A version that stands, made at some second. */
    async stands(name: string, second = 0) {
      const created = new Date(Date.UTC(2024, 0, 1, 0, 0, second)).toISOString();
      const record: IngestRecord = {
        ...{ format: 1, template: T, version: name, created, runner: 'native', mode: null, previous: null, raw: null },
        ...{ source: {}, files: [], datasets: [], timings: {} },
      };
      records.set(name, record);
      const dir = layout.ingest.version(T, parseVersion(name));
      await mkdir(dir, { recursive: true });
      await writeFile(path.join(dir, 'record.json'), JSON.stringify(record));
    },
    async offer(name: string, { fresh = true, order }: { fresh?: boolean; order?: VersionOrder } = {}) {
      const version = parseVersion(name);
      const move = await offerLatest(layout, T, { version, record: records.get(name)!, fresh, order });
      return describeLatest(T, move, version);
    },
    latest: async () => (await readLatest(layout, T))?.version,
  };
}

test('the pointer moves forward only, by what versions say', async (t) => {
  const { stands, offer, latest } = await store(t);
  for (const [i, name] of ['24v1', '24v10', '24v2', '2023Q4', '25v1'].entries()) await stands(name, -i);
  assert.equal(await offer('24v1'), 'latest of t: none → 24v1');
  assert.equal(await offer('24v10'), 'latest of t: 24v1 → 24v10');
  assert.equal(await offer('24v2'), 'latest of t stays 24v10, which is newer than 24v2');
  assert.equal(await offer('2023Q4'), 'latest of t stays 24v10, which is newer than 2023Q4');
  assert.equal(await offer('24v10', { fresh: false }), undefined);
  assert.equal(await offer('25v1', { fresh: false }), 'latest of t: 24v10 → 25v1');
  assert.equal(await latest(), '25v1');
});

test('versions that say nothing go by the time at which they were made; a template may want that, or text', async (t) => {
  const { stands, offer } = await store(t);
  for (const [i, name] of ['first', 'draft', 'a-final', '24v2', '24v10'].entries()) await stands(name, i);
  await offer('draft');
  assert.equal(await offer('first'), 'latest of t stays draft, which is newer than first');
  assert.equal(await offer('a-final'), 'latest of t: draft → a-final');
  await offer('24v10');
  assert.equal(await offer('24v2', { order: 'created' }), 'latest of t stays 24v10, which is newer than 24v2');
  assert.equal(await offer('24v2', { order: 'text' }), 'latest of t: 24v10 → 24v2');
  assert.equal(await offer('24v10', { order: 'created' }), 'latest of t: 24v2 → 24v10');
});

test('of many that move it at once, the newest has it', async (t) => {
  const { layout, stands, offer, latest } = await store(t);
  const names = Array.from({ length: 12 }, (_, i) => `24v${i + 1}`);
  for (const name of names) await stands(name);
  const mixed = names.map((name, i) => ({ name, place: (i * 7) % 12 })).sort((a, b) => a.place - b.place);
  await Promise.all(mixed.map(({ name }) => offer(name)));
  assert.equal(await latest(), '24v12');
  assert.deepEqual([await readdir(layout.locks), await readdir(layout.staging)], [[], []]);
});

test('moved back by hand, it stays for what stood then, and moves on for what is made later', async (t) => {
  const { layout, stands, offer, latest } = await store(t);
  for (const name of ['24v1', '24v2']) {
    await stands(name);
    await offer(name);
  }
  const move = await setLatest(layout, T, parseVersion('24v1'));
  assert.equal(describeLatest(T, move, parseVersion('24v1')), 'latest of t: 24v2 → 24v1');
  assert.equal(
    await offer('24v2', { fresh: false }),
    'latest of t stays 24v1, as it was set by hand; to move it: lifecycle latest t 24v2',
  );
  assert.equal(await latest(), '24v1');
  // Replaced, it is another one.
  assert.equal(await offer('24v2'), 'latest of t: 24v1 → 24v2');
  await setLatest(layout, T, parseVersion('24v1'));
  await stands('24v3');
  assert.equal(await offer('24v3'), 'latest of t: 24v1 → 24v3');
  assert.equal(await readFile(layout.ingest.latest(T), 'utf8'), '24v3\n');
  await assert.rejects(setLatest(layout, T, parseVersion('24v9')), { code: 'STO_NO_VERSION' });
  assert.equal(await latest(), '24v3');
});

test('an old version that comes late does not take it from one of another kind', async (t) => {
  const { stands, offer } = await store(t);
  for (const [second, name] of ['24v2', '2024-07', '24v1'].entries()) {
    await stands(name, second);
    await offer(name);
  }
  for (const name of ['24v1', '24v2', '24v1']) {
    assert.equal(await offer(name, { fresh: false }), `latest of t stays 2024-07, which is newer than ${name}`);
  }
});

test('a pointer whose version is gone yields to any; one whose version cannot be read is an error', async (t) => {
  const { layout, stands, offer, latest } = await store(t);
  for (const name of ['24v1', '24v2']) await stands(name);
  await offer('24v2');
  const dir = layout.ingest.version(T, parseVersion('24v2'));
  await writeFile(path.join(dir, 'record.json'), '{');
  await assert.rejects(latest(), { code: 'STO_UNREADABLE' });
  await assert.rejects(offer('24v1'), { code: 'STO_UNREADABLE' });
  await rm(dir, { recursive: true });
  assert.equal(await latest(), undefined);
  assert.equal(await offer('24v1'), 'latest of t: none → 24v1');
});
