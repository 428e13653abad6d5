import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { hashFiles } from '../../src/store/files.ts';
import { serve } from '../sources/fixture.ts';
import { NO_TMPFS, SmallFileSystem } from '../tmpfs.ts';
import { recipeOf, siteMap } from './archive.ts';
import { type Outcome, Workbench } from './workbench.ts';

/** Fault row 3 for builds: the disk of the store is full at the start, in the middle, at the record. */

const SIZE_MB = 16;

/** A project whose store lies on a small file system of its own. */
class SmallDisk {
  readonly bench: Workbench;
  readonly #files: SmallFileSystem;

  private constructor(bench: Workbench, files: SmallFileSystem) {
    this.bench = bench;
    this.#files = files;
  }

  static async make(t: TestContext): Promise<SmallDisk> {
    const files = new SmallFileSystem(t);
    const bench = await Workbench.make(t);
    await mkdir(bench.store);
    await files.mount(bench.store, SIZE_MB);
    return new SmallDisk(bench, files);
  }

  /** Fills the disk but for so many bytes. */
  leave(bytes: number): Promise<void> {
    return this.#files.leave(bytes);
  }

  free(): Promise<void> {
    return this.#files.free();
  }

  /** Every file of the partition with its hash. */
  async partition(): Promise<unknown> {
    return hashFiles(this.bench.partition('p', 'k'));
  }

  /** Asserts that a run failed for want of space, said so, and left nothing behind. */
  async refused({ code, stderr }: Outcome): Promise<void> {
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`^error STO_WRITE_FAILED: the disk of ${this.bench.store} is full`, 'm'));
    assert.match(stderr, /^hint: free some space and run the same command again; /m);
    assert.deepEqual(await readdir(path.join(this.bench.store, '.staging')).catch(() => []), []);
    assert.deepEqual(await readdir(path.join(this.bench.store, '.locks')).catch(() => []), []);
  }
}

const RECIPE = recipeOf('  - {id: a}\n');

async function builtOnce(t: TestContext, command?: string): Promise<SmallDisk> {
  const disk = await SmallDisk.make(t);
  await disk.bench.product({ id: 'p', recipe: RECIPE, ...(command === undefined ? {} : { command }) });
  await disk.bench.ingested('a', 'v1', 'SELECT range AS n, md5(range::VARCHAR) AS t FROM range(20000)');
  const { code, stderr } = await disk.bench.runHere(['build', 'p', 'k'], { NAP: '0', LIFECYCLE_BUILD_ENV: 'NAP' });
  assert.equal(code, 0, stderr);
  return disk;
}

for (const stage of ['plan', 'package']) {
  test(`fault 3: a full disk at every page that the stage ${stage} writes`, { skip: NO_TMPFS }, async (t) => {
    const disk = await builtOnce(t);
    const again = ['build', 'p', 'k', '--stage', stage, '--force'];
    const before = await disk.partition();
    let refusals = 0;
    for (let pages = 0; ; pages++) {
      await disk.leave(pages * 4096);
      const outcome = await disk.bench.runHere(again);
      if (outcome.code === 0) break;
      refusals++;
      await disk.refused(outcome);
      assert.deepEqual(await disk.partition(), before, `with ${pages} pages left`);
    }
    assert.ok(refusals >= 3, `only ${refusals} refusals`);
    t.diagnostic(`${refusals} refusals`);
  });
}

test('fault 3: a full disk while DuckDB loads', { skip: NO_TMPFS }, async (t) => {
  const disk = await builtOnce(t);
  const before = await disk.partition();
  const again = ['build', 'p', 'k', '--stage', 'load', '--force'];
  for (const bytes of [0, 16_384, 300_000, 700_000]) {
    await disk.leave(bytes);
    await disk.refused(await disk.bench.run(again));
    assert.deepEqual(await disk.partition(), before, `with ${bytes} bytes left`);
  }
  await disk.free();
  const { code, stderr } = await disk.bench.run(again);
  assert.equal(code, 0, stderr);
});

test('fault 3: a full disk while a command writes its output', { skip: NO_TMPFS }, async (t) => {
  const disk = await builtOnce(t, 'head -c 4000000 /dev/zero > "$BUILD_OUTPUT_DIR/zeros"');
  const before = await disk.partition();
  await disk.leave(3_000_000);
  const outcome = await disk.bench.runHere(['build', 'p', 'k', '--stage', 'build', '--force']);
  assert.equal(outcome.code, 1, outcome.stderr);
  assert.match(outcome.stderr, /^error BLD_COMMAND_FAILED: the command build_command failed with exit code 1/m);
  assert.match(outcome.stderr, /No space left on device/);
  assert.match(
    outcome.stderr,
    new RegExp(`^hint: the disk of ${disk.bench.store} is full: free some space, then run`, 'm'),
  );
  const withoutLog = (facts: unknown) =>
    (facts as { path: string }[]).filter(({ path: file }) => !file.startsWith('attempt/'));
  assert.deepEqual(withoutLog(await disk.partition()), before);
  await disk.free();
  assert.equal((await disk.bench.runHere(['build', 'p', 'k', '--stage', 'build', '--force'])).code, 0);
});

test('fault 3: a full disk while a command talks: it is ended at once', { skip: NO_TMPFS }, async (t) => {
  const disk = await builtOnce(
    t,
    'i=0; while [ $i -lt 30000 ]; do echo "a line of output, number $i"; i=$((i+1)); done; sleep $NAP',
  );
  const before = await disk.partition();
  await disk.leave(1_400_000);
  const start = performance.now();
  const again = ['build', 'p', 'k', '--stage', 'build', '--force'];
  await disk.refused(await disk.bench.run(again, { NAP: '100', LIFECYCLE_BUILD_ENV: 'NAP' }));
  assert.ok(performance.now() - start < 60_000);
  assert.deepEqual(await disk.partition(), before);
});

test('fault 3: a full disk while an input is fetched', { skip: NO_TMPFS }, async (t) => {
  const disk = await SmallDisk.make(t);
  const { bench } = disk;
  await using pages = await serve((request, response) => {
    if (request.url?.includes('/content-api/')) {
      response.end(JSON.stringify({ description: '<p><span>Latest Release: 24v3</span></p>' }));
    } else response.end(Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(2_000_000)]));
  });
  await siteMap(bench, { pluto: { pluto: { files: { table: { filename: 'pluto.xlsx' } } } } });
  const env = { LIFECYCLE_ENDPOINT_BYTES: pages.url, LIFECYCLE_ENDPOINT_BYTES_API: pages.url };
  const datasets = '  - {id: pluto, source: bytes, destination: file, custom: {file_id: table}}\n';
  await bench.product({ id: 'p', recipe: recipeOf(datasets) });
  for (const args of [
    ['plan', 'p', 'k'],
    ['plan', 'p', 'k', '--out', path.join(bench.dir, 'out')],
  ]) {
    await disk.leave(500_000);
    await disk.refused(await bench.runHere(args, env));
    assert.deepEqual(await readdir(path.join(bench.store, 'fetched')).catch(() => []), []);
  }
  await disk.free();
  const { code, stderr } = await bench.runHere(['plan', 'p', 'k'], env);
  assert.equal(code, 0, stderr);
});
