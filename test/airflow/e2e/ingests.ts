import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { DagRun } from '../../../src/airflow/client.ts';
import { lifecycle, type Outcome } from '../server-fixture.ts';
import { logOf, refusal, run, runOf, saidIn, server, tasks, versionsOf } from './served.ts';

/** Requests that no run comes of. */
export function refusals(): void {
  test('faults 52 and 73: a bad key or version, none, and a key beside versions are refused before a run exists', async () => {
    const before = await server.client.request<{ total_entries: number }>('GET', '/dags/ingest_parks/dagRuns');
    const badKeys = ['not a version', '../up', 'latest', '.hidden'].map((partitionKey) => ({ partitionKey }));
    const missing = [{}, { params: {} }, { params: { versions: [] } }];
    const both = { partitionKey: '2024a', params: { versions: ['2024b'] } };
    const badParams = [{ versions: ['../up'] }, { versions: '2024a' }, { latest: 'perhaps' }, { mode: '; rm -rf /' }];
    for (const request of [...badKeys, ...badParams.map((params) => ({ params })), ...missing, both]) {
      const { status, explanation } = await refusal(server.client.trigger('ingest_parks', request));
      assert.equal(status, 400, JSON.stringify(request));
      assert.notEqual(explanation, '');
    }
    const { explanation } = await refusal(server.client.trigger('ingest_parks', { partitionKey: 'not a version' }));
    assert.match(explanation, /'not a version' is no version: use 1 to 100 letters/);
    const empty = await refusal(server.client.trigger('ingest_parks', {}));
    assert.match(empty.explanation, /a version is needed: write it under Versions, or fill in Partition Key/);
    const afterwards = await server.client.request<{ total_entries: number }>('GET', '/dags/ingest_parks/dagRuns');
    assert.equal(afterwards.total_entries, before.total_entries);
  });
}

/** Ingests that go another way than well and once. They need nothing of one another, and run together. */
export function ingests(): void {
  describe('ingests', { concurrency: 1 }, () => {
    let mixed: DagRun;
    let appended: DagRun;
    let refused: Outcome;
    before(async () => {
      [mixed, appended, refused] = await Promise.all([
        run('ingest_nyc_boroughs', { params: { versions: ['16a', '99z'] } }),
        run('ingest_library_visits', { partitionKey: '2024-03', params: { mode: 'append', overwrite: true } }),
        lifecycle(server.project, 'trigger', 'ingest', 'tree_survey', '2024a', '--wait'),
      ]);
    });

    test('a version that fails fails the run and leaves the others standing', async () => {
      assert.equal(mixed.state, 'failed');
      const states = Object.fromEntries((await tasks(mixed)).map((task) => [task.rendered_map_index, task.state]));
      assert.equal(states['16a'], 'success');
      assert.equal(states['99z'], 'failed');
      // Handing them out made nothing, and says nothing.
      const events = await server.client.assetEvents('ingest/nyc_boroughs');
      assert.ok(events.every(({ partition_key }) => partition_key === '16a'));
      assert.deepEqual(await versionsOf('nyc_boroughs'), ['16a']);
    });

    test('the log of the command arrives in the task with its levels', async () => {
      const ours = (await logOf(mixed, 'each', '16a')).filter(({ logger }) => logger === 'lifecycle');
      assert.ok(ours.length > 0);
      assert.ok(ours.some(({ level }) => level === 'info'));
      const [, second] = await server.client.assetEvents('ingest/nyc_boroughs');
      assert.equal(second?.extra?.state, 'unchanged');
    });

    test('what changed since the version before is on the event', async () => {
      assert.equal(appended.state, 'success', (await server.client.reasons(appended)).join('\n'));
      const event = (await server.client.assetEvents('ingest/library_visits')).at(-1);
      const changes = event?.extra?.changes as { since: string; rows: { before: number; now: number } };
      assert.equal(changes.since, '2024-02');
      assert.deepEqual([changes.rows.before, changes.rows.now], [16, event?.extra?.rows]);
    });

    test('a template that fails says why, and is not tried again', async () => {
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /AIR_RUN_FAILED.*ING_[A-Z_]+: .*diameter_inches/);
      const failed = await runOf('ingest_tree_survey', '2024a');
      assert.equal(failed.state, 'failed');
      const [ingest] = (await tasks(failed)).filter(({ task_id }) => task_id === 'ingest');
      assert.equal(ingest?.try_number, 1);
      const { errors, hints } = saidIn(await logOf(failed, 'ingest'));
      assert.equal(errors.length, 1);
      assert.match(errors[0]!, /^ING_[A-Z_]+: .*diameter_inches/);
      assert.equal(hints.length, 1);
      assert.deepEqual(await versionsOf('tree_survey'), []);
      assert.deepEqual(await server.client.assetEvents('ingest/tree_survey'), []);
    });
  });
}
