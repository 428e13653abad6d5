import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { knownProcess, type ServerState } from './server-state.ts';
import { stopServer } from './stop.ts';

function serverOf(supervisor: ServerState['supervisor']): ServerState {
  const places = { url: 'http://127.0.0.1:1', shown_url: '', project: '/p', store: '/p/.lifecycle', database: '' };
  return { supervisor, ...places, since: '2026-01-01', ready: true, components: [], leaders: [] };
}

test('a server that has ended by itself meanwhile is one that has stopped', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const server = serverOf(await knownProcess(child.pid!));
  child.kill('SIGKILL');
  await once(child, 'exit');
  await stopServer(server, AbortSignal.timeout(10_000));
});

test('one of another account is said to be so', { skip: process.getuid?.() === 0 && 'root may end all' }, async () => {
  const work = stopServer(serverOf(await knownProcess(1)), AbortSignal.timeout(10_000));
  await assert.rejects(work, (error: LifecycleError) => error instanceof LifecycleError && error.code === 'AIR_STOP');
});
