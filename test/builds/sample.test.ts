import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { answerHere } from '../here.ts';
import { SKIPPED, startCluster } from './postgres-cluster.ts';

const SAMPLE = path.join(INSTALLATION, 'examples', 'nyc');

test('the sample product has the same outputs from DuckDB and from PostgreSQL', { skip: SKIPPED }, async (t) => {
  const store = await mkdtemp(path.join(tmpdir(), 'lifecycle-sample-'));
  t.after(() => rm(store, { recursive: true, force: true }));
  const cluster = await startCluster();
  t.after(() => cluster.stop());
  const lifecycle = async (args: string[], more: Record<string, string> = {}) => {
    const { PATH, HOME, LIFECYCLE_VENV } = process.env;
    const env = { PATH, HOME, LIFECYCLE_HOME: store, ...(LIFECYCLE_VENV ? { LIFECYCLE_VENV } : {}), ...more };
    const { code, stderr } = await answerHere(['--project', SAMPLE, ...args], { cwd: SAMPLE, env });
    assert.equal(code, 0, stderr);
  };
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
