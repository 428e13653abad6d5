import assert from 'node:assert/strict';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { manifestOf } from '../../src/airflow/manifest.ts';
import { PublishedVersions } from '../../src/airflow/published.ts';
import { parsePartitionKey, parseVersion, productIdFrom, templateIdFrom } from '../../src/ids.ts';
import { loadProject } from '../../src/project/load.ts';
import { storeLayout } from '../../src/store/layout.ts';
import { answered, copySample, removeProject } from './server-fixture.ts';

test('what stands in the store is told by asset and key, with the facts of its records', async (t) => {
  const project = await copySample();
  t.after(() => removeProject(project));
  const layout = storeLayout(path.join(project, '.lifecycle'));
  const manifest = await manifestOf(await loadProject(project));
  const versions = new PublishedVersions(layout);
  // A store that is not there says nothing: its versions may be on a drive that is not mounted.
  assert.equal((await versions.look(manifest)).size, 0);

  for (const words of [
    ['ingest', 'libraries', 'v1'],
    ['ingest', 'borough_tables', '2020', '--dataset', 'borough_housing'],
    ['build', 'open data report', '2024-06'],
    ['build', 'boroughs', 'unfinished', '--stage', 'plan'],
  ]) {
    const { code, stderr } = await answered(project, ...words);
    assert.ok(code === 0 || words.includes('unfinished'), stderr);
  }
  const keys = async () =>
    Object.fromEntries([...(await versions.look(manifest))].map(([asset, found]) => [asset, [...found.keys()]]));
  assert.deepEqual(await keys(), {
    'ingest/borough_tables': ['2020'],
    'ingest/borough_tables/borough_housing': ['2020'],
    'ingest/borough_tables/borough_population': [],
    'ingest/libraries': ['v1'],
    'ingest/library_visits': [],
    'ingest/nyc_boroughs': [],
    'ingest/parks': [],
    'ingest/tree_survey': [],
    'builds/boroughs': [],
    'builds/open data report': ['2024-06'],
  });
  const standing = await versions.look(manifest);
  const facts = (asset: string, key: string) => standing.get(asset)?.get(key)?.facts();
  const library = await facts('ingest/libraries', 'v1');
  assert.deepEqual(
    [library?.template, library?.version, library?.crs, typeof library?.rows, typeof library?.sha256],
    ['libraries', 'v1', 'EPSG:2263', 'number', 'string'],
  );
  assert.equal((await facts('ingest/borough_tables/borough_housing', '2020'))?.id, 'borough_housing');
  const report = await facts('builds/open data report', '2024-06');
  assert.deepEqual([report?.product, report?.partition_key, report?.state], ['open data report', '2024-06', 'done']);
  assert.ok(Array.isArray(report?.outputs) && report.outputs.length > 0);

  // A kill between the two renames of a replacement leaves what was to be replaced, under the name that it waits by.
  for (const place of [
    layout.builds.partition(productIdFrom('open data report')!, parsePartitionKey('2024-06')),
    layout.ingest.version(templateIdFrom('libraries')!, parseVersion('v1')),
  ]) {
    const waiting = path.join(path.dirname(place), `.${path.basename(place)}.replaced`);
    await rename(place, waiting);
    const found = await keys();
    assert.deepEqual([found['builds/open data report'], found['ingest/libraries']], [['2024-06'], ['v1']]);
    await rename(waiting, place);
  }
  // A folder that somebody left there hides no build.
  await mkdir(path.join(layout.builds.root, 'open data report', 'my notes'));
  assert.deepEqual((await keys())['builds/open data report'], ['2024-06']);

  // What comes and goes is seen, although what has not changed is not opened again.
  await rename(layout.ingest.root, `${layout.ingest.root}-aside`);
  assert.deepEqual(Object.keys(await keys()), ['builds/boroughs', 'builds/open data report']);
  await rename(`${layout.ingest.root}-aside`, layout.ingest.root);
  assert.deepEqual((await keys())['ingest/libraries'], ['v1']);
  await rm(path.join(layout.ingest.root, 'libraries', 'v1'), { recursive: true });
  assert.deepEqual((await keys())['ingest/libraries'], []);
  assert.equal(await facts('ingest/libraries', 'v1'), undefined);
});

test('a quarantined version stands for nobody until it is released', async (t) => {
  const project = await copySample();
  t.after(() => removeProject(project));
  const manifest = await manifestOf(await loadProject(project));
  const versions = new PublishedVersions(storeLayout(path.join(project, '.lifecycle')));
  const keys = async (asset: string) => [...((await versions.look(manifest)).get(asset)?.keys() ?? [])];
  assert.equal((await answered(project, 'ingest', 'library_visits', '2024-03')).code, 0);
  assert.equal((await answered(project, 'ingest', 'library_visits', '2024-04')).code, 4);
  assert.deepEqual(await keys('ingest/library_visits'), ['2024-03']);
  // What has not changed for a while is not opened again; a release is a change.
  await sleep(2_100);
  assert.deepEqual(await keys('ingest/library_visits'), ['2024-03']);
  const { code } = await answered(project, 'release', 'library_visits@2024-04', '--reason', 'seen');
  assert.equal(code, 0);
  assert.deepEqual((await keys('ingest/library_visits')).sort(), ['2024-03', '2024-04']);
  // Of several datasets one that fails keeps the version apart, for all of them.
  const template = path.join(project, 'ingest_templates', 'two.yml');
  await writeFile(template, TWO);
  await writeFile(path.join(project, 'data', 'two.csv'), 'a\n1\n');
  assert.equal((await answered(project, 'ingest', 'two', '1')).code, 4);
  const again = await manifestOf(await loadProject(project));
  const standing = await versions.look(again);
  assert.deepEqual(
    ['ingest/two', 'ingest/two/one', 'ingest/two/other'].map((asset) => standing.get(asset)?.size),
    [0, 0, 0],
  );
});

const dataset = (id: string, checks: string) =>
  `- {id: ${id}, attributes: {name: ${id}}, file_format: {type: csv}, checks: ${checks}}`;
const TWO = `id: two
attributes: {name: Two}
source: {type: local_file, path: data/two.csv}
dataset_defaults: {processing_steps: []}
datasets:
${dataset('one', '[]')}
${dataset('other', '[sql: {args: {expression: a > 1}}]')}
`;
