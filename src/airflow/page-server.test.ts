import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { settingsFrom } from '../settings/settings.ts';
import { homeLayout } from './configuration.ts';
import { pageServer } from './page-server.ts';

const settingsIn = (airflowHome: string) =>
  settingsFrom({ LIFECYCLE_AIRFLOW_HOME: airflowHome }, { cwd: '/', stderrIsTerminal: false });

test('the socket of the page lies in the Airflow home, with a token of its own at each start', async () => {
  const settings = settingsIn('/home/somebody/.airflow');
  const [one, two] = [0, 1].map(() => pageServer(settings, homeLayout(settings.airflowHome), { PATH: '/bin' }));
  const { plan, env } = await one!;
  assert.equal(env.LIFECYCLE_SERVE_SOCKET, '/home/somebody/.airflow/serve.sock');
  assert.notEqual(env.LIFECYCLE_SERVE_TOKEN, (await two!).env.LIFECYCLE_SERVE_TOKEN);
  assert.deepEqual(plan.env, { PATH: '/bin', ...env });
  assert.ok(!plan.args.includes(env.LIFECYCLE_SERVE_TOKEN), 'other users see what a process was started with');
});

test('a home that lies too deep for a socket has it in a folder of its user alone', async () => {
  const settings = settingsIn(path.join('/home', 'x'.repeat(100), '.airflow'));
  const { env, clear } = await pageServer(settings, homeLayout(settings.airflowHome), {});
  const dir = path.dirname(env.LIFECYCLE_SERVE_SOCKET);
  assert.ok(env.LIFECYCLE_SERVE_SOCKET.length <= 100);
  assert.equal((await stat(dir)).mode & 0o777, 0o700);
  await clear();
  await assert.rejects(stat(dir), { code: 'ENOENT' });
});
