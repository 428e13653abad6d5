import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseVersion } from '../../src/ids.ts';
import { hashFiles } from '../../src/store/files.ts';
import { IngestProject, id } from '../ingest/project.ts';
import { OLD } from '../ingest/tiny-project.ts';
import { serve } from '../sources/fixture.ts';

const TEMPLATE = `id: tiny
attributes: {name: Tiny}
ingestion:
  source: {type: local_file, path: tiny.csv}
  file_format: {type: csv}
`;
const RECIPE = `name: P
product: p
inputs:
  datasets:
  - {id: tiny, version: 2020q4}
  - {id: tiny, version: '{{ BUILD_ENV_TINY }}', import_as: second}
  - {id: elsewhere, version: v9}
`;

async function project(...args: Parameters<typeof IngestProject.make>): Promise<IngestProject> {
  const made = await IngestProject.make(...args);
  await made.templateText('tiny', `${TEMPLATE}versions: {cadence: yearly, from: 2023}\n`);
  await made.write('tiny.csv', OLD);
  return made;
}

test('versions says what stands, what should and by whom, and list --missing the rest', async (t) => {
  const made = await project(t);
  await made.write('products/products.yml', 'products: [{id: p, versions: {expected: [24v1]}}]');
  await made.write('products/p/recipe.yml', RECIPE);
  const ingested = await made.runHere(['ingest', 'tiny', '2023']);
  assert.equal(ingested.code, 0, ingested.stderr);
  await made.runHere(['ingest', 'tiny', '22x']);

  const env = { BUILD_ENV_TINY: '2020q3' };
  const shown = await made.run(['--json', 'versions', 'tiny'], env);
  assert.equal(shown.code, 0, shown.stderr);
  const { versions, missing } = JSON.parse(shown.stdout) as {
    versions: { version: string; created: string | null; expected_by: string[] }[];
    missing: string[];
  };
  const year = new Intl.DateTimeFormat('en-CA', { timeZone: 'America/New_York', year: 'numeric' }).format(new Date());
  const years = Array.from({ length: Number(year) - 2022 }, (_, i) => String(2023 + i));
  assert.deepEqual(
    versions.map(({ version, created, expected_by }) => [version, created !== null, expected_by]),
    [
      ['2020q3', false, ['recipe of p']],
      ['2020q4', false, ['recipe of p']],
      ['22x', true, []],
      ...years.map((each) => [each, each === '2023', ['declared']]),
    ],
  );
  assert.deepEqual(missing, ['2020q3', '2020q4', ...years.slice(1)]);

  const text = (await made.runHere(['versions', 'tiny'], env)).stdout;
  assert.match(text, new RegExp(`^2 stand, ${missing.length} missing$`, 'm'));
  const listed = JSON.parse((await made.runHere(['--json', 'list', '--missing'], env)).stdout);
  assert.deepEqual(
    listed.missing.map(({ kind, id, version }: Record<string, string>) => `${kind} ${id} ${version}`),
    [...missing.map((version) => `ingest tiny ${version}`), 'builds p 24v1'],
  );
  const ofProduct = JSON.parse((await made.runHere(['--json', 'versions', 'p'], env)).stdout);
  assert.deepEqual(ofProduct.missing, ['24v1']);

  // Without the variable nobody knows what is pinned, and that is said.
  const unknown = await made.runHere(['list', '--missing']);
  assert.match(unknown.stderr, /what the recipe of p pins is not known/);
  assert.doesNotMatch(unknown.stdout, /2020q4/);
});

test('a version that stands and cannot be read is not called missing', async (t) => {
  const made = await project(t);
  await made.runHere(['ingest', 'tiny', '2023']);
  await made.write('.lifecycle/ingest/tiny/2023/record.json', '{"format": 1');
  const shown = await made.runHere(['--json', 'versions', 'tiny']);
  const { missing, unreadable } = JSON.parse(shown.stdout);
  assert.equal(missing.includes('2023'), false);
  assert.deepEqual(
    unreadable.map(({ name }: { name: string }) => name),
    ['2023'],
  );
  assert.match(shown.stderr, /tiny 2023: .*cut short/);
});

