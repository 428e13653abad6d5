import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { hashFile } from '../../../src/store/files.ts';
import { logOf, refusal, run, saidIn, server, staged, tasks, versionsOf } from './served.ts';

/** Runs of ingests: versions, events, logs and refusals. */
export function ingests(): void {
  test('faults 73 and 74: a run with a key publishes that version, and its event carries key and facts', async () => {
    const done = await run('ingest_nyc_boroughs', { partitionKey: '16a' });
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

  test('the log of the command arrives in the task with its levels', async () => {
    const again = await run('ingest_nyc_boroughs', { partitionKey: '16a' });
    assert.equal(again.state, 'success');
    const ours = (await logOf(again, 'ingest')).filter(({ logger }) => logger === 'lifecycle');
    assert.ok(ours.length > 0);
    assert.ok(ours.some(({ level }) => level === 'info'));
    const [, second] = await server.client.assetEvents('ingest/nyc_boroughs');
    assert.equal(second?.extra?.state, 'unchanged');
  });

  test('three versions in one run: one mapped task each, one event each', async () => {
    const versions = ['2024-01', '2024-02', '2024-03'];
    const done = await run('ingest_library_visits', { params: { versions } });
    assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    assert.match(done.dag_run_id, /^3_versions__20/);
    const mapped = (await tasks(done)).filter(({ task_id }) => task_id === 'each');
    assert.deepEqual(mapped.map(({ rendered_map_index }) => rendered_map_index).sort(), versions);
    const events = await server.client.assetEvents('ingest/library_visits');
    assert.deepEqual(events.map(({ partition_key }) => partition_key).sort(), versions);
    assert.deepEqual(await versionsOf('library_visits'), versions);
  });

  test('what changed since the version before is on the event', async () => {
    const replaced = async (params: Record<string, unknown>) => {
      const done = await run('ingest_library_visits', { partitionKey: '2024-03', params });
      assert.equal(done.state, 'success', (await server.client.reasons(done)).join('\n'));
    };
    await replaced({ mode: 'append', overwrite: true });
    const event = (await server.client.assetEvents('ingest/library_visits')).at(-1);
    const changes = event?.extra?.changes as { since: string; rows: { before: number; now: number } };
    assert.equal(changes.since, '2024-02');
    assert.deepEqual([changes.rows.before, changes.rows.now], [16, event?.extra?.rows]);
    await replaced({ overwrite: true });
  });

  test('a version that fails fails the run and leaves the others standing', async () => {
    const mixed = await run('ingest_nyc_boroughs', { params: { versions: ['16a', '99z'] } });
    assert.equal(mixed.state, 'failed');
    const states = Object.fromEntries((await tasks(mixed)).map((task) => [task.rendered_map_index, task.state]));
    assert.equal(states['16a'], 'success');
    assert.equal(states['99z'], 'failed');
    // Handing them out made nothing, and says nothing.
    const events = await server.client.assetEvents('ingest/nyc_boroughs');
    assert.ok(events.every(({ partition_key }) => partition_key === '16a'));
    assert.deepEqual(await versionsOf('nyc_boroughs'), ['16a']);
  });

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

  test('a template that fails says why, and is not tried again', async () => {
    const failed = await run('ingest_tree_survey', { partitionKey: '2024a' });
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
}
