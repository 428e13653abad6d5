import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  const ingested = await made.run(['ingest', 'tiny', '2023']);
  assert.equal(ingested.code, 0, ingested.stderr);
  await made.run(['ingest', 'tiny', '22x']);

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

  const text = (await made.run(['versions', 'tiny'], env)).stdout;
  assert.match(text, new RegExp(`^2 stand, ${missing.length} missing$`, 'm'));
  const listed = JSON.parse((await made.run(['--json', 'list', '--missing'], env)).stdout);
  assert.deepEqual(
    listed.missing.map(({ kind, id, version }: Record<string, string>) => `${kind} ${id} ${version}`),
    [...missing.map((version) => `ingest tiny ${version}`), 'builds p 24v1'],
  );
  const ofProduct = JSON.parse((await made.run(['--json', 'versions', 'p'], env)).stdout);
  assert.deepEqual(ofProduct.missing, ['24v1']);

  // Without the variable nobody knows what is pinned, and that is said.
  const unknown = await made.run(['list', '--missing']);
  assert.match(unknown.stderr, /what the recipe of p pins is not known/);
  assert.doesNotMatch(unknown.stdout, /2020q4/);
});

test('a version that stands and cannot be read is not called missing', async (t) => {
  const made = await project(t);
  await made.run(['ingest', 'tiny', '2023']);
  await made.write('.lifecycle/ingest/tiny/2023/record.json', '{"format": 1');
  const shown = await made.run(['--json', 'versions', 'tiny']);
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
  await made.run(['ingest', 'tiny', 'v1']);
  const dir = await made.store.directory(id('tiny'), parseVersion('v1'));
  const lock = await made.readJson('tiny', 'v1', 'definition.lock.json');
  assert.equal('versions' in lock, false);
  const before = await hashFiles(dir);
  await made.templateText('tiny', TEMPLATE);
  const again = await made.run(['ingest', 'tiny', 'v1']);
  assert.match(again.stdout, /unchanged/);
  assert.deepEqual(await hashFiles(dir), before);
  const listed = JSON.parse((await made.run(['--json', 'list', '--stale'])).stdout);
  assert.deepEqual(listed.ingest, [], 'the version counts as made by an older definition');
});

test('a mistake in `versions` is found at its place, in templates and products', async (t) => {
  const made = await project(t);
  await made.templateText('tiny', `${TEMPLATE}versions:\n  cadence: monthly\n  pattern: "%Y"\n  from: 2023\n`);
  await made.write('products/products.yml', 'products:\n- id: p\n  versions: {from_source: true}\n');
  const checked = await made.run(['check']);
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
  const shown = await made.run(['--json', 'versions', 'portal', '--remote'], {
    LIFECYCLE_ENDPOINT_SOCRATA: server.url,
  });
  assert.equal(shown.code, 0, shown.stderr);
  const { source: told, missing, versions } = JSON.parse(shown.stdout);
  assert.deepEqual([told, missing, versions[0].expected_by], ['newest', ['20240630'], ['source']]);
  const silent = await made.run(['versions', 'tiny', '--remote']);
  assert.match(silent.stderr, /a local_file source tells no versions/);
});
