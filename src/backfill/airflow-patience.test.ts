import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { AirflowClient } from '../airflow/client.ts';
import type { LifecycleError } from '../errors.ts';
import { type Level, silentReporter } from '../report.ts';
import { patientAirflow } from './airflow-patience.ts';

/** A server that answers as it is told, and what is said meanwhile. */
async function scene(t: { after(work: () => void): void }, statusOf: (count: number) => number, patienceMs: number) {
  let count = 0;
  const server = createServer((_request, response) => {
    const status = statusOf(++count);
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"is_paused": false, "detail": "no"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const client = new AirflowClient({ url: `http://127.0.0.1:${port}`, token: 'none' });
  const said: string[] = [];
  const reporter = { ...silentReporter, log: (level: Level, text: string) => void said.push(`${level} ${text}`) };
  const patient = patientAirflow(client, reporter, patienceMs);
  const isPaused = async () => (await client.dag('ingest_x')).is_paused;
  const ask = (signal = new AbortController().signal) => patient(isPaused, signal);
  return { ask, said, asked: () => count };
}

test('an Airflow that is away is waited for, and that is said once for all who ask', async (t) => {
  const { ask, said } = await scene(t, (count) => (count <= 4 ? 503 : 200), 60_000);
  assert.deepEqual(await Promise.all([ask(), ask()]), [false, false]);
  assert.equal(said.length, 2, said.join());
  assert.match(said[0]!, /^warning .*; waiting for it, 60\.0 s at most$/);
  assert.match(said[1]!, /^info Airflow at .* answers again$/);
});

test('it is waited for so long and no longer; what it refuses is told at once, and a stop ends the wait', async (t) => {
  const away = await scene(t, () => 502, 700);
  await assert.rejects(away.ask(), (error: LifecycleError) => {
    assert.equal(error.code, 'AIR_UNREACHABLE');
    assert.match(error.message, /has not answered for 700 ms/);
    return true;
  });
  const refusing = await scene(t, () => 404, 60_000);
  await assert.rejects(refusing.ask(), { code: 'AIR_REFUSED' });
  assert.equal(refusing.asked(), 1);
  const stopped = await scene(t, () => 503, 60_000);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  const start = performance.now();
  await assert.rejects(stopped.ask(stop.signal));
  assert.ok(performance.now() - start < 10_000);
});
