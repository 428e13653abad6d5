import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { readHealth, unhealthyParts } from './health.ts';

const NOW = '2026-01-01T12:00:00+00:00';
const OLD = '2026-01-01T11:59:50+00:00';

async function answering(body: unknown, status = 200) {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const report = await readHealth(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  server.close();
  return report;
}

const part = (name: string, heartbeat: string | null, status = 'healthy') => ({
  [name]: { status, [`latest_${name}_heartbeat`]: heartbeat },
});
const healthy = {
  metadatabase: { status: 'healthy' },
  ...part('scheduler', NOW),
  ...part('triggerer', NOW),
  ...part('dag_processor', NOW),
};

test('all parts up', async () => {
  assert.deepEqual(unhealthyParts(await answering(healthy), new Date(NOW)), []);
});

test('a part that is not, or has never been seen', async () => {
  const report = await answering({
    ...healthy,
    ...part('triggerer', NOW, 'unhealthy'),
    ...part('dag_processor', null),
  });
  assert.deepEqual(unhealthyParts(report), ['triggerer', 'dag-processor']);
});

test('a heartbeat that an earlier server left does not count', async () => {
  const report = await answering({ ...healthy, ...part('scheduler', OLD) });
  assert.deepEqual(unhealthyParts(report), []);
  assert.deepEqual(unhealthyParts(report, new Date(NOW)), ['scheduler']);
});

test('a web server that does not answer, or with an error', async () => {
  assert.deepEqual(unhealthyParts(await answering({}, 503)), ['api-server']);
  assert.deepEqual(unhealthyParts(await readHealth('http://127.0.0.1:1')), ['api-server']);
});
