import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { homeLayout } from '../../../src/airflow/configuration.ts';
import { readServerState } from '../../../src/airflow/server-state.ts';
import { outcomeOf, processesWith } from '../../builds/workbench.ts';
import { npm } from '../npm.ts';
import { eventually, lifecycle, processesOf, programOf, startLifecycle } from '../server-fixture.ts';
import {
  commandsRunning,
  inTime,
  killIngest,
  server,
  source,
  staged,
  startEndless,
  tasks,
  versionsOf,
} from './served.ts';

/** What a server starts first; the page's comes when these are healthy. */
const PROGRAMS = ['postgres', 'api-server', 'scheduler', 'dag-processor', 'triggerer'];

/** What is killed, dies or is stopped, the server in the end; how runs go on after that is seen in recovery.test.ts. */
export function ends(): void {
  test('fault 75: a run killed half-way leaves no child and no half-written version', async () => {
    const started = await startEndless('killed');
    const task = (await tasks(started)).find(({ task_id }) => task_id === 'ingest');
    assert.ok(task);
    await server.client.fail(started, task);
    await eventually('the download is cut off', 60_000, async () => source.downloads === 0);
    const ended = await server.client.waitForRun(started, inTime());
    assert.equal(ended.state, 'failed');
    await eventually('no command is left', 20_000, async () => (await commandsRunning('endless')).length === 0);
    assert.deepEqual(await versionsOf('endless'), []);
    assert.deepEqual(await staged(), []);
  });

  test('fault 75: a component that dies is started again', async () => {
    const killed = await programOf(server.home, 'triggerer');
    assert.ok(killed);
    process.kill(killed, 'SIGKILL');
    await eventually('another one runs', 60_000, async () => {
      const pid = await programOf(server.home, 'triggerer');
      return pid !== undefined && pid !== killed;
    });
    assert.match(server.said(), /triggerer ended by itself; it is started again/);
  });

  test('fault 75: stop ends everything, a running task with its child too', async () => {
    await startEndless('stopped');
    const ended = once(server.process, 'exit');
    const stopped = await lifecycle(server.project, 'airflow', 'stop');
    assert.equal(stopped.code, 0, stopped.stderr);
    assert.deepEqual(await ended, [0, null]);
    assert.equal(source.downloads, 0);
    assert.deepEqual(processesOf(server.home), []);
    assert.deepEqual(await versionsOf('endless'), []);
    assert.deepEqual(await staged(), []);
    const status = await lifecycle(server.project, 'airflow', 'status');
    assert.equal(status.code, 1);
  });

  test('faults 2 and 75: a killed server: status names what it left, the next start ends that; a killed npm ends its server', async (t) => {
    const { project, home } = server;
    const killed = startLifecycle(project, 'airflow', 'start');
    const ended = outcomeOf(killed);
    const leaders = async () => (await readServerState(homeLayout(home).state))?.leaders.map(({ name }) => name) ?? [];
    await eventually('its programs have begun', 60_000, async () => {
      const begun = await leaders();
      return PROGRAMS.every((name) => begun.includes(name));
    });
    killed.kill('SIGKILL');
    await ended;
    const left = (await lifecycle(project, 'airflow', 'status')).stdout;
    assert.match(left, /was cut off and left running:[\s\S]*scheduler: \d+ process[\s\S]*next start ends/);
    for (const name of PROGRAMS) assert.ok(left.includes(`${name}: `), left);
    const orphans = processesOf(home);
    assert.ok(orphans.length > 0);
    await killIngest('endless', 'orphaned');

    const next = npm(t, 'start', '--', '--project', project);
    await next.until(/^starting api-server/m);
    assert.match(next.said(), /an earlier server was cut off; what it left running is ended/);
    assert.match(next.said(), /unlocked, since who held it has ended: ingest endless orphaned/);
    await eventually('the next one has processes', 20_000, async () => processesOf(home).length > 0);
    const now = new Set(processesOf(home));
    assert.deepEqual(
      orphans.filter((pid) => now.has(pid)),
      [],
    );
    next.process.kill('SIGKILL');
    await once(next.process, 'exit');
    const running = async () => [...processesOf(home), ...(await processesWith(project))];
    await eventually('nothing of the server runs', 40_000, async () => (await running()).length === 0);
    assert.deepEqual(await versionsOf('endless'), []);
  });
}
