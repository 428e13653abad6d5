import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { SKIPPED, startCluster } from './postgres-cluster.ts';

const run = promisify(execFile);
const SAMPLE = path.join(INSTALLATION, 'examples', 'nyc');

test('the sample product has the same outputs from DuckDB and from PostgreSQL', { skip: SKIPPED }, async (t) => {
  const store = await mkdtemp(path.join(tmpdir(), 'lifecycle-sample-'));
  t.after(() => rm(store, { recursive: true, force: true }));
  const cluster = await startCluster();
  t.after(() => cluster.stop());
  const lifecycle = (args: string[], env: Record<string, string> = {}) =>
    run(path.join(INSTALLATION, 'bin', 'lifecycle'), ['--project', SAMPLE, ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        LIFECYCLE_HOME: store,
        ...(process.env.LIFECYCLE_VENV ? { LIFECYCLE_VENV: process.env.LIFECYCLE_VENV } : {}),
        ...env,
      },
    });
  await lifecycle(['ingest', 'nyc_boroughs', '16a']);
  await lifecycle(['ingest', 'borough_tables', '2020']);
  await lifecycle(['build', 'boroughs', 'one', '--version', '16a']);
  await lifecycle(['build', 'boroughs', 'two', '--version', '16a'], await cluster.database('sample'));
  const output = (key: string, name: string) =>
    readFile(path.join(store, 'builds', 'boroughs', key, 'output', name), 'utf8');
  for (const name of ['boroughs.csv', 'boroughs.svg']) {
    assert.ok((await output('two', name)) === (await output('one', name)), `${name} differs`);
  }
  assert.equal((await output('one', 'boroughs.csv')).trim().split('\n').length, 6);
});
