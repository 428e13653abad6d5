import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { parseVersion, templateIdFrom } from '../ids.ts';
import { hashFiles } from './files.ts';
import { type IngestStore, openIngestStore, type PublishResult } from './ingest.ts';
import type { IngestRecord } from './ingest-record.ts';
import { type StoreLayout, storeLayout } from './layout.ts';

const T = templateIdFrom('t')!;

interface Bench {
  layout: StoreLayout;
  store: IngestStore;
  /** Publishes a version whose one dataset has this content. */
  publish(version: string, content: string, options?: Partial<Options>): Promise<PublishResult>;
  names(): Promise<string[]>;
}

interface Options {
  overwrite: boolean;
  latest: boolean;
  created: string;
  dataset: string;
  raw: string;
}

async function bench(t: TestContext): Promise<Bench> {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-store-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const layout = storeLayout(root);
  const store = openIngestStore(layout);
  let count = 0;
  return {
    layout,
    store,
    names: async () => (await readdir(layout.ingest.template(T))).sort(),
    async publish(version, content, options = {}) {
      const { overwrite = false, latest = true, created = new Date().toISOString(), dataset = 't', raw } = options;
      const dir = path.join(layout.staging, String(count++), 'version');
      await mkdir(path.join(dir, dataset), { recursive: true });
      await writeFile(path.join(dir, dataset, `${dataset}.parquet`), content);
      await writeFile(path.join(dir, 'raw.csv'), raw ?? content);
      const record: IngestRecord = {
        ...{ format: 1, template: 't', version, created, runner: 'native', mode: null, previous: null },
        source: {},
        raw: 'raw.csv',
        datasets: [
          {
            ...{ id: dataset, path: `${dataset}/${dataset}.parquet`, rows: content.length, columns: [], crs: null },
            ...{ geometry_column: null, geometry_types: [], bbox: null },
          },
        ],
        files: await hashFiles(dir),
        timings: {},
      };
      return store.publish({ id: T, version: parseVersion(version), dir, record, overwrite, latest });
    },
  };
}

const differs = (error: unknown) => error instanceof LifecycleError && error.code === 'STO_VERSION_DIFFERS';

test('versions are found newest first, and only with a record', async (t) => {
  const { layout, store, publish } = await bench(t);
  assert.deepEqual(await store.versions(T), []);
  assert.equal(await store.latest(T), undefined);
  await publish('b', 'x', { created: '2024-01-02T00:00:00Z' });
  await publish('a', 'y', { created: '2024-01-03T00:00:00Z' });
  await publish('c', 'z', { created: '2024-01-01T00:00:00+00:00', latest: false });
  for (const [name, text] of [
    ['no-record', undefined],
    ['cut-off', '{"format": 1, "files": ['],
    ['other-format', '{"format": 2, "files": [], "datasets": []}'],
  ] as const) {
    const dir = path.join(layout.ingest.template(T), name);
    await mkdir(dir, { recursive: true });
    if (text) await writeFile(path.join(dir, 'record.json'), text);
  }
  assert.deepEqual(
    (await store.versions(T)).map((entry) => entry.version as string),
    ['a', 'b', 'c'],
  );
  assert.equal(await store.read(T, parseVersion('cut-off')), undefined);
  assert.equal(await store.latest(T), 'a');
});

test('a pointer to nothing, or to what is no version, is no pointer', async (t) => {
  const { layout, store, publish } = await bench(t);
  await publish('v1', 'x');
  for (const text of ['v2\n', '../../etc', '', 'latest']) {
    await writeFile(layout.ingest.latest(T), text);
    assert.equal(await store.latest(T), undefined, text);
  }
  await writeFile(layout.ingest.latest(T), ' v1 \n');
  assert.equal(await store.latest(T), 'v1');
});

