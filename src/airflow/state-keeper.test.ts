import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NO_TMPFS, SmallFileSystem } from '../../test/tmpfs.ts';
import { silentReporter } from '../report.ts';
import {
  endLeftovers,
  knownProcess,
  leftovers,
  readServerState,
  runningServer,
  type ServerState,
  writeServerState,
} from './server-state.ts';
import { StateKeeper } from './state-keeper.ts';

function state(): ServerState {
  const supervisor = { pid: process.pid, identity: 'gone' };
  const places = { url: 'http://127.0.0.1:1', shown_url: '', project: '/p', store: '/p/.lifecycle', database: '' };
  return { supervisor, ...places, since: '2026-01-01', ready: false, components: [], leaders: [] };
}

async function directory(t: TestContext): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-state-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

test('a disk that is full for a while is told once, and written when there is room', { skip: NO_TMPFS }, async (t) => {
  const disk = new SmallFileSystem(t);
  const dir = await directory(t);
  await disk.mount(dir, 1);
  const said: string[] = [];
  const reporter = { ...silentReporter, log: (_level: string, text: string) => void said.push(text) };
  const file = path.join(dir, 'server.json');
  const keeper = new StateKeeper(file, state(), reporter, 50);
  await keeper.begin();
  await disk.leave(0);
  await keeper.save((now) => {
    now.ready = true;
  });
  await sleep(200);
  assert.equal((await readServerState(file))?.ready, false);
  assert.equal(said.length, 1, said.join('\n'));
  assert.match(said[0]!, /server\.json cannot be written; the server goes on/);
  await disk.free();
  for (let i = 0; i < 100 && !(await readServerState(file))?.ready; i++) await sleep(50);
  assert.equal((await readServerState(file))?.ready, true);
  await keeper.end();
  assert.deepEqual(said.slice(1), [`${file} is written again`]);
  assert.deepEqual(await readdir(dir), []);
});

test('what cannot be written before anything runs is an error', async (t) => {
  const dir = await directory(t);
  await mkdir(path.join(dir, 'server.json', 'in the way'), { recursive: true });
  await assert.rejects(new StateKeeper(path.join(dir, 'server.json'), state(), silentReporter).begin());
});

test('what a server left that was cut off is named, and nothing of one that runs', async (t) => {
  const file = path.join(await directory(t), 'server.json');
  assert.equal(await leftovers(file), undefined);
  const left = spawn('/bin/sh', ['-c', 'sleep 60 & sleep 60'], { detached: true, stdio: 'ignore' });
  const ended = once(left, 'exit');
  t.after(async () => {
    process.kill(-left.pid!, 'SIGKILL');
    await ended;
  });
  await sleep(200);
  const leaders = [{ ...(await knownProcess(left.pid!)), name: 'scheduler' }];
  const gone = { pid: left.pid!, identity: 'another', name: 'triggerer' };
  await writeServerState(file, { ...state(), leaders: [...leaders, gone] });
  assert.deepEqual((await leftovers(file))?.processes, { scheduler: 3 });
  await writeServerState(file, { ...state(), supervisor: await knownProcess(process.pid), leaders });
  assert.equal(await leftovers(file), undefined);
});

test('a file that is lost or damaged while the server runs is written anew', async (t) => {
  const file = path.join(await directory(t), 'server.json');
  const keeper = new StateKeeper(file, state(), silentReporter, 20);
  await keeper.begin();
  const isBack = async () => {
    for (let i = 0; i < 250 && !(await readServerState(file)); i++) await sleep(20);
    return (await readServerState(file))?.url === 'http://127.0.0.1:1';
  };
  await rm(file);
  assert.ok(await isBack());
  await writeFile(file, '{"supervisor": ');
  assert.ok(await isBack());
  await keeper.end();
  await sleep(60);
  assert.equal(await readServerState(file), undefined);
});

test('what is no state of a server is none', async (t) => {
  const file = path.join(await directory(t), 'server.json');
  const { supervisor, ...rest } = state();
  const damaged = [null, {}, [], 'text', 5, rest, { supervisor: null, ...rest }, { ...state(), leaders: null }];
  const wrong = [
    { supervisor: { pid: '1', identity: '' }, ...rest },
    { supervisor: { pid: -1, identity: '' }, ...rest },
  ];
  const leaders = [{ ...state(), leaders: [{ pid: 0, identity: '', name: 'x' }] }];
  for (const each of [...damaged, ...wrong, ...leaders]) {
    await writeFile(file, JSON.stringify(each));
    const what = JSON.stringify(each);
    assert.equal(await readServerState(file), undefined, what);
    assert.equal(await runningServer(file), undefined, what);
    assert.equal(await leftovers(file), undefined, what);
    assert.equal(await endLeftovers(file), 0, what);
  }
  await writeServerState(file, { supervisor, ...rest });
  assert.ok(await readServerState(file));
});
