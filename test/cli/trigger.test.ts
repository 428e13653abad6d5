import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerHere } from '../here.ts';
import { tinyProject } from '../ingest/tiny-project.ts';
import { serve } from '../sources/fixture.ts';

test('`trigger --wait` outlives a web server that is started anew', { timeout: 60_000 }, async (t) => {
  const project = await tinyProject(t);
  let asked = 0;
  const run = { dag_id: 'ingest_tiny', dag_run_id: 'v1__now', partition_key: 'v1' };
  const server = await serve((request, response) => {
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.url === '/api/v2/dags/ingest_tiny') return json(200, { is_paused: false });
    if (request.method === 'POST') return json(200, { ...run, state: 'queued' });
    asked++;
    // Killed as it answers, then gone for others, then without its database.
    if (asked === 1) return response.writeHead(200, { 'content-length': 500 }).write('{', () => response.destroy());
    if (asked === 2) return response.destroy();
    return asked === 3 ? json(503, { detail: 'no database' }) : json(200, { ...run, state: 'success' });
  });
  t.after(() => server[Symbol.asyncDispose]());
  const { code, stdout, stderr } = await answerHere(['trigger', 'ingest', 'tiny', 'v1', '--wait'], {
    cwd: project.dir,
    env: { LIFECYCLE_AIRFLOW_URL: server.url, LIFECYCLE_AIRFLOW_TOKEN: 'not-asked-for' },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^tiny v1: success$/m);
  assert.match(stderr, /no Airflow answers at .*; waiting for it, .* at most/);
  assert.match(stderr, /answers again/);
});

test('a DAG that is paused is said before a run of it waits without end', { timeout: 60_000 }, async (t) => {
  const project = await tinyProject(t);
  const asked: string[] = [];
  const server = await serve((request, response) => {
    asked.push(request.method ?? '');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ is_paused: true }));
  });
  t.after(() => server[Symbol.asyncDispose]());
  const { code, stderr } = await answerHere(['trigger', 'ingest', 'tiny', 'v1', '--wait'], {
    cwd: project.dir,
    env: { LIFECYCLE_AIRFLOW_URL: server.url, LIFECYCLE_AIRFLOW_TOKEN: 'not-asked-for' },
  });
  assert.equal(code, 1, stderr);
  assert.match(stderr, /AIR_PAUSED: ingest_tiny is paused in Airflow/);
  assert.deepEqual(asked, ['GET']);
});
