import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { outcomeOf } from '../builds/workbench.ts';
import { heldSource } from './held-source.ts';

test('fault 7: unlock shows locks with their holders, removes those of the dead, and others only by force', async (t) => {
  const { project, waiting, release } = await heldSource(t);
  assert.deepEqual((await project.run(['unlock'])).stdout, 'nothing is locked\n');
  const [dead, alive] = ['v1', 'v2'].map((version) => project.start(['ingest', 'slow', version])) as [
    ReturnType<typeof project.start>,
    ReturnType<typeof project.start>,
  ];
  const outcome = outcomeOf(alive);
  await waiting(2);
  dead.kill('SIGKILL');
  await once(dead, 'close');

  const { stdout } = await project.run(['unlock']);
  assert.match(stdout, new RegExp(`^ingest slow v1 +dead +\\S+ +process ${dead.pid} has ended$`, 'm'));
  assert.match(stdout, new RegExp(`^ingest slow v2 +held +\\S+ +process ${alive.pid} runs$`, 'm'));

  const refused = await project.run(['unlock', 'ingest', 'slow', 'v2']);
  assert.equal(refused.code, 75);
  assert.match(refused.stderr, new RegExp(`error STO_BUSY: .*process ${alive.pid} runs\nhint: .*--force`));
  const unknown = await project.run(['unlock', 'ingest slow v3']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.stderr, /error STO_NO_LOCK.*\nhint: locked: .*ingest slow v1/);
  assert.equal((await project.run(['unlock', 'ingest slow v1', '--all-dead'])).code, 2);

  const all = await project.runJson<{ removed: { subject: string; why: string }[] }>(['unlock', '--all-dead']);
  assert.deepEqual(
    all.document.removed.map(({ subject, why }) => [subject, why]),
    [['ingest slow v1', `process ${dead.pid} has ended`]],
  );
  assert.deepEqual([(await project.list('.locks')).length, (await project.list('.staging')).length], [1, 1]);

  // What a power cut left of a lock is found by its name.
  const forced = await project.run(['unlock', 'ingest slow v2', '--force']);
  assert.equal(forced.code, 0, forced.stderr);
  assert.deepEqual([await project.list('.locks'), await project.list('.staging')], [[], []]);
  release();
  const { code, stderr } = await outcome;
  assert.equal(code, 75, stderr);
  assert.match(stderr, /error STO_CLAIM_LOST/);
  assert.deepEqual(await project.list('ingest', 'slow'), []);
});

test('fault 7: a lock that says nothing can be named', async (t) => {
  const { project, waiting, release } = await heldSource(t);
  const run = project.start(['ingest', 'slow', 'v1']);
  await waiting(1);
  run.kill('SIGKILL');
  await once(run, 'close');
  release();
  const dir = path.join(project.storeDir, '.locks');
  const file = path.join(dir, (await readdir(dir))[0]!);
  assert.notEqual(await readFile(file, 'utf8'), '');
  await writeFile(file, '');
  assert.equal((await project.run(['unlock', 'ingest slow v1'])).code, 75);
  assert.equal((await project.run(['unlock', 'ingest slow v1', '--force'])).code, 0);
  assert.equal((await project.run(['ingest', 'slow', 'v1'])).code, 0);
});
