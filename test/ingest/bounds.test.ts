import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import yazl from 'yazl';
import { INSTALLATION } from '../../src/settings/settings.ts';
import { BOTH_PARTS, IN_SECOND_PART, leavesOut } from '../second-part.ts';
import { IngestProject, VENV } from './project.ts';

/** Small files that would never end or would eat the memory: each is read or refused, in little of both. */

const MOST_SECONDS = 60;
const MOST_MB = 700;
const run = promisify(execFile);

interface Told {
  code: number | null;
  stderr: string;
}

const measured = new WeakSet<object>();

/**
 * Ingests within bounds of processor time and memory: by the real binary, in the first part of the tests the first file of
 * each kind alone, and the others in this process.
 */
async function ingest(
  test: TestContext,
  name: string,
  content: string | Buffer,
  format: Record<string, unknown>,
  env: Record<string, string> = {},
): Promise<Told & { project: IngestProject }> {
  const project = await IngestProject.make(test);
  await project.template('raw', { source: { type: 'local_file', path: name }, file_format: format });
  await project.write(name, content);
  if (BOTH_PARTS || !measured.has(test)) {
    if (!measured.has(test)) leavesOut(test, 'the memory that each of the other files takes');
    measured.add(test);
    return { project, ...(await byBinary(test, project, env)) };
  }
  const before = process.cpuUsage();
  const told = await project.tellHere('raw', { version: 'v1' }, { env });
  const { user, system } = process.cpuUsage(before);
  assert.ok((user + system) / 1e6 < MOST_SECONDS, `${user + system} µs`);
  return { project, ...told };
}

async function byBinary(test: TestContext, project: IngestProject, env: Record<string, string>): Promise<Told> {
  const measure = path.join(INSTALLATION, 'bench', 'measure.py');
  const command = [path.join(INSTALLATION, 'bin', 'lifecycle'), '--project', project.dir, 'ingest', 'raw', 'v1'];
  const { stdout, stderr } = await run(path.join(VENV, 'bin', 'python'), [measure, ...command], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LIFECYCLE_VENV: VENV, ...env },
    timeout: 10 * MOST_SECONDS * 1000,
    killSignal: 'SIGKILL',
  });
  const { cpu, peak_mb: peak, code } = JSON.parse(stdout) as { cpu: number; peak_mb: number; code: number };
  test.diagnostic(`${cpu.toFixed(1)} s of processor time, ${Math.round(peak)} MB`);
  assert.ok(cpu < MOST_SECONDS && peak < MOST_MB, `${cpu} s, ${peak} MB`);
  return { code, stderr };
}

function isRefused(told: Told, code: string, message: RegExp, setting: string): void {
  assert.equal(told.code, 1, told.stderr);
  assert.match(told.stderr, new RegExp(`^error ${code}: `, 'm'));
  assert.match(told.stderr, message);
  assert.match(told.stderr, new RegExp(`^hint: .*${setting}`, 'm'));
}

async function hasColumns(told: Told & { project: IngestProject }, columns: number, rows: number): Promise<void> {
  assert.equal(told.code, 0, told.stderr);
  const record = (await told.project.readJson('raw', 'v1', 'record.json')) as unknown as {
    datasets: { rows: number; columns: unknown[] }[];
  };
  assert.deepEqual([record.datasets[0]!.columns.length, record.datasets[0]!.rows], [columns, rows]);
}

const CSV = { type: 'csv' };
const HTML = { type: 'html', kwargs: { header: 0 } };
const GEOJSON = { type: 'geojson' };
const numbers = (n: number) => Array.from({ length: n }, (_, i) => i);
const READ = 'LIFECYCLE_READ_LIMITS=';

const collection = (...properties: string[]) =>
  `{"type":"FeatureCollection","features":[${properties.map((p) => `{"type":"Feature","properties":${p},"geometry":{"type":"Point","coordinates":[1,1]}}`).join(',\n')}]}`;
const table = (rows: string) => `<table><tr><th>a</th></tr>${rows}</table>`;

