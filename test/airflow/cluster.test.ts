import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { DagRun } from '../../src/airflow/client.ts';
import { freePort } from '../../src/airflow/ports.ts';
import { readSecrets } from '../../src/airflow/secrets.ts';
import { killFamilies } from '../../src/processes/families.ts';
import { HeldSource } from './held-source.ts';
import {
  eventually,
  lifecycle,
  type RunningServer,
  removeProject,
  sampleWithHeldSource,
  startServer,
} from './server-fixture.ts';

const VENV = process.env.LIFECYCLE_VENV ?? '';
/** It needs packages that a server on one machine does not: `npm run test:cluster` installs them. */
const CANNOT = whyNot();

function whyNot(): string | false {
  if (!existsSync(path.join(VENV, 'lib', 'python3.13', 'site-packages', 'airflow', 'providers', 'celery')))
    return 'NOT TESTED: needs the Celery provider (npm run test:cluster)';
  return spawnSync('redis-server', ['--version']).status === 0 ? false : 'NOT TESTED: needs redis-server';
}

const VERSIONS = Array.from({ length: 12 }, (_, i) => `c${i + 1}`);
const SLOTS_A_WORKER = 2;
const START = [
  'set -a; . "$1"',
  // What the page on deployment says: no way to the database is needed.
  'AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=postgresql+psycopg2://nobody@127.0.0.1:1/none',
  'exec "$LIFECYCLE_VENV/bin/python" -m airflow celery worker --concurrency "$3" --celery-hostname "$2@%h" \
    --skip-serve-logs --pid "$1.$2.pid"',
].join('\n');

let project: string;
let redis: ChildProcess;
let server: RunningServer;
let source: HeldSource;
const workers: ChildProcess[] = [];

/** As an operator does it: with nothing but the file that the server gives. */
function startWorker(environmentFile: string, name: string): ChildProcess {
  return spawn('/bin/sh', ['-c', START, 'sh', environmentFile, name, String(SLOTS_A_WORKER)], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: 'ignore',
    detached: true,
  });
}

describe('CeleryExecutor with Redis and two workers', { skip: CANNOT, timeout: 10 * 60_000 }, () => {
  before(async () => {
    const port = await freePort();
    redis = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', ''], { stdio: 'ignore' });
    source = await HeldSource.start();
    project = await sampleWithHeldSource('held', source);
    const broker = `redis://127.0.0.1:${port}/0`;
    server = await startServer(project, {
      args: ['--host', '0.0.0.0', '--database-port', String(await freePort())],
      env: {
        AIRFLOW__CORE__EXECUTOR: 'CeleryExecutor',
        AIRFLOW__CELERY__BROKER_URL: broker,
        AIRFLOW__CELERY__RESULT_BACKEND: broker,
      },
    });
  });

  after(async () => {
    await killFamilies(new Set(workers.flatMap(({ pid }) => pid ?? [])));
    if (project) await lifecycle(project, 'airflow', 'stop');
    source?.stop();
    if (redis) {
      const ended = once(redis, 'exit');
      redis.kill('SIGTERM');
      await ended;
    }
    if (project) await removeProject(project);
  });

  test('a worker is killed with tasks in flight: every version is there in the end, and nothing else', async () => {
    const file = path.join(project, '.airflow', 'worker.env');
    const written = await lifecycle(project, 'airflow', 'env', '--out', file);
    assert.equal(written.code, 0, written.stderr);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    const shown = (await lifecycle(project, 'airflow', 'env')).stdout;
    assert.match(shown, /^AIRFLOW__CORE__EXECUTION_API_SERVER_URL=http:\/\/[^/]+\/execution\/$/m);
    assert.match(shown, /^# AIRFLOW__CORE__FERNET_KEY: with --out FILE only$/m);
    const { fernetKey, jwtSecret, sessionSecret, databasePassword } = await readSecrets(server.home);
    for (const secret of [fernetKey, jwtSecret, sessionSecret, databasePassword]) assert.ok(!shown.includes(secret));
    workers.push(startWorker(file, 'first'), startWorker(file, 'second'));
    const runs: DagRun[] = [];
    for (const partitionKey of VERSIONS) runs.push(await server.client.trigger('ingest_held', { partitionKey }));
    const slots = workers.length * SLOTS_A_WORKER;
    await eventually('both workers are at work', 120_000, async () => source.downloads === slots);
    const [first] = workers;
    await killFamilies(new Set([first!.pid!]));
    await eventually('only the other one is', 20_000, async () => source.downloads === SLOTS_A_WORKER);
    source.release();
    const states = async () =>
      (await server.client.request<{ dag_runs: DagRun[] }>('GET', '/dags/ingest_held/dagRuns?limit=100')).dag_runs.map(
        ({ state }) => state,
      );
    await eventually('all runs end well', 120_000, async () => {
      const now = await states();
      assert.ok(!now.includes('failed'), now.join(' '));
      return now.length === runs.length && now.every((state) => state === 'success');
    });

    const versions = await readdir(path.join(server.store, 'ingest', 'held'));
    assert.deepEqual(versions.sort(), [...VERSIONS, 'latest'].sort());
    for (const version of VERSIONS) {
      const record = await readFile(path.join(server.store, 'ingest', 'held', version, 'record.json'), 'utf8');
      assert.equal((JSON.parse(record) as { version: string }).version, version);
    }
    assert.deepEqual(await readdir(path.join(server.store, '.staging')), []);
    const unlocked = await lifecycle(project, '--json', 'unlock', '--all-dead');
    assert.equal(unlocked.code, 0);
  });
});
