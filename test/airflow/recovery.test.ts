import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DagRun } from '../../src/airflow/client.ts';
import { listProcesses } from '../../src/processes/process-table.ts';
import { IN_SECOND_PART } from '../second-part.ts';
import { NO_TMPFS, SmallFileSystem } from '../tmpfs.ts';
import { HeldSource } from './held-source.ts';
import {
  eventually,
  lifecycle,
  processesOf,
  programOf,
  type RunningServer,
  removeProject,
  sampleWithHeldSource,
  startServer,
} from './server-fixture.ts';

/** After the loss of anything, on a machine that has nothing else to do. */
const ENDS_WITHIN_MS = 90_000;
/** A task asks a web server that is away for about 75 s, and its last breath asks as long once more. */
const AWAY_MS = 100_000;
/** Airflow calls it unhealthy after half a minute, and we bear that for two. */
const HANGING_IS_FOUND_WITHIN_MS = 180_000;
/** The kills that take longest to be noticed: `LIFECYCLE_ALL_KILLS=1` makes them too. */
const ONLY_WITH_ALL = process.env.LIFECYCLE_ALL_KILLS ? false : 'LIFECYCLE_ALL_KILLS=1 runs it';

let server: RunningServer;
let source: HeldSource;
let project: string;
let versions = 0;
const cleanUps: (() => unknown)[] = [];
const disk = new SmallFileSystem({ after: (work) => cleanUps.push(work as () => unknown) });

interface Status {
  running: boolean;
  left?: Record<string, number>;
  components: { name: string; pid?: number }[];
}

async function status(): Promise<Status> {
  return JSON.parse((await lifecycle(project, '--json', 'airflow', 'status')).stdout) as Status;
}

async function kill(component: string): Promise<void> {
  const pid = await programOf(server.home, component);
  assert.ok(pid, component);
  process.kill(pid, 'SIGKILL');
}

interface InFlight {
  version: string;
  run: DagRun;
  /** Our command, the process of its task, and the worker that runs this. */
  command: number;
  task: number;
  worker: number;
}

