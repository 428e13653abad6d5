import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { familyOf } from '../processes/families.ts';
import { listProcesses } from '../processes/process-table.ts';
import { silentReporter } from '../report.ts';
import { Component, lastLines } from './component.ts';

let dir: string;
before(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-component-'));
});
after(() => rm(dir, { recursive: true, force: true }));

function component(name: string, script: string, stopWithinMs = 2_000): Component {
  const plan = {
    name,
    command: '/bin/sh',
    args: ['-c', script],
    env: { PATH: process.env.PATH },
    cwd: dir,
    logFile: path.join(dir, `${name}.log`),
    stopSignal: 'SIGTERM' as const,
    stopWithinMs,
  };
  return new Component(plan, silentReporter, () => {});
}

async function until(check: () => Promise<boolean> | boolean): Promise<void> {
  for (let i = 0; i < 100 && !(await check()); i++) await sleep(50);
  assert.ok(await check());
}

const familySize = (leaders: ReadonlySet<number>) => familyOf(listProcesses(), leaders).length;

test('one that dies is started again, without the children of the first', async () => {
  const dying = component(
    'dying',
    'echo begun >> begun; sleep 60 & if [ $(wc -l < begun) -lt 2 ]; then exit 3; fi; wait',
  );
  await dying.start();
  await until(async () => (await readFile(path.join(dir, 'begun'), 'utf8').catch(() => '')).split('\n').length === 3);
  assert.equal(dying.failures, 1);
  assert.equal(dying.leaders.size, 2);
  const [first] = dying.leaders;
  assert.equal(familySize(new Set([first!])), 0);
  await dying.stop();
  assert.equal(dying.state, 'stopped');
});

test('stop waits for one that cleans up', async () => {
  const tidy = component('tidy', 'trap "echo tidied; exit 0" TERM; echo up; while :; do sleep 0.05; done');
  await tidy.start();
  await until(async () => (await lastLines(tidy.plan.logFile, 1))[0] === 'up');
  await tidy.stop();
  assert.deepEqual(await lastLines(tidy.plan.logFile, 2), ['up', 'tidied']);
  assert.equal(tidy.failures, 0);
});

test('stop kills one that does not end, with its children', async () => {
  const deaf = component('deaf', 'trap "" TERM; echo up; while :; do sleep 0.05; done', 200);
  await deaf.start();
  await until(async () => (await lastLines(deaf.plan.logFile, 1))[0] === 'up');
  await deaf.stop();
  // A signal to a group has been sent, not delivered, when `kill` returns.
  await until(() => familySize(deaf.leaders) === 0);
});

test('a program that is not there counts as a failure', async () => {
  const plan = { ...component('missing', '').plan, command: path.join(dir, 'no-such-program') };
  const missing = new Component(plan, silentReporter, () => {});
  await missing.start();
  await until(() => missing.failures === 1);
  await missing.stop();
});

test('one that runs and does not work is started anew, with the reason told', async () => {
  const said: string[] = [];
  const plan = component('stuck', 'trap "" TERM; echo up >> stuck; while :; do sleep 0.05; done', 200).plan;
  const reporter = {
    ...silentReporter,
    log: (_level: string, text: string, facts = {}) => void said.push(text + JSON.stringify(facts)),
  };
  const stuck = new Component(plan, reporter, () => {});
  const ups = async () => (await readFile(path.join(dir, 'stuck'), 'utf8').catch(() => '')).split('\n').length - 1;
  await stuck.start();
  await until(async () => (await ups()) === 1);
  await stuck.restart('no answer');
  await until(async () => (await ups()) === 2);
  assert.match(said[0]!, /^stuck is started anew.*"reason":"no answer"/);
  await stuck.stop();
});

test('a start that cannot be made is tried again', async () => {
  const dying = component('homeless', 'echo up; exit 3');
  const plan = { ...dying.plan, logFile: path.join(dir, 'not yet', 'homeless.log') };
  await mkdir(path.join(dir, 'not yet'));
  const homeless = new Component(plan, silentReporter, () => {});
  await homeless.start();
  await rm(path.join(dir, 'not yet'), { recursive: true });
  await until(() => homeless.failures >= 2);
  await mkdir(path.join(dir, 'not yet'));
  await until(async () => (await lastLines(plan.logFile, 1))[0] === 'up');
  await homeless.stop();
});
