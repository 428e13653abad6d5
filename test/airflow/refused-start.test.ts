import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { processIdentity } from '../../src/processes/identity.ts';
import { NO_TMPFS, SmallFileSystem } from '../tmpfs.ts';
import { answered, copySample, lifecycle, processesOf, removeProject } from './server-fixture.ts';

let project: string;
before(async () => {
  project = await copySample();
});
after(() => removeProject(project));

test('there is nothing to tell a worker before a server has run', async () => {
  const env = await lifecycle(project, 'airflow', 'env');
  assert.equal(env.code, 1);
  assert.match(env.stderr, /AIR_NOT_RUNNING: no server has run here yet/);
});

test('a start that cannot work says why, and leaves nothing running', async () => {
  const cases: { args: string[]; code: number; says: RegExp }[] = [
    { args: ['--port', 'many'], code: 2, says: /LIF_USAGE.*"many" is no port/ },
    { args: ['--host', '192.0.2.7'], code: 2, says: /LIF_USAGE.*"192\.0\.2\.7" is no address of this machine/ },
    { args: ['--database', 'oracle'], code: 2, says: /LIF_USAGE.*"oracle" is no database/ },
    {
      args: ['--database', 'postgresql://nobody:s3cret@127.0.0.1:1/x'],
      code: 1,
      says: /AIR_DATABASE.*nobody@127.*\/x: .*refused/,
    },
  ];
  for (const { args, code, says } of cases) {
    const refused = await answered(project, 'airflow', 'start', ...args);
    assert.equal(refused.code, code, refused.stderr);
    assert.match(refused.stderr, says);
    assert.doesNotMatch(refused.stderr, /s3cret/);
  }
  assert.deepEqual(processesOf(path.join(project, '.airflow')), []);
  const status = await answered(project, 'airflow', 'status');
  assert.deepEqual([status.code, status.stdout.trim()], [1, 'no server is running']);
});

test("a disk of Airflow's home that is full already", { skip: NO_TMPFS }, async (t) => {
  const disk = new SmallFileSystem(t);
  const full = await copySample();
  t.after(() => removeProject(full));
  const home = path.join(full, '.airflow');
  await mkdir(home);
  for (const [megabytes, left] of [
    [1, 0],
    [16, 4_000_000],
  ] as const) {
    await disk.mount(home, megabytes);
    await disk.leave(left);
    const refused = await lifecycle(full, 'airflow', 'start');
    assert.equal(refused.code, 1, refused.stderr);
    assert.match(refused.stderr, /STO_WRITE_FAILED: the disk of .*\.airflow is full\n[\s\S]*hint: free some space/);
    assert.deepEqual(processesOf(home), []);
    await disk.unmount();
  }
});

test('a port that was asked for and is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  try {
    const refused = await answered(project, 'airflow', 'start', '--port', String(port));
    assert.equal(refused.code, 1);
    assert.ok(refused.stderr.includes(`AIR_PORT_TAKEN: port ${port} `));
    assert.match(refused.stderr, /hint: .*--port/);
  } finally {
    other.close();
  }
});

test('a folder that is no project', async () => {
  const empty = await mkdtemp(path.join(tmpdir(), 'lifecycle-empty-'));
  try {
    const refused = await answered(empty, 'airflow', 'start');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /PRJ_NOT_A_PROJECT/);
    assert.deepEqual(await readdir(empty), []);
  } finally {
    await rm(empty, { recursive: true, force: true });
  }
});

test('stop without a server is no error, and trigger says that there is none', async () => {
  const stopped = await answered(project, 'airflow', 'stop');
  assert.deepEqual([stopped.code, stopped.stdout.trim()], [0, 'no server is running']);
  const triggered = await answered(project, 'trigger', 'ingest', 'parks', '2024a');
  assert.equal(triggered.code, 1);
  assert.match(triggered.stderr, /AIR_NOT_RUNNING[\s\S]*hint: .*lifecycle airflow start/);
  const kind = await answered(project, 'trigger', 'ship', 'parks', '2024a');
  assert.equal(kind.code, 2);
});

test('stop ends what a killed server left, and nothing of anybody else', async () => {
  const { spawn } = await import('node:child_process');
  const left = spawn('/bin/sh', ['-c', 'sleep 60 & sleep 60'], { detached: true, stdio: 'ignore' });
  const stranger = spawn('/bin/sh', ['-c', 'sleep 60'], { detached: true, stdio: 'ignore' });
  const leader = { pid: left.pid!, identity: await processIdentity(left.pid!) };
  // The number of a process of ours that has since been given to another.
  const reused = { pid: stranger.pid!, identity: 'another boot:1' };
  await mkdir(path.join(project, '.airflow'), { recursive: true });
  await writeFile(
    path.join(project, '.airflow', 'server.json'),
    JSON.stringify({ supervisor: { pid: 1, identity: 'gone' }, url: '', leaders: [leader, reused], components: [] }),
  );
  const ended = once(left, 'exit');
  const stopped = await lifecycle(project, 'airflow', 'stop');
  assert.match(stopped.stdout, /no server was running; \d+ processes that one left are ended/);
  await ended;
  assert.equal(stranger.exitCode, null);
  assert.notEqual(await processIdentity(stranger.pid!), '');
  process.kill(-stranger.pid!, 'SIGKILL');
});
