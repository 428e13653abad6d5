import assert from 'node:assert/strict';
import type http from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf } from '../builds/workbench.ts';
import { tinyProject } from '../ingest/tiny-project.ts';
import { serve } from '../sources/fixture.ts';

interface FakeRun {
  dag_id: string;
  dag_run_id: string;
  partition_key: string;
  conf: Record<string, unknown>;
  state: string;
}

/** As much of Airflow's REST API as a batch asks for. A run ends as `endOf` says, and is running until then. */
async function fakeAirflow(t: TestContext, endOf: (run: FakeRun) => string, says: object = {}) {
  const runs = new Map<string, FakeRun>();
  let most = 0;
  const answer = (response: http.ServerResponse, status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const server = await serve((request, response, _count, body) => {
    const handle = () => {
      if (request.url?.startsWith('/api/v2/assets/events')) {
        return answer(response, 200, { asset_events: [], total_entries: 0 });
      }
      if (/^\/api\/v2\/dags\/[^/]+$/.test(request.url ?? '')) return answer(response, 200, { is_paused: false });
      const [, dagId, runId, rest = ''] =
        /^\/api\/v2\/dags\/([^/]+)\/dagRuns(?:\/([^/?]+)(.*))?$/.exec(request.url ?? '') ?? [];
      if (request.method === 'POST' && dagId) {
        const { dag_run_id, partition_key, conf } = JSON.parse(body) as FakeRun;
        if (runs.has(dag_run_id)) return answer(response, 409, { detail: 'it exists' });
        const run = { dag_id: dagId, dag_run_id, partition_key, conf, state: 'running' };
        runs.set(dag_run_id, run);
        most = Math.max(most, [...runs.values()].filter(({ state }) => state === 'running').length);
        return answer(response, 200, run);
      }
      const run = runId && runs.get(decodeURIComponent(runId));
      if (!run) return answer(response, 404, { detail: 'there is none' });
      const task = { task_id: 'ingest', state: 'failed', try_number: 1, map_index: -1, rendered_map_index: null };
      if (rest.includes('/logs/')) {
        const event = 'SRC_NOT_FOUND: there is no such file';
        return answer(response, 200, { content: [{ event, level: 'error', logger: 'lifecycle', ...says }] });
      }
      if (rest.startsWith('/taskInstances')) return answer(response, 200, { task_instances: [task], total_entries: 1 });
      run.state = endOf(run);
      return answer(response, 200, run);
    };
    handle();
  });
  t.after(() => server[Symbol.asyncDispose]());
  const env = { LIFECYCLE_AIRFLOW_URL: server.url, LIFECYCLE_AIRFLOW_TOKEN: 'not-asked-for' };
  return { runs, most: () => most, env };
}

test('where Airflow runs, the runs of a batch are its runs: bounded, waited for, failures with their reasons', async (t) => {
  const project = await tinyProject(t);
  const airflow = await fakeAirflow(t, ({ partition_key }) => {
    // The first one works until there is the second, or they might not be at work at the same time.
    if (airflow.runs.size < 2) return 'running';
    return partition_key === 'v2' ? 'failed' : 'success';
  });
  await project.write('runs.csv', 'template,version,mode,latest\ntiny,v1,append,no\ntiny,v2,,\ntiny,v3,,\n');
  const made = await project.run(['--json', 'backfill', '--csv', 'runs.csv', '--yes', '--at-once', '2'], airflow.env);
  assert.equal(made.code, 1, made.stderr);
  const { runs } = JSON.parse(made.stdout) as {
    runs: { state: string; attempts: { code?: string; message?: string }[] }[];
  };
  assert.deepEqual(
    runs.map(({ state }) => state),
    ['made', 'failed', 'made'],
  );
  assert.deepEqual(
    [runs[1]!.attempts[0]?.code, runs[1]!.attempts[0]?.message],
    ['SRC_NOT_FOUND', 'there is no such file'],
  );
  const asked = [...airflow.runs.values()].toSorted((a, b) => (a.partition_key < b.partition_key ? -1 : 1));
  assert.deepEqual(
    asked.map(({ dag_id, partition_key }) => `${dag_id} ${partition_key}`),
    [...['ingest_tiny v1', 'ingest_tiny v2', 'ingest_tiny v3']],
  );
  assert.deepEqual([asked[0]!.conf, asked[1]!.conf], [{ mode: 'append', latest: false }, {}]);
  assert.equal(airflow.most(), 2);
});

test('a batch that is killed while Airflow works finds its runs again, and starts none twice', async (t) => {
  const project = await tinyProject(t);
  let state = 'running';
  const airflow = await fakeAirflow(t, () => state);
  const words = ['backfill', '--ingest', 'tiny', '--versions', 'v1,v2,v3', '--at-once', '2', '--yes'];
  const child = project.start(words, airflow.env);
  const ended = outcomeOf(child);
  while (airflow.runs.size < 2 && child.exitCode === null) await sleep(20);
  child.kill('SIGKILL');
  await ended;
  state = 'success';
  const [batch] = await project.list('batches');
  const resumed = await project.run(['backfill', 'resume', batch!], airflow.env);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual([...airflow.runs.values()].map(({ partition_key }) => partition_key).toSorted(), ['v1', 'v2', 'v3']);
});

test('a source that is busy is a passing trouble through Airflow too: another run, with an id of its own', async (t) => {
  const project = await tinyProject(t);
  const says = { event: 'SRC_HTTP_STATUS: the host answered 503', status: 503, retry_after_seconds: 1 };
  const airflow = await fakeAirflow(t, ({ dag_run_id }) => (dag_run_id.endsWith('_1') ? 'failed' : 'success'), says);
  const words = ['backfill', '--ingest', 'tiny', '--versions', 'v1', '--retry-wait', '0', '--yes'];
  const made = await project.run(words, airflow.env);
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stderr, /tiny v1: the host answered 503; it is tried again in [01] s/);
  assert.deepEqual(
    [...airflow.runs.keys()].map((id) => id.slice(-4)),
    ['_1_1', '_1_2'],
  );
});

test('a login that Airflow refuses stops the batch, and fails no version', async (t) => {
  const project = await tinyProject(t);
  const server = await serve((_request, response) => {
    response.writeHead(401, { 'content-type': 'application/json' }).end('{"detail": "who are you?"}');
  });
  t.after(() => server[Symbol.asyncDispose]());
  const env = { LIFECYCLE_AIRFLOW_URL: server.url, LIFECYCLE_AIRFLOW_TOKEN: 'old' };
  const refused = await project.run(['backfill', '--ingest', 'tiny', '--versions', 'v1,v2', '--yes'], env);
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr, /AIR_REFUSED: .*who are you/);
  const [, batch] = /go on with: lifecycle backfill resume (\S+)/.exec(refused.stderr) ?? [];
  const gone = await project.run(['--json', 'backfill', 'resume', batch!, '--direct']);
  assert.equal(gone.code, 0, gone.stderr);
  assert.match(gone.stdout, /"state": "made"/);
});
