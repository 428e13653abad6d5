import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { outcomeOf } from '../builds/workbench.ts';
import { casesOf } from '../second-part.ts';
import { type HeldSource, heldSource } from './held-source.ts';
import { IngestProject, id } from './project.ts';

/** Fault rows 2 and 7 to 10: runs that are stopped, that meet each other, or that find what a dead one left. */

async function isClean(project: IngestProject): Promise<void> {
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
}

for (const [signal, exitCode] of [
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const) {
  test(`fault 2: ${signal} in a download`, async (t) => {
    const { project, waiting } = await heldSource(t);
    const child = project.start(['ingest', 'slow', 'v1']);
    const outcome = outcomeOf(child);
    await waiting(1);
    assert.equal((await project.list('.staging')).length, 1);
    const since = performance.now();
    child.kill(signal);
    const { code, stdout, stderr } = await outcome;
    assert.equal(code, exitCode, stderr);
    assert.ok(performance.now() - since < 5_000, 'it took long to stop');
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`warning: stopped by ${signal}`));
    await isClean(project);
    assert.deepEqual(await project.list('ingest', 'slow'), []);
  });
}

test('fault 8: of two runs of one version one wins, the other says who holds it', async (t) => {
  const { project, waiting, release } = await heldSource(t);
  const first = project.start(['ingest', 'slow', 'v1']);
  const firstOutcome = outcomeOf(first);
  await waiting(1);

  const second = await project.run(['ingest', 'slow', 'v1']);
  assert.equal(second.code, 75, second.stderr);
  assert.equal(second.stdout, '');
  assert.match(second.stderr, new RegExp(`error STO_BUSY: .*held by process ${first.pid} on ${hostname()} since `));
  assert.match(second.stderr, /hint: wait for it to end/);
  const asJson = await project.runJson<{ error: { code: string; holder: { pid: number; host: string } } }>([
    ...['ingest', 'slow', 'v1'],
  ]);
  assert.equal(asJson.code, 75);
  assert.equal(asJson.document.error.code, 'STO_BUSY');
  assert.deepEqual([asJson.document.error.holder.pid, asJson.document.error.holder.host], [first.pid, hostname()]);

  release();
  const { code, stderr } = await firstOutcome;
  assert.equal(code, 0, stderr);
  assert.equal(await project.store.latest(id('slow')), 'v1');
  await isClean(project);
  assert.equal((await project.tellHere('slow')).code, 0, 'the loser may try again');
});

test('fault 9: two versions of one template at once both succeed', async (t) => {
  const { project, waiting, release } = await heldSource(t);
  const both = ['v1', 'v2'].map((version) => project.run(['ingest', 'slow', version]));
  await waiting(2);
  release();
  for (const { code, stderr } of await Promise.all(both)) assert.equal(code, 0, stderr);
  const versions = await project.store.versions(id('slow'));
  assert.deepEqual(versions.map((entry) => entry.version as string).sort(), ['v1', 'v2']);
  assert.match(String(await project.store.latest(id('slow'))), /^v[12]$/);
  assert.deepEqual(await project.list('ingest', 'slow'), ['latest', 'v1', 'v2']);
  await isClean(project);
});

test('fault 10: many templates at once', async (t) => {
  const project = await IngestProject.make(t);
  const names = Array.from({ length: casesOf(t, 6, 20) }, (_, i) => `t${i}`);
  for (const [i, name] of names.entries()) {
    await project.template(name);
    await project.write(`${name}.csv`, `id\n${'7\n'.repeat(i + 1)}`);
  }
  const outcomes = await Promise.all(names.map((name) => project.run(['ingest', name, '2026'])));
  for (const { code, stderr } of outcomes) assert.equal(code, 0, stderr);
  for (const [i, name] of names.entries()) {
    const [only] = await project.store.versions(id(name));
    assert.equal(only?.record.datasets[0]?.rows, i + 1);
  }
  await isClean(project);
});

/** Leaves the lock and the staging directory of a run that was killed in its download. */
async function killedRun(test: TestContext): Promise<HeldSource & { lock: string; holder: Record<string, unknown> }> {
  const source = await heldSource(test);
  const child = source.project.start(['ingest', 'slow', 'v1']);
  await source.waiting(1);
  child.kill('SIGKILL');
  await once(child, 'close');
  source.release();
  const locks = path.join(source.project.storeDir, '.locks');
  const [name, ...others] = await readdir(locks);
  assert.equal(others.length, 0);
  const lock = path.join(locks, name!);
  return { ...source, lock, holder: JSON.parse(await readFile(lock, 'utf8')) as Record<string, unknown> };
}

test('fault 7: the lock and the staging directory of a dead process are taken over', async (t) => {
  const { project, holder } = await killedRun(t);
  assert.equal(holder.host, hostname());
  assert.equal((await project.list('.staging')).length, 1);
  const { code, stderr } = await project.run(['ingest', 'slow', 'v1']);
  assert.equal(code, 0, stderr);
  await isClean(project);
});

test('fault 7: a pid that another process has got since proves nothing', async (t) => {
  const { project, lock, holder } = await killedRun(t);
  await writeFile(lock, JSON.stringify({ ...holder, pid: process.pid }));
  const { code, stderr } = await project.run(['ingest', 'slow', 'v1']);
  assert.equal(code, 0, stderr);
});

test('fault 7: clocks that moved decide nothing', async (t) => {
  const { project, lock, holder } = await killedRun(t);
  await writeFile(lock, JSON.stringify({ ...holder, since: '2999-01-01T00:00:00.000Z' }));
  assert.equal((await project.tellHere('slow')).code, 0);

  const alive = await heldSource(t);
  const child = alive.project.start(['ingest', 'slow', 'v1']);
  const outcome = outcomeOf(child);
  await alive.waiting(1);
  const [name] = await alive.project.list('.locks');
  const held = path.join(alive.project.storeDir, '.locks', name!);
  const text = JSON.parse(await readFile(held, 'utf8')) as Record<string, unknown>;
  await writeFile(held, JSON.stringify({ ...text, since: '1999-01-01T00:00:00.000Z' }));
  await utimes(held, 1, 1);
  assert.equal((await alive.project.run(['ingest', 'slow', 'v1'])).code, 75);
  alive.release();
  assert.equal((await outcome).code, 0);
});

test('fault 7: the lock of another host is taken over when its lease has run out, and not before', async (t) => {
  const { project, lock, holder } = await killedRun(t);
  await writeFile(lock, JSON.stringify({ ...holder, host: 'elsewhere.example', pid: 1 }));
  const { code, stderr } = await project.tellHere('slow');
  assert.equal(code, 75, stderr);
  assert.match(stderr, /held by process 1 on elsewhere\.example/);
  assert.match(stderr, /hint: wait for it; .* when nothing is heard of it for 60 s; `lifecycle unlock`/);
  // Another version is not concerned.
  assert.equal((await project.tellHere('slow', { version: 'v2' })).code, 0);
  const longAgo = Date.now() / 1000 - 61;
  await utimes(lock, longAgo, longAgo);
  assert.equal((await project.tellHere('slow')).code, 0);
  await isClean(project);
});

test('fault 7: a lock that a power cut emptied is left alone while it is fresh', async (t) => {
  const { project, lock } = await killedRun(t);
  await writeFile(lock, '');
  const { code, stderr } = await project.tellHere('slow');
  assert.equal(code, 75, stderr);
  assert.match(stderr, /is being claimed by another process/);
  const longAgo = Date.now() / 1000 - 60;
  await utimes(lock, longAgo, longAgo);
  assert.equal((await project.tellHere('slow')).code, 0);
  await isClean(project);
});
