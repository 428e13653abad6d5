import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { settingsFrom } from '../settings/settings.ts';
import { airflowConfiguration } from './configuration.ts';
import { environmentLines, isSecretSetting, workerEnvironment, writeServerEnvironment } from './worker-environment.ts';

const SECRETS = {
  fernetKey: 'fernet 5ecret',
  jwtSecret: 'jwt 5ecret',
  sessionSecret: 'session 5ecret',
  databasePassword: '5ecret',
  adminPassword: '5ecret',
};

test('a shell reads the lines back as they were', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-env-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const env = { PLAIN: 'postgresql://u:p@h/d?x=1,2', HARD: `it's "a" \\ $HOME \`id\` #; ü`, EMPTY: '' };
  await writeFile(path.join(dir, 'worker.env'), environmentLines(env).join('\n'));
  const script = 'set -a; . "$1"; exec "$2" -e "console.log(JSON.stringify(process.env))"';
  const read = execFileSync('/bin/sh', ['-c', script, 'sh', path.join(dir, 'worker.env'), process.execPath], {
    encoding: 'utf8',
  });
  const { PLAIN, HARD, EMPTY } = JSON.parse(read) as Record<string, string>;
  assert.deepEqual({ PLAIN, HARD, EMPTY }, env);
});

test('what a worker gets: where the server is for others, no web page of its own, and secrets that are known as such', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-env-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'environment.json');
  await assert.rejects(
    workerEnvironment(file),
    (error) => error instanceof LifecycleError && error.code === 'AIR_NOT_RUNNING',
  );
  const broker = 'redis://:5ecret@broker:6379/0';
  const settings = settingsFrom(
    { AIRFLOW__CELERY__BROKER_URL: broker, AIRFLOW__CELERY__RESULT_BACKEND: broker },
    { project: '/p', cwd: '/', stderrIsTerminal: false },
  );
  const databaseUrl = 'postgresql://a:5ecret@h/d';
  const configuration = airflowConfiguration({ settings, secrets: SECRETS, databaseUrl, port: 8080, host: '0.0.0.0' });
  await writeServerEnvironment(file, configuration, 'http://server:8080/execution/');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const env = await workerEnvironment(file);
  assert.equal(env.AIRFLOW__CORE__EXECUTION_API_SERVER_URL, 'http://server:8080/execution/');
  assert.equal(env.LIFECYCLE_PROJECT, '/p');
  assert.equal(env.AIRFLOW__API__PORT, undefined);
  assert.equal(env.AIRFLOW__CELERY__BROKER_URL, broker);
  for (const [name, value] of Object.entries(env)) assert.equal(isSecretSetting(name), value.includes('5ecret'), name);
});

test('what a server has left damaged is said, and not quoted', async (t) => {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-env-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const file = path.join(dir, 'environment.json');
  for (const text of ['', 'null', '[]', '{"A": "5ecret', '{"A": 5}']) {
    await writeFile(file, text);
    await assert.rejects(workerEnvironment(file), (error: LifecycleError) => {
      assert.equal(error.code, 'AIR_NOT_RUNNING', text);
      assert.match(error.message, /is damaged/);
      assert.doesNotMatch(`${error.message} ${error.cause}`, /5ecret/);
      return true;
    });
  }
});
