import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { Engine } from '../../src/engine/engine.ts';
import { literal } from '../../src/engine/sql.ts';
import { hashFiles } from '../../src/store/files.ts';
import { lookAt, noBrowser, openBrowser } from '../browser.ts';
import { Workbench } from '../builds/workbench.ts';
import { IngestProject, scratch, VENV } from '../ingest/project.ts';
import { copySampleProject } from '../sample-project.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';

const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)>`;

const textOf = (page: string) => page.replace(/<style>[\s\S]*?<\/style>|<[^>]+>/g, ' ').replace(/\s+/g, ' ');

test('a version has a page: what it is, columns, values, rows, changes, steps, source, hashes; the version stays as it is', async (t) => {
  const project = await IngestProject.make(t);
  await project.templateText(
    'tiny',
    JSON.stringify({
      id: 'tiny',
      attributes: { name: `Tiny ${HOSTILE}`, description: 'What it is', url: 'https://example.org/tiny' },
      ingestion: {
        source: { type: 'local_file', path: 'tiny.csv' },
        file_format: { type: 'csv' },
        processing_steps: [
          { name: 'clean_column_names', args: { lower: true } },
          { name: 'deduplicate' },
          { name: 'sort', args: { by: ['code'] } },
        ],
      },
      columns: [{ id: 'code', data_type: 'text', description: `The code ${HOSTILE}` }],
    }),
  );
  await project.write('tiny.csv', 'Code,Amount\na,1\nb,2\n');
  await project.ingestHere('tiny', { version: '2024-01' });
  await project.write('tiny.csv', `Code,Amount\na,1\na,1\nb,3\n${HOSTILE.replaceAll('"', "'")},5\n`);
  await project.ingestHere('tiny', { version: '2024-02' });
  const dir = path.join(project.storeDir, 'ingest', 'tiny', '2024-02');
  const before = await hashFiles(dir);

  const { code, stdout, stderr } = await project.run(['--json', 'report', 'tiny']);
  assert.equal(code, 0, stderr);
  const { name, path: file, bytes } = JSON.parse(stdout) as { name: string; path: string; bytes: number };
  assert.equal(name, 'tiny@2024-02');
  assert.equal(file, path.join(project.storeDir, 'reports', 'ingest', 'tiny', '2024-02', 'report.html'));
  assert.equal((await stat(file)).size, bytes);
  assert.deepEqual(await hashFiles(dir), before);

  const page = await readFile(file, 'utf8');
  assert.doesNotMatch(page, /<script|<img|onerror=alert\(2\)>/, 'what the data says is text');
  assert.match(page, /<a href="https:\/\/example\.org\/tiny"/);
  const text = textOf(page);
  for (const said of [
    /Tiny &quot;&gt;&lt;script&gt;/,
    /What it is/,
    /code VARCHAR The code &quot;/,
    /Since 2024-01 : 2 → 3 rows \(\+50%\)/,
    /Row by row against tiny@2024-01 : 1 changed, 1 added, 1 equal/,
    /amount 1 b: 2 → 3/,
    /1 clean_column_names .*? 4 4 /,
    /2 deduplicate .*? 4 3 /,
    /3 sort .*? 3 3 /,
    new RegExp(before.find((each) => each.path === 'tiny/tiny.parquet')!.sha256),
    /lifecycle ingest tiny 2024-02 --overwrite/,
    /No finished build took this version/,
  ])
    assert.match(text, said);
});

test('checks stand there with the rows that fail, and that a version is quarantined stands above all', async (t) => {
  const project = await IngestProject.make(t);
  await project.templateText(
    'tiny',
    JSON.stringify({
      id: 'tiny',
      attributes: { name: 'Tiny' },
      ingestion: { source: { type: 'local_file', path: 'tiny.csv' }, file_format: { type: 'csv' } },
      columns: [
        { id: 'code', data_type: 'text', checks: ['non_nullable'] },
        { id: 'amount', data_type: 'integer', checks: [{ in_range: { args: { min_value: 1, max_value: 5 } } }] },
      ],
    }),
  );
  await project.write('tiny.csv', 'code,amount\na,1\nb,99\n');
  await project.runHere(['ingest', 'tiny', '1']);
  const out = path.join(project.dir, 'tiny.html');
  assert.equal((await project.runHere(['report', 'tiny@1', '--out', out])).code, 0);
  const text = textOf(await readFile(out, 'utf8'));
  assert.match(
    text,
    /Quarantined : nobody takes this version .*?1 of 2 checks passed.*?failed in_range amount .*?row 2: 99/,
  );
});

test('a build has a page: inputs with why, outputs, its log; its inputs name it; with --report it is written at once', async (t) => {
  const dir = path.join(await scratch(t), 'nyc');
  await copySampleProject(dir);
  const project = new IngestProject(dir);
  const run = async (...args: string[]) => {
    const outcome = await project.runHere(args);
    assert.equal(outcome.code, 0, outcome.stderr);
    return outcome.stdout;
  };
  const ingested = JSON.parse(await run('--json', 'ingest', 'nyc_boroughs', '16a', '--report')) as { report: string };
  assert.doesNotMatch(textOf(await readFile(ingested.report, 'utf8')), /builds\.boroughs@2020/);
  await run('ingest', 'borough_tables', '2024');
  const { report } = JSON.parse(await run('--json', 'build', 'boroughs', '2020-first', '--report')) as {
    report: string;
  };
  assert.equal(report, path.join(project.storeDir, 'reports', 'builds', 'boroughs', '2020-first', 'report.html'));
  const page = await readFile(report, 'utf8');
  const text = textOf(page);
  for (const said of [
    /nyc_boroughs 16a 5 pinned in the recipe/,
    /Staten Island/,
    /build_command: node make\.mjs/,
    /lifecycle rebuild boroughs 2020-first --locked/,
  ])
    assert.match(text, said);
  assert.match(page, /<img class="preview" alt="boroughs\.svg" src="data:image\/svg\+xml;base64,/);
  assert.match(await run('report', 'builds.boroughs'), /^builds\.boroughs@2020-first: /);

  const file = path.join(dir, 'boroughs.html');
  await run('report', 'nyc_boroughs@16a', '--out', file);
  const boroughs = await readFile(file, 'utf8');
  assert.match(textOf(boroughs), /builds\.boroughs@2020-first nyc_boroughs/);
  assert.match(boroughs, /<svg class="map"[\s\S]*<g class="shapes"><path/);
  assert.ok(boroughs.length < 200_000, 'a million bytes of coastline are simplified');

  const several = textOf(
    await readFile((JSON.parse(await run('--json', 'report', 'borough_tables')) as { path: string }).path, 'utf8'),
  );
  assert.match(several, /borough_population: columns .*borough_housing: columns/);
  assert.match(
    (await project.runHere(['report', 'borough_housing'])).stderr,
    /LIF_USAGE: the report of borough_housing has no place of its own/,
  );

  // Only a build that is done has a page, whatever stage was asked for.
  const planned = JSON.parse(
    await run('--json', 'build', 'boroughs', 'later', '--stage', 'plan', '--report'),
  ) as object;
  assert.ok(!('report' in planned));
});

test('what has no place of its own needs one, what is not there is told', async (t) => {
  const project = await Workbench.make(t);
  await project.product({ id: 'a' });
  const refused = async (words: string[], says: RegExp) => {
    const { code, stderr } = await project.runHere(['report', ...words]);
    assert.notEqual(code, 0);
    assert.match(stderr, says);
  };
  await refused(
    ['builds.a'],
    /STO_NO_VERSION: a has no finished build\nhint: make one: lifecycle build "a" PARTITION_KEY/,
  );
  await refused(['builds.a@1'], /STO_NO_VERSION/);
  await refused(['builds.b@1'], /LIF_UNKNOWN_ID/);
  await refused(['none'], /LIF_UNKNOWN_ID/);
  await refused(['none.parquet', '--out', 'x.html'], /LIF_BAD_DATA_FILE/);
});

async function manyShapes(t: Parameters<typeof scratch>[0], rows: number): Promise<string> {
  const dir = await scratch(t);
  const file = path.join(dir, 'lots.parquet');
  const engine = await Engine.open({ venvDir: VENV, temporaryDir: dir });
  await engine.load('spatial');
  await engine.run(
    `COPY (SELECT i AS lot, i % 7 AS kind, repeat('x', 150) AS text,
       ST_SetCRS(ST_Buffer(ST_Point(913000 + (i * 7919) % 150000, 120000 + (i * 104729) % 140000), 30, 6), 'EPSG:2263') AS geom
     FROM range(${rows}) r(i)) TO ${literal(file)} (FORMAT parquet)`,
  );
  engine.close();
  return file;
}

test('very many polygons make a page of less than 2 MB, with where they lie', async (t) => {
  // Drawn one by one, the fewer would take more than 2 MB as well.
  const rows = BOTH_PARTS ? 300_000 : 60_000;
  leavesOut(t, '300,000 polygons in place of 60,000');
  const file = await manyShapes(t, rows);
  const out = path.join(path.dirname(file), 'lots.html');
  const project = await IngestProject.make(t);
  const { code, stderr } = await project.run(['report', file, '--out', out]);
  assert.equal(code, 0, stderr);
  const page = await readFile(out, 'utf8');
  assert.ok(Buffer.byteLength(page) < 2_000_000, `${Buffer.byteLength(page)} bytes`);
  assert.match(page, new RegExp(`Where ${rows.toLocaleString('en')} rows lie: the darker a square, the more of them`));
  assert.match(page, /<path class="cells density density-0" d="M/);
  assert.equal(page.match(/<circle/g), null);
});

test('a report and a comparison look right in light and dark, wide and narrow', { skip: noBrowser }, async (t) => {
  const dir = path.join(await scratch(t), 'nyc');
  await copySampleProject(dir);
  const project = new IngestProject(dir);
  for (const words of [
    ['ingest', 'nyc_boroughs', '16a'],
    ['ingest', 'borough_tables', '2024'],
    ['ingest', 'libraries', '2024', '--report'],
    ['build', 'boroughs', '2020-first', '--report'],
    ['report', 'nyc_boroughs', '--out', path.join(dir, 'boroughs.html')],
    ['ingest', 'library_visits', '2024-01'],
    ['ingest', 'library_visits', '2024-02'],
    ['diff', 'library_visits', '--html', path.join(dir, 'diff.html')],
  ]) {
    const { code, stderr } = await project.runHere(words);
    assert.equal(code, 0, stderr);
  }
  const browser = await openBrowser(t);
  leavesOut(t, 'light and narrow, dark and wide');
  const reports = path.join(project.storeDir, 'reports');
  for (const file of [
    path.join(dir, 'boroughs.html'),
    path.join(dir, 'diff.html'),
    path.join(reports, 'ingest', 'libraries', '2024', 'report.html'),
    path.join(reports, 'builds', 'boroughs', '2020-first', 'report.html'),
  ])
    await lookAt(browser, file);
});

test('what is wrong with a page is found', { skip: noBrowser }, async (t) => {
  const browser = await openBrowser(t);
  const file = path.join(await scratch(t), 'page.html');
  const wrong = async (body: string, says: RegExp) => {
    await writeFile(file, `<!doctype html><html lang="en"><title>a</title><main><h1>a</h1>${body}</main>`);
    await assert.rejects(lookAt(browser, file), says);
  };
  await wrong('<p style="width: 3000px">wide</p>', /1440 wide: 30\d\d wide/);
  await wrong('<p style="color: #ddd; background: #fff">pale</p>', /color-contrast/);
  await wrong('<script>throw new Error("broken")</script>', /error: broken/);
  await wrong('<img alt="a" src="http://127.0.0.1:9/a.png">', /asked for http:/);
});