test('what a template says of versions stands in none of the files of a version', async (t) => {
  const made = await project(t);
  await made.runHere(['ingest', 'tiny', 'v1']);
  const dir = await made.store.directory(id('tiny'), parseVersion('v1'));
  const lock = await made.readJson('tiny', 'v1', 'definition.lock.json');
  assert.equal('versions' in lock, false);
  const before = await hashFiles(dir);
  await made.templateText('tiny', TEMPLATE);
  const again = await made.runHere(['ingest', 'tiny', 'v1']);
  assert.match(again.stdout, /unchanged/);
  assert.deepEqual(await hashFiles(dir), before);
  const listed = JSON.parse((await made.runHere(['--json', 'list', '--stale'])).stdout);
  assert.deepEqual(listed.ingest, [], 'the version counts as made by an older definition');
});

test('a mistake in `versions` is found at its place, in templates and products', async (t) => {
  const made = await project(t);
  await made.templateText('tiny', `${TEMPLATE}versions:\n  cadence: monthly\n  pattern: "%Y"\n  from: 2023\n`);
  await made.write('products/products.yml', 'products:\n- id: p\n  versions: {from_source: true}\n');
  const checked = await made.runHere(['check']);
  assert.equal(checked.code, 1);
  const told = checked.stdout + checked.stderr;
  assert.match(told, /tiny\.yml:8:12.*"%Y" cannot be used: it names no month/);
  assert.match(told, /products\.yml:3:27.*a product has no source to be asked/);
});

test('--remote asks the source, which may tell its newest version only', async (t) => {
  const made = await project(t);
  const server = await serve((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ name: 'x', rowsUpdatedAt: Date.UTC(2024, 6, 1, 3) / 1000 }));
  });
  t.after(() => server[Symbol.asyncDispose]());
  const source = { type: 'socrata', org: 'nyc', uid: 'abcd-1234', format: 'csv' };
  await made.template('portal', { source });
  const shown = await made.runHere(['--json', 'versions', 'portal', '--remote'], {
    LIFECYCLE_ENDPOINT_SOCRATA: server.url,
  });
  assert.equal(shown.code, 0, shown.stderr);
  const { source: told, missing, versions } = JSON.parse(shown.stdout);
  assert.deepEqual([told, missing, versions[0].expected_by], ['newest', ['20240630'], ['source']]);
  const silent = await made.runHere(['versions', 'tiny', '--remote']);
  assert.match(silent.stderr, /a local_file source tells no versions/);
});

/** As much of an S3 service as lists folders, a few a page. */
async function bucketsOf(t: TestContext, objects: readonly string[]) {
  const server = await serve((request, response) => {
    const url = new URL(request.url!, 'http://here');
    const prefix = url.searchParams.get('prefix') ?? '';
    const start = `${url.pathname.replace(/^\/|\/$/g, '')}/${prefix}`;
    const names = objects.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length).split('/')[0]!);
    const all = [...new Set(names)];
    const from = Number(url.searchParams.get('continuation-token') ?? 0);
    const [page, next] = [all.slice(from, from + 1_000), from + 1_000];
    const isCut = next < all.length;
    response
      .writeHead(200, { 'content-type': 'application/xml' })
      .end(
        `<ListBucketResult><IsTruncated>${isCut}</IsTruncated>${isCut ? `<NextContinuationToken>${next}</NextContinuationToken>` : ''}${page
          .map((name) => `<CommonPrefixes><Prefix>${prefix}${name}/</Prefix></CommonPrefixes>`)
          .join('')}</ListBucketResult>`,
      );
  });
  t.after(() => server[Symbol.asyncDispose]());
  return server;
}

