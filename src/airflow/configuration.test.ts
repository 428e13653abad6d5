import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsFrom } from '../settings/settings.ts';
import { airflowConfiguration, defaultParallelism, webServerConnections } from './configuration.ts';

const secrets = { adminPassword: 'a', fernetKey: 'f', jwtSecret: 'j', sessionSecret: 's', databasePassword: 'd' };

function configured(env: Record<string, string>, databaseUrl = 'postgresql://localhost/airflow') {
  const settings = settingsFrom(env, { project: '/project', cwd: '/project', stderrIsTerminal: false });
  return airflowConfiguration({ settings, secrets, databaseUrl, port: 8080 });
}

test('tasks at once: four a core, as long as they fit into memory', () => {
  assert.equal(defaultParallelism(2, 16e9), 8);
  assert.equal(defaultParallelism(8, 64e9), 32);
  assert.equal(defaultParallelism(96, 512e9), 64);
  assert.equal(defaultParallelism(8, 4e9), 6);
  assert.equal(defaultParallelism(4, 1e9), 2);
});

test('limits of ours hold for tasks on this machine only, and follow what a person has set', () => {
  const local = configured({});
  assert.equal(local.AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG, local.AIRFLOW__CORE__PARALLELISM);
  const wanted = configured({ AIRFLOW__CORE__PARALLELISM: '200' });
  assert.deepEqual(
    [
      wanted.AIRFLOW__CORE__PARALLELISM,
      wanted.AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG,
      wanted.AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG,
      wanted.AIRFLOW__CORE__DEFAULT_POOL_TASK_SLOT_COUNT,
    ],
    ['200', '200', '200', '200'],
  );
  assert.equal(configured({}, 'sqlite:////tmp/a.db').AIRFLOW__CORE__PARALLELISM, '2');
  const celery = configured({ AIRFLOW__CORE__EXECUTOR: 'CeleryExecutor' });
  for (const name of ['PARALLELISM', 'MAX_ACTIVE_TASKS_PER_DAG', 'MAX_ACTIVE_RUNS_PER_DAG']) {
    assert.equal(celery[`AIRFLOW__CORE__${name}`], undefined, name);
  }
});

test('the web server may ask our own database as many things as it answers at a time', () => {
  const name = 'AIRFLOW__DATABASE__SQL_ALCHEMY_MAX_OVERFLOW';
  const at = { project: '/project', cwd: '/project', stderrIsTerminal: false };
  assert.ok(Number(webServerConnections(settingsFrom({}, at), true)[name]) >= 40);
  assert.deepEqual(webServerConnections(settingsFrom({}, at), false), {});
  assert.deepEqual(webServerConnections(settingsFrom({ [name]: '3' }, at), true), {});
});
