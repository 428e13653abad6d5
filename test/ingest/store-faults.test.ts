import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashFiles } from '../../src/store/files.ts';
import type { Outcome } from '../builds/workbench.ts';
import { NO_TMPFS, SmallFileSystem } from '../tmpfs.ts';
import { IngestProject, id } from './project.ts';

/** Faults 3, 4 and the flushes of a first publication: the store's disk is full, closed, or something else. */

const FLUSHES = path.join(import.meta.dirname, 'flushes.mjs');
const PAGE_BYTES = 4096;

async function project(t: TestContext): Promise<IngestProject> {
  const made = await IngestProject.make(t);
  await made.template('tiny');
  await made.write('tiny.csv', 'id,name\n1,a\n2,b\n');
  await made.write('new/tiny.csv', 'id,name\n1,a\n2,b\n3,c\n');
  return made;
}

async function onSmallDisk(t: TestContext): Promise<{ made: IngestProject; disk: SmallFileSystem }> {
  const disk = new SmallFileSystem(t);
  const made = await project(t);
  await mkdir(made.storeDir);
  await disk.mount(made.storeDir, 4);
  return { made, disk };
}

const UNMOVED = /; version v2 of tiny is published, and `latest` has not moved to it$/m;

test('fault 3: a full disk at every page that an ingest writes', { skip: NO_TMPFS }, async (t) => {
  const { made, disk } = await onSmallDisk(t);
  assert.equal((await made.run(['ingest', 'tiny', 'v1'])).code, 0);
  const before = await hashFiles(path.join(made.storeDir, 'ingest/tiny/v1'));
  let refusals = 0;
  let unmoved = 0;
  for (let pages = 0; ; pages++) {
    await disk.leave(pages * PAGE_BYTES);
    const { code, stderr } = await made.run(['ingest', 'tiny', 'v2']);
    if (code === 0) break;
    const at = `with ${pages} pages left: ${stderr}`;
    assert.equal(code, 1, at);
    assert.match(stderr, new RegExp(`^error STO_WRITE_FAILED: the disk of ${made.storeDir} is full`, 'm'), at);
    assert.deepEqual(await hashFiles(path.join(made.storeDir, 'ingest/tiny/v1')), before, at);
    assert.equal(await made.store.latest(id('tiny')), 'v1', at);
    assert.deepEqual([await made.list('.staging'), await made.list('.locks')], [[], []], at);
    refusals++;
    if (UNMOVED.test(stderr)) {
      unmoved++;
      assert.match(stderr, /^hint: free some space, then run: lifecycle latest tiny v2$/m);
      assert.ok(await made.store.read(id('tiny'), (await made.store.versions(id('tiny')))[0]!.version));
    } else {
      assert.match(stderr, /^hint: free some space and run the same command again; nothing was changed$/m, at);
      assert.deepEqual(await made.list('ingest', 'tiny'), ['latest', 'v1'], at);
    }
  }
  assert.ok(refusals >= 5, `only ${refusals} refusals`);
  t.diagnostic(`${refusals} refusals, ${unmoved} of them at the pointer`);
  assert.equal(await made.store.latest(id('tiny')), 'v2');
});

test('fault 3: the pointer is the write that fails: the hint is right, and the next run repairs', async (t) => {
  const made = await project(t);
  await made.ingestHere('tiny', { version: 'v1' });
  const failed = await made.run(['ingest', 'tiny', 'v2'], { FAIL_RENAME_TO: 'latest' }, FLUSHES);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, UNMOVED);
  assert.match(failed.stderr, /^hint: free some space, then run: lifecycle latest tiny v2$/m);
  assert.deepEqual(await made.list('ingest', 'tiny'), ['latest', 'v1', 'v2']);
  assert.equal(await made.store.latest(id('tiny')), 'v1');
  const again = await made.run(['ingest', 'tiny', 'v2']);
  assert.match(again.stderr, /latest of tiny: v1 → v2/);
});

function refused({ code, stderr }: Outcome, message: RegExp): void {
  assert.equal(code, 1, stderr);
  assert.match(stderr, message);
  assert.match(stderr, /^hint: /m);
}

