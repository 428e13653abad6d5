import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TemplateId } from '../ids.ts';
import type { Project } from '../project/project.ts';
import { storeLayout } from '../store/layout.ts';
import { foldersOf } from './asset-folders.ts';
import { ManyRecords } from './many-records.ts';
import { type IndexedFolder, RecordIndex } from './record-index.ts';

const WITHIN_MS = 60_000;

function record(version: string, rows: number, more: object = {}) {
  const dataset = { id: 'a', path: 'a/a.parquet', rows, columns: [{ name: 'x', type: 'VARCHAR' }] };
  const shape = { crs: null, geometry_column: null, geometry_types: [], bbox: null };
  return JSON.stringify({
    ...{ format: 1, template: 'a', version, created: new Date(1e12 + rows * 1000).toISOString(), runner: 'native' },
    ...{ mode: null, previous: null, source: { type: 'local_file' }, raw: null, datasets: [{ ...dataset, ...shape }] },
    ...{ files: [{ path: 'a/a.parquet', bytes: 7, sha256: 'x' }], timings: { extract: 0.5, write: 0.25 }, ...more },
  });
}

async function store(t: TestContext) {
  const root = await mkdtemp(path.join(tmpdir(), 'lifecycle-many-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const dir = path.join(root, 'ingest', 'a');
  const write = async (version: string, text: string) => {
    await mkdir(path.join(dir, version), { recursive: true });
    await writeFile(path.join(dir, version, 'record.json'), text);
  };
  for (let i = 0; i < 300; i++) await write(`v${i}`, record(`v${i}`, i));
  const many = new ManyRecords();
  t.after(() => many.close());
  const project = { templates: [{ id: 'a' as TemplateId }], products: [] } as unknown as Project;
  const [folder] = foldersOf(project, storeLayout(root), many) as [IndexedFolder];
  return { root, dir, write, many, folder };
}

async function indexed(t: TestContext, folder: IndexedFolder, file: string) {
  const index = await RecordIndex.open(file);
  t.after(() => index.close());
  assert.equal(await index.refresh([folder], WITHIN_MS), true);
  return { index, all: () => index.versions('ingest', 'a') };
}

test('many records at once are what they are one by one, also those that are out of the ordinary', async (t) => {
  const { root, dir, write, folder } = await store(t);
  await write('large', record('large', 1000, { source: { type: 'local_file', note: 'n'.repeat(100_000) } }));
  await write('umlaut', record('umlaut', 1001, { source: { note: 'ä€😀' } }));
  await write('torn', record('torn', 1002).slice(0, 100));
  await write('of_another', record('v1', 1003));
  await write('newer', record('newer', 1004).replace('"format":1', '"format":9'));
  await write('shapeless', record('shapeless', 1005, { files: 'none' }));
  const reasons = [{ dataset: 'a', check: 'x', message: 'no x', place: null }];
  await write('apart', record('apart', 1006, { quarantine: { reasons } }));
  await mkdir(path.join(dir, 'empty'));
  await symlink(path.join(dir, 'v1'), path.join(dir, 'linked'));
  await write('replaced', record('replaced', 1007));
  await rename(path.join(dir, 'replaced'), path.join(dir, '.replaced.replaced'));

  let asked = 0;
  const counting = async (...versions: Parameters<NonNullable<IndexedFolder['readMany']>>) => {
    const found = await folder.readMany!(...versions);
    asked += found.filter((each) => each !== 'look closer').length;
    return found;
  };
  const atOnce = await indexed(t, { ...folder, readMany: counting }, path.join(root, 'many.sqlite'));
  const { readMany: _, ...oneByOne } = folder;
  const single = await indexed(t, oneByOne, path.join(root, 'single.sqlite'));
  assert.deepEqual(atOnce.all(), single.all());
  assert.equal(asked, 302);
  const states = Object.fromEntries(atOnce.all().map(({ key, state }) => [key, state]));
  assert.equal(Object.keys(states).length, 309);
  assert.deepEqual(
    ['large', 'torn', 'of_another', 'newer', 'apart', 'linked', 'replaced'].map((key) => states[key]),
    ['published', 'unreadable', 'unreadable', 'unreadable', 'quarantined', 'unreadable', 'published'],
  );
});

test('only what was written since is read again, and a thread that dies is no loss', async (t) => {
  const { root, dir, write, many, folder } = await store(t);
  const { index, all } = await indexed(t, folder, path.join(root, 'index.sqlite'));
  assert.equal(all().length, 300);
  const news: unknown[] = [];
  const telling = async (...versions: Parameters<NonNullable<IndexedFolder['readMany']>>) => {
    const found = await folder.readMany!(...versions);
    news.push(...found.filter((each) => each !== 'as before'));
    return found;
  };
  await rm(path.join(dir, 'v7'), { recursive: true });
  await write('v300', record('v300', 300));
  await index.refresh([{ ...folder, readMany: telling }], WITHIN_MS);
  assert.equal(news.length, 1);
  assert.equal(all().length, 300);
  await write('v301', record('v301', 301));
  const looking = index.refresh([folder], WITHIN_MS);
  await many.close();
  await looking;
  assert.equal(all()[0]?.key, 'v301');
  const text = await readFile(path.join(dir, 'v301', 'record.json'), 'utf8');
  assert.equal(all()[0]?.rows, (JSON.parse(text) as { datasets: { rows: number }[] }).datasets[0]!.rows);
});
