import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { connectorFor } from '../../src/sources/index.ts';
import { failsWith, type Handler, scene, serve } from './fixture.ts';

const connector = await connectorFor('socrata');
const ARGS = { org: 'nyc', uid: 'w7w3-xahh', format: 'csv' };
/** 2024-03-10 23:30 in New York, already the 11th in UTC. */
const UPDATED = Date.UTC(2024, 2, 11, 3, 30) / 1000;

const portal: Handler = (request, response) => {
  const answers: Record<string, () => void> = {
    '/api/views/w7w3-xahh.json': () => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: 'w7w3-xahh', name: 'Businesses', rowsUpdatedAt: UPDATED, columns: [] }));
    },
    '/api/views/aaaa-0000.json': () => void response.end(JSON.stringify({ id: 'aaaa-0000', name: 'No time' })),
    '/api/views/w7w3-xahh/rows.csv': () => {
      response.setHeader('content-encoding', 'gzip');
      response.end(gzipSync('id,name\n1,Astoria\n'));
    },
    '/api/geospatial/w7w3-xahh?method=export&format=GeoJSON': () =>
      void response.end('{"type":"FeatureCollection","features":[]}'),
    '/api/geospatial/w7w3-xahh?method=export&format=Shapefile': () => {
      response.writeHead(302, { location: '/files/export.zip' }).end();
    },
    '/files/export.zip': () => void response.end('PK\x03\x04…'),
    '/api/views/bbbb-1111/rows.csv': () => void response.end('{"error": true, "message": "Not ready"}'),
  };
  const answer = answers[request.url ?? ''];
  if (answer) answer();
  else response.writeHead(404).end('{"code":"not_found","error":true,"message":"Cannot find view"}');
};

describe('socrata', () => {
  it('takes the day of the last update in New York as version', async () => {
    await using server = await serve(portal);
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_SOCRATA: server.url } });
    assert.equal(await connector.latestVersion?.(ARGS, stage.context), '20240310');
  });

  it('fault 29: says so when the metadata has no update time', async () => {
    await using server = await serve(portal);
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_SOCRATA: server.url } });
    const version = connector.latestVersion?.({ ...ARGS, uid: 'aaaa-0000' }, stage.context);
    assert.match((await failsWith('SRC_ANSWER', version ?? Promise.resolve())).message, /rowsUpdatedAt/);
  });

  it('exports csv, geojson and shapefile under the names of the department', async () => {
    await using server = await serve(portal);
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_SOCRATA: server.url } });
    const fetch = (format: string) => connector.fetch({ ...ARGS, format }, stage.destination, stage.context);
    const csv = await fetch('csv');
    assert.equal(csv.filename, 'w7w3-xahh.csv');
    assert.equal(await readFile(csv.path, 'utf8'), 'id,name\n1,Astoria\n');
    assert.equal((await fetch('geojson')).filename, 'w7w3-xahh.geojson');
    const shapefile = await fetch('shapefile');
    assert.equal(shapefile.filename, 'w7w3-xahh.shp.zip');
    assert.equal(shapefile.facts.final_url, `${server.url}/files/export.zip`);
  });

  it('refuses an error in place of data, an unknown dataset, and wrong arguments', async () => {
    await using server = await serve(portal);
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_SOCRATA: server.url } });
    const fetch = (args: Record<string, unknown>) =>
      connector.fetch({ ...ARGS, ...args }, stage.destination, stage.context);
    await failsWith('SRC_ANSWER', fetch({ uid: 'bbbb-1111' }));
    assert.match((await failsWith('SRC_HTTP_STATUS', fetch({ uid: 'cccc-2222' }))).message, /Cannot find view/);
    await failsWith('SRC_ARGUMENTS', fetch({ uid: '../../x' }));
    await failsWith('SRC_ARGUMENTS', fetch({ org: 'nj' }));
    await failsWith('SRC_ARGUMENTS', fetch({ format: 'xml' }));
    await failsWith('SRC_ARGUMENTS', fetch({ org: undefined }));
  });

  it('sends credentials from the environment or an Airflow connection', async () => {
    await using server = await serve(portal);
    const env = { LIFECYCLE_ENDPOINT_SOCRATA: server.url };
    await using own = await scene({
      env: { ...env, SOCRATA_USER: 'me', SOCRATA_PASSWORD: 'pass', SOCRATA_APP_TOKEN: 'token' },
    });
    await connector.fetch(ARGS, own.destination, own.context);
    assert.equal(server.requests.at(-1)?.headers.authorization, `Basic ${btoa('me:pass')}`);
    assert.equal(server.requests.at(-1)?.headers['x-app-token'], 'token');
    await using airflow = await scene({
      env: { ...env, AIRFLOW_CONN_LIFECYCLE_SOCRATA: 'http://you:p%40ss@socrata/?app_token=other' },
    });
    await connector.fetch(ARGS, airflow.destination, airflow.context);
    assert.equal(server.requests.at(-1)?.headers.authorization, `Basic ${btoa('you:p@ss')}`);
    assert.equal(server.requests.at(-1)?.headers['x-app-token'], 'other');
  });
});
