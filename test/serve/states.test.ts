import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { serve } from '../sources/fixture.ts';
import { ServedProject } from './project.ts';

type Version = { key: string; state: string; stale: string[]; warnings: string[]; run: unknown };

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; ; ) {
    if (await holds()) return;
    assert.ok(Date.now() < end, what);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

test('what was made by an older definition, or by other code, is stale, and says what differs', async (t) => {
  const served = await ServedProject.make(t);
  await served.lifecycle('ingest', 'nyc_boroughs', '16a');
  await served.lifecycle('ingest', 'borough_tables', '2020');
  await served.lifecycle('build', 'boroughs', 'one', '--version', '16a');
  await served.start();
  const asset = async (name: string) => (await served.ask(`/api/assets/${name}`)).json;
  const inList = async (id: string) => (await served.list()).assets.find((each: { id: string }) => each.id === id);
  assert.deepEqual((await asset('ingest/nyc_boroughs')).all_versions[0].stale, []);
  assert.equal((await asset('builds/boroughs')).state, 'fresh');

  const template = 'ingest_templates/nyc_boroughs.yml';
  const text = await readFile(path.join(served.project, template), 'utf8');
  await served.write(template, text.replace(/^( *)name: .*$/m, '$1name: Another name'));
  const differs = ['attributes.name', 'datasets[0].attributes.name'];
  await eventually('the template is stale', async () => (await asset('ingest/nyc_boroughs')).state === 'stale');
  const [version] = (await asset('ingest/nyc_boroughs')).all_versions as Version[];
  assert.deepEqual([version!.state, version!.stale], ['published', differs]);
  await eventually('the list knows it', async () => (await inList('nyc_boroughs')).state === 'stale');
  assert.deepEqual((await inList('nyc_boroughs')).newest.stale, differs);
  assert.deepEqual((await served.ask('/api/assets/ingest/nyc_boroughs/versions/16a')).json.stale, differs);

  await served.write(template, text);
  await eventually('it is fresh again', async () => (await inList('nyc_boroughs')).state === 'fresh');
  const code = 'products/boroughs/make.mjs';
  await served.write(code, `${await readFile(path.join(served.project, code), 'utf8')}\n// another\n`);
  await served.stop();
  await served.start();
  await eventually('the build is stale', async () => (await inList('boroughs')).state === 'stale');
  assert.match((await asset('builds/boroughs')).all_versions[0].stale.join(), /make\.mjs/);
});

test('runs of Airflow that wait, run or have failed are states, where the version does not stand', async (t) => {
  const served = await ServedProject.make(t);
  const at = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
  const run = (name: string, state: string, minutes: number, more: object) => ({
    ...{ dag_id: 'ingest_library_visits', dag_run_id: name, state, partition_key: null, conf: {} },
    ...{ start_date: at(minutes - 1), end_date: state === 'failed' ? at(minutes) : null, run_after: at(minutes) },
    ...more,
  });
  const runs = [
    run('r1', 'queued', 5, { partition_key: '2024-03' }),
    run('r2', 'running', 4, { conf: { versions: ['2025-01', '2024-01'] } }),
    run('r3', 'failed', -600, { partition_key: '2023-12' }),
    run('r4', 'failed', 3, { partition_key: '2024-01' }),
    run('r5', 'failed', 2, { partition_key: '2023-11', dag_id: 'ingest_tree_survey' }),
  ];
  const asked: string[] = [];
  await using airflow = await serve((request, response) => {
    const answer = (body: unknown) =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const address = String(request.url);
    asked.push(address);
    if (address.includes('/logs/')) {
      const event = 'SRC_NOT_FOUND: there is no such file';
      return answer({ content: [{ event, level: 'error', logger: 'lifecycle' }] });
    }
    const task = { task_id: 'ingest', state: 'failed', try_number: 1, map_index: -1, rendered_map_index: null };
    if (address.includes('/taskInstances')) return answer({ task_instances: [task], total_entries: 1 });
    return answer({ dag_runs: runs, total_entries: runs.length });
  });
  served.variables = { LIFECYCLE_AIRFLOW_URL: airflow.url, LIFECYCLE_AIRFLOW_TOKEN: 'not-asked-for' };
  await served.lifecycle('ingest', 'library_visits', '2024-01');
  await served.lifecycle('ingest', 'library_visits', '2024-02');
  await served.start();
  const asset = async (id: string) => (await served.ask(`/api/assets/ingest/${id}`)).json;
  await eventually('it was heard of', async () => (await asset('library_visits')).state === 'running');
  const versions = (await asset('library_visits')).all_versions as Version[];
  assert.deepEqual(
    versions.map(({ key, state }) => [key, state]),
    [
      ['2024-03', 'running'],
      ['2025-01', 'running'],
      ['2024-02', 'published'],
      ['2024-01', 'published'],
      ['2023-12', 'failed'],
    ],
  );
  assert.deepEqual(versions[0]!.run, { dag_id: 'ingest_library_visits', dag_run_id: 'r1' });
  assert.match(versions[0]!.warnings[0]!, /r1 of Airflow waits for its turn/);
  assert.deepEqual(versions[4]!.warnings, ['ingest: SRC_NOT_FOUND: there is no such file']);
  assert.equal((await asset('tree_survey')).state, 'failed');
  assert.equal((await asset('library_visits')).newest.key, '2024-02');
  const { assets } = await served.list();
  const states = Object.fromEntries(assets.map((each: { id: string; state: string }) => [each.id, each.state]));
  assert.deepEqual([states.library_visits, states.tree_survey, states.parks], ['running', 'failed', 'never']);
  // However often a page asks, Airflow is asked now and then, and for a log once.
  assert.equal(new Set(asked.filter((address) => address.includes('/logs/'))).size, 3);
  assert.equal(asked.filter((address) => address.includes('/logs/')).length, 3);

  // Without it the store says what it knows.
  await airflow[Symbol.asyncDispose]();
  await eventually('nothing is heard', async () => (await asset('tree_survey')).state === 'never');
  assert.equal((await asset('library_visits')).state, 'fresh');
});

test('the newest version is the one that says so, not the one made last, as batches make them in any order', async (t) => {
  const served = await ServedProject.make(t);
  for (const version of ['2024-03', '2024-01']) await served.lifecycle('ingest', 'library_visits', version);
  await served.start();
  const newest = async () => (await served.ask('/api/assets/ingest/library_visits')).json.newest;
  assert.deepEqual([(await newest()).key, (await newest()).is_latest], ['2024-03', true]);
  const { assets } = await served.list();
  assert.equal(assets.find(({ id }: { id: string }) => id === 'library_visits').newest.key, '2024-03');
  // What is newer still is shown, though nobody takes it.
  await assert.rejects(served.lifecycle('ingest', 'library_visits', '2024-04'), /ING_QUARANTINED/);
  assert.deepEqual([(await newest()).key, (await newest()).state], ['2024-04', 'quarantined']);
});
