import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listProcesses } from '../../src/processes/process-table.ts';
import { outcomeOf } from '../builds/workbench.ts';
import { IngestProject } from '../ingest/project.ts';
import { NEW, tinyProject } from '../ingest/tiny-project.ts';
import { serve } from '../sources/fixture.ts';
import { NO_TMPFS, SmallFileSystem } from '../tmpfs.ts';

interface Finished {
  batch: string;
  runs: { template: string; version: string; state: string; attempts: { code?: string }[] }[];
}

const finished = (stdout: string) => JSON.parse(stdout) as Finished;
const statesOf = (stdout: string) => finished(stdout).runs.map(({ version, state }) => `${version} ${state}`);

test('what is overwritten is replaced once, whatever a clock said when it was made', async (t) => {
  const project = await tinyProject(t);
  for (const version of ['v1', 'v2']) await project.ingestHere('tiny', { version });
  const file = path.join(project.storeDir, 'ingest', 'tiny', 'v1', 'record.json');
  const record = JSON.parse(await readFile(file, 'utf8')) as { created: string };
  await writeFile(file, JSON.stringify({ ...record, created: '2099-01-01T00:00:00.000Z' }));
  await project.write('tiny.csv', NEW);
  const words = [
    'backfill',
    '--ingest',
    'tiny',
    '--versions',
    'v1,v2',
    '--overwrite',
    '--at-once',
    '1',
    '--yes',
    '--direct',
  ];
  const made = await project.runHere(['--json', ...words]);
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual(statesOf(made.stdout), ['v1 made', 'v2 made']);
  for (const version of ['v1', 'v2']) assert.equal((await project.query('FROM FILE', 'tiny', version)).length, 3);
  const again = await project.runHere(['--json', ...words]);
  assert.deepEqual(statesOf(again.stdout), ['v1 unchanged', 'v2 unchanged']);
});

test('two batches of the same versions at once make each once, and both say who did', async (t) => {
  const project = await IngestProject.make(t);
  const source = await serve((_request, response) => {
    setTimeout(() => response.writeHead(200, { 'content-type': 'text/csv' }).end('id\n1\n'), 400);
  });
  t.after(() => source[Symbol.asyncDispose]());
  await project.template('some', { source: { type: 'file_download', url: `${source.url}/{{ version }}.csv` } });
  const words = ['--json', 'backfill', '--ingest', 'some', '--versions', 'a,b', '--at-once', '2', '--yes'];
  const both = await Promise.all([project.run(words), project.run(words)]);
  for (const { code, stderr } of both) assert.equal(code, 0, stderr);
  const all = both.flatMap(({ stdout }) => (stdout.includes('"plan"') ? [] : statesOf(stdout)));
  for (const version of ['a', 'b']) {
    assert.equal(all.filter((each) => each === `${version} made`).length, 1, all.join());
  }
  assert.deepEqual(await project.list('.locks'), []);
});

test('fault 3: a full disk stops a batch, which goes on when there is space again', { skip: NO_TMPFS }, async (t) => {
  const disk = new SmallFileSystem(t);
  const project = await IngestProject.make(t);
  await mkdir(project.storeDir);
  await disk.mount(project.storeDir, 8);
  const held: http.ServerResponse[] = [];
  let isHeld = true;
  const source = await serve((request, response) => {
    response.writeHead(200, { 'content-type': 'text/csv' });
    if (isHeld && request.url !== '/a.csv') held.push(response);
    else response.end('id\n1\n');
  });
  t.after(() => source[Symbol.asyncDispose]());
  await project.template('some', { source: { type: 'file_download', url: `${source.url}/{{ version }}.csv` } });
  const words = ['backfill', '--ingest', 'some', '--versions', 'a,b,c,d,e', '--at-once', '1', '--yes'];
  const running = outcomeOf(project.start(words));
  while (held.length === 0) await sleep(50);
  await disk.leave(0);
  for (const response of held) response.end('id\n1\n');
  const full = await running;
  assert.equal(full.code, 1, full.stderr);
  assert.match(full.stderr, /STO_WRITE_FAILED: the disk of .* is full; what has been made stands/);
  const [, batch] = /hint: free some space, then run: lifecycle backfill resume (\S+)/.exec(full.stderr) ?? [];
  assert.ok(batch, full.stderr);
  assert.equal(held.length, 1, 'it went on to try others');
  isHeld = false;
  await disk.free();
  const last = await project.runHere(['--json', 'backfill', 'resume', batch]);
  assert.equal(last.code, 0, last.stderr);
  assert.deepEqual(statesOf(last.stdout), ['a made', 'b made', 'c made', 'd made', 'e made']);
});

