import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { NO_GEOMETRY } from '../../src/parquet/geo-metadata.ts';
import { connectorFor } from '../../src/sources/index.ts';
import { hashText } from '../../src/store/files.ts';
import type { IngestRecord } from '../../src/store/ingest-record.ts';
import { failsWith, type Scene, scene, serve } from './fixture.ts';

/** A published version. */
async function publish(stage: Scene, id: string, version: string): Promise<void> {
  const dir = path.join(stage.context.settings.storeDir, 'ingest', id, version);
  const content = `PAR1 ${version}`;
  await mkdir(path.join(dir, id), { recursive: true });
  await writeFile(path.join(dir, id, `${id}.parquet`), content);
  const file = { path: `${id}/${id}.parquet`, bytes: content.length, sha256: hashText(content) };
  const dataset = { id, path: file.path, rows: 0, columns: [], ...NO_GEOMETRY };
  const record: IngestRecord = {
    ...{ format: 1, template: id, version, created: '2024-01-01T00:00:00.000Z', runner: 'native', mode: null },
    ...{ previous: null, source: {}, raw: null, datasets: [dataset], files: [file], timings: {} },
  };
  await writeFile(path.join(dir, 'record.json'), JSON.stringify(record));
  await writeFile(path.join(dir, '..', 'latest'), `${version}\n`);
}

describe('edm.recipes.datasets', () => {
  it("comes from the project's own store where that has it, else from the archive", async () => {
    await using archive = await serve((request, response) => {
      if (request.url === '/edm-recipes/datasets/bpl_libraries/20200101/bpl_libraries.parquet')
        response.end('PAR1 archive');
      else if (request.url === '/edm-recipes/datasets/other/latest/config.json')
        response.end('{"version": "20200202"}');
      else response.writeHead(404).end();
    });
    await using stage = await scene({ env: { AWS_S3_ENDPOINT: archive.url } });
    await publish(stage, 'bpl_libraries', '20240101');
    const connector = await connectorFor('edm.recipes.datasets');
    const args = { key: 'bpl_libraries' };
    assert.equal(await connector.latestVersion?.(args, stage.context), '20240101');
    assert.equal(await connector.latestVersion?.({ key: 'other' }, stage.context), '20200202');

    const own = await connector.fetch(args, stage.destination, { ...stage.context, version: '20240101' });
    assert.equal(await readFile(own.path, 'utf8'), 'PAR1 20240101');
    assert.equal(own.filename, 'bpl_libraries.parquet');
    assert.deepEqual(own.facts, {
      origin: 'own store',
      dataset: 'bpl_libraries',
      version: '20240101',
      bytes: 13,
      sha256: hashText('PAR1 20240101'),
    });
    const older = await connector.fetch(args, stage.destination, { ...stage.context, version: '20200101' });
    assert.equal(await readFile(older.path, 'utf8'), 'PAR1 archive');
    const csv = { ...args, file_type: 'csv' };
    await failsWith(
      'SRC_NOT_FOUND',
      connector.fetch(csv, stage.destination, { ...stage.context, version: '20240101' }),
    );
  });
});