test('the same content is unchanged, other content is refused or replaces', async (t) => {
  const { store, publish, names } = await bench(t);
  assert.equal((await publish('v1', 'x')).state, 'published');
  assert.equal((await publish('v1', 'x')).state, 'unchanged');
  await assert.rejects(publish('v1', 'xyz'), (error: unknown) => {
    assert.ok(differs(error) && error instanceof LifecycleError);
    assert.deepEqual(error.details?.differences, ['t: 1 rows published, 3 now']);
    return true;
  });
  assert.equal((await publish('v1', 'x', { overwrite: true })).state, 'unchanged');
  assert.equal((await publish('v1', 'xyz', { overwrite: true })).state, 'replaced');
  assert.equal((await publish('v1', 'xyz', { overwrite: true, raw: 'another' })).state, 'replaced');
  assert.equal((await store.read(T, parseVersion('v1')))?.datasets[0]?.rows, 3);
  assert.deepEqual(await names(), ['latest', 'v1']);
});

test('readers never find a gap while versions are replaced', async (t) => {
  const { store, publish } = await bench(t);
  const version = parseVersion('v1');
  await publish('v1', 'x');
  let done = false;
  let reads = 0;
  const reader = async () => {
    while (!done) {
      const record = await store.read(T, version);
      assert.ok(record, 'the version was gone for a moment');
      assert.equal(await store.latest(T), 'v1');
      assert.equal((await store.versions(T)).length, 1);
      reads++;
    }
  };
  const writer = async () => {
    for (let i = 0; i < 15; i++) await publish('v1', 'x'.repeat(i + 2), { overwrite: true });
    done = true;
  };
  await Promise.all([writer(), reader(), reader(), reader()]);
  assert.ok(reads > 5);
});

test('a replacement that was cut off between its two renames', async (t) => {
  const { layout, store, publish, names } = await bench(t);
  const dir = layout.ingest.version(T, parseVersion('v1'));
  const aside = path.join(path.dirname(dir), '.v1.replaced');
  await publish('v1', 'x');
  await rename(dir, aside);
  assert.equal(await store.latest(T), 'v1');
  assert.equal(await store.directory(T, parseVersion('v1')), aside);
  assert.equal((await store.versions(T)).length, 1);
  assert.equal((await publish('v1', 'x')).state, 'unchanged');
  assert.deepEqual(await names(), ['latest', 'v1']);

  // Cut off after the second rename: the new one stands, the old copy goes with the next run.
  await mkdir(aside);
  await writeFile(path.join(aside, 'half'), 'removed');
  assert.equal((await publish('v1', 'x')).state, 'unchanged');
  assert.deepEqual(await names(), ['latest', 'v1']);
});

test('datasets of one version come one by one, and stay', async (t) => {
  const { store, publish } = await bench(t);
  const version = parseVersion('v1');
  const ids = async () => (await store.read(T, version))?.datasets.map((dataset) => dataset.id);
  await publish('v1', 'x', { dataset: 'a', raw: 'same' });
  assert.equal((await publish('v1', 'yy', { dataset: 'b', raw: 'same' })).state, 'published');
  assert.deepEqual(await ids(), ['a', 'b']);
  assert.equal((await publish('v1', 'zz', { dataset: 'a', raw: 'same', overwrite: true })).state, 'replaced');
  assert.deepEqual(await ids(), ['a', 'b']);
  const record = (await store.read(T, version))!;
  const dir = await store.directory(T, version);
  assert.deepEqual(
    await hashFiles(
      dir,
      record.files.map((file) => file.path),
    ),
    record.files,
  );

  await assert.rejects(publish('v1', 'q', { dataset: 'c', raw: 'other' }), differs);
  await assert.rejects(publish('v1', 'q', { dataset: 'a', raw: 'other', overwrite: true }), differs);
  // Nothing new in it: what stands, stands.
  assert.equal((await publish('v1', 'zz', { dataset: 'a', raw: 'other' })).state, 'unchanged');
  await writeFile(path.join(dir, 'b', 'b.parquet'), 'damaged');
  await assert.rejects(publish('v1', 'q', { dataset: 'a', raw: 'same', overwrite: true }), differs);
});
