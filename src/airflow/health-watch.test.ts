import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentReporter } from '../report.ts';
import type { HealthReport } from './health.ts';
import { watchHealth } from './health-watch.ts';

function report(sick: readonly string[]): HealthReport {
  const part = (name: string) => ({ healthy: !sick.includes(name), heartbeat: new Date() });
  const parts = { scheduler: part('scheduler'), triggerer: part('triggerer'), dag_processor: part('dag_processor') };
  return { metadatabase: part('metadatabase'), ...parts };
}

/** What is restarted while the health page says these things, one after another and the last for good. */
async function restarted(pages: (readonly string[] | undefined)[], lookFor = 12): Promise<string[]> {
  const found: string[] = [];
  let looks = 0;
  const stop = watchHealth({
    read: async () => {
      const page = pages[Math.min(looks++, pages.length - 1)];
      return page && report(page);
    },
    restart: async (name) => void found.push(name),
    reporter: silentReporter,
    everyMs: 20,
    patienceMs: 100,
  });
  while (looks < lookFor) await sleep(5);
  stop();
  await sleep(50);
  return found;
}

test('what does not answer for long is restarted, once in its time', async () => {
  const found = await restarted([['triggerer']]);
  assert.ok(found.length >= 1 && found.length <= 2, String(found));
  assert.ok(found.every((name) => name === 'triggerer'));
});

test('what is well, or well again in between, is left alone', async () => {
  assert.deepEqual(await restarted([[]]), []);
  const twice = [['scheduler'], ['scheduler'], []];
  assert.deepEqual(await restarted([...twice, ...twice, ...twice, []]), []);
});

test('while the web server or the database is not well, nothing is said of the others', async () => {
  const withoutServer = await restarted([undefined]);
  assert.ok(withoutServer.length > 0 && withoutServer.every((name) => name === 'api-server'), String(withoutServer));
  const withoutDatabase = await restarted([['metadatabase', 'scheduler', 'triggerer', 'dag_processor']]);
  assert.ok(withoutDatabase.length > 0 && withoutDatabase.every((name) => name === 'postgres'));
});

test('a look that fails is told, and the watch goes on', async () => {
  const said: string[] = [];
  let looks = 0;
  const stop = watchHealth({
    read: async () => {
      if (++looks < 3) throw new Error('too many open files');
      return report(['triggerer']);
    },
    restart: async (name) => void said.push(name),
    reporter: { ...silentReporter, log: (_level, text) => void said.push(text) },
    everyMs: 10,
    patienceMs: 0,
  });
  while (!said.includes('triggerer')) await sleep(5);
  stop();
  assert.match(said[0]!, /could not be looked at/);
});
