import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { before, describe, test } from 'node:test';
import type { DagRun } from '../../../src/airflow/client.ts';
import { eventually, lifecycle, type Outcome } from '../server-fixture.ts';
import { logOf, run, server, tasks, versionsOf } from './served.ts';

/** To be run before anything has been ingested. */
export function buildTooEarly(): void {
  test('a build whose inputs are missing fails in plan and names them all, with the version that its form pins', async () => {
    const params = { 'input borough_population': '1990' };
    const failed = await run('build_boroughs', { partitionKey: 'too-early', params });
    assert.equal(failed.state, 'failed');
    const states = Object.fromEntries((await tasks(failed)).map(({ task_id, state }) => [task_id, state]));
    assert.equal(states.plan, 'failed');
    assert.equal(states.load, 'upstream_failed');
    const log = (await logOf(failed, 'plan')).map((line) => JSON.stringify(line)).join('\n');
    for (const missing of ['nyc_boroughs', 'borough_population', 'borough_housing'])
      assert.ok(log.includes(missing), missing);
    assert.match(log, /lifecycle ingest nyc_boroughs 16a/);
    assert.match(log, /lifecycle build boroughs too-early --stage plan --input borough_population=1990/);
    assert.match(log, /BLD_MISSING_INPUTS.*borough_population.*1990|borough_population.*1990.*BLD_MISSING_INPUTS/);
  });
}

/** Builds after the first one, and the command line that starts them. They need nothing of one another, and run together. */
export function builds(): void {
  describe('builds', { concurrency: 1 }, () => {
    const versions = ['2020-second', '2020-third'];
    let both: DagRun;
    let whole: DagRun;
    let report: Outcome;
    before(async () => {
      const pins = { 'input borough_population': 'pinned', 'input borough_housing': 'pinned' };
      [both, whole, report] = await Promise.all([
        run('build_boroughs', { params: { versions } }),
        run('build_boroughs', { partitionKey: 'whole', params: { make_missing: true, ...pins } }),
        lifecycle(server.project, 'trigger', 'build', 'open data report', '2024-06', '--wait'),
      ]);
    });

    test('two partitions in one run: the stages of each, one event each', async () => {
      assert.equal(both.state, 'success', (await server.client.reasons(both)).join('\n'));
      const all = await tasks(both);
      const ofRun = all.filter(({ map_index }) => map_index < 0).map(({ task_id, state }) => [task_id, state]);
      const skipped = { load: 'skipped', build: 'skipped', package: 'skipped' };
      assert.deepEqual(Object.fromEntries(ofRun), { plan: 'success', ...skipped });
      const built = all.filter(({ task_id, state }) => task_id === 'each.build' && state === 'success');
      assert.deepEqual(built.map(({ rendered_map_index }) => rendered_map_index).sort(), versions);
      const events = await server.client.assetEvents('builds/boroughs');
      const keys = events.map(({ partition_key }) => partition_key).filter((key) => key !== 'whole');
      assert.deepEqual(keys.sort(), ['2020-first', ...versions]);
    });

    test('one run of a product makes what is missing of its inputs, then builds', async () => {
      assert.equal(whole.state, 'success', (await server.client.reasons(whole)).join('\n'));
      assert.ok((await versionsOf('borough_tables')).includes('pinned'));
      const said = async (task: string) => (await logOf(whole, task)).map(({ event }) => event).join('\n');
      assert.match(await said('plan'), /lifecycle build boroughs whole --stage plan --make-missing/);
      assert.match(await said('plan'), /borough_tables pinned: made/);
      assert.doesNotMatch(await said('load'), /--make-missing/);
      await eventually('the version has its event', 90_000, async () => {
        const events = await server.client.assetEvents('ingest/borough_tables');
        return events.some(({ partition_key }) => partition_key === 'pinned');
      });
    });

    test('a product without a recipe, with spaces in its id, is triggered from the command line', async () => {
      assert.equal(report.code, 0, report.stderr);
      assert.match(report.stdout, /open data report 2024-06: success/);
      await access(path.join(server.store, 'builds', 'open data report', '2024-06', 'record.json'));
      const bad = await lifecycle(server.project, 'trigger', 'ingest', 'parks', '2024a', '../up');
      assert.equal(bad.code, 2);
      const unknown = await lifecycle(server.project, 'trigger', 'ingest', 'no_such_template', '2024a');
      assert.equal(unknown.code, 1);
      assert.match(unknown.stderr, /AIR_REFUSED.*not found/);
    });
  });
}
