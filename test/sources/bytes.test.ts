import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { connectorFor } from '../../src/sources/index.ts';
import { failsWith, scene, serve } from './fixture.ts';

const SITE_MAP = {
  pluto: {
    pluto: { files: { csv: { filename: 'nyc_pluto_{v}_csv.zip' } }, bytes_dataset_key: 'pluto-mappluto-archive' },
  },
  lion: { atomic_polygons: { files: { notes: { filename: 'notes.pdf' }, odd: { filename: 'a.exe' } } } },
};

describe('bytes', () => {
  it('finds the latest release and its files by the site map', async () => {
    await using server = await serve((request, response) => {
      const url = request.url ?? '';
      if (url === '/content-api/v1/content/planning/resources/datasets/pluto-mappluto-archive') {
        response.end(JSON.stringify({ description: '<p><span>About</span><span>Latest Release: 24v3.1</span></p>' }));
      } else if (
        url === '/agencies/dcp/assets/files/zip/data-tools/bytes/pluto-mappluto-archive/nyc_pluto_24v3.1_csv.zip'
      ) {
        response.end('PK\x03\x04');
      } else if (url === '/agencies/dcp/assets/files/pdf/data-tools/bytes/notes.pdf') response.end('%PDF-1.7');
      else if (url.endsWith('/atomic-polygons')) response.end('{"description": "<p>none</p>"}');
      else response.writeHead(404).end();
    });
    const env = { LIFECYCLE_ENDPOINT_BYTES: server.url, LIFECYCLE_ENDPOINT_BYTES_API: server.url };
    await using stage = await scene({ env, version: '24v3.1' });
    await writeFile(path.join(stage.projectDir, 'map.json'), JSON.stringify(SITE_MAP));
    const connector = await connectorFor('bytes');
    const fetch = (args: Record<string, unknown>) =>
      connector.fetch({ site_map: 'map.json', ...args }, stage.destination, stage.context);
    const latest = (key: string) =>
      connector.latestVersion?.({ key, site_map: 'map.json' }, stage.context) ?? Promise.resolve();

    assert.equal(await latest('pluto'), '24v3.1');
    await failsWith('SRC_ANSWER', latest('lion.atomic_polygons'));
    assert.equal((await fetch({ key: 'pluto', file_id: 'csv' })).filename, 'nyc_pluto_24v3.1_csv.zip');
    assert.equal((await fetch({ key: 'lion.atomic_polygons', file_id: 'notes' })).filename, 'notes.pdf');
    for (const wrong of [
      { key: 'pluto', file_id: 'gdb' },
      { key: 'pluto.other', file_id: 'csv' },
      { key: 'a.b.c', file_id: 'csv' },
      { key: 'lion.atomic_polygons', file_id: 'odd' },
      { key: 'pluto', file_id: 'csv', site_map: undefined },
    ]) {
      await failsWith('SRC_ARGUMENTS', fetch(wrong));
    }
  });
});

describe('open_data', () => {
  it('is the portal of the city', async () => {
    await using server = await serve((_request, response) => void response.end('id\n1\n'));
    await using stage = await scene({ env: { LIFECYCLE_ENDPOINT_SOCRATA: server.url } });
    const connector = await connectorFor('open_data');
    const { filename } = await connector.fetch({ key: 'w7w3-xahh' }, stage.destination, stage.context);
    assert.equal(filename, 'w7w3-xahh.csv');
    assert.equal(server.requests[0]?.url, '/api/views/w7w3-xahh/rows.csv');
  });
});
