import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { madeWith } from '../../src/engine/made-with.ts';
import { parseVersion } from '../../src/ids.ts';
import { hashFile } from '../../src/store/files.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';
import { IngestProject, id, rowsOf } from './project.ts';
import { NEW, OLD, tinyProject } from './tiny-project.ts';

/** A version that is made once more, or from another one. */

const firstLine = (text: string) => text.split('\n')[0]!;

test('a version with other content is refused with what differs; --overwrite replaces it, and only then', async (t) => {
  const project = await tinyProject(t);
  await project.ingestHere('tiny', { version: 'v1' });
  const before = await hashFile(path.join(project.storeDir, 'ingest/tiny/v1/record.json'));

  await project.write('tiny.csv', NEW);
  const refused = await project.run(['ingest', 'tiny', 'v1']);
  assert.equal(refused.code, 1);
  assert.equal(refused.stdout, '');
  assert.match(
    refused.stderr,
    /error STO_VERSION_DIFFERS: version v1 of tiny is already published with other content: tiny: 2 rows published, 3 now\nhint: .*--overwrite/,
  );
  assert.deepEqual(await hashFile(path.join(project.storeDir, 'ingest/tiny/v1/record.json')), before);

  await project.write('tiny.csv', OLD.replace('b', 'x'));
  assert.match((await project.tellHere('tiny')).stderr, /same rows and columns, other values/);
  await project.write('tiny.csv', 'id,nom\n1.5,a\n');
  assert.match(
    (await project.tellHere('tiny')).stderr,
    /1 now; columns added: nom; columns dropped: name; id: BIGINT is now DOUBLE/,
  );

  await project.write('tiny.csv', NEW);
  const replaced = await project.run(['ingest', 'tiny', 'v1', '--overwrite']);
  assert.equal(replaced.code, 0);
  assert.match(replaced.stdout, /^tiny@v1: replaced, 3 rows/);
  const again = await project.tellHere('tiny', { version: 'v1', overwrite: true });
  assert.match(again.stdout, /^tiny@v1: unchanged, verified, 3 rows/);
  assert.deepEqual(await project.list('ingest', 'tiny'), ['latest', 'v1']);
});

test('a published file that was damaged is noticed and can be replaced', async (t) => {
  const project = await tinyProject(t);
  await project.ingestHere('tiny', { version: 'v1' });
  await project.write('.lifecycle/ingest/tiny/v1/tiny/tiny.parquet', 'PAR1 damaged PAR1');
  const { code, stderr } = await project.tellHere('tiny');
  assert.equal(code, 1);
  assert.match(stderr, /tiny: the published file was changed or removed after it was published/);
  assert.match((await project.tellHere('tiny', { version: 'v1', overwrite: true })).stdout, /^tiny@v1: replaced/);
  // With --overwrite the other files are looked at as well.
  await project.write('.lifecycle/ingest/tiny/v1/tiny.csv', 'id,name\n9,z\n');
  assert.equal((await project.ingestHere('tiny', { version: 'v1' })).state, 'unchanged');
  assert.equal((await project.ingestHere('tiny', { version: 'v1', overwrite: true })).state, 'replaced');
  assert.equal(await project.read('tiny/v1/tiny.csv'), OLD);
});

test('adopt brings a version in from elsewhere, and append_prev reads it', async (t) => {
  const project = await tinyProject(t);
  await project.template('grown', {
    processing_steps: [{ name: 'append_prev' }],
    source: { type: 'local_file', path: 'tiny.csv' },
  });
  const none = await project.tellHere('grown', { version: 'v2' });
  assert.equal(none.code, 1);
  assert.match(none.stderr, /error ING_NO_PREVIOUS: .*\nhint: bring one in first: lifecycle adopt grown VERSION FILE/);

  await project.write('tiny.csv', NEW);
  await project.ingestHere('tiny', { version: 'v0' });
  const made = path.join(project.storeDir, 'ingest/tiny/v0/tiny/tiny.parquet');
  const adopted = await project.run(['adopt', 'grown', 'v1', made]);
  assert.equal(adopted.code, 0, adopted.stderr);
  assert.match(adopted.stdout, /^grown@v1: published, 3 rows, 2 columns/);
  assert.deepEqual((await project.store.read(id('grown'), parseVersion('v1')))?.made_with, madeWith());
  const copy = path.join(project.storeDir, 'ingest/grown/v1/grown/grown.parquet');
  assert.deepEqual(await hashFile(copy), await hashFile(made));

  await project.write('tiny.csv', OLD);
  for (const state of ['published', 'unchanged, verified']) {
    const { stdout, stderr } = await project.tellHere('grown', { version: 'v2' });
    assert.ok(firstLine(stdout).startsWith(`grown@v2: ${state}, 5 rows`), stdout + stderr);
  }
  assert.deepEqual((await project.query('SELECT string_agg(name) AS names FROM FILE', 'grown', 'v2'))[0], {
    names: 'a,B,c,a,b',
  });
  assert.equal((await project.store.versions(id('grown')))[0]?.record.previous, 'v1');

  const broken = await project.write('broken.parquet', 'no parquet');
  const refused = await project.run(['adopt', 'grown', 'v3', broken]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /error ING_BAD_FILE: the file cannot be read as parquet/);
  assert.equal((await project.run(['adopt', 'grown', 'v3', 'nowhere.parquet'])).code, 1);
  assert.equal((await project.run(['adopt', 'grwon', 'v3', made])).code, 2);
  assert.deepEqual(await project.list('ingest/grown'), ['latest', 'v1', 'v2']);
});

test('a version that was made without the previous one can be made again with it', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('grown', { processing_steps: [{ name: 'append_prev', mode: 'append' }] });
  await project.write('grown.csv', OLD);
  await project.ingestHere('grown', { version: 'v1' });
  await project.ingestHere('grown', { version: 'v2' });
  const { record } = await project.ingestHere('grown', { version: 'v2', mode: 'append', overwrite: true });
  assert.deepEqual([record.previous, record.datasets[0]?.rows], ['v1', 4]);
  const again = await project.ingestHere('grown', { version: 'v2', mode: 'append' });
  assert.equal(again.state, 'unchanged');
});

test('fault 49: two runs give byte-equal parquet, in one row group and in several', async (t) => {
  const project = await tinyProject(t);
  await project.template('wide');
  leavesOut(t, 'a file of twice as many rows');
  const rows = Array.from(
    { length: BOTH_PARTS ? 300_000 : 150_000 },
    (_, i) => `${i},name ${i % 977},${(i * 7919) % 1000}.5,2024-01-0${i % 9}\n`,
  );
  await project.write('wide.csv', `id,name,n,day\n${rows.join('')}`);
  for (const name of ['tiny', 'wide']) {
    const sums: string[] = [];
    for (const store of ['one', 'two']) {
      const { code, stderr, stdout } = await project.run(['--json', 'ingest', name, 'v1'], { LIFECYCLE_HOME: store });
      assert.equal(code, 0, stderr);
      sums.push((JSON.parse(stdout) as { datasets: { sha256: string }[] }).datasets[0]!.sha256);
    }
    assert.equal(sums[0], sums[1], name);
  }
  const file = path.join(project.dir, 'one/ingest/wide/v1/wide/wide.parquet');
  const [row] = await rowsOf(`SELECT num_row_groups AS n FROM parquet_file_metadata('${file}')`, project.dir);
  assert.ok(Number(row?.n) > 1);
});
