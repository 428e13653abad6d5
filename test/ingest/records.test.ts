import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { Version } from '../../src/ids.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { hashFiles } from '../../src/store/files.ts';
import { type Outcome, outcomeOf } from '../builds/workbench.ts';
import { heldSource } from './held-source.ts';
import { IngestProject, id } from './project.ts';

/** Fault rows 5, 52 and 53: records that cannot be read, and names and links that lead elsewhere, by the real binary. */

const CSV = 'id,name\n1,a\n2,b\n';

async function published(t: Parameters<typeof IngestProject.make>[0], ...versions: string[]): Promise<IngestProject> {
  const project = await IngestProject.make(t);
  await project.template('tiny');
  await project.write('tiny.csv', CSV);
  for (const version of versions) await project.ingestHere('tiny', { version });
  return project;
}

/** Runs the binary with a limit of open files. */
function limited(project: IngestProject, files: number, args: readonly string[]): Promise<Outcome> {
  const words = [path.join(INSTALLATION, 'bin/lifecycle'), '--project', project.dir, ...args];
  return new Promise((resolve) => {
    execFile(
      '/bin/sh',
      ['-c', `ulimit -n ${files}; exec "$@"`, 'sh', ...words],
      { maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : ((error as { code?: number }).code ?? null);
        resolve({ code, signal: error?.signal ?? null, stdout, stderr });
      },
    );
  });
}

test('fault 5: few open files, many versions: all of them are listed', async (t) => {
  const project = await published(t, 'v1');
  const dir = path.join(project.storeDir, 'ingest', 'tiny');
  const record = JSON.parse(await readFile(path.join(dir, 'v1', 'record.json'), 'utf8')) as { version: string };
  for (let i = 2; i <= 1500; i++) {
    await mkdir(path.join(dir, `v${i}`));
    await writeFile(path.join(dir, `v${i}`, 'record.json'), JSON.stringify({ ...record, version: `v${i}` }));
  }
  const shown = await limited(project, 64, ['--json', 'show', 'tiny']);
  assert.equal(shown.code, 0, shown.stderr);
  const { versions, unreadable } = JSON.parse(shown.stdout) as { versions: unknown[]; unreadable: unknown[] };
  assert.deepEqual([versions.length, unreadable.length], [1500, 0]);
  const list = await limited(project, 64, ['--json', 'list']);
  assert.equal(list.code, 0, list.stderr);
  assert.equal((JSON.parse(list.stdout) as { ingest: { versions: number }[] }).ingest[0]?.versions, 1500);
});

test('fault 5: so few files that Node itself would crash: an error that says how many', async (t) => {
  const { code, stderr } = await limited(await published(t), 20, ['list']);
  assert.equal(code, 1, stderr);
  assert.match(stderr, /^error: lifecycle may have 20 files open at once.*\nhint: raise the limit/);
});

test('a damaged record is shown, and its version is replaced only by who says so', async (t) => {
  const project = await published(t, 'v1', 'v2');
  const file = path.join(project.storeDir, 'ingest/tiny/v1/record.json');
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, 99));
  for (const args of [['show', 'tiny'], ['list']]) {
    const { code, stdout, stderr } = await project.runHere(args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /unreadable/);
    assert.match(stderr, new RegExp(`warning: tiny v1: ${file} cannot be read: it is cut short or damaged`));
  }
  for (const args of [
    ['show', 'tiny@v1'],
    ['ingest', 'tiny', 'v1'],
  ]) {
    const { code, stderr } = await project.runHere(args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, new RegExp(`error STO_UNREADABLE: ${file} cannot be read`));
    assert.match(stderr, /hint: .*--overwrite/);
  }
  const again = await project.tellHere('tiny', { version: 'v1', overwrite: true });
  assert.equal(again.code, 0, again.stderr);
  assert.equal((await project.runHere(['show', 'tiny@v1'])).code, 0);
});

test('a record with one field of another type, or about another version, hides no other and is not replaced', async (t) => {
  const project = await published(t, '24v1');
  const whole = await project.readJson('tiny/24v1/record.json');
  const [dataset] = whole.datasets as Record<string, unknown>[];
  const [file] = whole.files as Record<string, unknown>[];
  const damages: [Record<string, unknown>, string][] = [
    [{ source: null }, 'it is not a whole record (source)'],
    [{ created: 'soon' }, 'it is not a whole record (created)'],
    [{ datasets: [null] }, 'it is not a whole record (datasets[0])'],
    [{ datasets: [{ ...dataset, columns: [7] }] }, 'it is not a whole record (datasets[0].columns[0])'],
    [{ datasets: [{ ...dataset, path: '../../../tiny.csv' }] }, 'it is not a whole record (datasets[0].path)'],
    [{ files: [{ ...file, bytes: '16' }] }, 'it is not a whole record (files[0].bytes)'],
    [{ template: 'other' }, 'it is about another template, "other"'],
    [{ version: '24v1' }, 'it is about another version, "24v1"'],
  ];
  for (const [index, [change]] of damages.entries()) {
    const version = `25v${index}`;
    await cp(path.join(project.storeDir, 'ingest/tiny/24v1'), path.join(project.storeDir, 'ingest/tiny', version), {
      recursive: true,
    });
    const record = path.join(project.storeDir, 'ingest/tiny', version, 'record.json');
    await writeFile(record, JSON.stringify({ ...whole, version, ...change }));
  }
  const { code, stdout, stderr } = await project.run(['show', 'tiny']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^24v1 /m);
  for (const [, reason] of damages) assert.ok(stderr.includes(`record.json cannot be read: ${reason}`), reason);
  assert.equal((await project.runHere(['list', '--stale'])).code, 0);
  const again = await project.tellHere('tiny', { version: '25v0' });
  assert.match(again.stderr, /error STO_UNREADABLE: .*25v0/);
});

