import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { connectorFor } from '../../src/sources/index.ts';
import type { SourceContext } from '../../src/sources/source.ts';
import { failsWith, type Scene, scene, serve } from './fixture.ts';
import { type S3Server, s3ServerPython, startS3Server } from './s3-server.ts';

const LARGE = randomBytes(300_000);
const CSV = 'id,name\n1,Astoria\n';
const OBJECTS: Record<string, string | Buffer> = {
  "edm-recipes/inbox/dcp/it's a (raw) export+1 é.csv": CSV,
  'edm-recipes/inbox/large.bin': LARGE,
  'edm-recipes/datasets/bpl_libraries/20240101/bpl_libraries.parquet': 'PAR1…',
  'edm-recipes/datasets/bpl_libraries/20240101/bpl_libraries.csv': CSV,
  'edm-recipes/datasets/bpl_libraries/latest/config.json': '{"id": "bpl_libraries", "version": "20240101"}',
  'edm-recipes/datasets/old_library/latest/config.json': '{"dataset": {"name": "old_library", "version": "19v1"}}',
  'edm-recipes/datasets/no_version/latest/config.json': '{"id": "no_version"}',
  'edm-recipes/raw/bpl_libraries/2024-01-01T10:00:00-05:00/map': '{}',
  'edm-private/datasets/secret_list/20230101/list.csv': CSV,
  'edm-private/datasets/secret_list/20240202/list.csv': CSV,
  'edm-private/datasets/secret_list/latest/list.csv': CSV,
  'edm-publishing/datasets/dcp_address_points/23D/dcp_address_points.zip': 'PK\x03\x04',
  'edm-publishing/datasets/dcp_address_points/24A/dcp_address_points.zip': 'PK\x03\x04',
  'edm-publishing/datasets/dcp_address_points/staging/dcp_address_points.zip': 'PK\x03\x04',
  'edm-publishing/datasets/mixed/24A/mixed.zip': 'PK\x03\x04',
  'edm-publishing/datasets/mixed/20240101/mixed.zip': 'PK\x03\x04',
  'edm-publishing/db-zoningtaxlots/publish/2024/09/x': 'x',
  'edm-publishing/db-zoningtaxlots/publish/latest/zoningtaxlot_db.csv': CSV,
  'edm-publishing/db-zoningtaxlots/publish/24v1/zoningtaxlot_db.csv': CSV,
  'edm-publishing/db-zoningtaxlots/publish/23v4/zoningtaxlot_db.csv': CSV,
  'edm-publishing/db-pluto/draft/24v3.1/1/pluto/pluto.csv': CSV,
  'edm-publishing/db-pluto/draft/24v3.1/2-corrections/pluto/pluto.csv': CSV,
  'edm-publishing/db-pluto/build/nightly/pluto.csv': CSV,
  'edm-publishing/db-pluto/plan/26v1:main:20260623T1809/recipe.lock.yml': 'product: pluto\n',
};

const installed = await s3ServerPython();

