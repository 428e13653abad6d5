import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { parseVersion, templateIdFrom } from '../ids.ts';
import { hashFiles } from './files.ts';
import { type IngestStore, openIngestStore } from './ingest.ts';
import type { IngestRecord } from './ingest-record.ts';
import { type StoreLayout, storeLayout } from './layout.ts';
import type { PublishResult } from './publish-version.ts';

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
  await mkdir(path.join(layout.ingest.template(T), 'empty'));
  await writeFile(path.join(layout.ingest.template(T), 'a-file'), '');
  assert.deepEqual(
    (await store.versions(T)).map((entry) => entry.version as string),
    ['a', 'b', 'c'],
  );
  assert.equal(await store.read(T, parseVersion('empty')), undefined);
  assert.equal(await store.latest(T), 'a');
});

const code = (wanted: string) => (error: unknown) => error instanceof LifecycleError && error.code === wanted;

test('fault 5: a record that is there and cannot be read is an error, and no version takes its place unasked', async (t) => {
  const { layout, store, publish } = await bench(t);
  await publish('good', 'x');
  const v1 = parseVersion('v1');
  const file = path.join(layout.ingest.version(T, v1), 'record.json');
  const cases: [string, RegExp][] = [
    ['{"format": 1, "files": [', /it is cut short or damaged$/],
    ['null', /it is not a whole record \(format\)$/],
    ['{"format": 1, "files": []}', /it is not a whole record \(template\)$/],
    ['{"format": 2, "files": [], "datasets": []}', /a newer lifecycle wrote it \(format 2\)$/],
  ];
  for (const [text, reason] of cases) {
    await publish('v1', 'old', { overwrite: true, latest: false });
    await writeFile(file, text);
    const named = (error: unknown) =>
      code('STO_UNREADABLE')(error) &&
      (error as Error).message.startsWith(file) &&
      reason.test((error as Error).message);
    await assert.rejects(store.read(T, v1), named, text);
    await assert.rejects(store.versions(T), named, text);
    await assert.rejects(publish('v1', 'new'), named, text);
    assert.equal(await readFile(path.join(path.dirname(file), 't', 't.parquet'), 'utf8'), 'old');
    const { found, unreadable } = await store.survey(T);
    assert.deepEqual([found.map(({ version }) => version), unreadable.map(({ name }) => name)], [['good'], ['v1']]);
    assert.equal((await publish('v1', 'new', { overwrite: true, latest: false })).state, 'published');
    assert.equal((await store.read(T, v1))?.datasets[0]?.rows, 3);
  }

  // Not damage, and not "not there": whoever overwrites does not know what.
  await rm(file);
  await mkdir(file);
  await assert.rejects(publish('v1', 'new', { overwrite: true }), code('STO_UNREADABLE'));
  await rm(file, { recursive: true });
  await assert.rejects(publish('v1', 'new'), code('STO_NO_RECORD'));
  assert.deepEqual(
    (await store.survey(T)).unreadable.map(({ error }) => error.code),
    ['STO_NO_RECORD'],
  );
  assert.equal((await publish('v1', 'new', { overwrite: true })).state, 'published');
});

test('a directory that is being replaced and one whose record is damaged: neither is thrown away', async (t) => {
  const { layout, store, publish } = await bench(t);
  const dir = layout.ingest.version(T, parseVersion('v1'));
  const aside = path.join(path.dirname(dir), '.v1.replaced');
  await publish('v1', 'x');
  await rename(dir, aside);
  await mkdir(dir);
  await writeFile(path.join(dir, 'record.json'), '{');
  await assert.rejects(publish('v1', 'x'), code('STO_UNREADABLE'));
  assert.ok((await readdir(aside)).includes('record.json'));
  await publish('v1', 'yy', { overwrite: true });
  assert.equal((await store.read(T, parseVersion('v1')))?.datasets[0]?.rows, 2);
  assert.equal(existsSync(aside), false);
});

test('fault 52: names that a machine may take for one are refused with the one that stands', async (t) => {
  const { layout, store, publish } = await bench(t);
  for (const [standing, wanted] of [
    ['16a', '16A'],
    ['stra\u00dfe', 'STRA\u00dfE'],
    ['\u00e9t\u00e9', '\u00c9T\u00c9'],
  ] as const) {
    await publish(standing, 'x');
    const taken = (error: unknown) =>
      code('STO_NAME_TAKEN')(error) && (error as LifecycleError).details?.standing === standing;
    for (const overwrite of [false, true]) {
      await assert.rejects(store.refuse({ id: T, version: parseVersion(wanted), overwrite }), taken, wanted);
      await assert.rejects(publish(wanted, 'x', { overwrite }), taken, wanted);
    }
    assert.equal((await publish(standing, 'x')).state, 'unchanged');
  }
  // A copy made on a machine that writes accents apart.
  await rename(
    layout.ingest.version(T, parseVersion('\u00e9t\u00e9')),
    path.join(layout.ingest.template(T), 'e\u0301te\u0301'),
  );
  await assert.rejects(publish('\u00e9t\u00e9', 'x'), code('STO_NAME_TAKEN'));
  assert.deepEqual(
    (await store.survey(T)).unreadable.map(({ error }) => error.code),
    ['LIF_BAD_VERSION'],
  );
  const other = { id: templateIdFrom('T')!, version: parseVersion('v1'), overwrite: true };
  await assert.rejects(store.refuse(other), code('STO_NAME_TAKEN'));
});

test('fault 53: a template or version that is a link is neither read nor written', async (t) => {
  const { layout, store, publish } = await bench(t);
  const outside = path.join(layout.root, 'outside');
  const version = parseVersion('v1');
  for (const [place, target] of [
    [layout.ingest.template(T), outside],
    [layout.ingest.version(T, version), outside],
    [layout.ingest.version(T, version), path.join(layout.root, 'nowhere')],
  ] as const) {
    await mkdir(outside);
    await mkdir(path.dirname(place), { recursive: true });
    await symlink(target, place);
    for (const overwrite of [false, true]) {
      await assert.rejects(store.refuse({ id: T, version, overwrite }), code('STO_SYMBOLIC_LINK'));
      await assert.rejects(publish('v1', 'x', { overwrite }), code('STO_SYMBOLIC_LINK'));
    }
    await assert.rejects(store.read(T, version), code('STO_SYMBOLIC_LINK'));
    assert.deepEqual(
      (await store.survey(T)).unreadable.map(({ error }) => error.code),
      ['STO_SYMBOLIC_LINK'],
    );
    assert.deepEqual(await readdir(outside), []);
    await rm(outside, { recursive: true });
    await rm(layout.ingest.root, { recursive: true });
  }
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