test('a pointer that cannot be read hides no version', async (t) => {
  const project = await published(t, '24v1');
  const pointer = path.join(project.storeDir, 'ingest/tiny/latest');
  await rm(pointer);
  await mkdir(pointer);
  for (const args of [['list'], ['show', 'tiny']]) {
    const { code, stdout, stderr } = await project.runHere(args);
    assert.equal(code, 0, stderr);
    assert.match(stdout, args[0] === 'list' ? /^tiny .* 1 \+ 1 unreadable/m : /^24v1 /m);
    assert.match(stderr, /warning: tiny latest: .*latest cannot be read: illegal operation on a directory/);
  }
});

test('a record that the file system does not give is not replaced, nor by --overwrite', async (t) => {
  const project = await published(t, 'v1');
  // Permissions would not stop root.
  const file = path.join(project.storeDir, 'ingest/tiny/v1/record.json');
  await rm(file);
  await symlink('record.json', file);
  for (const args of [
    ['ingest', 'tiny', 'v1'],
    ['ingest', 'tiny', 'v1', '--overwrite'],
    ['show', 'tiny@v1'],
  ]) {
    const { code, stderr } = await project.runHere(args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /error STO_UNREADABLE: .*record\.json cannot be read: too many symbolic links/);
  }
});

test('fault 53: a linked folder in the store leads nowhere, before anything is fetched', async (t) => {
  const project = await published(t, 'v1');
  const outside = path.join(project.dir, 'outside');
  await rename(path.join(project.storeDir, 'ingest/tiny'), outside);
  await symlink(outside, path.join(project.storeDir, 'ingest/tiny'));
  await cp(path.join(outside, 'v1/tiny/tiny.parquet'), path.join(project.dir, 'other.parquet'));
  for (const args of [
    ['ingest', 'tiny', 'v2'],
    ['ingest', 'tiny', 'v1', '--overwrite'],
    ['adopt', 'tiny', 'v3', path.join(project.dir, 'other.parquet')],
    ['show', 'tiny@v1'],
  ]) {
    const { code, stderr } = await project.runHere(args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /error STO_SYMBOLIC_LINK: .*ingest\/tiny is a symbolic link/);
    assert.doesNotMatch(stderr, /extract/);
  }
  const list = await project.runHere(['list']);
  assert.equal(list.code, 0);
  assert.match(list.stdout, /unreadable/);
});

test('fault 52: a version that differs in case alone is refused before the work, with the one that stands', async (t) => {
  const project = await published(t, '16a');
  const { code, stderr } = await project.tellHere('tiny', { version: '16A' });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /error STO_NAME_TAKEN: 16A and 16a, which stands, are one name on some machines/);
  assert.doesNotMatch(stderr, /extract/);
  assert.deepEqual(await project.list('ingest', 'tiny'), ['16a', 'latest']);
});

test('fault 52: of two twins at once the second is told under which name the first works', async (t) => {
  const { project, waiting, release } = await heldSource(t);
  const first = outcomeOf(project.start(['ingest', 'slow', '16a']));
  await waiting(1);
  const { code, stderr } = await project.run(['ingest', 'slow', '16A']);
  assert.equal(code, 75, stderr);
  assert.match(stderr, /error STO_BUSY: ingest slow 16A, as ingest slow 16a, is held by process \d+/);
  release();
  assert.equal((await first).code, 0);
  assert.deepEqual(await project.list('ingest', 'slow'), ['16a', 'latest']);
});

test('a raw file that is called as one of ours is kept beside it', async (t) => {
  const project = await published(t);
  for (const name of ['record.json', 'definition.lock.json', 'Datasource.json', 'odd']) {
    await project.write(name, CSV);
    await project.template('odd', { source: { type: 'local_file', path: name } });
    const { record, state } = await project.ingestHere('odd', { version: name });
    assert.equal(record.raw, `raw-${name}`);
    assert.equal(await project.read('odd', name, `raw-${name}`), CSV);
    assert.equal((await project.readJson('odd', name, 'record.json')).version, name);
    assert.equal((await project.readJson('odd', name, 'definition.lock.json')).id, 'odd');
    assert.equal(state, 'published');
    const dir = await project.store.directory(id('odd'), record.version as Version);
    assert.deepEqual(
      await hashFiles(
        dir,
        record.files.map((file) => file.path),
      ),
      record.files,
    );
  }
});