test('fault 4: the store lies on a read-only file system', { skip: NO_TMPFS }, async (t) => {
  const { made, disk } = await onSmallDisk(t);
  await disk.readOnly(true);
  const closed = /^error STO_WRITE_FAILED: .*\.lifecycle cannot be written: read-only file system/m;
  refused(await made.runHere(['ingest', 'tiny', 'v1']), closed);
  await disk.readOnly(false);
  await made.ingestHere('tiny', { version: 'v1' });
  const parquet = await made.write(
    'tiny.parquet',
    await readFile(path.join(made.storeDir, 'ingest/tiny/v1/tiny/tiny.parquet')),
  );
  await disk.readOnly(true);
  refused(await made.runHere(['ingest', 'tiny', 'v2']), closed);
  refused(await made.runHere(['adopt', 'tiny', 'v2', parquet]), closed);
  refused(await made.runHere(['latest', 'tiny', 'v1']), closed);
  assert.equal((await made.runHere(['show', 'tiny@v1'])).code, 0, 'it can still be read');
  await disk.readOnly(false);
});

test('fault 4: something else stands where the store is to be', async (t) => {
  const made = await project(t);
  const home = (name: string) => ({ LIFECYCLE_HOME: path.join(made.dir, name) });
  await writeFile(path.join(made.dir, 'file'), '');
  await symlink('nowhere', path.join(made.dir, 'dangling'));
  await symlink('loop', path.join(made.dir, 'loop'));
  for (const [name, reason] of [
    ['file', /file cannot be written: file already exists/],
    ['file/below', /below cannot be written: not a directory/],
    ['dangling', /dangling cannot be written: file already exists/],
    ['dangling/below', /below cannot be written: file already exists/],
    ['loop', /loop cannot be written: (too many symbolic links|file already exists)/],
  ] as const) {
    const outcome = await made.runHere(['ingest', 'tiny', 'v1'], home(name));
    refused(outcome, /^error STO_WRITE_FAILED: /m);
    assert.match(outcome.stderr, reason);
    const list = await made.runHere(['list'], home(name));
    assert.doesNotMatch(list.stderr, /LIF_INTERNAL/);
  }
  // A file system that makes no directories.
  const proc = await made.runHere(['ingest', 'tiny', 'v1'], { LIFECYCLE_HOME: '/proc/nowhere/store' });
  if (process.platform === 'linux') refused(proc, /^error STO_WRITE_FAILED: /m);
});

/** Directories that were flushed, relative to the project, in order. */
async function flushed(made: IngestProject, args: string[]): Promise<string[]> {
  const log = path.join(made.dir, 'flushes.log');
  await writeFile(log, '');
  const { code, stderr } = await made.run(args, { FLUSHES_LOG: log }, FLUSHES);
  assert.equal(code, 0, stderr);
  const lines = (await readFile(log, 'utf8')).trim().split('\n');
  return lines.map((line) => path.relative(made.dir, line) || '.');
}

test('a first publication is flushed with every directory that it stands in', async (t) => {
  const made = await project(t);
  const first = await flushed(made, ['ingest', 'tiny', 'v1']);
  for (const dir of ['.', '.lifecycle', '.lifecycle/ingest', '.lifecycle/ingest/tiny']) {
    assert.ok(first.includes(dir), `${dir} was not flushed: ${first.join(' ')}`);
  }
  assert.ok(first.lastIndexOf('.lifecycle/ingest/tiny') > first.indexOf('.lifecycle/ingest'));
  await made.template('other', { source: { type: 'local_file', path: 'tiny.csv' } });
  const other = await flushed(made, ['ingest', 'other', 'v1']);
  assert.ok(other.includes('.lifecycle/ingest') && other.includes('.lifecycle/ingest/other'), other.join(' '));
  // The directory stands: only what is new in it.
  const second = await flushed(made, ['ingest', 'tiny', 'v2']);
  assert.ok(second.includes('.lifecycle/ingest/tiny') && !second.includes('.lifecycle/ingest'), second.join(' '));

  await made.write('products/products.yml', JSON.stringify({ products: [{ id: 'p', build_command: 'true' }] }));
  const build = await flushed(made, ['build', 'p', 'k']);
  for (const dir of ['.lifecycle', '.lifecycle/builds', '.lifecycle/builds/p']) {
    assert.ok(build.includes(dir), `${dir} was not flushed: ${build.join(' ')}`);
  }
});
