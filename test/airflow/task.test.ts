import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { type Manifest, manifestOf } from '../../src/airflow/manifest.ts';
import type { TaskAnswer } from '../../src/airflow/task-answer.ts';
import type { TaskRun } from '../../src/airflow/task-run.ts';
import { loadProject } from '../../src/project/load.ts';
import { copySample, removeProject } from './server-fixture.ts';

let project: string;
let manifest: Manifest;
before(async () => {
  project = await copySample();
  manifest = await manifestOf(await loadProject(project));
});
after(() => removeProject(project));

interface Ended {
  code: number | null;
  answer: TaskAnswer | undefined;
  log: { level: string; event: string }[];
}

/** Runs the command of the manifest as the DAG file does, without Airflow. */
async function runTask(id: string, facts: Partial<TaskRun>): Promise<Ended> {
  const [file, ...words] = manifest.tasks.command;
  const entry = [...manifest.ingest, ...manifest.builds].find((each) => each.id === id)!;
  const params = Object.fromEntries(entry.form.map(({ name, value }) => [name, value]));
  const run: TaskRun = {
    entry,
    task: 'ingest',
    key: null,
    is_mapped: false,
    ...facts,
    params: { ...params, ...facts.params },
  };
  const kind = 'asset' in entry ? 'build' : 'ingest';
  const child = spawn(file!, [...words, kind, id], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...manifest.tasks.environment },
  });
  child.stdin.end(JSON.stringify(run));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const log = stderr.split('\n').flatMap((line) => (line === '' ? [] : (JSON.parse(line) as Ended['log'])));
  return { code: await ended, answer: stdout === '' ? undefined : (JSON.parse(stdout) as TaskAnswer), log };
}

test('the first task makes the one version of its run by the command that it shows, and hands out nothing', async () => {
  const { code, answer, log } = await runTask('libraries', { key: 'v1', params: { output_csv: true } });
  assert.equal(code, 0);
  assert.equal(log[0]?.event, 'lifecycle ingest libraries v1 --csv');
  assert.deepEqual([answer?.label, answer?.value], ['v1', []]);
  const [event, ...others] = answer?.events ?? [];
  assert.deepEqual(others, []);
  assert.deepEqual([event?.asset, event?.partition_key, event?.extra.state], ['ingest/libraries', 'v1', 'published']);
  assert.equal(event?.extra.command, 'lifecycle ingest libraries v1 --csv');
  const again = await runTask('libraries', { task: 'each', key: 'v1', is_mapped: true });
  assert.equal((again.answer!.value as { state: string }).state, 'unchanged');
});

test('several versions are handed out, and nothing is made of them here', async () => {
  const versions = ['a', 'b'];
  const handedOut = { label: null, value: versions, skipped: null, events: [] };
  assert.deepEqual((await runTask('parks', { params: { versions } })).answer, handedOut);
  assert.deepEqual((await runTask('boroughs', { task: 'plan', params: { versions } })).answer, handedOut);
  const { answer } = await runTask('boroughs', { task: 'load', params: { versions } });
  assert.equal(answer?.skipped, 'each of the versions has its own');
});

test('a build answers with inputs and outputs; package says that it does nothing', async () => {
  for (const task of ['plan', 'load']) {
    const { code, answer } = await runTask('open data report', { task, key: '2024-06' });
    assert.deepEqual([code, answer?.events], [0, []]);
  }
  const params = { report: true };
  const { answer, log } = await runTask('open data report', { task: 'build', key: '2024-06', params });
  assert.equal(log[0]?.event, "lifecycle build 'open data report' 2024-06 --stage build --stage package --report");
  const [event] = answer?.events ?? [];
  assert.ok(existsSync(String(event?.extra.report)), 'the event says where its page is');
  assert.equal(event?.asset, 'builds/open data report');
  assert.ok(Array.isArray(event?.extra.inputs) && (event!.extra.outputs as unknown[]).length > 0);
  assert.match(
    String((await runTask('open data report', { task: 'package', key: '2024-06' })).answer?.skipped),
    /nothing/,
  );
});

test('an error is one line with its code and one with the hint, and the exit code is that of the command', async () => {
  const { code, answer, log } = await runTask('boroughs', { task: 'plan', key: 'early' });
  assert.deepEqual([code, answer], [3, undefined]);
  const [said, hint] = log.slice(-2);
  assert.deepEqual([said?.level, hint?.level], ['error', 'info']);
  assert.match(said!.event, /^BLD_MISSING_INPUTS: 3 inputs of boroughs early/);
  assert.match(hint!.event, /^hint: run: lifecycle ingest/);
  const secret = 'verysecretvalue';
  const field = { name: 'X', value: null, schema: {}, given: { as: 'variable' as const, name: 'MY_API_TOKEN' } };
  const entry = { ...manifest.ingest[0]!, form: [field] };
  const masked = await runTask('parks', { entry, key: 'v1', params: { X: secret } });
  assert.ok(masked.log.length > 0 && !JSON.stringify(masked.log).includes(secret));
});

test('what is no task is refused', async () => {
  const child = spawn(manifest.tasks.command[0]!, ['task', 'ingest', 'parks'], { stdio: ['ignore', 'ignore', 'pipe'] });
  assert.match(await text(child.stderr), /LIF_USAGE: what came on stdin is no task of Airflow/);
});

test('a version that fails a check fails the task with the sentence of the check, and makes no event', async () => {
  const { code, answer, log } = await runTask('library_visits', { key: '2024-04' });
  assert.deepEqual([code, answer], [4, undefined]);
  const error = log.find(({ level }) => level === 'error');
  assert.match(
    error!.event,
    /^ING_QUARANTINED: library_visits@2024-04 is published as quarantined, since checks fail: visits: 1 of 16 rows are not at least 0, first row 3 \(-3980\)/,
  );
  assert.equal(manifest.tasks.endings[String(code)]?.next ?? manifest.tasks.endings.other?.next, 'fail');
});
