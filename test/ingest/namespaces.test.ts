import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { open, readdir, readFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { withDescendants } from '../../src/processes/process-table.ts';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { type Outcome, outcomeOf } from '../builds/workbench.ts';
import { heldSource } from './held-source.ts';
import { type IngestProject, id, VENV } from './project.ts';

/** Fault row 7 for containers: one host name, several namespaces of processes, one store. */

const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];
const canUnshare = spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'true']).status === 0;
const skip = canUnshare ? false : 'NOT TESTED: namespaces of processes need root and unshare(1)';

/** Starts the binary as a container would: as the process 1 or so of a namespace of its own. */
function inNamespace(project: IngestProject, args: readonly string[], unshare = UNSHARE): ChildProcess {
  const [command, ...rest] = [...unshare, path.join(INSTALLATION, 'bin/lifecycle'), '--project', project.dir, ...args];
  return spawn(command!, rest, {
    cwd: project.dir,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

const runInNamespace = (project: IngestProject, args: readonly string[]): Promise<Outcome> =>
  outcomeOf(inNamespace(project, args));

/** The process inside of a namespace, by its number out here. */
const inside = (outer: ChildProcess) => [...withDescendants([outer.pid!])].find((pid) => pid !== outer.pid)!;

async function lockOf(project: IngestProject): Promise<{ file: string; holder: Record<string, unknown> }> {
  const dir = path.join(project.storeDir, '.locks');
  const [name, ...others] = await readdir(dir);
  assert.ok(name && others.length === 0);
  const file = path.join(dir, name);
  return { file, holder: JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown> };
}

async function makeSilent(file: string): Promise<void> {
  const then = Date.now() / 1000 - 61;
  await utimes(file, then, then);
}

test('fault 7: a run in another namespace is neither robbed of its lock nor of what it has staged', {
  skip,
}, async (t) => {
  const { project, waiting, release } = await heldSource(t);
  const first = inNamespace(project, ['ingest', 'slow', 'v1']);
  const outcome = outcomeOf(first);
  await waiting(1);
  const { holder } = await lockOf(project);
  const staged = await project.list('.staging');
  assert.equal(staged.length, 1);

  const second = await runInNamespace(project, ['ingest', 'slow', 'v1']);
  assert.equal(second.code, 75, second.stderr);
  assert.match(second.stderr, new RegExp(`error STO_BUSY: .*held by process ${holder.pid} `));
  assert.match(second.stderr, /hint: wait for it; it runs in another container or on another machine/);
  assert.equal((await project.run(['ingest', 'slow', 'v1'])).code, 75, 'nor from the namespace outside');
  const other = outcomeOf(inNamespace(project, ['ingest', 'slow', 'v2']));
  await waiting(2);
  assert.ok((await project.list('.staging')).includes(staged[0]!), 'what the first has staged was cleared away');

  release();
  for (const { code, stderr } of [await outcome, await other]) assert.equal(code, 0, stderr);
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
});

for (const [how, unshare] of [
  ['with a /proc of its own', UNSHARE],
  ['with the /proc of another', UNSHARE.filter((word) => word !== '--mount-proc')],
] as const) {
  test(`fault 7: in one namespace, ${how}, a dead process is known as dead`, { skip }, async (t) => {
    const { project, waiting, release } = await heldSource(t);
    // One shell is the namespace; both runs are its children.
    const run = '"$0" --project "$1" ingest slow v1';
    const script = `${run} & first=$!; read -r _; kill -9 $first; wait $first; ${run}`;
    const args = ['sh', '-c', script, path.join(INSTALLATION, 'bin/lifecycle'), project.dir];
    const child = spawn(unshare[0]!, [...unshare.slice(1), ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const outcome = outcomeOf(child);
    await waiting(1);
    release();
    child.stdin.end('\n');
    const { code, stderr } = await outcome;
    assert.equal(code, 0, stderr);
    assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
  });
}

test('fault 7: a namespace that is gone keeps its claim for the lease, and no longer', { skip }, async (t) => {
  const { project, waiting, release } = await heldSource(t);
  const first = inNamespace(project, ['ingest', 'slow', 'v1']);
  await waiting(1);
  // While somebody holds it open, its number is not given to the next namespace, in which this process would be known as dead.
  const namespace = await open(`/proc/${inside(first)}/ns/pid`);
  t.after(() => namespace.close());
  process.kill(inside(first), 'SIGKILL');
  await once(first, 'close');
  release();
  assert.equal((await runInNamespace(project, ['ingest', 'slow', 'v1'])).code, 75);
  assert.equal((await project.list('.staging')).length, 1);
  const { file } = await lockOf(project);
  await makeSilent(file);
  const taken = await runInNamespace(project, ['ingest', 'slow', 'v1']);
  assert.equal(taken.code, 0, taken.stderr);
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
});

test('fault 7: who sleeps for longer than the lease wakes up without its claim, and publishes nothing', {
  skip,
}, async (t) => {
  const { project, waiting, release } = await heldSource(t);
  const sleeper = inNamespace(project, ['ingest', 'slow', 'v1']);
  const outcome = outcomeOf(sleeper);
  await waiting(1);
  process.kill(inside(sleeper), 'SIGSTOP');
  const { file } = await lockOf(project);
  await makeSilent(file);
  const taker = outcomeOf(
    inNamespace(project, ['ingest', 'slow', 'v1', '--file', await project.write('other.csv', 'id\n9\n')]),
  );
  assert.equal((await taker).code, 0, (await taker).stderr);
  const published = await project.store.read(id('slow'), (await project.store.latest(id('slow')))!);
  process.kill(inside(sleeper), 'SIGCONT');
  release();
  const { code, stderr } = await outcome;
  assert.equal(code, 75, stderr);
  assert.match(stderr, /error STO_CLAIM_LOST: the claim on ingest slow v1 was lost/);
  assert.deepEqual(await project.store.read(id('slow'), (await project.store.latest(id('slow')))!), published);
  assert.deepEqual(await project.list('ingest', 'slow'), ['latest', 'v1']);
  assert.deepEqual([await project.list('.staging'), await project.list('.locks')], [[], []]);
});

test('fault 7: who sleeps, and whose claim nobody took over, goes on', { skip }, async (t) => {
  const { project, waiting, release } = await heldSource(t);
  const sleeper = inNamespace(project, ['ingest', 'slow', 'v1']);
  const outcome = outcomeOf(sleeper);
  await waiting(1);
  process.kill(inside(sleeper), 'SIGSTOP');
  await makeSilent((await lockOf(project)).file);
  await sleep(200);
  process.kill(inside(sleeper), 'SIGCONT');
  release();
  const { code, stderr } = await outcome;
  assert.equal(code, 0, stderr);
});
