import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CatalogFile, readCatalogFile } from './catalog-file.ts';

async function catalogOf(t: TestContext, data: unknown): Promise<CatalogFile> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-catalog-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  await writeFile(path.join(dir, 'catalog.json'), JSON.stringify(data));
  return readCatalogFile(path.join(dir, 'catalog.json'));
}

test('a product is looked for under the name that it is published by, then under its own', async (t) => {
  const catalog = await catalogOf(t, {
    datasets: {
      'edm.publishing.published': {
        'db-pluto': { latest: '25v4' },
        pluto: { latest: 'never' },
        lift: { latest: 'l1' },
      },
      'edm.publishing.drafts': { 'db-eddt': { versions: ['24.1', '25.1'] } },
      'edm.recipes.datasets': { pluto: { latest: 'a dataset' } },
    },
    published: { 'db-pluto': ['25v3', '25v4'], pluto: ['never'], template: ['24Q1'] },
    previous_source_data_versions: { 'db-colp': 'schema_name,v\n' },
  });
  assert.deepEqual(await catalog.published('pluto'), ['25v3', '25v4']);
  assert.deepEqual(await catalog.published('db-pluto'), ['25v3', '25v4']);
  assert.deepEqual(await catalog.published('template'), ['24Q1']);
  assert.deepEqual(await catalog.published('constructor'), []);
  assert.equal(await catalog.previousSourceDataVersions('colp'), 'schema_name,v\n');
  assert.equal(await catalog.latest('edm.publishing.published', 'pluto'), '25v4');
  assert.equal(await catalog.latest('edm.publishing.published', 'lift'), 'l1');
  assert.equal(await catalog.latest('edm.publishing.drafts', 'edde'), '25.1');
  assert.equal(await catalog.latest('edm.recipes.datasets', 'pluto'), 'a dataset');
});

test('a source without versions answers null, one with versions must have one', async (t) => {
  const catalog = await catalogOf(t, { datasets: { s3: { dated: { latest: '2024' } }, local_file: { x: {} } } });
  for (const source of ['local_file', 'file_download', 'api', 's3', 'ginger', 'usps_locations']) {
    assert.ok(catalog.sources.includes(source), source);
    assert.equal(await catalog.latest(source, 'x'), null, source);
  }
  assert.equal(await catalog.latest('s3', 'dated'), '2024');
  for (const source of ['socrata', 'edm.private', 'edm.publishing.published', 'edm.publishing.plan']) {
    await assert.rejects(catalog.latest(source, 'x'), /x has no version in/, source);
  }
  await assert.rejects(catalog.latest('edm.publishing.builds', 'x'), /builds have no latest version/);
});
