import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { runDemo } from '../../../src/airflow/demo.ts';
import { silentReporter } from '../../../src/report.ts';
import { hashFile } from '../../../src/store/files.ts';
import { inTime, runOf, server, staged, tasks, versionsOf } from './served.ts';

/** The runs of a first start on the sample project: a key, several versions, a build of what they have made. */
export function demo(): void {
  test('what the first start makes of the sample project succeeds', async () => {
    const made = await runDemo(server.client, silentReporter, inTime());
    assert.ok(made.length >= 3);
    assert.deepEqual(
      made.filter(({ state }) => state !== 'success'),
      [],
    );
  });

  test('faults 73 and 74: a run with a key publishes that version, and its event carries key and facts', async () => {
    const done = await runOf('ingest_nyc_boroughs', '16a');
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    assert.equal(done.partition_key, '16a');
    // A worker's start costs more than a small ingest: the mapped task is skipped without one.
    const states = Object.fromEntries(
      (await tasks(done)).map(({ task_id, state, pid }) => [task_id, [state, pid !== null]]),
    );
    assert.deepEqual(states, { ingest: ['success', true], each: ['skipped', false] });
    assert.match(done.dag_run_id, /^16a__20/);
    const [event, ...others] = await server.client.assetEvents('ingest/nyc_boroughs');
    assert.deepEqual(others, []);
    assert.equal(event?.partition_key, '16a');
    const version = path.join(server.store, 'ingest', 'nyc_boroughs', '16a');
    const parquet = path.join(version, 'nyc_boroughs', 'nyc_boroughs.parquet');
    const { bytes, sha256 } = await hashFile(parquet);
    const { rows, crs, state, seconds, ...extra } = event?.extra ?? {};
    assert.deepEqual({ rows, crs, state }, { rows: 5, crs: 'EPSG:2263', state: 'published' });
    assert.deepEqual({ bytes: extra.bytes, sha256: extra.sha256, path: extra.path }, { bytes, sha256, path: parquet });
    assert.ok(typeof seconds === 'number' && seconds > 0);
    for (const file of [
      'definition.lock.json',
      'datasource.json',
      'record.json',
      'nybb_16a.zip',
      'nyc_boroughs/config.json',
    ]) {
      await access(path.join(version, file));
    }
    assert.match(await readFile(path.join(server.store, 'ingest', 'nyc_boroughs', 'latest'), 'utf8'), /16a/);
    assert.deepEqual(await staged(), []);
  });

  test('three versions in one run: one mapped task each, one event each', async () => {
    const versions = ['2024-01', '2024-02', '2024-03'];
    const done = await runOf('ingest_library_visits', null);
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    assert.match(done.dag_run_id, /^3_versions__20/);
    const mapped = (await tasks(done)).filter(({ task_id }) => task_id === 'each');
    assert.deepEqual(mapped.map(({ rendered_map_index }) => rendered_map_index).sort(), versions);
    const events = await server.client.assetEvents('ingest/library_visits');
    assert.deepEqual(events.map(({ partition_key }) => partition_key).sort(), versions);
    assert.deepEqual(await versionsOf('library_visits'), versions);
  });

  test('a build after its ingests: outputs, record, and the inputs on its event', async () => {
    for (const dataset of ['borough_population', 'borough_housing']) {
      const [event] = await server.client.assetEvents(`ingest/borough_tables/${dataset}`);
      assert.equal(event?.partition_key, '2020');
    }
    const done = await runOf('build_boroughs', '2020-first');
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    const partition = path.join(server.store, 'builds', 'boroughs', '2020-first');
    const files = ['recipe.lock.yml', 'inputs.lock.json', 'build_metadata.json', 'build.log', 'record.json'];
    for (const file of [...files, 'output/boroughs.csv', 'output/boroughs.svg'])
      await access(path.join(partition, file));
    const [event] = await server.client.assetEvents('builds/boroughs');
    assert.equal(event?.partition_key, '2020-first');
    const stages = Object.fromEntries((await tasks(done)).map(({ task_id, state }) => [task_id, state]));
    const ofRun = { plan: 'success', load: 'success', build: 'success', package: 'skipped' };
    const ofEach = ['plan', 'load', 'build', 'package'].map((stage) => [`each.${stage}`, 'skipped']);
    assert.deepEqual(stages, { ...ofRun, ...Object.fromEntries(ofEach) });
    const inputs = event?.extra?.inputs as { id: string; version: string; sha256: string }[];
    assert.deepEqual(
      inputs.map(({ id, version }) => `${id}@${version}`),
      ['nyc_boroughs@16a', 'borough_population@2020', 'borough_housing@2020'],
    );
  });
}