describe('S3 sources', { skip: 'missing' in installed ? installed.missing : false }, () => {
  let server: S3Server;
  before(async () => {
    if ('python' in installed) server = await startS3Server(installed.python, OBJECTS);
  });
  after(() => server?.[Symbol.asyncDispose]());

  function stageFor(options: Partial<SourceContext> & { env?: Record<string, string> } = {}): Promise<Scene> {
    const { env, ...rest } = options;
    return scene({
      env: {
        AWS_S3_ENDPOINT: server.url,
        AWS_ACCESS_KEY_ID: server.keyId,
        AWS_SECRET_ACCESS_KEY: server.secret,
        ...env,
      },
      ...rest,
    });
  }

  async function fetch(type: string, args: Record<string, unknown>, options: Parameters<typeof stageFor>[0] = {}) {
    await using stage = await stageFor(options);
    const fetched = await (await connectorFor(type)).fetch(args, stage.destination, stage.context);
    return { ...fetched, content: await readFile(fetched.path) };
  }

  async function latest(type: string, args: Record<string, unknown>, env: Record<string, string> = {}) {
    await using stage = await stageFor({ env });
    return await (await connectorFor(type)).latestVersion?.(args, stage.context);
  }

  it('brings an object whose key needs escaping', async () => {
    const key = "inbox/dcp/it's a (raw) export+1 é.csv";
    const fetched = await fetch('s3', { bucket: 'edm-recipes', key });
    assert.equal(fetched.filename, "it's a (raw) export+1 é.csv");
    assert.equal(fetched.content.toString(), CSV);
    assert.equal(fetched.facts.object, `s3://edm-recipes/${key}`);
    assert.equal(fetched.facts.etag, `"${createHash('md5').update(CSV).digest('hex')}"`);
  });

  it('fault 30: says what is there in place of what is not', async () => {
    const noKey = await failsWith('SRC_NOT_FOUND', fetch('s3', { bucket: 'edm-recipes', key: 'inbox/no.csv' }));
    assert.match(noKey.message, /s3:\/\/edm-recipes\/inbox\/no\.csv/);
    assert.match(noKey.hint ?? '', /holds dcp\/, large\.bin/);
    await failsWith('SRC_NOT_FOUND', fetch('s3', { bucket: 'no-such-bucket', key: 'a.csv' }));
    await failsWith('SRC_ARGUMENTS', fetch('s3', { bucket: '../x', key: 'a.csv' }));
    await failsWith('SRC_ARGUMENTS', fetch('s3', { key: 'a.csv' }));
  });

  it('fault 30: a refusal names the credentials and never shows them', async () => {
    const args = { bucket: 'edm-recipes', key: 'inbox/large.bin' };
    const wrong = await failsWith(
      'SRC_CREDENTIALS',
      fetch('s3', args, { env: { AWS_SECRET_ACCESS_KEY: 'wrong-secret' } }),
    );
    assert.doesNotMatch(JSON.stringify([wrong.message, wrong.hint, wrong.details]), /wrong-secret/);
    const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
    const anonymous = await failsWith('SRC_CREDENTIALS', fetch('s3', args, { env: none }));
    assert.match(anonymous.hint ?? '', /AWS_ACCESS_KEY_ID.*lifecycle_s3/);
    const connection = `aws://${server.keyId}:${encodeURIComponent(server.secret)}@/?endpoint_url=${encodeURIComponent(server.url)}`;
    const viaAirflow = { ...none, AWS_S3_ENDPOINT: '', AIRFLOW_CONN_LIFECYCLE_S3: connection };
    assert.deepEqual((await fetch('s3', args, { env: viaAirflow })).content, LARGE);
  });

  it('fault 30: a partial object is resumed by Range, signed anew', async () => {
    let cuts = 0;
    const { hostname, port } = new URL(server.url);
    // A proxy that cuts the first two answers in the middle.
    await using cutting = await serve((request, response) => {
      const { method, url: path, headers } = request;
      http
        .request({ hostname, port, method, path, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 500, answer.headers);
          if (++cuts > 2) return answer.pipe(response);
          answer.once('data', (chunk: Buffer) => {
            answer.pause();
            response.write(chunk.subarray(0, 50_000), () => setTimeout(() => response.destroy(), 20));
          });
        })
        .end();
    });
    const fetched = await fetch(
      's3',
      { bucket: 'edm-recipes', key: 'inbox/large.bin' },
      { env: { AWS_S3_ENDPOINT: cutting.url } },
    );
    assert.deepEqual(fetched.content, LARGE);
    assert.equal(fetched.facts.resumed, 2);
    assert.match(cutting.requests[1]?.headers.range ?? '', /^bytes=\d+-$/);
  });

  it('edm.recipes.datasets: the version of latest/config.json, in all its generations', async () => {
    const type = 'edm.recipes.datasets';
    assert.equal(await latest(type, { key: 'bpl_libraries' }), '20240101');
    assert.equal(await latest(type, { key: 'old_library' }), '19v1');
    await failsWith('SRC_ANSWER', latest(type, { key: 'no_version' }));
    await failsWith('SRC_NOT_FOUND', latest(type, { key: 'nothing' }));
    const parquet = await fetch(type, { key: 'bpl_libraries' }, { version: '20240101' });
    assert.equal(parquet.filename, 'bpl_libraries.parquet');
    const csv = await fetch(type, { key: 'bpl_libraries', file_type: 'csv' }, { version: '20240101' });
    assert.equal(csv.filename, 'bpl_libraries.csv');
    const absent = await failsWith('SRC_NOT_FOUND', fetch(type, { key: 'bpl_libraries' }, { version: '20990101' }));
    assert.match(absent.message, /20990101/);
    await failsWith('SRC_ARGUMENTS', fetch(type, { key: 'bpl_libraries' }));
  });

  it('edm.recipes.raw_datasets and edm.private', async () => {
    const version = '2024-01-01T10:00:00-05:00';
    const raw = await fetch('edm.recipes.raw_datasets', { key: 'bpl_libraries', filename: 'map' }, { version });
    assert.equal(raw.content.toString(), '{}');
    assert.equal(await latest('edm.private', { key: 'secret_list' }), '20240202');
    const list = await fetch('edm.private', { key: 'secret_list', filepath: 'list.csv' }, { version: '20230101' });
    assert.equal(list.filename, 'list.csv');
  });

  it('edm.publishing.gis: the greatest release of one form', async () => {
    const type = 'edm.publishing.gis';
    assert.equal(await latest(type, { name: 'dcp_address_points' }), '24A');
    await failsWith('SRC_ANSWER', latest(type, { name: 'mixed' }));
    await failsWith('SRC_NOT_FOUND', latest(type, { name: 'nothing' }));
    const fetched = await fetch(type, { name: 'dcp_address_points' }, { version: '23d' });
    assert.equal(fetched.facts.object, 's3://edm-publishing/datasets/dcp_address_points/23D/dcp_address_points.zip');
  });

  it('edm.publishing.published, drafts, builds and plan', async () => {
    const filepath = 'zoningtaxlot_db.csv';
    assert.equal(await latest('edm.publishing.published', { product: 'db-zoningtaxlots', filepath }), '24v1');
    const published = await fetch(
      'edm.publishing.published',
      { product: 'zoningtaxlots', filepath },
      { version: '23v4' },
    );
    assert.equal(published.filename, filepath);
    assert.equal(await latest('edm.publishing.drafts', { product: 'pluto' }), '24v3.1.2-corrections');
    const draft = { key: 'pluto', dataset: 'pluto', filepath: 'pluto.csv' };
    assert.equal((await fetch('edm.publishing.drafts', draft, { version: '24v3.1.1' })).content.toString(), CSV);
    await failsWith('SRC_ARGUMENTS', fetch('edm.publishing.drafts', draft, { version: '24v3' }));
    const build = await fetch(
      'edm.publishing.builds',
      { product: 'pluto', filepath: 'pluto.csv' },
      { version: 'nightly' },
    );
    assert.equal(build.content.toString(), CSV);
    assert.equal((await connectorFor('edm.publishing.builds')).latestVersion, undefined);
    assert.equal(await latest('edm.publishing.plan', { product: 'pluto' }), '26v1:main:20260623T1809');
    await failsWith('SRC_ARGUMENTS', fetch('edm.publishing.published', { product: 'pluto' }, { version: '1' }));
  });

  it('lists all versions where folders are versions', async () => {
    const listed = async (type: string, args: Record<string, string>) => {
      await using stage = await stageFor();
      return (await (await connectorFor(type)).listVersions!(args, stage.context)).toSorted();
    };
    assert.deepEqual(await listed('edm.publishing.published', { product: 'zoningtaxlots' }), ['2024', '23v4', '24v1']);
    assert.deepEqual(await listed('edm.publishing.builds', { product: 'pluto' }), ['nightly']);
    assert.deepEqual(await listed('edm.publishing.drafts', { product: 'pluto' }), [
      ...['24v3.1.1', '24v3.1.2-corrections'],
    ]);
    assert.deepEqual(await listed('edm.publishing.gis', { name: 'dcp_address_points' }), ['23D', '24A']);
    assert.deepEqual(await listed('edm.private', { key: 'secret_list' }), ['20230101', '20240202']);
    assert.deepEqual(await listed('edm.recipes.datasets', { key: 'bpl_libraries' }), ['20240101']);
    assert.deepEqual(await listed('edm.recipes.datasets', { key: 'nothing' }), []);
  });

  it('follows the variables that rename buckets', async () => {
    const env = { RECIPES_BUCKET: 'edm-private' };
    await failsWith('SRC_NOT_FOUND', latest('edm.recipes.datasets', { key: 'bpl_libraries' }, env));
  });
});
