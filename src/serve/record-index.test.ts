import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { type IndexedFolder, RecordIndex } from './record-index.ts';

const PATIENCE_MS = 60_000;

/** A folder of versions whose records are their number of rows. */
class Bench {
  readonly dir: string;
  readonly file: string;
  reads = 0;

  private constructor(dir: string) {
    this.dir = dir;
    this.file = path.join(dir, '.cache', 'index.sqlite');
  }

  static async make(test: TestContext): Promise<Bench> {
    const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-index-'));
    test.after(() => rm(dir, { recursive: true, force: true }));
    return new Bench(dir);
  }

  folder(id = 'a', slowlyMs = 0): IndexedFolder {
    return {
      kind: 'ingest',
      id,
      dir: path.join(this.dir, id),
      recordFile: 'record.json',
      pointer: () => readFile(path.join(this.dir, id, 'latest'), 'utf8').catch(() => undefined),
      read: async (key) => {
        this.reads++;
        const text = await readFile(path.join(this.dir, id, key, 'record.json'), 'utf8').catch(() => undefined);
        if (slowlyMs > 0) await new Promise((resolve) => setTimeout(resolve, slowlyMs));
        if (text === undefined) return undefined;
        const rows = Number(text);
        if (Number.isNaN(rows)) throw new LifecycleError('STO_UNREADABLE', 'the record is damaged');
        const created = new Date(1e12 + rows * 1000).toISOString();
        return { state: 'published', created, rows, rows_before: null, bytes: 1, seconds: 1, warnings: [] };
      },
    };
  }

  /** As a publication does: by renaming a directory into its place. */
  async publish(key: string, rows: number | string, id = 'a'): Promise<void> {
    const staged = await mkdtemp(path.join(this.dir, '.staged-'));
    await writeFile(path.join(staged, 'record.json'), String(rows));
    const target = path.join(this.dir, id, key);
    await mkdir(path.dirname(target), { recursive: true });
    const old = path.join(this.dir, id, `.${key}.replaced`);
    await rename(target, old).catch(() => {});
    await rename(staged, target);
    await rm(old, { recursive: true, force: true });
  }

  /** Time goes by: what was written is older than a step of the clock. */
  async settle(id = 'a'): Promise<void> {
    const then = new Date(Date.now() - 60_000);
    await utimes(path.join(this.dir, id), then, then);
  }
}

const shown = (index: RecordIndex, id = 'a') =>
  index.versions('ingest', id).map(({ key, rows, state }) => [key, state === 'published' ? rows : state]);

test('versions come, are replaced, break, are mended and go', async (t) => {
  const bench = await Bench.make(t);
  const index = await RecordIndex.open(bench.file);
  t.after(() => index.close());
  const look = async () => {
    assert.equal(await index.refresh([bench.folder()], PATIENCE_MS), true);
    return shown(index);
  };
  assert.deepEqual(await look(), []);
  await bench.publish('v1', 1);
  await bench.publish('v2', 2);
  await writeFile(path.join(bench.dir, 'a', 'latest'), 'v1');
  assert.deepEqual(await look(), [
    ['v2', 2],
    ['v1', 1],
  ]);
  assert.equal(index.latest('ingest', 'a'), 'v1');
  assert.equal(index.counts().get('ingest/a')?.count, 2);
  await bench.publish('v1', 3);
  assert.deepEqual(await look(), [
    ['v1', 3],
    ['v2', 2],
  ]);
  await bench.publish('v2', 'not a number');
  assert.deepEqual((await look()).toSorted(), [
    ['v1', 3],
    ['v2', 'unreadable'],
  ]);
  await bench.settle();
  await look();
  // Somebody mends it by hand, which leaves the folder's time as it was.
  await writeFile(path.join(bench.dir, 'a', 'v2', 'record.json'), '7');
  await bench.settle();
  assert.deepEqual(await look(), [
    ['v2', 7],
    ['v1', 3],
  ]);
  await rm(path.join(bench.dir, 'a', 'v1'), { recursive: true });
  assert.deepEqual(await look(), [['v2', 7]]);
  await rm(path.join(bench.dir, 'a'), { recursive: true });
  assert.deepEqual(await look(), []);
  assert.equal(index.counts().get('ingest/a')?.count, 0);
});

