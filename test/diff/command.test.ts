import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import type { DiffDocument } from '../../src/diff/table-diff.ts';
import { Workbench as BuildWorkbench } from '../builds/workbench.ts';
import { IngestProject } from '../ingest/project.ts';
import { LOTS, Workbench } from './workbench.ts';

const OLD = 'code,name\na1,one\nb2,two\nc3,three\n';
const NEW = 'code,name\nc3,three\na1,ONE\nd4,four\n';

async function twoVersions(...args: Parameters<typeof IngestProject.make>): Promise<IngestProject> {
  const project = await IngestProject.make(...args);
  await project.template('tiny');
  await project.write('tiny.csv', OLD);
  await project.ingestHere('tiny', { version: '2024-01' });
  await project.write('tiny.csv', NEW);
  await project.ingestHere('tiny', { version: '2024-02' });
  return project;
}

test('two versions: the older is the earlier one, whichever is named; the exit code tells only when it is asked', async (t) => {
  const project = await twoVersions(t);
  const expected =
    /^tiny@2024-01 → tiny@2024-02: different\n {2}rows {5}3: 1 changed, 1 added, 1 removed, 1 equal\n {2}key {6}code \(found/;
  for (const words of [[], ['2024-02'], ['2024-01', '2024-02'], ['2024-02', '2024-01'], ['latest', '2024-01']]) {
    const { code, stdout } = await project.runHere(['diff', 'tiny', ...words]);
    assert.equal(code, 0);
    assert.match(stdout, expected, words.join(' '));
  }
  assert.equal((await project.run(['diff', 'tiny', '--exit-code'])).code, 1);
  const equal = await project.run(['diff', 'tiny@2024-01', 'tiny@2024-01', '--exit-code']);
  assert.equal(equal.code, 0);
  assert.match(equal.stdout, /^tiny@2024-01 → tiny@2024-01: equal\n/);
  const json = JSON.parse((await project.run(['--json', 'diff', 'tiny'])).stdout) as DiffDocument;
  assert.deepEqual([json.format, json.before, json.now, json.equal], [1, 'tiny@2024-01', 'tiny@2024-02', false]);
  assert.deepEqual(json.tables[0]!.changed, [
    { key: { code: 'a1' }, columns: { name: { before: 'one', now: 'ONE' } } },
  ]);
  assert.deepEqual(await project.list('.cache'), [], 'nothing is left in the store');
});

test('wrong words are refused with what to write', async (t) => {
  const project = await twoVersions(t);
  const refused = async (words: string[], code: number, message: RegExp) => {
    const outcome = await project.runHere(['diff', ...words]);
    assert.equal(outcome.code, code, outcome.stderr);
    assert.match(outcome.stderr, message);
  };
  await refused(['tiny', '2024-01'], 1, /STO_NO_VERSION: tiny has no version before 2024-01/);
  await refused(['tiny', '2023'], 1, /STO_NO_VERSION/);
  await refused(['tinny'], 2, /LIF_UNKNOWN_ID/);
  await refused(['one.parquet'], 2, /LIF_USAGE: one\.parquet is to be compared with one other table/);
  await refused(['tiny', '--tolerance', 'x'], 2, /LIF_USAGE: "x" is no tolerance/);
  await refused(
    ['tiny', '--tolerance', 'nam=1'],
    2,
    /LIF_USAGE: the column "nam" of --tolerance is not in both tables\nhint: did you mean name\?/,
  );
  await refused(['tiny', '--tolerance', 'name=1'], 2, /LIF_USAGE: the column "name" can have no such tolerance/);
  await refused(['tiny', '--limit', '-1'], 2, /LIF_USAGE: "-1" is no number of rows/);
  await refused(
    ['tiny', '--key', 'cod'],
    2,
    /LIF_USAGE: the key column "cod" is not in both tables\nhint: did you mean code\?/,
  );
  await project.write('broken.parquet', 'PAR1 and no more PAR1');
  await refused(['./broken.parquet', './broken.parquet'], 1, /LIF_BAD_DATA_FILE/);
});

test('the key that the template declares is taken', async (t) => {
  const project = await IngestProject.make(t);
  const columns = ['id', 'name'].map((id) => ({
    id,
    data_type: 'text',
    ...(id === 'name' && { checks: { is_primary_key: true } }),
  }));
  await project.templateText(
    'marked',
    JSON.stringify({
      id: 'marked',
      attributes: { name: 'Marked' },
      ingestion: { source: { type: 'local_file', path: 'marked.csv' }, file_format: { type: 'csv' } },
      columns,
    }),
  );
  for (const version of ['1', '2']) {
    await project.write('marked.csv', `id,name\n1,a${version === '1' ? '' : '\n2,b'}\n`);
    await project.ingestHere('marked', { version });
  }
  const { tables } = JSON.parse((await project.runHere(['--json', 'diff', 'marked'])).stdout) as DiffDocument;
  assert.deepEqual([tables[0]!.key!.columns, tables[0]!.key!.by], [['name'], 'template']);
});

test('a template of several datasets is compared dataset by dataset, also where one is new', async (t) => {
  const project = await IngestProject.make(t);
  const datasets = (ids: string[]) =>
    ids.map((id) => ({
      id,
      attributes: { name: id },
      file_format: { type: 'csv' },
      processing_steps:
        id === 'second'
          ? [{ name: 'rename_columns', args: { map: { name: 'called' } } }]
          : [{ name: 'clean_column_names', args: { lower: true } }],
    }));
  const write = (ids: string[]) =>
    project.templateText(
      'layers',
      JSON.stringify({
        id: 'layers',
        attributes: { name: 'Layers' },
        source: { type: 'local_file', path: 'layers.csv' },
        datasets: datasets(ids),
      }),
    );
  await project.write('layers.csv', OLD);
  await write(['first', 'second']);
  await project.ingestHere('layers', { version: '1' });
  await project.write('layers.csv', NEW);
  await write(['first', 'second', 'third']);
  await project.ingestHere('layers', { version: '2' });
  const document = JSON.parse((await project.runHere(['--json', 'diff', 'layers'])).stdout) as DiffDocument;
  assert.deepEqual(
    document.tables.map(({ id, rows }) => [id, rows.changed]),
    [
      ['first', 1],
      ['second', 1],
    ],
  );
  assert.deepEqual([document.only_before, document.only_now], [[], ['third']]);
  const { stdout } = await project.runHere(['diff', 'layers']);
  assert.match(stdout, /\nsecond: different\n[\s\S]*\nonly in layers@2: third\n/);
});

test('two builds are compared output by output; what is no table by its bytes', async (t) => {
  const bench = await BuildWorkbench.make(t);
  const command = `node -e "const fs = require('fs'); const key = process.env.BUILD_PARTITION_KEY; process.chdir(process.env.BUILD_OUTPUT_DIR); fs.writeFileSync('t.csv', 'id,v\\n1,' + key + '\\n2,x\\n'); fs.writeFileSync('note.txt', key); fs.writeFileSync('same.txt', 's')"`;
  await bench.product({ id: 'made', command });
  for (const key of ['k1', 'k2']) {
    const built = await bench.runHere(['build', 'made', key]);
    assert.equal(built.code, 0, built.stderr);
  }
  const { stdout, stderr } = await bench.runHere(['--json', 'diff', 'made', 'k2']);
  assert.notEqual(stdout, '', stderr);
  const document = JSON.parse(stdout) as DiffDocument;
  assert.deepEqual([document.before, document.now], ['made@k1', 'made@k2']);
  assert.deepEqual(document.tables[0]!.rows, { equal: 1, added: 0, removed: 0, changed: 1 });
  assert.deepEqual(document.files, [
    { path: 'note.txt', state: 'different' },
    { path: 'same.txt', state: 'equal' },
  ]);
});

test('the page shows hostile values as text, asks for nothing, and has a map of what moved', async (t) => {
  const bench = await Workbench.make(t);
  const project = await IngestProject.make(t);
  const evil = `<script>alert(1)</script>" onload='x' \u202e`;
  const name = '<img src=x onerror=alert(2)>';
  const table = (value: string, by: number) =>
    `SELECT bbl, '${value.replaceAll("'", "''")}' || bbl AS "${name}", ST_SetCRS(CASE WHEN bbl < '1000010070' THEN ST_Buffer(geom, ${by}) ELSE geom END, 'EPSG:2263') AS geom FROM (${LOTS}) LIMIT 2000`;
  await bench.write('before', table('', 1));
  await bench.write('now', table(evil, 3));
  const file = path.join(project.dir, 'changes.html');
  const outcome = await project.runHere(['diff', bench.file('before'), bench.file('now'), '--html', file]);
  assert.equal(outcome.code, 0, outcome.stderr);
  const page = await readFile(file, 'utf8');
  assert.doesNotMatch(page, /<script|<img|onload='[^']*'>|https?:\/\/|url\(|@import|NaN/);
  assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;'));
  assert.match(page, /<svg class="map"[\s\S]*<path class="cells"[\s\S]*<g class="before"><path/);
  assert.equal(page.match(/<figure><svg/g)?.length, 11, 'the map and the ten that moved');
  assert.ok(page.length < 2e6, String(page.length));
  // Every tag that is opened is closed.
  for (const tag of ['section', 'table', 'tr', 'td', 'figure', 'svg', 'g', 'div', 'p', 'del', 'ins', 'span'])
    assert.equal(
      page.match(new RegExp(`<${tag}[ >]`, 'g'))?.length,
      page.match(new RegExp(`</${tag}>`, 'g'))?.length,
      tag,
    );
  await writeFile(file, 'old');
  assert.equal(
    (await project.runHere(['diff', bench.file('before'), bench.file('now'), '--html', path.join(file, 'x')])).code,
    2,
  );
});