test('comments before a CSV file', async (t) => {
  await hasColumns(await ingest(t, 'a.csv', `${'<!---->'.repeat(60)}a,b\n1,2\n`, CSV), 2, 1);
});

test('thousands of columns are read in CSV, HTML, GeoJSON and JSON', async (t) => {
  leavesOut(t, '5,000 columns in place of 1,500');
  const columns = BOTH_PARTS ? 5000 : 1500;
  const names = numbers(columns).map((i) => `c${i}`);
  const row = (by: number) => numbers(columns).map((i) => (i * by) % 97);
  await hasColumns(await ingest(t, 'a.csv', [names, row(1), row(2)].join('\n'), CSV), columns, 2);
  // Of several kinds, most of them text: what DuckDB's threads take for each column adds up.
  const kinds = (by: number) =>
    names.map((_, i) => [`${i * by} `, `${i}.5 `, `t${i} `, '2020-01-01 ', ' ', 'True '][i % 6]);
  await hasColumns(await ingest(t, 'b.csv', [names, kinds(1), kinds(2), kinds(3)].join('\n'), CSV), columns, 3);
  const tr = (cells: readonly unknown[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  await hasColumns(await ingest(t, 'a.html', `<table>${tr(names, 'th')}${tr(row(1), 'td')}</table>`, HTML), columns, 1);
  const object = (by: number) => JSON.stringify(Object.fromEntries(row(by).map((value, i) => [`c${i}`, value])));
  await hasColumns(await ingest(t, 'a.geojson', collection(object(1), object(2)), GEOJSON), columns + 1, 2);
  const json = { type: 'json', json_read_fn: 'read_json' };
  await hasColumns(await ingest(t, 'a.json', `[${object(1)},${object(2)}]`, json), columns, 2);
});

test('more columns than may be, and a name that is too long', async (t) => {
  const many = await ingest(t, 'a.csv', `${numbers(20_000).join()}\n${numbers(20_000).join()}\n`, CSV);
  isRefused(many, 'ING_LIMIT', /10000/, `${READ}columns=20000`);
  const long = await ingest(t, 'a.csv', `a,${'x'.repeat(20_000)}\n1,2\n`, CSV);
  isRefused(long, 'ING_LIMIT', /name of column 2, which begins with "x+", is longer than 10000/, `${READ}nameLength=`);
  const raised = { LIFECYCLE_READ_LIMITS: 'nameLength=20000' };
  await hasColumns(await ingest(t, 'a.csv', `a,${'x'.repeat(20_000)}\n1,2\n`, CSV, raised), 2, 1);
});

test('a CSV file in one line, or in one quoted field', async (t) => {
  const env = { LIFECYCLE_READ_LIMITS: 'lineLength=1000000' };
  const line = await ingest(t, 'a.csv', 'x'.repeat(3_000_000), CSV, env);
  isRefused(line, 'ING_LIMIT', /line 1 of the CSV file has more than 1000000/, `${READ}lineLength=`);
  const quoted = await ingest(t, 'a.csv', `a,b\n1,2\n3,"${'x\n'.repeat(2_000_000)}`, CSV, env);
  isRefused(quoted, 'ING_LIMIT', /line 3 of the CSV file has more than 1000000/, `${READ}lineLength=`);
});

test('a CSV file in one line that is longer than any may be', { skip: IN_SECOND_PART }, async (t) => {
  const line = await ingest(t, 'a.csv', 'x'.repeat(140_000_000), CSV);
  isRefused(line, 'ING_LIMIT', /line 1 of the CSV file has more than 134217728/, `${READ}lineLength=`);
});

test('a compressed CSV file that holds a thousand times its size', async (t) => {
  const rows = Buffer.from('1,2\n'.repeat(17_500_000));
  const content = Buffer.concat([Buffer.from('a,b\n'), rows]);
  const gz = await ingest(t, 'a.csv.gz', gzipSync(content), CSV);
  isRefused(gz, 'SRC_ARCHIVE_TOO_LARGE', /more than 300 times its size/, 'LIFECYCLE_ARCHIVE_LIMITS=ratio=');
  const zst = await ingest(t, 'a.csv.zst', zstdCompressSync(content), CSV);
  isRefused(zst, 'SRC_ARCHIVE_TOO_LARGE', /more than 300 times its size/, 'LIFECYCLE_ARCHIVE_LIMITS=ratio=');
});

test('a zip with names of thousands of folders', async (t) => {
  const zip = new yazl.ZipFile();
  for (const i of numbers(20)) zip.addBuffer(Buffer.from('a\n1\n'), `${'a/'.repeat(32_000)}${i}.csv`);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  const told = await ingest(t, 'a.zip', Buffer.concat(chunks), CSV);
  isRefused(told, 'SRC_ARCHIVE_TOO_LARGE', /more than 100 folders/, 'LIFECYCLE_ARCHIVE_LIMITS=');
});

test('lists and objects within each other', async (t) => {
  const lists = (depth: number) => `{"a":${'['.repeat(depth)}1${']'.repeat(depth)}}`;
  const geojson = await ingest(t, 'a.geojson', collection('{"a":1}', lists(500)), GEOJSON);
  isRefused(geojson, 'ING_LIMIT', /feature 2 of the file .* more than 100 deep/, `${READ}nesting=`);
  await hasColumns(await ingest(t, 'a.geojson', collection(lists(50)), GEOJSON), 2, 1);
  const json = await ingest(t, 'a.json', `[${lists(100_000)}]`, { type: 'json', json_read_fn: 'normalize' });
  isRefused(json, 'ING_LIMIT', /deeper than can be read/, 'look at the file');
});

test('pages with cells that span millions, and with elements or tables within each other', async (t) => {
  const span = await ingest(t, 'a.html', table('<tr><td colspan="100000000">1</td></tr>'), HTML);
  isRefused(span, 'ING_LIMIT', /more cells than 5000000/, `${READ}pageCells=`);
  const rowspan = table('<tr><td rowspan="100000000" colspan="1000">1</td></tr>'.repeat(5000));
  isRefused(await ingest(t, 'a.html', rowspan, HTML), 'ING_LIMIT', /more cells/, `${READ}pageCells=`);
  const deep = await ingest(t, 'a.html', table('<tr><td>1</td></tr>') + '<div>'.repeat(200_000), HTML);
  isRefused(deep, 'ING_LIMIT', /begun and not ended than 10000/, `${READ}pageNesting=`);
  const attributes = numbers(100_000)
    .map((i) => `a${i}`)
    .join(' ');
  isRefused(
    await ingest(t, 'a.html', `<p ${attributes}>${table('')}`, HTML),
    'ING_LIMIT',
    /more attributes/,
    `${READ}attributes=`,
  );
  const tables = await ingest(t, 'a.html', '<table><tr><td>'.repeat(5000), HTML);
  isRefused(tables, 'ING_LIMIT', /tables within each other, more than 100/, `${READ}nesting=`);
  await hasColumns(await ingest(t, 'a.html', `${'<div>'.repeat(5_000)}${table('<tr><td>1</td></tr>')}`, HTML), 1, 1);
});

test('a setting that cannot be is refused with its name and its value', async (t) => {
  for (const [value, message] of [
    ['columns=many', /LIFECYCLE_READ_LIMITS: columns must be a number, not "many"/],
    ['colums=5', /LIFECYCLE_READ_LIMITS: there is no "colums"/],
    ['columns=0', /columns must be a whole number from 1 to \d+, not 0/],
  ] as const) {
    const told = await ingest(t, 'a.csv', 'a\n1\n', CSV, { LIFECYCLE_READ_LIMITS: value });
    assert.equal(told.code, 2);
    assert.match(told.stderr, /^error LIF_BAD_SETTING: /m);
    assert.match(told.stderr, message);
  }
});

test('work that needs more memory than there may be', async (t) => {
  const row = numbers(1000).join();
  const told = await ingest(t, 'a.csv', `${row}\n`.repeat(200), CSV, { LIFECYCLE_READ_LIMITS: 'memoryBytes=67108864' });
  isRefused(told, 'ENG_OUT_OF_MEMORY', /more memory than the database may take/, `${READ}memoryBytes=`);
});
