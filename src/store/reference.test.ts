import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ErrorCode } from '../error-codes.ts';
import { LifecycleError } from '../errors.ts';
import { loadProject } from '../project/load.ts';
import { stageDigest } from './builds/partition.ts';
import { type ReferenceScope, relationOf, resolveAllData, resolveData } from './reference.ts';

const PARQUET = 'PAR1 and what is between PAR1';

/** A project of two templates and two products, with versions and builds as they lie in a store. */
async function scope(t: TestContext): Promise<ReferenceScope & { dir: string }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-reference-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const write = async (file: string, content: unknown) => {
    await mkdir(path.dirname(path.join(dir, file)), { recursive: true });
    await writeFile(path.join(dir, file), typeof content === 'string' ? content : JSON.stringify(content));
  };
  const source = { source: { type: 'local_file', path: 'x.csv' }, file_format: { type: 'csv' } };
  await write('ingest_templates/parks.yml', { id: 'parks', attributes: { name: 'Parks' }, ingestion: source });
  await write('ingest_templates/tables.yml', {
    ...{
      id: 'tables',
      acl: 'private',
      attributes: { name: 'Tables' },
      source: source.source,
      dataset_defaults: { processing_steps: [] },
    },
    datasets: ['homes', 'people'].map((id) => ({
      id,
      acl: 'private',
      attributes: { name: id },
      file_format: { type: 'csv' },
      columns: [{ id: 'a', data_type: 'text' }],
    })),
  });
  await write('products/products.yml', { products: [{ id: 'open data' }, { id: 'open' }] });
  const version = async (template: string, name: string, ids: string[]) => {
    const files = ids.map((id) => ({ path: `${id}/${id}.parquet`, bytes: 1, sha256: `hash of ${id}` }));
    await write(`.lifecycle/ingest/${template}/${name}/record.json`, {
      ...{ format: 1, template, version: name, created: `${name}-01-01T00:00:00Z`, runner: 'native', mode: null },
      ...{ previous: null, source: {}, raw: null, timings: {}, files },
      datasets: ids.map((id, i) => ({
        ...{ id, path: files[i]!.path, rows: 1, columns: [], crs: null, geometry_column: null, geometry_types: [] },
        bbox: null,
      })),
    });
  };
  await version('parks', '2023', ['parks']);
  await version('parks', '2024', ['parks']);
  await write('.lifecycle/ingest/parks/latest', '2024\n');
  await version('tables', '2024', ['homes', 'people']);
  await version('gone', '2020', ['gone']);
  const build = async (product: string, key: string, made: string[], created: string) => {
    const stage = { fingerprint: 'f', finished: created, seconds: 1, files: [], facts: {} };
    let after: string | null = null;
    const stages: Record<string, unknown> = {};
    for (const name of ['plan', 'load', 'build', 'package']) {
      const record = { ...stage, after };
      stages[name] = record;
      after = stageDigest(record);
    }
    const about = { format: 1, product, partition_key: key };
    await write(`.lifecycle/builds/${product}/${key}/stages.json`, { ...about, stages });
    const outputs = made.map((file) => ({ path: file, bytes: 1, sha256: `hash of ${file}` }));
    const rest = { version: key, created, inputs: [], outputs, files: [], timings: {} };
    await write(`.lifecycle/builds/${product}/${key}/record.json`, { ...about, ...rest });
  };
  await build('open data', '1', ['log.txt', 'a.csv', 'deep/b.parquet'], '2024-01-02T00:00:00Z');
  await build('open data', '1.2', ['a.csv', 'a.parquet', 'source_data_versions.csv'], '2024-01-01T00:00:00Z');
  await build('open', '1', ['x/c.csv', 'y/c.csv'], '2024-01-01T00:00:00Z');
  await write('elsewhere/x.parquet', PARQUET);
  await write('elsewhere/x.csv', 'a\n1\n');
  return { dir, storeDir: path.join(dir, '.lifecycle'), cwd: dir, loadProject: () => loadProject(dir) };
}

function refusal(code: ErrorCode, text: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof LifecycleError, String(error));
    assert.equal(error.code, code);
    assert.match(`${error.message}\n${error.hint}`, text);
    return true;
  };
}