test('a batch says of each version what became of it, and what was not even planned', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('files', { source: { type: 'local_file', path: 'files_{{ version }}.csv' } });
  const definition = JSON.parse(await readFile(path.join(project.dir, 'ingest_templates/files.yml'), 'utf8'));
  const columns = [{ id: 'id', data_type: 'text', checks: ['non_nullable'] }];
  await project.templateText('files', JSON.stringify({ ...definition, columns }));
  await project.templateText('broken', 'id: broken');
  await project.write('files_good.csv', 'id\n1\n');
  await project.write('files_bad.csv', 'id,n\n,1\n2,2\n');
  const words = ['backfill', '--ingest', '*', '--versions', 'bad,good', '--at-once', '1', '--yes'];
  const made = await project.runHere(words, { LIFECYCLE_LOG: 'json' });
  assert.equal(made.code, 1, made.stderr);
  assert.match(made.stdout, /^NOT PLANNED +VERSION +WHY\nbroken +bad +PRJ_\S+: \S*broken\.yml:1:1: /m);
  assert.match(made.stdout, /^QUARANTINED +VERSION +WHY\nfiles +bad +ING_QUARANTINED: .*non_nullable.*lifecycle show/m);
  const [, batch] = /^batch (\S+): 1 made, 1 quarantined, 2 skipped$/m.exec(made.stdout) ?? [];
  assert.ok(batch, made.stdout);
  const lines = made.stderr.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]));
  const told = lines.find(({ event }) => event === 'files bad: quarantined');
  assert.deepEqual(
    [told?.level, told?.template, told?.version, told?.state],
    ['warning', 'files', 'bad', 'quarantined'],
  );
  const progress = lines.filter(({ event }) => event === 'progress').at(-1);
  assert.deepEqual([progress?.label, progress?.done, progress?.total], [`batch ${batch}`, 2, 2]);
  assert.match((await project.runHere([...words.slice(0, -1)])).stdout, /^files +bad +stands quarantined since /m);

  // What lies beside batches, half made or foreign, hides none of them.
  await mkdir(path.join(project.storeDir, 'batches', '20260101T000000-aaaa', 'runs'), { recursive: true });
  await mkdir(path.join(project.storeDir, 'batches', '20260101T000000-bbbb'));
  await project.write('.lifecycle/batches/20260101T000000-bbbb/batch.json', '{"format": 1,');
  await project.write('.lifecycle/batches/note.txt', 'mine');
  const listed = await project.runHere(['backfill', 'list']);
  assert.equal(listed.code, 0, listed.stderr);
  assert.match(listed.stdout, new RegExp(`^${batch} .* 1 made, 1 quarantined, 2 skipped$`, 'm'));
  assert.match(listed.stderr, /bbbb.batch\.json cannot be read/);
  const failed = await project.runHere(['backfill', '--failed']);
  assert.equal(failed.code, 0, failed.stderr);
  assert.match(failed.stdout, /^nothing to run$/m);
});

test('versions in which the source had nothing new are told from others', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('parts', { source: { type: 'local_file', path: 'parts_{{ version }}.csv' } });
  for (const [version, rows] of Object.entries({ 2021: '1', 2022: '1', 2023: '1\n2' })) {
    await project.write(`parts_${version}.csv`, `id\n${rows}\n`);
  }
  const words = ['backfill', '--ingest', 'parts', '--versions', '2021,2022,2023', '--at-once', '1', '--yes'];
  const made = await project.runHere(words);
  assert.equal(made.code, 0, made.stderr);
  const [, batch] = /^batch (\S+): 3 made \(1 with the content of the version before\)$/m.exec(made.stdout) ?? [];
  assert.ok(batch, made.stdout);
  const shown = await project.runHere(['backfill', 'show', batch]);
  assert.match(shown.stdout, /^2 +parts +2022 +made +1 +the same content as 2021$/m);
  assert.match(shown.stdout, /^3 +parts +2023 +made +1$/m);
});

test('a template that is edited, or gone, when a batch goes on: what is there now counts', async (t) => {
  const project = await tinyProject(t);
  await project.template('other', { source: { type: 'local_file', path: 'none.csv' } });
  const words = ['backfill', '--ingest', 'tiny', '--ingest', 'other', '--versions', 'v1', '--at-once', '1', '--yes'];
  await rm(path.join(project.dir, 'tiny.csv'));
  const first = await project.runHere(['--json', ...words]);
  assert.deepEqual(
    finished(first.stdout).runs.map(({ state }) => state),
    ['failed', 'failed'],
  );
  await rm(path.join(project.dir, 'ingest_templates', 'other.yml'));
  await project.template('tiny', { source: { type: 'local_file', path: 'moved.csv' } });
  await project.write('moved.csv', NEW);
  const { batch } = finished(first.stdout);
  const again = await project.runHere(['--json', 'backfill', 'resume', batch, '--failed']);
  assert.equal(again.code, 1, again.stderr);
  assert.deepEqual(
    finished(again.stdout).runs.map(({ template, state, attempts }) => `${template} ${state} ${attempts.at(-1)?.code}`),
    ['other failed LIF_UNKNOWN_ID', 'tiny made undefined'],
  );
});

