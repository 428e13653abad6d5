import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Job, Queue } from './queue.ts';

let jobs = 0;

function jobOf(template: string, version: string, host: string | null = null): Job {
  const record = { format: 1 as const, batch: 'b', number: ++jobs, state: 'open' as const, attempts: [] };
  return { run: { template, version, host, parameters: {} }, record, notBefore: 0, retries: 0, waits: 0 };
}

const begun = (queue: Queue): string[] => {
  const names: string[] = [];
  for (let job = queue.next(); job; job = queue.next()) names.push(`${job.run.template} ${job.run.version}`);
  return names;
};

test('no more begin than the bounds let, of one host and in all, in the order of the batch', () => {
  const three = ['1', '2', '3'].map((version) => jobOf('a', version, 'one'));
  const queue = new Queue([...three, jobOf('b', '1', 'two'), jobOf('c', '1'), jobOf('c', '2')], {
    at_once: 4,
    per_host: 2,
  });
  assert.deepEqual(begun(queue), ['a 1', 'a 2', 'b 1', 'c 1']);
  queue.done(three[1]!, true);
  assert.deepEqual(begun(queue), ['a 3']);
  assert.equal(queue.isEmpty, false);
});

test('what a template depends on ends first, whatever its end is; others do not wait for it', () => {
  const input = jobOf('input', 'v1');
  const bounds = { at_once: 9, per_host: 9, after: { output: ['input'] } };
  const queue = new Queue([jobOf('output', 'v1'), input, jobOf('other', 'v1')], bounds);
  assert.deepEqual(begun(queue), ['input v1', 'other v1']);
  assert.equal(queue.pauseMs(), Number.POSITIVE_INFINITY);
  queue.done(input, false);
  assert.deepEqual(begun(queue), ['input v1']);
  queue.done(input, true);
  assert.deepEqual(begun(queue), ['output v1']);
});

test('a host that rests is asked by nobody, and others are', () => {
  const queue = new Queue([jobOf('a', '1', 'busy'), jobOf('b', '1', 'free'), jobOf('c', '1')], {
    at_once: 9,
    per_host: 9,
  });
  queue.rest('busy', 60_000);
  queue.rest('busy', 10);
  assert.deepEqual(begun(queue), ['b 1', 'c 1']);
  assert.ok(queue.pauseMs() > 50_000 && queue.pauseMs() <= 60_000, String(queue.pauseMs()));
});

test('tens of thousands of runs that wait for one host cost next to nothing', () => {
  const many = Array.from({ length: 20_000 }, (_, i) => jobOf('a', `v${i}`, 'one'));
  const queue = new Queue(many, { at_once: 4, per_host: 2 });
  const before = process.cpuUsage();
  let ended = 0;
  for (let job = queue.next(); job; job = queue.next()) {
    // Nothing more may begin, which is to be found out each time.
    while (queue.next());
    queue.pauseMs();
    for (const each of [...queue.active]) queue.done(each, true);
    ended++;
  }
  const { user, system } = process.cpuUsage(before);
  assert.equal(ended, 10_000);
  assert.ok((user + system) / 1e6 < 3, `${(user + system) / 1e6} s of CPU`);
});
