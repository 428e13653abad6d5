import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ReadinessRow } from '../../src/builds/plan/readiness.ts';
import type { InputsLock } from '../../src/store/builds/inputs-lock.ts';
import { serve } from '../sources/fixture.ts';
import type { S3Server } from '../sources/s3-server.ts';
import { accessTo, archived, CSV, NO_S3_SERVER, put, recipeOf, s3Server, siteMap, watched } from './archive.ts';
import { Workbench } from './workbench.ts';

const RELEASE = 'schema_name,v\na,v1\nb,b9\n';
const OBJECTS = {
  ...archived('a', 'v1', { 'a.csv': CSV }, false),
  ...archived('a', 'v2', { 'a.csv': CSV, 'a.parquet': 'PAR1', 'a.xlsx': 'PK' }),
  ...archived('b', 'b9', { 'b.csv': CSV, 'other.csv': CSV }),
  ...archived('dump', 'd1', { 'dump.csv': CSV, 'dump.parquet': 'PAR1', 'dump.sql': 'SELECT 1;\n' }),
  ...archived('sheet', 's1', { 'sheet.xlsx': 'PK' }),
  'edm-recipes/raw/rough/2024-01-01T10:00:00-05:00/rough.parquet': 'PAR1',
  'edm-recipes/raw/rough/latest/config.json': '{"timestamp": "2024-01-01T10:00:00-05:00"}',
  'edm-private/datasets/secret/20240202/list.csv': CSV,
  'edm-publishing/db-p/publish/24v1/source_data_versions.csv': 'schema_name,v\na,v9\n',
  'edm-publishing/db-p/publish/24v2/source_data_versions.csv': RELEASE,
  'edm-publishing/db-p/publish/latest/source_data_versions.csv': RELEASE,
  'edm-publishing/db-edde/publish/x/x.csv': CSV,
  'edm-publishing/db-eddt/publish/23v1/edde.csv': CSV,
  'edm-publishing/db-eddt/draft/23v2/1-first/part/rows.csv': CSV,
};

interface DryRun {
  version: string;
  ready: boolean;
  unasked: string[];
  inputs: ReadinessRow[];
}
interface Failure {
  error: {
    code: string;
    hint: string;
    message: string;
    missing: { id: string; code: string | null; command: string }[];
  };
}