test('a source that asks for time with 429 and Retry-After gets it, from all runs of the batch', async (t) => {
  const project = await IngestProject.make(t);
  const asked: { url: string; at: number }[] = [];
  const source = await serve((request, response) => {
    asked.push({ url: request.url!, at: performance.now() });
    if (asked.length === 1) response.writeHead(429, { 'retry-after': '2' }).end();
    else response.writeHead(200, { 'content-type': 'text/csv' }).end('id\n1\n');
  });
  t.after(() => source[Symbol.asyncDispose]());
  await project.template('some', { source: { type: 'file_download', url: `${source.url}/{{ version }}.csv` } });
  const bounds = ['--at-once', '2', '--per-host', '1', '--retry-wait', '0', '--yes'];
  const words = ['--json', 'backfill', '--ingest', 'some', '--versions', 'a,b', ...bounds];
  const made = await project.runHere(words, { LIFECYCLE_TRANSFER: 'attempts=1' });
  assert.equal(made.code, 0, made.stderr);
  assert.deepEqual(statesOf(made.stdout), ['a made', 'b made']);
  assert.match(made.stderr, /some a: .* answered 429.*; it is tried again in 2 s/);
  const [first, second, third] = asked;
  assert.equal(asked.length, 3);
  for (const { url, at } of [second!, third!]) assert.ok(at - first!.at >= 1_990, `${url} after ${at - first!.at} ms`);
});

test('a process that is killed takes its own run along, which is tried again, and no other', async (t) => {
  const project = await IngestProject.make(t);
  const held = new Map<string, http.ServerResponse>();
  let times = 0;
  const source = await serve((request, response) => {
    response.writeHead(200, { 'content-type': 'text/csv' });
    if (++times > 2) response.end('id\n1\n');
    else held.set(request.url!, response);
  });
  t.after(() => source[Symbol.asyncDispose]());
  await project.template('some', { source: { type: 'file_download', url: `${source.url}/{{ version }}.csv` } });
  const words = ['backfill', '--ingest', 'some', '--versions', 'a,b,c', '--at-once', '2', '--retry-wait', '0', '--yes'];
  const child = project.start(['--json', ...words]);
  const ended = outcomeOf(child);
  while (held.size < 2) await sleep(50);
  const working = listProcesses().filter(({ parent }) => parent === child.pid);
  assert.equal(working.length, 2);
  process.kill(working[0]!.pid, 'SIGKILL');
  for (const response of held.values()) response.end('id\n1\n');
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 0, stderr);
  const { runs } = finished(stdout);
  assert.deepEqual(runs.map(({ state, attempts }) => `${state} ${attempts.length}`).toSorted(), [
    'made 1',
    'made 1',
    'made 2',
  ]);
  assert.match(stderr, /some [ab]: it was ended by SIGKILL; it is tried again in 0 s/);
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
});

test('many versions are made by few processes, and none of them outlives the batch', async (t) => {
  const project = await tinyProject(t);
  const log = path.join(project.dir, 'started.txt');
  const telling = await project.write(
    'telling.mjs',
    `import { appendFileSync } from 'node:fs';
     appendFileSync(${JSON.stringify(log)}, process.pid + ' ' + process.argv.at(-1) + '\\n');`,
  );
  const versions = Array.from({ length: 12 }, (_, i) => `v${i}`).join();
  const { code, stdout, stderr } = await project.runHere(
    ['--json', 'backfill', '--ingest', 'tiny', '--versions', versions, '--at-once', '2', '--yes'],
    { NODE_OPTIONS: `--import=${telling}` },
  );
  assert.equal(code, 0, stderr);
  assert.ok(statesOf(stdout).every((each) => each.endsWith(' made')));
  const started = (await readFile(log, 'utf8')).trim().split('\n');
  const workers = new Set(
    started.filter((line) => line.endsWith(' ingest-worker')).map((line) => Number.parseInt(line, 10)),
  );
  assert.equal(workers.size, 2, started.join());
  assert.deepEqual(
    listProcesses().filter(({ pid }) => workers.has(pid)),
    [],
  );
});

test('a second Ctrl-C cuts a batch off, with all that it runs', async (t) => {
  const project = await IngestProject.make(t);
  let asked = 0;
  const source = await serve(() => {
    asked++;
  });
  t.after(() => source[Symbol.asyncDispose]());
  await project.template('slow', { source: { type: 'file_download', url: `${source.url}/{{ version }}.csv` } });
  const child = project.start(['backfill', '--ingest', 'slow', '--versions', 'a,b', '--yes']);
  const ended = outcomeOf(child);
  while (asked < 2) await sleep(50);
  child.kill('SIGINT');
  await sleep(600);
  child.kill('SIGINT');
  const { code, stderr } = await ended;
  assert.equal(code, 130, stderr);
  assert.match(stderr, /go on with: lifecycle backfill resume|cut off/);
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
});
