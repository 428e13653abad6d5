import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServedProject } from './project.ts';

const q = encodeURIComponent;

test('who may act, and a release', async (t) => {
  const served = await ServedProject.make(t);
  const get = (address: string) => served.ask(address);
  await served.lifecycle('ingest', 'library_visits', '2024-02');
  await served.start();

  await t.test('what failed a check is released with a reason, by whoever serves the page', async () => {
    const release = (version: string, body: unknown) =>
      served.ask(`/api/assets/ingest/library_visits/versions/${q(version)}/release`, {
        ...{ method: 'POST', body },
        headers: { authorization: `Bearer ${served.token}`, 'x-lifecycle-person': 'mallory' },
      });
    await assert.rejects(served.lifecycle('ingest', 'library_visits', '2024-04'));
    for (const body of [{}, { reason: '  ' }, { reason: 'x'.repeat(1_001) }, undefined]) {
      assert.equal((await release('2024-04', body)).status, 400, JSON.stringify(body));
    }
    const { status, json } = await release('2024-04', { reason: ' asked the libraries ' });
    assert.equal(status, 200);
    const { person } = (await get('/api/session')).json;
    assert.deepEqual([json.released.by, json.released.reason], [person, 'asked the libraries']);
    assert.deepEqual([json.is_new, json.latest.to], [true, '2024-04']);
    const { all_versions } = (await get('/api/assets/ingest/library_visits')).json;
    assert.equal(all_versions.find(({ key }: { key: string }) => key === '2024-04').state, 'published');
    const again = (await release('2024-04', { reason: 'another' })).json;
    assert.deepEqual([again.is_new, again.released], [false, json.released]);
    const refused = await release('2024-02', { reason: 'x' });
    assert.deepEqual([refused.status, refused.json.error.code], [409, 'STO_NOT_QUARANTINED']);
    assert.equal((await release('2030-01', { reason: 'x' })).status, 404);
    assert.equal((await release('../x', { reason: 'x' })).status, 400);
  });

  await t.test('whoever shows the token may do what can be done; without Airflow no run is started', async () => {
    const { json } = await get('/api/session?dag=ingest_parks');
    assert.deepEqual([json.airflow, json.may], [false, { change: true, remove: true, start: false }]);
    assert.equal((await served.ask('/api/session', { headers: {} })).status, 401);
  });
});