describe('plans that ask the sources', { skip: NO_S3_SERVER }, () => {
  let server: S3Server;
  before(async () => {
    server = await s3Server(OBJECTS);
    await put(server, 'edm-recipes/datasets/b/b9/config.json', '{"dataset": {"name": "b", "version": "b9"}}', {
      'date-created': '2025-11-12T23:30:00-05:00',
    });
  });
  after(() => server?.[Symbol.asyncDispose]());

  async function lockOf(bench: Workbench, product = 'p'): Promise<InputsLock> {
    return JSON.parse(await bench.read(product, 'k', 'inputs.lock.json')) as InputsLock;
  }

  it('takes the latest version, a pinned one, the preferred file type, and what the archive says of them', async (t) => {
    const bench = await Workbench.make(t);
    const datasets =
      '  - {id: a}\n  - {id: a, version: v1, import_as: old}\n  - {id: b}\n  - {id: dump}\n  - {id: sheet, file_type: xlsx, destination: file}\n';
    await bench.product({ id: 'p', recipe: recipeOf(datasets) });
    const { code, stderr } = await bench.run(['plan', 'p', 'k'], accessTo(server));
    assert.equal(code, 0, stderr);
    assert.match(stderr, /fetched a v2 from edm\.recipes\.datasets: \d/);
    const { inputs } = await lockOf(bench);
    assert.deepEqual(
      inputs.map(({ id, version, file_type, path: place, why, fetched_from }) => [
        ...[id, version, file_type, place, why.replace(/ as of .*/, ''), fetched_from],
      ]),
      [
        ['a', 'v2', 'parquet', 'a.parquet', 'latest'],
        ['a', 'v1', 'csv', 'a.csv', 'pinned in the recipe'],
        ['b', 'b9', 'csv', 'b.csv', 'latest'],
        ['dump', 'd1', 'pg_dump', 'dump.sql', 'latest'],
        ['sheet', 's1', 'xlsx', 'sheet.xlsx', 'latest'],
      ].map(([id, version, type, file, why]) => [
        ...[id, version, type, `fetched/edm.recipes.datasets/${id}/${version}/${file}`, why],
        `s3://edm-recipes/datasets/${id}/${version}/${file}`,
      ]),
    );
    assert.equal(inputs[1]?.bytes, CSV.length);
    assert.match(inputs[1]?.sha256 ?? '', /^[0-9a-f]{64}$/);
    const versions = await bench.read('p', 'k', 'source_data_versions.csv');
    assert.match(versions, /\r\na,Name of a,v2,parquet,\d{4}-\d\d-\d\d,https:\/\/example\.org\/a\r\n/);
    assert.match(versions, /\r\nb,b,b9,csv,2025-11-12,\r\n/, 'date-created goes before last-modified');
    const why = await bench.run(['why', 'p', 'k', 'b']);
    assert.match(why.stdout, /fetched from s3:\/\/edm-recipes\/datasets\/b\/b9\/b\.csv\)/);
    // The release before is the bucket's.
    assert.match(await bench.read('p', 'k', 'recipe.lock.yml'), /^ {2}VERSION: 24v1$/m);
  });

  it('takes inputs of the other buckets, and knows products by the names of their folders', async (t) => {
    const bench = await Workbench.make(t);
    const datasets = `
  - {id: edde, source: edm.publishing.published, file_type: csv}
  - {id: edde, import_as: draft, source: edm.publishing.drafts, custom: {dataset: part, filepath: rows.csv}}
  - {id: secret, source: edm.private, custom: {filename: list.csv}}
  - {id: rough, source: edm.recipes.raw_datasets, destination: file}
`;
    await bench.product({ id: 'p', recipe: recipeOf(datasets.slice(1)) });
    const { code, stderr } = await bench.runHere(['plan', 'p', 'k'], accessTo(server));
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      (await lockOf(bench)).inputs.map(({ version, file_type, fetched_from }) => [version, file_type, fetched_from]),
      [
        ['23v1', 'csv', 's3://edm-publishing/db-eddt/publish/23v1/edde.csv'],
        ['23v2.1-first', 'csv', 's3://edm-publishing/db-eddt/draft/23v2/1-first/part/rows.csv'],
        ['20240202', 'csv', 's3://edm-private/datasets/secret/20240202/list.csv'],
        ['2024-01-01T10:00:00-05:00', 'parquet', 's3://edm-recipes/raw/rough/2024-01-01T10:00:00-05:00/rough.parquet'],
      ],
    );
  });

  it('bumps the release that is published in the bucket, or the later one that was built here', async (t) => {
    const bench = await Workbench.make(t);
    const recipe = recipeOf('  - {id: a}\n', 'version_strategy: bump_latest_release\n');
    await bench.product({ id: 'p', recipe });
    const dryRun = ['plan', 'p', 'k', '--dry-run'];
    assert.equal((await bench.runJsonHere<DryRun>(dryRun, accessTo(server))).document.version, '24v3');
    const offline = await bench.runHere([...dryRun, '--offline'], accessTo(server));
    assert.match(offline.stderr, /BLD_VERSION_STRATEGY: nothing of db-p has been published/);
    assert.match(
      offline.stderr,
      /hint: give the version with --version; the archive was not asked because of --offline/,
    );

    const recipeFile = path.join(bench.dir, 'products/p/recipe.yml');
    await writeFile(recipeFile, recipe.replace('  datasets:\n  - {id: a}\n', '  datasets: []\n'));
    const built = await bench.runHere(['build', 'p', 'later', '--version', '25v7'], accessTo(server));
    assert.equal(built.code, 0, built.stderr);
    assert.match(await bench.read('p', 'later', 'recipe.lock.yml'), /VERSION_PREV: 24v2$/m);
    await writeFile(recipeFile, recipe);
    const later = await bench.runJsonHere<DryRun>(dryRun, accessTo(server));
    assert.equal(later.document.version, '25v8');
  });

  it('copies the versions of the latest release from its CSV in the bucket', async (t) => {
    const bench = await Workbench.make(t);
    const strategy = '  missing_versions_strategy: copy_latest_release\n';
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a}\n  - {id: b}\n', 'version: 24v3\n', strategy) });
    const { code, stderr } = await bench.runHere(['plan', 'p', 'k'], accessTo(server));
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      (await lockOf(bench)).inputs.map(({ version, why }) => [version, why]),
      [
        ['v1', 'copied from the latest release'],
        ['b9', 'copied from the latest release'],
      ],
    );
    assert.match(await bench.read('p', 'k', 'recipe.lock.yml'), /VERSION_PREV: 24v2$/m);
    await bench.product({ id: 'q', recipe: recipeOf('  - {id: a}\n', '', strategy).replace('db-p', 'db-q') });
    const none = await bench.runHere(['plan', 'q', 'k'], accessTo(server));
    assert.match(none.stderr, /BLD_PREVIOUS_RELEASE: the latest release of db-q has no source_data_versions\.csv/);
  });

  it('a store that has the version is not asked beyond, and nothing is fetched', async (t) => {
    const bench = await Workbench.make(t);
    const { env, asked } = await watched(t, server);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a}\n') });
    await bench.ingested('a', 'mine', 'SELECT 1 AS a');
    assert.equal((await bench.runHere(['plan', 'p', 'k'], env)).code, 0);
    assert.equal((await lockOf(bench)).inputs[0]?.version, 'mine');
    assert.deepEqual(asked(), ['GET /edm-publishing/?db-p/publish/']);
  });

  it('each question is asked once a plan, and the next plan asks for no file', async (t) => {
    const bench = await Workbench.make(t);
    const { env, asked } = await watched(t, server);
    const datasets = '  - {id: a}\n  - {id: a, import_as: again}\n  - {id: a, import_as: rows, file_type: csv}\n';
    await bench.product({ id: 'p', recipe: recipeOf(datasets) });
    const questions = [
      'GET /edm-publishing/?db-p/publish/',
      'GET /edm-recipes/?datasets/a/v2/',
      'GET /edm-recipes/datasets/a/latest/config.json',
      'GET /edm-recipes/datasets/a/v2/config.json',
    ];
    const files = ['GET /edm-recipes/datasets/a/v2/a.csv', 'GET /edm-recipes/datasets/a/v2/a.parquet'];
    assert.equal((await bench.runHere(['plan', 'p', 'k', '--dry-run'], env)).code, 0);
    assert.deepEqual(asked().sort(), questions);
    assert.equal(existsSync(path.join(bench.store, 'fetched')), false);
    const first = await bench.runHere(['plan', 'p', 'k'], env);
    assert.equal(first.code, 0, first.stderr);
    assert.deepEqual(asked().sort(), [...questions, ...files].sort());
    const lock = await bench.read('p', 'k', 'inputs.lock.json');
    assert.equal((await bench.runHere(['plan', 'p', 'k', '--force'], env)).code, 0);
    assert.deepEqual(
      asked().sort(),
      [questions[0], questions[2]],
      'what the archive says of a version is kept with it',
    );
    assert.equal(await bench.read('p', 'k', 'inputs.lock.json'), lock);
    // A standing plan asks nobody.
    assert.equal((await bench.runHere(['plan', 'p', 'k'], env)).code, 0);
    assert.deepEqual(asked(), []);
  });

  it('a dry run fetches nothing and says which inputs the plan would fetch', async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a}\n  - {id: b}\n') });
    await bench.ingested('b', 'b1', 'SELECT 1 AS a');
    const dryRun = ['plan', 'p', 'k', '--dry-run'];
    const { code, document } = await bench.runJsonHere<DryRun>(dryRun, accessTo(server));
    assert.equal(code, 0);
    assert.equal(document.ready, true);
    assert.deepEqual(
      document.inputs.map(({ id, version, state }) => [id, version, state]),
      [
        ['a', 'v2', 'remote'],
        ['b', 'b1', 'ready'],
      ],
    );
    assert.match(document.inputs[0]?.reason ?? '', /at edm\.recipes\.datasets, fetched by the plan$/);
    assert.equal(existsSync(path.join(bench.store, 'fetched')), false);
    assert.match((await bench.runHere(dryRun, accessTo(server))).stdout, /^ready$/m);
  });

  it('what the archive lacks is missing, all of it at once, before anything is fetched', async (t) => {
    const bench = await Workbench.make(t);
    const datasets =
      '  - {id: a}\n  - {id: nowhere}\n  - {id: b, version: b1}\n  - {id: b, import_as: t, file_type: parquet}\n  - {id: b, import_as: u, custom: {filename: no.csv}}\n';
    await bench.product({ id: 'p', recipe: recipeOf(datasets) });
    const { code, document } = await bench.runJsonHere<Failure>(['plan', 'p', 'k'], accessTo(server));
    assert.equal(code, 3);
    assert.equal(document.error.code, 'BLD_MISSING_INPUTS');
    assert.deepEqual(
      document.error.missing.map(({ id, command }) => [id, command]),
      [
        ['nowhere', 'lifecycle adopt nowhere VERSION FILE.parquet'],
        ['b', 'lifecycle adopt b b1 FILE.parquet'],
        ['b', 'lifecycle adopt b b9 FILE.parquet'],
        ['b', 'lifecycle adopt b b9 FILE.parquet'],
      ],
    );
    assert.match(document.error.message, /has no file b\.parquet in edm\.recipes\.datasets; it has b\.csv, other\.csv/);
    assert.doesNotMatch(document.error.hint, /not asked/);
    assert.equal(existsSync(path.join(bench.store, 'fetched')), false);
  });

  it('a source without credentials is not asked, and the hint says what to set', async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a}\n  - {id: page, source: bytes}\n') });
    const { code, document } = await bench.runJsonHere<Failure>(['plan', 'p', 'k']);
    assert.equal(code, 3);
    assert.equal(document.error.code, 'BLD_MISSING_INPUTS');
    assert.match(document.error.hint, /the archive was not asked: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
    assert.match(document.error.hint, /the download site was not asked: put its site map at dcpy\//);
    const dryRun = await bench.runHere(['plan', 'p', 'k', '--dry-run']);
    assert.equal(dryRun.code, 3);
    assert.match(dryRun.stdout, /^the archive was not asked: set AWS_ACCESS_KEY_ID/m);
  });

  it('wrong credentials are an error of their own and are not shown', async (t) => {
    const bench = await Workbench.make(t);
    await bench.product({ id: 'p', recipe: recipeOf('  - {id: a}\n') });
    const env = { ...accessTo(server), AWS_SECRET_ACCESS_KEY: 'wrong-secret-word' };
    const { code, stderr, stdout } = await bench.run(['--json', 'plan', 'p', 'k'], env);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /BLD_SOURCE_FAILED: [\s\S]*a: SRC_CREDENTIALS: .* refuses s3:\/\/edm-recipes/);
    assert.doesNotMatch(stderr + stdout, /wrong-secret-word/);
  });

  it('an input of the web is found by its page and fetched', async (t) => {
    const bench = await Workbench.make(t);
    await using pages = await serve((request, response) => {
      const url = request.url ?? '';
      if (url.endsWith('/datasets/pluto-page')) {
        response.end(JSON.stringify({ description: '<p><span>Latest Release: 24v3.1</span></p>' }));
      } else if (url.endsWith('/excel/data-tools/bytes/pluto_24v3.1.xlsx')) response.end('PK\x03\x04');
      else response.writeHead(404).end();
    });
    const files = { table: { filename: 'pluto_{v}.xlsx' }, gone: { filename: 'gone.xlsx' } };
    await siteMap(bench, { pluto: { pluto: { files, bytes_dataset_key: 'pluto-page' } } });
    const input = (file: string) => `  - {id: pluto, source: bytes, destination: file, custom: {file_id: ${file}}}\n`;
    const env = { LIFECYCLE_ENDPOINT_BYTES: pages.url, LIFECYCLE_ENDPOINT_BYTES_API: pages.url };
    await bench.product({ id: 'p', recipe: recipeOf(input('table')) });
    const { code, stderr } = await bench.runHere(['plan', 'p', 'k'], env);
    assert.equal(code, 0, stderr);
    const [locked] = (await lockOf(bench)).inputs;
    assert.deepEqual([locked?.version, locked?.file_type], ['24v3.1', 'xlsx']);
    assert.equal(locked?.path, 'fetched/bytes/pluto/24v3.1/pluto_24v3.1.xlsx');

    await bench.product({ id: 'q', recipe: recipeOf(input('gone')) });
    const gone = await bench.runHere(['plan', 'q', 'k'], env);
    assert.equal(gone.code, 3, gone.stderr);
    assert.match(gone.stderr, /BLD_MISSING_INPUTS: [\s\S]*pluto 24v3\.1: .* answered 404/);
    await bench.product({ id: 'r', recipe: recipeOf(input('nothing')) });
    assert.match(
      (await bench.runHere(['plan', 'r', 'k'], env)).stderr,
      /BLD_PLAN_REFUSED: [\s\S]*has no file "nothing"/,
    );
  });
});
