import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { runDemo } from '../../../src/airflow/demo.ts';
import { silentReporter } from '../../../src/report.ts';
import { lifecycle } from '../server-fixture.ts';
import { logOf, RUN_WITHIN_MS, run, server, tasks } from './served.ts';

/** To be run before anything has been ingested. */
export function buildTooEarly(): void {
  test('a build whose inputs are missing fails in plan and names them all', async () => {
    const failed = await run('build_boroughs', { partitionKey: 'too-early' });
    assert.equal(failed.state, 'failed');
    const states = Object.fromEntries((await tasks(failed)).map(({ task_id, state }) => [task_id, state]));
    assert.equal(states.plan, 'failed');
    assert.equal(states.load, 'upstream_failed');
    const log = (await logOf(failed, 'plan')).map((line) => JSON.stringify(line)).join('\n');
    for (const missing of ['nyc_boroughs', 'borough_population', 'borough_housing'])
      assert.ok(log.includes(missing), missing);
    assert.match(log, /lifecycle ingest nyc_boroughs 16a/);
  });
}

/** Builds whose inputs are there, and the command line that starts them. */
export function builds(): void {
  test('a build after its ingests: outputs, record, and the inputs on its event', async () => {
    assert.equal((await run('ingest_borough_tables', { partitionKey: '2020' })).state, 'success');
    for (const dataset of ['borough_population', 'borough_housing']) {
      const [event] = await server.client.assetEvents(`ingest/borough_tables/${dataset}`);
      assert.equal(event?.partition_key, '2020');
    }
    const done = await run('build_boroughs', { partitionKey: '2020-first' });
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

  test('two partitions in one run: the stages of each, one event each', async () => {
    const versions = ['2020-second', '2020-third'];
    const done = await run('build_boroughs', { params: { versions } });
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    const all = await tasks(done);
    const ofRun = all.filter(({ map_index }) => map_index < 0).map(({ task_id, state }) => [task_id, state]);
    const skipped = { load: 'skipped', build: 'skipped', package: 'skipped' };
    assert.deepEqual(Object.fromEntries(ofRun), { plan: 'success', ...skipped });
    const built = all.filter(({ task_id, state }) => task_id === 'each.build' && state === 'success');
    assert.deepEqual(built.map(({ rendered_map_index }) => rendered_map_index).sort(), versions);
    const events = await server.client.assetEvents('builds/boroughs');
    assert.deepEqual(events.map(({ partition_key }) => partition_key).sort(), ['2020-first', ...versions]);
  });

  test('the form of a build pins the version of an input', async () => {
    const params = { 'input borough_population': '1990' };
    const failed = await run('build_boroughs', { partitionKey: '2020-pinned', params });
    assert.equal(failed.state, 'failed');
    const log = (await logOf(failed, 'plan')).map((line) => JSON.stringify(line)).join('\n');
    assert.match(log, /lifecycle build boroughs 2020-pinned --stage plan --input borough_population=1990/);
    assert.match(log, /BLD_MISSING_INPUTS.*borough_population.*1990|borough_population.*1990.*BLD_MISSING_INPUTS/);
  });

  test('what the first start makes of the sample project succeeds', async () => {
    const made = await runDemo(server.client, silentReporter, AbortSignal.timeout(RUN_WITHIN_MS));
    assert.ok(made.length >= 3);
    assert.deepEqual(
      made.filter(({ state }) => state !== 'success'),
      [],
    );
  });

  test('a product without a recipe, with spaces in its id, is triggered from the command line', async () => {
    const done = await lifecycle(server.project, 'trigger', 'build', 'open data report', '2024-06', '--wait');
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, /open data report 2024-06: success/);
    await access(path.join(server.store, 'builds', 'open data report', '2024-06', 'record.json'));
    const failed = await lifecycle(server.project, 'trigger', 'ingest', 'tree_survey', '2024b', '--wait');
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, /AIR_RUN_FAILED.*ING_[A-Z_]+: .*diameter_inches/);
    const bad = await lifecycle(server.project, 'trigger', 'ingest', 'parks', '2024a', '../up');
    assert.equal(bad.code, 2);
    const unknown = await lifecycle(server.project, 'trigger', 'ingest', 'no_such_template', '2024a');
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /AIR_REFUSED.*not found/);
  });
}
