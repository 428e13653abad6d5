import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { eventually, lifecycle, processesOf } from '../server-fixture.ts';
import { commandsRunning, RUN_WITHIN_MS, server, source, staged, startEndless, tasks, versionsOf } from './served.ts';

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
