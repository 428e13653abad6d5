import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IngestProject, id } from './project.ts';

/** Where `latest` points, by the real binary. */

async function project(t: Parameters<typeof IngestProject.make>[0]): Promise<IngestProject> {
  const made = await IngestProject.make(t);
  await made.template('tiny');
  await made.write('tiny.csv', 'id,name\n1,a\n');
  return made;
}

test('fault 6: three versions at once leave `latest` on the newest, and an older one run again leaves it there', async (t) => {
  const made = await project(t);
  const versions = ['24v1', '24v10', '24v2'];
  for (const outcome of await Promise.all(versions.map((version) => made.run(['ingest', 'tiny', version])))) {
    assert.equal(outcome.code, 0, outcome.stderr);
  }
  assert.equal(await made.read('tiny', 'latest'), '24v10\n');
  for (const version of versions) {
    const { code, stdout, stderr } = await made.tellHere('tiny', { version });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /unchanged/);
    if (version === '24v10') assert.doesNotMatch(stderr, /latest of/);
    else assert.match(stderr, new RegExp(`latest of tiny stays 24v10, which is newer than ${version}`));
  }
  assert.equal(await made.store.latest(id('tiny')), '24v10');
  const { document } = await made.runJson<{ ingest: { latest: string }[] }>(['list', 'ingest']);
  assert.equal(document.ingest[0]?.latest, '24v10');
  assert.match((await made.run(['list'])).stdout, /LATEST/);
});

test('the command says where `latest` points, and moves it back, to a version that stands', async (t) => {
  const made = await project(t);
  assert.equal((await made.run(['latest', 'tiny'])).code, 1);
  for (const version of ['24v1', '24v2']) await made.ingestHere('tiny', { version });
  assert.equal((await made.run(['latest', 'tiny'])).stdout, '24v2\n');
  const back = await made.run(['latest', 'tiny', '24v1']);
  assert.equal(back.code, 0, back.stderr);
  assert.equal(back.stdout, 'latest of tiny: 24v2 → 24v1\n');
  const again = await made.runJson<{ latest: string; latest_before: string; state: string }>([
    'ingest',
    'tiny',
    '24v2',
  ]);
  assert.deepEqual([again.document.state, again.document.latest], ['unchanged', '24v1']);
  const next = await made.runJson<{ latest: string; latest_before: string }>(['ingest', 'tiny', '24v3']);
  assert.deepEqual([next.document.latest_before, next.document.latest], ['24v1', '24v3']);
  const unmoved = await made.runJson<{ latest?: string }>(['ingest', 'tiny', '24v4', '--no-latest']);
  assert.equal(unmoved.document.latest, undefined);
  assert.equal((await made.run(['latest', 'tiny'])).stdout, '24v3\n');
  const missing = await made.run(['latest', 'tiny', '24v9']);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /error STO_NO_VERSION: tiny has no version 24v9/);
  assert.equal((await made.run(['latest', 'tyni'])).code, 2);
});

test('a template names another order, and a word that is none is refused', async (t) => {
  const made = await project(t);
  const definition = (order: string) =>
    JSON.stringify({
      id: 'tiny',
      version_order: order,
      attributes: { name: 'Tiny' },
      ingestion: { source: { type: 'local_file', path: 'tiny.csv' }, file_format: { type: 'csv' } },
    });
  await made.templateText('tiny', definition('numbers'));
  for (const version of ['run-10', 'run-9']) {
    await made.ingestHere('tiny', { version });
  }
  assert.equal(await made.read('tiny', 'latest'), 'run-10\n');
  assert.equal((await made.readJson('tiny', 'run-9', 'definition.lock.json')).version_order, undefined);
  await made.templateText('tiny', definition('number'));
  const { code, stdout, stderr } = await made.run(['check']);
  assert.equal(code, 1);
  assert.match(stdout + stderr, /tiny\.yml:1:\d+.*expected created, numbers, text/s);
});