test('every source that lists its releases is asked for all of them; one that does not answer hides no other', async (t) => {
  const made = await IngestProject.make(t);
  const many = Array.from({ length: 5_000 }, (_, i) => `edm-recipes/datasets/lots/v${i}/lots.parquet`);
  const server = await bucketsOf(t, [
    ...many,
    'edm-recipes/datasets/lots/latest/lots.parquet',
    'edm-recipes/datasets/lots/not a version/lots.parquet',
    'edm-recipes/raw/raws/20240101/map.zip',
    'edm-private/datasets/secret/20230101/sites.csv',
    'edm-publishing/db-pluto/publish/24v1/pluto.csv',
    'edm-publishing/db-pluto/publish/latest/pluto.csv',
    'edm-publishing/db-pluto/draft/24v2/1/pluto/pluto.csv',
    'edm-publishing/db-pluto/draft/24v2/2-again/pluto/pluto.csv',
    'edm-publishing/db-pluto/build/nightly/pluto.csv',
    'edm-publishing/db-pluto/plan/24v3/recipe.lock.yml',
    'edm-publishing/datasets/points/24A/points.zip',
    'edm-publishing/datasets/points/staging/points.zip',
  ]);
  const file = { filepath: 'pluto.csv' };
  const sources = {
    lots: { type: 'edm.recipes.datasets', key: 'lots' },
    raws: { type: 'edm.recipes.raw_datasets', key: 'raws', filename: 'map' },
    secret: { type: 'edm.private', key: 'secret', filepath: 'sites.csv' },
    published: { type: 'edm.publishing.published', product: 'pluto', ...file },
    drafts: { type: 'edm.publishing.drafts', key: 'pluto', dataset: 'pluto', ...file },
    builds: { type: 'edm.publishing.builds', product: 'pluto', ...file },
    plans: { type: 'edm.publishing.plan', product: 'pluto', ...file },
    points: { type: 'edm.publishing.gis', name: 'points' },
  };
  for (const [id, source] of Object.entries(sources)) await made.template(id, { source });
  await made.template('empty', { source: { type: 'edm.recipes.datasets', key: 'lotz' } });
  await made.templateText('broken', 'id: broken');
  await made.template('away', { source: { type: 'socrata', org: 'nyc', uid: 'abcd-1234', format: 'csv' } });
  const env = {
    ...{ AWS_S3_ENDPOINT: server.url, LIFECYCLE_ENDPOINT_SOCRATA: 'http://127.0.0.1:9' },
    LIFECYCLE_TRANSFER: 'attempts=1',
  };
  const planned = await made.run(['--json', 'backfill', '--missing', '--remote'], env);
  assert.equal(planned.code, 0, planned.stderr);
  const { plan } = JSON.parse(planned.stdout) as { plan: { template: string; version: string; skipped: string }[] };
  const found = Map.groupBy(plan, ({ template }) => template);
  assert.deepEqual([...found.keys()].sort(), Object.keys(sources).sort(), planned.stderr);
  assert.equal(found.get('lots')!.length, 5_000);
  const { lots: _, ...few } = Object.fromEntries(
    [...found].map(([id, runs]) => [id, runs.map(({ version }) => version)]),
  );
  assert.deepEqual(few, {
    ...{ raws: ['20240101'], secret: ['20230101'], published: ['24v1'], drafts: ['24v2.1', '24v2.2-again'] },
    ...{ builds: ['nightly'], plans: ['24v3'], points: ['24A'] },
  });
  assert.match(planned.stderr, /1 name at the source is no version: "not a version"/);
  assert.match(planned.stderr, /the source of away tells no versions: .*the connection was refused/);

  assert.match(planned.stderr, /the source of empty lists no versions/);
  assert.match(planned.stderr, /what is missing of broken is not known: \S*broken\.yml:1:1: /);

  const none = await made.runHere(['versions', 'empty', '--remote'], env);
  assert.match(none.stdout, /^0 stand, none is expected; the source lists none: check its key$/m);
  await made.templateText('tiny', `${TEMPLATE}versions: {cadence: yearly, from: 2150}\n`);
  assert.match((await made.runHere(['versions', 'tiny'])).stdout, /^0 stand, none is expected before 2150$/m);
});