/** Starts an ingest and waits until it hangs in its download. */
async function startRun(): Promise<InFlight> {
  source.hold();
  const before = source.downloads;
  const version = `v${++versions}`;
  const run = await server.client.trigger('ingest_held', { partitionKey: version });
  await eventually('the download has begun', 60_000, async () => source.downloads === before + 1);
  const rows = listProcesses();
  for (const row of rows) {
    const words = (await readFile(`/proc/${row.pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (!words.includes('ingest') || !words.includes('held') || !words.includes(version)) continue;
    const worker = rows.find(({ pid }) => pid === row.parent)?.parent;
    assert.ok(worker);
    return { version, run, command: row.pid, task: row.parent, worker };
  }
  return assert.fail(`no command ingests held ${version}`);
}

async function stateOf({ run }: InFlight): Promise<string> {
  const runs = `/dags/${run.dag_id}/dagRuns/${encodeURIComponent(run.dag_run_id)}`;
  // The web server may be what was killed.
  return server.client.request<DagRun>('GET', runs).then(
    ({ state }) => state,
    () => 'unknown',
  );
}

async function allEndWell(what: string, runs: readonly InFlight[]): Promise<void> {
  source.release();
  const took = await eventually(`${what}: ${runs.length} runs end well`, ENDS_WITHIN_MS, async () => {
    const states = await Promise.all(runs.map(stateOf));
    assert.ok(!states.includes('failed'), `${what}: ${states}`);
    return states.every((state) => state === 'success');
  });
  for (const { version } of runs) {
    const record = await readFile(path.join(server.store, 'ingest', 'held', version, 'record.json'), 'utf8');
    assert.equal((JSON.parse(record) as { version: string }).version, version);
  }
  process.stdout.write(`${what}: ended well after ${Math.round(took / 1000)} s\n`);
}

describe('whatever is killed, runs end well', { timeout: 20 * 60_000, skip: ONLY_WITH_ALL && IN_SECOND_PART }, () => {
  before(async () => {
    source = await HeldSource.start();
    project = await sampleWithHeldSource('held', source);
    cleanUps.push(() => removeProject(project));
    const home = path.join(project, '.airflow');
    await mkdir(home);
    if (!NO_TMPFS) await disk.mount(home, 600);
    server = await startServer(project);
  });

  after(async () => {
    await lifecycle(project, 'airflow', 'stop');
    source?.stop();
    for (const cleanUp of cleanUps) await cleanUp();
  });

  test("a full disk of Airflow's home is told, and the server goes on when there is room", {
    skip: NO_TMPFS,
  }, async () => {
    await disk.leave(0);
    const before = new Set((await status()).components.map(({ pid }) => pid));
    await kill('triggerer');
    await eventually('it says so', 30_000, async () => /server\.json cannot be written/.test(server.said()));
    await kill('scheduler');
    await kill('postgres');
    await eventually('the dead are noticed', 30_000, async () => /postgres ended by itself/.test(server.said()));
    assert.deepEqual([server.process.exitCode, server.process.signalCode], [null, null]);
    await disk.free();
    await eventually('all is well again', ENDS_WITHIN_MS, async () => {
      return (await lifecycle(project, 'airflow', 'status')).code === 0;
    });
    const others = (await status()).components.filter(({ pid }) => !before.has(pid)).map(({ name }) => name);
    for (const name of ['postgres', 'scheduler', 'triggerer']) assert.ok(others.includes(name), name);
    await allEndWell('a full disk', [await startRun()]);
  });

  test('the command, and the process of its task', async () => {
    const [command, task] = [await startRun(), await startRun()];
    process.kill(command.command, 'SIGKILL');
    process.kill(task.task, 'SIGKILL');
    await eventually('the command of a dead task ends', 20_000, async () => source.downloads === 0);
    await allEndWell('command and task process', [command, task]);
  });

  for (const component of ['triggerer', 'dag-processor', 'serve', 'api-server', 'postgres', 'scheduler']) {
    test(`the ${component}`, { skip: ONLY_WITH_ALL }, async () => {
      const run = await startRun();
      await kill(component);
      await allEndWell(component, [run]);
    });
  }

  test('the api-server, away for longer than a task that has ended asks for it', { skip: ONLY_WITH_ALL }, async () => {
    const run = await startRun();
    const until = Date.now() + AWAY_MS;
    let killed: number | undefined;
    while (Date.now() < until) {
      const pid = await programOf(server.home, 'api-server');
      if (pid !== undefined && pid !== killed) process.kill(pid, 'SIGKILL');
      killed = pid ?? killed;
      source.release();
      await sleep(500);
    }
    await allEndWell('the api-server for long', [run]);
  });

  test('a worker', { skip: ONLY_WITH_ALL }, async () => {
    const run = await startRun();
    process.kill(run.worker, 'SIGKILL');
    await eventually('the command of a dead worker ends', 20_000, async () => source.downloads === 0);
    await allEndWell('worker', [run]);
  });

  test('a component that hangs is started anew', { skip: ONLY_WITH_ALL }, async () => {
    const hanging = await programOf(server.home, 'triggerer');
    assert.ok(hanging);
    process.kill(hanging, 'SIGSTOP');
    await eventually('it is found out', HANGING_IS_FOUND_WITHIN_MS, async () =>
      /triggerer is started anew .*no answer to a health check for 120 s/.test(server.said()),
    );
    await eventually('all is well again', ENDS_WITHIN_MS, async () => {
      return (await lifecycle(project, 'airflow', 'status')).code === 0;
    });
  });

  test('the server itself: status names what it left, the next start ends that within seconds', async () => {
    const run = await startRun();
    const ended = once(server.process, 'exit');
    server.process.kill('SIGKILL');
    await ended;
    const left = await status();
    assert.equal(left.running, false);
    const names = ['api-server', 'dag-processor', 'postgres', 'scheduler', 'serve', 'triggerer'];
    assert.deepEqual(Object.keys(left.left ?? {}).sort(), names);
    const text = (await lifecycle(project, 'airflow', 'status')).stdout;
    assert.match(text, /was cut off and left running:[\s\S]*scheduler: \d+ processes[\s\S]*the next start ends them/);
    const orphans = processesOf(path.join(project, '.airflow'));
    server = await startServer(project);
    assert.match(server.said(), /an earlier server was cut off; what it left running is ended/);
    assert.match(server.said(), /unlocked, since who held it has ended: ingest held v\d+/);
    const now = new Set(processesOf(path.join(project, '.airflow')));
    assert.deepEqual(
      orphans.filter((pid) => now.has(pid)),
      [],
    );
    await allEndWell('the server', [run]);
    const stopped = once(server.process, 'exit');
    server.process.kill('SIGTERM');
    assert.deepEqual(await stopped, [0, null]);
    assert.deepEqual(processesOf(path.join(project, '.airflow')), []);
  });
});
