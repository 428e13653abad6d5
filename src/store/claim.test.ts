import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { processPlace } from '../processes/identity.ts';
import { withClaim } from './claim.ts';
import { hashText } from './files.ts';
import { heldClaims } from './held-claims.ts';
import { type StoreLayout, storeLayout } from './layout.ts';
import { withStaging } from './staging.ts';

async function emptyStore(t: TestContext): Promise<StoreLayout> {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-claim-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  return storeLayout(root);
}

const lockOf = (layout: StoreLayout, subject: string) =>
  path.join(layout.locks, `${hashText(subject.toUpperCase()).slice(0, 32)}.json`);

/** The pid of a process that has ended. */
const deadPid = () => spawnSync('true').pid;

const place = await processPlace();

const stale = (subject: string, changes: Record<string, unknown> = {}) =>
  JSON.stringify({
    ...{ subject, pid: deadPid(), host: hostname(), place, identity: 'gone', since: 'long ago', token: 'stale' },
    ...{ lease_seconds: 60, ...changes },
  });

/** Makes a lock look as if nothing had been heard of its holder for so long. */
async function silentFor(file: string, seconds: number): Promise<void> {
  const then = Date.now() / 1000 - seconds;
  await utimes(file, then, then);
}

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

test('names that some machine cannot tell apart are one claim, and the error says under which it is held', async (t) => {
  const layout = await emptyStore(t);
  await withClaim(layout, 'ingest a 16a\u00e9', async () => {
    for (const twin of ['ingest a 16A\u00e9', 'ingest a 16ae\u0301']) {
      await assert.rejects(
        withClaim(layout, twin, async () => assert.fail('two hold it')),
        (error: unknown) => busy(error) && error instanceof LifecycleError && / as ingest a 16aé, /.test(error.message),
      );
    }
  });
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
  // A name that another machine may have as well: it proves nothing of a process that cannot be looked at.
  await leave(layout, 'x', stale('x', { place: 'other namespace' }));
  assert.equal((await heldClaims(layout))[0]?.alive, true);
  await assert.rejects(
    withClaim(layout, 'x', async () => 3),
    busy,
  );
  assert.match(await readFile(lockOf(layout, 'x'), 'utf8'), /other namespace/);
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

for (const [name, changes] of [
  ['another machine', { host: 'elsewhere' }],
  ['another container that has our host name', { place: 'other namespace' }],
] as const) {
  test(`fault 7: of ${name}, the lock is taken over when its lease has run out, and not before`, async (t) => {
    const layout = await emptyStore(t);
    const file = lockOf(layout, 'x');
    await leave(layout, 'x', stale('x', { ...changes, token: 'fedcba9876543210' }));
    const staged = path.join(
      layout.staging,
      `x.fedcba9876543210.${'a'.repeat(12)}-1-${'b'.repeat(12)}-${'c'.repeat(8)}`,
    );
    await mkdir(staged, { recursive: true });
    const claim = () => withClaim(layout, 'x', async () => 1);
    await assert.rejects(claim(), busy);
    await silentFor(file, 50);
    await assert.rejects(claim(), busy);
    assert.deepEqual(
      (await heldClaims(layout)).map(({ alive }) => alive),
      [true],
    );
    // Work on something else does not touch what the silent one has staged: it may wake up.
    await withClaim(layout, 'y', (held) => withStaging(held, 'y', async () => undefined));
    assert.deepEqual(await readdir(layout.staging), [path.basename(staged)]);
    await silentFor(file, 61);
    assert.deepEqual(
      (await heldClaims(layout)).map(({ alive }) => alive),
      [false],
    );
    assert.equal(await claim(), 1);
    assert.deepEqual([await readdir(layout.locks), await readdir(layout.staging)], [[], []]);
  });
}

test('fault 7: the lock of an earlier program, which renewed none, is taken over from a dead process of this host only', async (t) => {
  const layout = await emptyStore(t);
  const earlier = { place: undefined, lease_seconds: undefined };
  await leave(layout, 'x', stale('x', earlier));
  assert.equal(await withClaim(layout, 'x', async () => 1), 1);
  await leave(layout, 'x', stale('x', { ...earlier, host: 'elsewhere' }));
  await silentFor(lockOf(layout, 'x'), 1_000);
  await assert.rejects(
    withClaim(layout, 'x', async () => 1),
    busy,
  );
});

test('fault 7: a clock that is wrong by an hour makes no lock look silent', async (t) => {
  const layout = await emptyStore(t);
  await leave(layout, 'x', stale('x', { place: 'other namespace' }));
  const now = Date.now;
  t.after(() => {
    Date.now = now;
  });
  Date.now = () => now() + 3_600_000;
  await assert.rejects(
    withClaim(layout, 'x', async () => 1),
    busy,
  );
});

test('fault 7: a lock is renewed while its holder lives, also when its thread is busy', async (t) => {
  const layout = await emptyStore(t);
  await withClaim(
    layout,
    'x',
    async () => {
      const before = (await stat(lockOf(layout, 'x'))).mtimeMs;
      await wait(900);
      const renewed = (await stat(lockOf(layout, 'x'))).mtimeMs;
      assert.ok(renewed > before, 'not renewed');
      // Nothing else runs in this thread meanwhile.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500);
      const afterwards = (await stat(lockOf(layout, 'x'))).mtimeMs;
      assert.ok(afterwards - renewed > 900, `renewed ${afterwards - renewed} ms later`);
      assert.equal((await heldClaims(layout))[0]?.alive, true);
    },
    { leaseSeconds: 1.2 },
  );
  assert.deepEqual(await readdir(layout.locks), []);
});

test('fault 7: who has lost its claim publishes nothing, says so, and leaves the new one alone', async (t) => {
  const layout = await emptyStore(t);
  const isLost = (error: unknown) => error instanceof LifecycleError && error.code === 'STO_CLAIM_LOST';
  const takenOver = () => leave(layout, 'x', stale('x', { place: 'other namespace', token: 'new' }));
  const first = withClaim(layout, 'x', async (claim) => {
    await claim.assertHeld();
    await takenOver();
    await claim.assertHeld();
    assert.fail('it goes on');
  });
  await assert.rejects(first, isLost);
  assert.match(await readFile(lockOf(layout, 'x'), 'utf8'), /"new"/);

  await rm(lockOf(layout, 'x'));
  const second = withClaim(layout, 'x', async () => {
    await takenOver();
    throw new Error('ENOENT: what was staged is gone');
  });
  await assert.rejects(second, (error: unknown) => isLost(error) && /ENOENT/.test(String((error as Error).cause)));
});
