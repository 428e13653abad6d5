import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentReporter } from '../report.ts';
import { AirflowClient } from './client.ts';
import { tellStandstill } from './standstill.ts';

test('whoever waits for runs hears once why they stand still', { timeout: 30_000 }, async (t) => {
  let [status, dag] = [200, { is_paused: false, is_stale: false }];
  let asked = 0;
  const server = createServer((_request, response) => {
    asked++;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(dag));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const said: string[] = [];
  const log = (level: string, text: string) => void said.push(`${level} ${text}`);
  const client = new AirflowClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'x' });
  const stop = tellStandstill(client, 'ingest_x', { ...silentReporter, log }, 10);
  t.after(() => {
    stop();
    server.closeAllConnections();
    server.close();
  });
  const looks = async () => {
    for (const from = asked; asked < from + 4; ) await sleep(10);
  };
  await looks();
  assert.deepEqual(said, []);
  dag = { is_paused: true, is_stale: false };
  await looks();
  assert.deepEqual(said, ['warning ingest_x is paused in Airflow; its runs go on once it is switched on']);
  // A web server that is started anew says nothing about the DAG.
  status = 503;
  await looks();
  assert.equal(said.length, 1);
  [status, dag] = [200, { is_paused: false, is_stale: true }];
  await looks();
  assert.match(said[1] ?? '', /what ingest_x was made from is not in the project any more/);
  status = 404;
  await looks();
  assert.equal(said.length, 2);
});
