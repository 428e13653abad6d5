import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { LifecycleError } from '../errors.ts';
import { canReach, postgresPrograms, programsFor } from './postgres-programs.ts';

const NOT_ROOT = process.getuid?.() === 0 ? false : 'only root hands PostgreSQL to another account';
/** `nobody`, on every system. */
const NOBODY = { uid: 65_534, gid: 65_534 };

test('an account that cannot reach the installation gets a copy that runs, once', { skip: NOT_ROOT }, async (t) => {
  const base = await mkdtemp(path.join(tmpdir(), 'lifecycle-programs-'));
  t.after(() => rm(base, { recursive: true, force: true }));
  await chmod(base, 0o755);
  const { postgres } = await postgresPrograms();
  // As below /root: this account may look at nothing of ours.
  const reaches: typeof canReach = (account, ...files) =>
    files.every((file) => file.startsWith(base)) && canReach(account, ...files);
  const copied = await programsFor(NOBODY, { base, reaches });
  assert.notEqual(copied.postgres, postgres);
  assert.equal(
    execFileSync(copied.initdb, ['--version'], { ...NOBODY, cwd: '/' })
      .toString()
      .split(' ')[0],
    'initdb',
  );
  const [name] = await readdir(base);
  assert.deepEqual(await programsFor(NOBODY, { base, reaches }), copied);
  assert.deepEqual(await readdir(base), [name]);
  await chmod(base, 0o777);
  await assert.rejects(
    programsFor(NOBODY, { base, reaches }),
    (error) => error instanceof LifecycleError && /does not belong to root alone/.test(String(error.cause)),
  );
});
