import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { VENV } from '../../test/ingest/project.ts';
import type { Engine } from '../engine/engine.ts';
import { Once } from './once.ts';
import { Sessions } from './sessions.ts';

const forever = new AbortController().signal;
/** Takes minutes, in no memory. */
const ENDLESS = 'SELECT count(*) FROM range(1000000000) a, range(100000) b WHERE hash(a.range + b.range) = 1';

async function sessions(t: TestContext) {
  const storeDir = await mkdtemp(path.join(tmpdir(), 'lifecycle-sessions-'));
  t.after(() => rm(storeDir, { recursive: true, force: true }));
  const opened = new Sessions({ storeDir, venvDir: VENV });
  t.after(() => opened.close());
  return { opened, scratch: () => readdir(path.join(storeDir, '.cache')) };
}

test('a statement that nobody waits for any more makes room for the next', async (t) => {
  const { opened } = await sessions(t);
  const askers = Array.from({ length: 5 }, () => new AbortController());
  const began: number[] = [];
  const ended = askers.map(({ signal }, i) =>
    assert.rejects(
      opened.use(signal, (engine) => {
        began.push(i);
        return engine.rows(ENDLESS);
      }),
      { name: 'AbortError' },
    ),
  );
  while (began.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
  // One that waits for its turn, then two that run.
  askers[4]!.abort();
  await ended[4];
  const since = performance.now();
  askers[0]!.abort();
  await ended[0];
  askers[1]!.abort();
  await ended[1];
  assert.ok(performance.now() - since < 10_000);
  assert.deepEqual(await opened.use(forever, (engine) => engine.rows('SELECT 1 AS one')), [{ one: 1 }]);
  for (const asker of askers) asker.abort();
  await Promise.all(ended);
  assert.deepEqual(began.toSorted(), [0, 1, 2, 3]);
});

test('what several sessions hold has one bound, and their scratch goes with them', async (t) => {
  const { opened, scratch } = await sessions(t);
  const limits = await Promise.all(
    [0, 1].map(() =>
      opened.use(forever, (engine: Engine) => engine.row("SELECT current_setting('memory_limit') AS n")),
    ),
  );
  assert.deepEqual(limits[0], limits[1]);
  assert.equal((await scratch()).length, 1);
  await opened.close();
  assert.deepEqual(await scratch(), []);
  assert.deepEqual(await opened.use(forever, (engine) => engine.row('SELECT 2 AS two')), { two: 2 }, 'it opens again');
});

test('work that several ask for is done once, and stops when the last has given up', async () => {
  const once = new Once<number>();
  let begun = 0;
  let stopped: AbortSignal | undefined;
  const work = (signal: AbortSignal) => {
    begun++;
    stopped = signal;
    return new Promise<number>((resolve) => setTimeout(() => resolve(begun), 50));
  };
  assert.deepEqual(await Promise.all([once.ask('a', forever, work), once.ask('a', forever, work)]), [1, 1]);
  assert.equal(begun, 1);
  assert.equal(await once.ask('a', forever, work), 2, 'what is done is done anew');

  const [one, two] = [new AbortController(), new AbortController()];
  const both = [one, two].map(({ signal }) => assert.rejects(once.ask('b', signal, work), { name: 'AbortError' }));
  one.abort();
  await both[0];
  assert.equal(stopped!.aborted, false, 'the other still waits');
  two.abort();
  await both[1];
  assert.equal(stopped!.aborted, true);
  const failing = () => Promise.reject(new Error('no'));
  await assert.rejects(once.ask('c', forever, failing), /no/);
  assert.equal(await once.ask('c', forever, async () => 7), 7, 'a failure is not kept');
});
