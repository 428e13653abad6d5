import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses } from '../../../src/processes/process-table.ts';
import { outcomeOf } from '../../builds/workbench.ts';
import { IngestProject } from '../project.ts';
import { fakeDcpy } from './fake.ts';

const TOKEN = 'k3-very-secret-value';

async function parks(t: TestContext): Promise<{ project: IngestProject; env: Record<string, string> } | undefined> {
  const project = await IngestProject.make(t);
  await project.write('parks.csv', 'id,x\n1,0.5\n2,1.5\n');
  await project.template('parks');
  const env = await fakeDcpy(t, project);
  return env && { project, env };
}

test('--runner dcpy publishes what the package made, through the store', async (t) => {
  const made = await parks(t);
  if (!made) return;
  const { project, env } = made;
  const outcome = await project.run(['ingest', 'parks', '1', '--runner', 'dcpy', '--csv'], {
    ...env,
    SOME_TOKEN: TOKEN,
  });
  assert.equal(outcome.code, 0, outcome.stderr);
  const record = await project.readJson('parks', '1', 'record.json');
  assert.equal(record.runner, 'dcpy');
  assert.equal(record.raw, 'parks.csv');
  const [dataset] = record.datasets as { rows: number; columns: unknown[] }[];
  assert.equal(dataset?.rows, 2);
  assert.deepEqual(dataset?.columns, [
    { name: 'id', type: 'BIGINT' },
    { name: 'x', type: 'DOUBLE' },
  ]);
  assert.deepEqual(await project.list('ingest', 'parks', '1'), [
    'datasource.json',
    'definition.lock.json',
    'parks',
    'parks.csv',
    'record.json',
  ]);
  assert.deepEqual(await project.list('ingest', 'parks', '1', 'parks'), ['config.json', 'parks.csv', 'parks.parquet']);
  assert.deepEqual(await project.list('.staging'), []);

  assert.match(outcome.stderr, /^Reading definition of parks$/m);
  assert.match(outcome.stderr, /^warning: UserWarning: columns of many kinds$/m);
  assert.match(outcome.stderr, /^printed by dcpy$/m);
  assert.match(outcome.stderr, /^warning: token is /m);
  assert.ok(!outcome.stderr.includes(TOKEN), 'a secret of the environment was shown');

  const again = await project.run(['ingest', 'parks', '1', '--runner', 'dcpy'], env);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /unchanged, verified/);
});

test('the project names the runner, a template another, the command line a third; ours are kept from dcpy', async (t) => {
  const made = await parks(t);
  if (!made) return;
  const { project, env } = made;
  await project.write('lifecycle.yml', 'runner: dcpy\n');
  const runnerOf = async (version: string, ...args: string[]) => {
    const outcome = await project.run(['ingest', 'parks', version, ...args], env);
    assert.equal(outcome.code, 0, outcome.stderr);
    return (await project.readJson('parks', version, 'record.json')).runner;
  };
  const templateWith = (own: object) =>
    project.templateText(
      'parks',
      JSON.stringify({
        ...own,
        id: 'parks',
        attributes: { name: 'Parks {{ version }}' },
        ingestion: { source: { type: 'local_file', path: 'parks.csv' }, file_format: { type: 'csv' } },
        checks: ['same_columns'],
      }),
    );
  assert.equal(await runnerOf('1'), 'dcpy');
  await templateWith({ runner: 'native' });
  assert.equal(await runnerOf('2'), 'native');
  assert.equal(await runnerOf('3', '--runner', 'dcpy'), 'dcpy');
  await project.write('lifecycle.yml', 'runner: native\n');
  await templateWith({ runner: 'dcpy', version_order: 'created' });
  assert.equal(await runnerOf('4'), 'dcpy');

  await project.write('lifecycle.yml', 'runner: pandas\n');
  const refused = await project.run(['ingest', 'parks', '5'], env);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /lifecycle\.yml:1:9: .*native.*dcpy/);
});

test('--file takes the place of the source, and secrets of the template are not kept', async (t) => {
  const made = await parks(t);
  if (!made) return;
  const { project, env } = made;
  const raw = await project.write('other.csv', 'id,x\n7,1\n8,2\n9,3\n');
  await project.template('parks', {
    source: { type: 'local_file', path: 'parks.csv', password: TOKEN },
  });
  for (const args of [['1', '--file', raw], ['2']]) {
    const outcome = await project.run(['ingest', 'parks', ...args, '--runner', 'dcpy'], env);
    assert.equal(outcome.code, 0, outcome.stderr);
  }
  assert.equal((await project.readJson('parks', '1', 'record.json')).raw, 'other.csv');
  const lock = await project.read('parks', '2', 'definition.lock.json');
  assert.ok(!lock.includes(TOKEN) && lock.includes('password'), lock);
});

const FAILURES: [string, Record<string, string>, RegExp[]][] = [
  [
    'an exception',
    { FAKE_DCPY: 'raise' },
    [/dcpy failed: RuntimeError: the bucket is gone$/m, /cause: ask again later/],
  ],
  ['a missing module', { FAKE_DCPY: 'module' }, [/has no module no_such_package_at_all/, /hint: .*install/]],
  ['no dcpy at all', { PYTHONPATH: '' }, [/has no module dcpy/, /hint: .*PYTHONPATH/]],
  ['an end without a word', { FAKE_DCPY: 'exit' }, [/dcpy ended with 3 without saying why/]],
  ['no result', { FAKE_DCPY: 'nothing' }, [/left no parks\/parks\.parquet that can be read/]],
  ['no such python', { LIFECYCLE_DCPY_PYTHON: '/no/such/python' }, [/could not be started/, /LIFECYCLE_DCPY_PYTHON/]],
  ['no python named', { LIFECYCLE_DCPY_PYTHON: '' }, [/no Python that has it/, /hint: set LIFECYCLE_DCPY_PYTHON/]],
];

test('what goes wrong there is an error of ours, and nothing is published', async (t) => {
  const made = await parks(t);
  if (!made) return;
  const { project, env } = made;
  for (const [name, changed, patterns] of FAILURES) {
    const outcome = await project.run(['ingest', 'parks', '1', '--runner', 'dcpy'], { ...env, ...changed });
    assert.equal(outcome.code, 1, `${name}: ${outcome.stderr}`);
    assert.match(outcome.stderr, /error ING_DCPY/, name);
    for (const pattern of patterns) assert.match(outcome.stderr, pattern, name);
    assert.deepEqual(await project.list('ingest', 'parks'), [], name);
    assert.deepEqual(await project.list('.staging'), [], name);
  }
});

test('SIGTERM ends the package and what it started', async (t) => {
  const made = await parks(t);
  if (!made) return;
  const { project, env } = made;
  const pids = path.join(project.dir, 'pids');
  const child = project.start(['ingest', 'parks', '1', '--runner', 'dcpy'], {
    ...env,
    FAKE_DCPY: 'hang',
    FAKE_PIDS: pids,
  });
  const ending = outcomeOf(child);
  while (!existsSync(pids) || (await readFile(pids, 'utf8')) === '') await sleep(20);
  child.kill('SIGTERM');
  assert.equal((await ending).code, 143);
  const started = (await readFile(pids, 'utf8')).split(' ').map(Number);
  assert.equal(started.length, 2);
  assert.deepEqual(
    listProcesses().filter(({ pid }) => started.includes(pid)),
    [],
  );
  assert.deepEqual(await project.list('.staging'), []);
  assert.deepEqual(await project.list('.locks'), []);
});
