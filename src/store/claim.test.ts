import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { withClaim } from './claim.ts';
import { hashText } from './files.ts';
import { heldClaims } from './held-claims.ts';
import { type StoreLayout, storeLayout } from './layout.ts';

async function emptyStore(t: TestContext): Promise<StoreLayout> {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-claim-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  return storeLayout(root);
}

const lockOf = (layout: StoreLayout, subject: string) =>
  path.join(layout.locks, `${hashText(subject).slice(0, 32)}.json`);

/** The pid of a process that has ended. */
const deadPid = () => spawnSync('true').pid;

const stale = (subject: string, changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    ...{ subject, pid: deadPid(), host: hostname(), identity: 'gone', since: 'long ago', token: 'stale' },
    ...changes,
  });

async function leave(layout: StoreLayout, subject: string, text: string): Promise<void> {
  await mkdir(layout.locks, { recursive: true });
  await writeFile(lockOf(layout, subject), text);
}

const busy = (error: unknown) => error instanceof LifecycleError && error.code === 'STO_BUSY' && error.exitCode === 75;

test('a claim is held while the work runs, and by nobody else', async (t) => {
  const layout = await emptyStore(t);
  const value = await withClaim(layout, 'ingest a 1', async () => {
    const [claim] = await heldClaims(layout);
    assert.deepEqual(
      [claim?.subject, claim?.pid, claim?.host, claim?.alive],
      [...['ingest a 1', process.pid, hostname(), true]],
    );
    await assert.rejects(
      withClaim(layout, 'ingest a 1', async () => assert.fail('two hold it')),
      (error: unknown) => {
        assert.ok(busy(error) && error instanceof LifecycleError);
        assert.match(error.message, new RegExp(`^ingest a 1 is held by process ${process.pid} on .* since \\d{4}-`));
        assert.deepEqual((error.details as { holder: { pid: number } }).holder.pid, process.pid);
        return true;
      },
    );
    return withClaim(layout, 'ingest a 2', async () => 'another subject is free');
  });
  assert.equal(value, 'another subject is free');
  assert.deepEqual(await readdir(layout.locks), []);
});

test('a claim ends with its work, also when that fails', async (t) => {
  const layout = await emptyStore(t);
  await assert.rejects(
    withClaim(layout, 'x', () => Promise.reject(new Error('no'))),
    /^Error: no$/,
  );
  assert.deepEqual(await readdir(layout.locks), []);
  assert.equal(await withClaim(layout, 'x', async () => 1), 1);
});

test('fault 7: a dead holder is replaced; one that cannot be proven dead is not', async (t) => {
  const layout = await emptyStore(t);
  await leave(layout, 'x', stale('x'));
  assert.equal((await heldClaims(layout))[0]?.alive, false);
  assert.equal(await withClaim(layout, 'x', async () => 1), 1);
  // The pid lives, but belongs to another process by now.
  await leave(layout, 'x', stale('x', { pid: process.pid }));
  assert.equal(await withClaim(layout, 'x', async () => 2), 2);
  await leave(layout, 'x', stale('x', { host: 'elsewhere' }));
  assert.equal((await heldClaims(layout))[0]?.alive, true);
  await assert.rejects(
    withClaim(layout, 'x', async () => 3),
    busy,
  );
  assert.match(await readFile(lockOf(layout, 'x'), 'utf8'), /elsewhere/);
});

for (const text of ['', '{"pid": 1', 'null', '{}', '[]']) {
  test(`fault 7: a lock that says nothing (${JSON.stringify(text)}) is left alone while it is fresh`, async (t) => {
    const layout = await emptyStore(t);
    await leave(layout, 'x', text);
    await assert.rejects(
      withClaim(layout, 'x', async () => 1),
      busy,
    );
    assert.equal(await readFile(lockOf(layout, 'x'), 'utf8'), text);
  });
}

test('fault 7: of many that take over from the dead, one at a time has it', async (t) => {
  const layout = await emptyStore(t);
  for (let round = 0; round < 3; round++) {
    await leave(layout, 'x', stale('x', { token: `stale ${round}` }));
    let holders = 0;
    let most = 0;
    let done = 0;
    const contender = async () => {
      for (;;) {
        try {
          await withClaim(layout, 'x', async () => {
            most = Math.max(most, ++holders);
            await wait(1);
            holders--;
          });
          done++;
          return;
        } catch (error) {
          if (!busy(error)) throw error;
          await wait(5 + Math.random() * 10);
        }
      }
    };
    await Promise.all(Array.from({ length: 6 }, contender));
    assert.deepEqual([most, done], [1, 6]);
    assert.deepEqual(await readdir(layout.locks), []);
  }
});

test('fault 7: one that died while it took over is replaced as well, and what it left goes', async (t) => {
  const layout = await emptyStore(t);
  await leave(layout, 'x', stale('x'));
  await writeFile(`${lockOf(layout, 'x')}.stale`, stale('x', { token: 'taker' }));
  await writeFile(`${lockOf(layout, 'x')}.stale.taker`, stale('x', { token: 'taker of the taker' }));
  assert.equal(await withClaim(layout, 'x', async () => 1), 1);
  assert.deepEqual(await readdir(layout.locks), []);
});