test('what has not changed is not read again, also not by the next server', async (t) => {
  const bench = await Bench.make(t);
  for (let i = 0; i < 5; i++) await bench.publish(`v${i}`, i);
  await bench.settle();
  const first = await RecordIndex.open(bench.file);
  await first.refresh([bench.folder()], PATIENCE_MS);
  assert.equal(bench.reads, 5);
  await first.refresh([bench.folder()], PATIENCE_MS);
  await first.close();
  const second = await RecordIndex.open(bench.file);
  t.after(() => second.close());
  await second.refresh([bench.folder()], PATIENCE_MS);
  assert.equal(bench.reads, 5);
  assert.equal(shown(second).length, 5);
  await bench.publish('v5', 5);
  await second.refresh([bench.folder()], PATIENCE_MS);
  assert.equal(bench.reads, 6);
});

test('an answer does not wait for a large folder; those who ask for it meanwhile read it once', async (t) => {
  const bench = await Bench.make(t);
  for (let i = 0; i < 100; i++) await bench.publish(`v${i}`, i, 'large');
  await bench.publish('v1', 1, 'small');
  const index = await RecordIndex.open(bench.file);
  t.after(() => index.close());
  const folders = [bench.folder('large', 30), bench.folder('small')];
  const since = performance.now();
  assert.equal(await index.refresh(folders, 50), false);
  assert.ok(performance.now() - since < 300);
  // However busy the machine is: the large one is read for as long as its records take.
  assert.equal(await index.refresh([bench.folder('small')], PATIENCE_MS), true);
  assert.deepEqual(shown(index, 'small'), [['v1', 1]], 'what is quick is known');
  assert.ok(shown(index, 'large').length < 100, 'while the rest is read');
  assert.equal(await index.refresh(folders, PATIENCE_MS), true);
  assert.equal(shown(index, 'large').length, 100);
  assert.ok(bench.reads <= 102, `${bench.reads} reads`);
});

test('two servers on one store while versions are published and removed', async (t) => {
  const bench = await Bench.make(t);
  const servers = [await RecordIndex.open(bench.file), await RecordIndex.open(bench.file)];
  t.after(() => Promise.all(servers.map((server) => server.close())));
  let isDone = false;
  const writes = (async () => {
    for (let i = 0; i < 150; i++) {
      await bench.publish(`v${i % 20}`, i);
      if (i % 7 === 0) await rm(path.join(bench.dir, 'a', `v${(i + 3) % 20}`), { recursive: true, force: true });
    }
    isDone = true;
  })();
  const looks = servers.map(async (server) => {
    while (!isDone) {
      await server.refresh([bench.folder()], PATIENCE_MS);
      for (const [key, rows] of shown(server)) assert.equal(Number(rows) % 20, Number(String(key).slice(1)));
    }
  });
  await Promise.all([writes, ...looks]);
  const truth = [];
  for (let i = 0; i < 20; i++) {
    const text = await readFile(path.join(bench.dir, 'a', `v${i}`, 'record.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) truth.push([`v${i}`, Number(text)]);
  }
  for (const server of servers) {
    await server.refresh([bench.folder()], PATIENCE_MS);
    assert.deepEqual(shown(server).toSorted(), truth.toSorted());
  }
});

test('a cache that is damaged, deleted or cannot be written is no hindrance', async (t) => {
  const bench = await Bench.make(t);
  await bench.publish('v1', 1);
  const look = async (file = bench.file) => {
    const index = await RecordIndex.open(file);
    await index.refresh([bench.folder()], PATIENCE_MS);
    const found = shown(index);
    await index.close();
    return found;
  };
  assert.deepEqual(await look(), [['v1', 1]]);
  await writeFile(bench.file, 'this is no database, and long enough to be looked at as one'.repeat(100));
  assert.deepEqual(await look(), [['v1', 1]]);

  const open = await RecordIndex.open(bench.file);
  t.after(() => open.close());
  await rm(path.dirname(bench.file), { recursive: true });
  await bench.publish('v2', 2);
  await open.refresh([bench.folder()], PATIENCE_MS);
  assert.equal(shown(open).length, 2, 'deleted under a server');
  assert.equal((await look()).length, 2);

  await cp(bench.file, `${bench.file}.copy`);
  assert.equal((await look(path.join(`${bench.file}.copy`, 'index.sqlite'))).length, 2, 'its folder cannot be made');
});
