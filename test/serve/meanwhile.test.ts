import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServedProject } from './project.ts';

test('what is asked while versions are made, replaced and removed is answered or has gone', async (t) => {
  const served = await ServedProject.make(t);
  await served.lifecycle('ingest', 'parks', '1');
  await served.lifecycle('ingest', 'parks', '2');
  await served.start();
  const asked = [
    '/api/assets',
    '/api/assets/ingest/parks',
    '/api/assets/ingest/parks/versions/1',
    '/api/rows?ref=parks@1',
    '/api/rows?ref=parks@1&sort=-name&limit=1',
    '/api/profile?ref=parks@1',
    '/api/tiles?ref=parks@1',
    '/api/tiles/9/150/192?ref=parks@1',
    '/api/files/ingest/parks/1/parks/parks.parquet',
    '/api/lineage/ingest/parks',
  ];
  const seen = new Map<number, number>();
  let isDone = false;
  const askers = asked.map(async (address) => {
    while (!isDone) {
      const { status, json } = await served.ask(address);
      seen.set(status, (seen.get(status) ?? 0) + 1);
      assert.ok(status < 400 || status === 404, `${address}: ${JSON.stringify(json)}`);
    }
  });
  // Until enough has been asked of what is there, and something of what is not.
  const work = (async () => {
    for (let i = 0; i < 3 || (seen.get(200) ?? 0) <= 50 || !seen.has(404); i++) {
      await served.lifecycle('remove', 'parks@1');
      await served.lifecycle('ingest', 'parks', '1');
    }
    isDone = true;
  })();
  await Promise.all([work, ...askers]).finally(() => {
    isDone = true;
  });
});