test('a dataset is named by its id alone, with a version, or by the template that makes it', async (t) => {
  const at = await scope(t);
  const cases: [string, string, string][] = [
    ['parks', 'parks@2024', 'ingest/parks/2024/parks/parks.parquet'],
    ['parks@latest', 'parks@2024', 'ingest/parks/2024/parks/parks.parquet'],
    ['parks@2023', 'parks@2023', 'ingest/parks/2023/parks/parks.parquet'],
    ['homes@2024', 'homes@2024', 'ingest/tables/2024/homes/homes.parquet'],
    ['gone@2020', 'gone@2020', 'ingest/gone/2020/gone/gone.parquet'],
  ];
  for (const [text, name, file] of cases) {
    const found = await resolveData(at, text);
    assert.equal(found.name, name);
    assert.equal(found.file, path.join(at.storeDir, file));
    assert.equal(found.fact?.sha256, `hash of ${path.basename(file, '.parquet')}`);
    assert.equal(found.origin.kind, 'version');
  }
  const all = await resolveAllData(at, 'tables@2024');
  assert.deepEqual(
    all.map(({ name }) => name),
    ['homes@2024', 'people@2024'],
  );
  await assert.rejects(resolveData(at, 'tables@2024'), refusal('STO_SEVERAL_DATASETS', /homes@2024, people@2024/));
});

test('a build is named by product, partition key and output, and the longest product and key win', async (t) => {
  const at = await scope(t);
  const cases: [string, string, string][] = [
    ['builds.open data@1.a', 'builds.open data@1.a', '1/output/a.csv'],
    ['builds.open data@1.b', 'builds.open data@1.b', '1/output/deep/b.parquet'],
    ['builds.open data@1.deep/b.parquet', 'builds.open data@1.b', '1/output/deep/b.parquet'],
    ['builds.open data@1.2', 'builds.open data@1.2.a.parquet', '1.2/output/a.parquet'],
    ['builds.open data@1.2.a.csv', 'builds.open data@1.2.a.csv', '1.2/output/a.csv'],
    // The build made last.
    ['builds.open data.b', 'builds.open data@1.b', '1/output/deep/b.parquet'],
  ];
  for (const [text, name, file] of cases) {
    const found = await resolveData(at, text);
    assert.equal(found.name, name);
    assert.equal(found.file, path.join(at.storeDir, 'builds', 'open data', file));
    assert.equal(found.format, file.endsWith('csv') ? 'csv' : 'parquet');
    assert.equal((await resolveData(at, found.name)).file, found.file, 'by its full name');
  }
  const refused: [string, ErrorCode, RegExp][] = [
    ['builds.open data@1', 'STO_NO_OUTPUT', /several tables\n.*a\.csv, deep\/b\.parquet$/],
    ['builds.open data@1.log', 'STO_NO_OUTPUT', /made no table log\n.*log\.txt, a\.csv/],
    ['builds.open@1.c', 'STO_NO_OUTPUT', /several tables called c\n.*x\/c\.csv, y\/c\.csv/],
    ['builds.open data@3.a', 'STO_NO_VERSION', /it has 1, 1\.2/],
    ['builds.opem@1', 'LIF_UNKNOWN_ID', /did you mean builds\.open\?/],
  ];
  for (const [text, code, says] of refused) await assert.rejects(resolveData(at, text), refusal(code, says), text);
});

test('a Parquet file is named by its path', async (t) => {
  const at = await scope(t);
  const found = await resolveData(at, 'elsewhere/x.parquet');
  assert.equal(found.file, path.join(at.dir, 'elsewhere/x.parquet'));
  assert.deepEqual([found.fact, found.origin], [undefined, { kind: 'file' }]);
  await assert.rejects(
    resolveData(at, './elsewhere/x.csv'),
    refusal('LIF_BAD_DATA_FILE', /x\.csv is no Parquet file\n/),
  );
  await assert.rejects(resolveData(at, 'missing.parquet'), refusal('LIF_BAD_DATA_FILE', /cannot be read/));
  await assert.rejects(resolveData(at, 'elsewhere/'), refusal('LIF_BAD_DATA_FILE', /cannot be read/));
});

test('what does not exist is refused with what was probably meant', async (t) => {
  const at = await scope(t);
  const refused: [string, ErrorCode, RegExp][] = [
    ['park@2024', 'LIF_UNKNOWN_ID', /did you mean parks\?/],
    ['parks@2025', 'STO_NO_VERSION', /did you mean 2024\? it has 2024, 2023/],
    ['tables', 'STO_NO_VERSION', /no latest version\nit has 2024/],
    ['parks@../2024', 'LIF_BAD_DATA_FILE', /cannot be read/],
    ['parks@..', 'LIF_BAD_VERSION', /it holds `\.\.`/],
    ['parks@20"24', 'LIF_BAD_VERSION', /it holds/],
    ['', 'LIF_UNKNOWN_ID', /there is no dataset ""/],
  ];
  for (const [text, code, says] of refused) await assert.rejects(resolveData(at, text), refusal(code, says), text);
});

test('a query reads it by a literal, whatever the path holds', () => {
  assert.equal(relationOf({ file: "/a'b.parquet", format: 'parquet' }), "read_parquet('/a''b.parquet')");
});
