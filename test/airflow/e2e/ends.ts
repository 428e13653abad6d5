import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { eventually, lifecycle, processesOf } from '../server-fixture.ts';
import {
  commandsRunning,
  RUN_WITHIN_MS,
  serveAgain,
  server,
  source,
  staged,
  startEndless,
  tasks,
  versionsOf,
} from './served.ts';

/** What is killed, dies or is stopped. The last one stops the server. */
export function ends(): void {
  test('fault 75: a run killed half-way leaves no child and no half-written version', async () => {
    const started = await startEndless('killed');
    const task = (await tasks(started)).find(({ task_id }) => task_id === 'ingest');
    assert.ok(task);
    await server.client.fail(started, task);
    await eventually('the download is cut off', 60_000, async () => source.downloads === 0);
    const ended = await server.client.waitForRun(started, AbortSignal.timeout(RUN_WITHIN_MS));
    assert.equal(ended.state, 'failed');
    await eventually('no command is left', 20_000, async () => (await commandsRunning('endless')).length === 0);
    assert.deepEqual(await versionsOf('endless'), []);
    assert.deepEqual(await staged(), []);
  });

  test('fault 75: a component that dies is started again', async () => {
    const status = await lifecycle(server.project, '--json', 'airflow', 'status');
    const { components } = JSON.parse(status.stdout) as { components: { name: string; pid: number }[] };
    const triggerer = components.find(({ name }) => name === 'triggerer');
    assert.ok(triggerer);
    process.kill(triggerer.pid, 'SIGKILL');
    await eventually('another one runs', 60_000, async () => {
      const now = JSON.parse(
        (await lifecycle(server.project, '--json', 'airflow', 'status')).stdout,
      ) as typeof status & {
        components: { name: string; pid?: number }[];
      };
      const pid = now.components.find(({ name }) => name === 'triggerer')?.pid;
      return pid !== undefined && pid !== triggerer.pid;
    });
    assert.match(server.said(), /triggerer ended by itself; it is started again/);
  });

  test('fault 75: a server is killed: status names what it left, and the next start ends that', async () => {
    const started = await startEndless('orphaned');
    const ended = once(server.process, 'exit');
    server.process.kill('SIGKILL');
    await ended;
    const status = async () => (await lifecycle(server.project, 'airflow', 'status')).stdout;
    assert.match(await status(), /was cut off and left running:[\s\S]*scheduler: \d+ processes[\s\S]*next start ends/);
    const orphans = processesOf(server.home);
    await serveAgain();
    assert.match(server.said(), /an earlier server was cut off; what it left running is ended/);
    assert.match(server.said(), /unlocked, since who held it has ended: ingest endless orphaned/);
    const now = new Set(processesOf(server.home));
    assert.deepEqual(
      orphans.filter((pid) => now.has(pid)),
      [],
    );
    assert.equal(source.downloads, 0);
    // How its run goes on is seen in recovery.test.ts.
    for (const task of await tasks(started)) if (task.task_id === 'ingest') await server.client.fail(started, task);
    await server.client.waitForRun(started, AbortSignal.timeout(RUN_WITHIN_MS));
    assert.deepEqual(await versionsOf('endless'), []);
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
}
