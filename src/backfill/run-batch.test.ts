import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { EXIT } from '../error-codes.ts';
import { type Facts, type Level, silentReporter } from '../report.ts';
import { storeLayout } from '../store/layout.ts';
import { type BatchRecord, type BatchRun, createBatch, readBatch, readRuns } from './batch-record.ts';
import type { Ending, Executor } from './executor.ts';
import { Queue } from './queue.ts';
import { runBatch } from './run-batch.ts';

/** A batch in a store that has nothing else; `end` says how each attempt ends. */
async function scene(t: TestContext, bounds: Partial<BatchRecord> & { runs: BatchRun[] }) {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-batch-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const layout = storeLayout(path.join(dir, '.lifecycle'));
  const batch = await createBatch(layout, { at_once: 9, per_host: 9, retries: 1, retry_wait: 0, ...bounds });
  const began: { name: string; at: number }[] = [];
  const said: { level: Level; message: string; facts: Facts | undefined }[] = [];
  const progress: number[] = [];
  const run = (end: (name: string, time: number) => Ending, retryFailed = false) => {
    const executor: Executor = {
      begin: () => ({}),
      canGoOn: () => false,
      async carryOut({ template, version }) {
        const name = `${template} ${version}`;
        began.push({ name, at: performance.now() });
        return end(name, began.filter((each) => each.name === name).length);
      },
    };
    const reporter = {
      ...silentReporter,
      log: (level: Level, message: string, facts?: Facts) => void said.push({ level, message, facts }),
      progress: (_label: string, done: number) => void progress.push(done),
    };
    const signal = new AbortController().signal;
    return runBatch(batch, { layout, projectDir: dir, executor, reporter, signal, retryFailed });
  };
  return { layout, batch, run, began, said, progress };
}

const runOf = (template: string, version: string, host: string | null = null): BatchRun => {
  return { template, version, host, parameters: {} };
};
const made: Ending = { exitCode: EXIT.done, state: 'made' };
const failed: Ending = { exitCode: EXIT.failed, code: 'SRC_NOT_FOUND', message: 'there is none' };

test('a version is not made of an input that failed, and both are run again in order', async (t) => {
  const runs = [runOf('output', 'v1'), runOf('output', 'v2'), runOf('input', 'v1'), runOf('input', 'v2')];
  const { run, began, batch } = await scene(t, { runs, after: { output: ['input'] } });
  const first = await run((name) => (name === 'input v1' ? failed : made));
  assert.deepEqual(
    first.map(({ state }) => state),
    ['failed', 'made', 'failed', 'made'],
  );
  assert.deepEqual(
    [first[0]!.attempts[0]?.code, first[0]!.attempts[0]?.message],
    ['LIF_INPUT_FAILED', 'input v1, which it depends on, failed in this batch'],
  );
  // Which of two versions begins first is nobody's promise.
  const names = began.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), ['input v1', 'input v2', 'output v2']);
  assert.ok(names.indexOf('input v2') < names.indexOf('output v2'), names.join());
  began.length = 0;
  const again = await run(() => made, true);
  assert.deepEqual(
    began.map(({ name }) => name),
    ['input v1', 'output v1'],
  );
  assert.ok(again.every(({ state }) => state === 'made'));
  assert.equal(batch.runs.length, 4);
});

test('a host that answers 429 with Retry-After is left alone by all of the batch for so long', async (t) => {
  const runs = ['v1', 'v2', 'v3'].map((version) => runOf('a', version, 'busy'));
  const { run, began } = await scene(t, { runs: [...runs, runOf('b', 'v1', 'free')], per_host: 1 });
  const busy: Ending = { ...failed, code: 'SRC_HTTP_STATUS', status: 429, retryAfterSeconds: 1 };
  const start = performance.now();
  const records = await run((name, time) => (name === 'a v1' && time === 1 ? busy : made));
  assert.ok(records.every(({ state }) => state === 'made'));
  const [first, other, ...late] = began;
  assert.deepEqual([first?.name, other?.name].toSorted(), ['a v1', 'b v1']);
  assert.equal(late.length, 3);
  for (const { name, at } of late) assert.ok(at - start >= 990, `${name} after ${at - start} ms`);
});

test('a pause that ends between two looks at the clock is over, and nobody waits for it', {
  timeout: 20_000,
}, async (t) => {
  const { run, began } = await scene(t, { runs: [runOf('a', 'v1', 'busy')] });
  const next = Queue.prototype.next;
  t.mock.method(Queue.prototype, 'next', function (this: Queue) {
    const job = next.call(this);
    if (!job && this.active.size === 0) {
      const until = performance.now() + this.pauseMs();
      while (performance.now() < until);
    }
    return job;
  });
  const busy: Ending = { ...failed, code: 'SRC_HTTP_STATUS', status: 429, retryAfterSeconds: 0.05 };
  const records = await run((_name, time) => (time === 1 ? busy : made));
  assert.deepEqual([records[0]!.state, began.length], ['made', 2]);
});

test('a damaged record of a run stops nothing: the run is open', async (t) => {
  const { run, began, layout, batch } = await scene(t, { runs: [runOf('a', 'v1'), runOf('a', 'v2')] });
  await run(() => made);
  await writeFile(path.join(layout.batches, batch.id, 'runs', '2.json'), '{"format": 1, "batch"');
  began.length = 0;
  await run(() => made);
  assert.deepEqual(
    began.map(({ name }) => name),
    ['a v2'],
  );
  assert.ok((await readRuns(layout, batch)).every(({ state }) => state === 'made'));
});

test('a damaged record of a batch says what to do, and which file it is', async (t) => {
  const { layout, batch } = await scene(t, { runs: [runOf('a', 'v1')] });
  await writeFile(path.join(layout.batches, batch.id, 'batch.json'), '');
  await assert.rejects(readBatch(layout, batch.id), (error: Error & { code?: string; hint?: string }) => {
    assert.equal(error.code, 'STO_UNREADABLE');
    assert.match(error.message, /batch\.json cannot be read/);
    assert.match(error.hint!, /give the words of the batch again/);
    return true;
  });
});

test('progress counts what has ended, to the last', async (t) => {
  const { run, progress, said } = await scene(t, {
    runs: ['v1', 'v2', 'v3'].map((each) => runOf('a', each)),
    at_once: 1,
  });
  await run((name) => (name === 'a v2' ? failed : made));
  assert.deepEqual([...new Set(progress)], [0, 1, 2, 3]);
  assert.deepEqual(
    said.map(({ level, message }) => `${level} ${message}`),
    ['info a v1: made', 'error a v2: failed', 'info a v3: made'],
  );
});
