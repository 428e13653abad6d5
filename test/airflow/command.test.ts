import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { inAirflow } from './import-dags.ts';

interface Ended {
  printed?: { env: Record<string, string>; asked: unknown };
  raised?: string;
  said?: string[];
  seconds?: number;
}

let report: Record<'shown' | 'held' | 'killed' | 'killed_again' | 'wrong' | 'stopped' | 'deaf', Ended> & {
  actions: Record<string, string>;
  web: Record<string, unknown>;
};
before(async () => {
  process.env.AIRFLOW_CONN_LIFECYCLE_S3 = 'aws://key:word@';
  const script = fileURLToPath(new URL('run_command.py', import.meta.url));
  ({ report } = (await inAirflow(path.join(INSTALLATION, 'examples', 'nyc'), script, [])) as {
    report: typeof report;
  });
});

test("a task's command sees none of Airflow's own settings, and what sources log in with", () => {
  const env = report.shown.printed?.env ?? {};
  assert.deepEqual(
    Object.keys(env).filter((name) => name.startsWith('AIRFLOW__')),
    [],
  );
  assert.equal(env.AIRFLOW_CONN_LIFECYCLE_S3, 'aws://key:word@');
  assert.deepEqual(report.shown.printed?.asked, { task: 'ingest' });
  assert.equal(env.LIFECYCLE_LOG, 'json');
});

test('a command that is killed asks about memory, and is tried once more only', () => {
  const said = (ended: Ended) => ended.said?.join(' ') ?? '';
  assert.equal(report.killed.raised, 'WorthAnotherTry');
  assert.match(said(report.killed), /`lifecycle ingest parks` was killed by SIGKILL: out of memory\?.*once more/);
  assert.equal(report.killed_again.raised, 'Failed');
  assert.match(said(report.killed_again), /out of memory\?.*not tried again/);
});

test('a command that ends without a word is told of, and is not tried again', () => {
  assert.deepEqual(report.wrong, { raised: 'Failed', said: ['`lifecycle ingest parks` ended with exit code 3'] });
});

test('SIGTERM reaches the command, and the task is worth another try, however that ends', () => {
  assert.equal(report.stopped.raised, 'WorthAnotherTry');
  assert.match(report.stopped.said?.join(' ') ?? '', /`lifecycle ingest parks` ended with exit code 0/);
});

test('a command that hears nothing does not outlive its task', () => {
  assert.equal(report.deaf.raised, 'TimeoutError');
  assert.ok(report.deaf.seconds! > 2 && report.deaf.seconds! < 30, String(report.deaf.seconds));
});

test('what another holds is waited for, without a try where Airflow knows how', () => {
  assert.equal(report.held.raised, 'Held');
  assert.deepEqual(report.held.said, ['held by process 7']);
  assert.match(String(report.actions.Held), /^(retry|reschedule)$/);
});

test('a task fails at once for what its command says, and not for what Airflow could not do for it', () => {
  const { Held: _, ...actions } = report.actions;
  const again = { WorthAnotherTry: 'retry', AirflowRuntimeError: 'retry' };
  assert.deepEqual(actions, { ...again, Failed: 'fail', ValueError: 'fail' });
});

test('a task that reads the plugin of the page does not load a web framework', () => {
  assert.deepEqual(report.web, { fastapi: false, apps: 1, fastapi_with_them: true });
});
