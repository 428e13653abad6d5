import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { Engine } from '../../src/engine/engine.ts';
import { lookAt, noBrowser, openBrowser } from '../browser.ts';
import { IngestProject, scratch, VENV } from '../ingest/project.ts';
import { copySampleProject } from '../sample-project.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';

interface Result {
  templates: number;
  versions: number;
  products: number;
  builds: number;
  written: number;
}

const HOSTILE = `</script><script>alert(1)</script>"'&`;

/** The sample project with what every test has a catalogue of. */
let sample: string;
before(async () => {
  sample = await mkdtemp(path.join(tmpdir(), 'lifecycle-catalogue-'));
  await copySampleProject(sample);
  for (const words of [
    ['ingest', 'nyc_boroughs', '16a', '--report'],
    ['ingest', 'borough_tables', '2024'],
    ['ingest', 'libraries', '2024'],
    ['build', 'boroughs', '2020-first'],
  ]) {
    const { code, stderr } = await new IngestProject(sample).runHere(words);
    assert.equal(code, 0, stderr);
  }
});
after(() => rm(sample, { recursive: true, force: true }));

class Catalogue {
  readonly project: IngestProject;
  readonly dir: string;

  private constructor(project: IngestProject) {
    this.project = project;
    this.dir = path.join(project.dir, 'site');
  }

  static async make(t: TestContext): Promise<Catalogue> {
    const dir = path.join(await scratch(t), 'nyc');
    // With the times of its files: a report that is older than its version is none.
    await cp(sample, dir, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    return new Catalogue(new IngestProject(dir));
  }

  async run(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.project.runHere(words);
    assert.equal(code, 0, stderr);
    return stdout;
  }

  async build(): Promise<Result> {
    return JSON.parse(await this.run('--json', 'catalog', 'build', '--out', this.dir)) as Result;
  }

  page(...names: string[]): Promise<string> {
    return readFile(path.join(this.dir, ...names), 'utf8');
  }

  async query(sql: string): Promise<unknown[][]> {
    const database = path.join(this.dir, 'catalog.duckdb');
    const engine = await Engine.open({ venvDir: VENV, temporaryDir: this.dir, database, readOnly: true });
    try {
      return (await engine.rows(sql)).map((row) => Object.values(row));
    } finally {
      engine.close();
    }
  }
}

test('a page each, lineage both ways, ages, a database; afterwards only what has changed is written', async (t) => {
  const catalogue = await Catalogue.make(t);
  const { written, ...counts } = await catalogue.build();
  assert.deepEqual(
    [counts.templates, counts.versions, counts.products, counts.builds, written > 10],
    [6, 3, 2, 1, true],
  );
  const version = await catalogue.page('templates', 'nyc_boroughs', 'versions', '16a.html');
  assert.match(version, /href="\.\.\/\.\.\/\.\.\/products\/boroughs\/builds\/2020-first\.html"/);
  assert.match(version, /href="\.\.\/\.\.\/\.\.\/templates\/nyc_boroughs\/reports\/16a\.html"/);
  assert.match(await catalogue.page('templates', 'nyc_boroughs', 'reports', '16a.html'), /<svg class="map"/);
  const build = await catalogue.page('products', 'boroughs', 'builds', '2020-first.html');
  assert.match(
    build,
    /href="\.\.\/\.\.\/\.\.\/templates\/nyc_boroughs\/versions\/16a\.html"[\s\S]*?pinned in the recipe/,
  );
  assert.match(build, /href="\.\.\/\.\.\/\.\.\/templates\/borough_tables\/versions\/2024\.html"><code>borough_housing/);
  const ages = await catalogue.page('ages.html');
  assert.match(ages, /<code>nyc_boroughs<\/code>[\s\S]*?data-since="20[\s\S]*?the newest/);
  assert.match(
    await catalogue.page('templates', 'tree_survey', 'index.html'),
    /None yet: <code>lifecycle ingest tree_survey/,
  );

  assert.deepEqual(await catalogue.query('SELECT count(*) FROM assets'), [['8']]);
  assert.deepEqual(await catalogue.query(`SELECT dataset, rows, is_latest, state FROM versions ORDER BY ALL`), [
    ['borough_housing', '5', true, 'ok'],
    ['borough_population', '5', true, 'ok'],
    ['libraries', '16', true, 'ok'],
    ['nyc_boroughs', '5', true, 'ok'],
  ]);
  assert.deepEqual(
    await catalogue.query(
      `SELECT v.template, c.type FROM inputs i JOIN versions v ON v.dataset = i.input AND v.version = i.version
       JOIN columns c ON c.dataset = v.dataset AND c.version = v.version AND c.name = 'geom' WHERE i.product = 'boroughs'`,
    ),
    [['nyc_boroughs', 'GEOMETRY']],
  );

  assert.equal((await catalogue.build()).written, 0, 'nothing has changed');
  const untouched = path.join(catalogue.dir, 'templates', 'nyc_boroughs', 'index.html');
  const before = (await stat(untouched)).mtimeMs;
  await catalogue.run('ingest', 'libraries', '2025');
  const next = await catalogue.build();
  assert.equal(next.versions, 4);
  assert.ok(next.written <= 7, `${next.written} files`);
  assert.equal((await stat(untouched)).mtimeMs, before);
  assert.match(
    await catalogue.page('templates', 'libraries', 'index.html'),
    /2025\.html">2025<\/a> <span class="badge ok">latest/,
  );
  assert.deepEqual(
    await catalogue.query(`SELECT version, is_latest FROM versions WHERE template = 'libraries' ORDER BY 1`),
    [
      ['2024', false],
      ['2025', true],
    ],
  );

  // A report that was written about what has been replaced since is none.
  const record = path.join(catalogue.project.storeDir, 'ingest', 'nyc_boroughs', '16a', 'record.json');
  await utimes(record, new Date(Date.now() + 60_000), new Date(Date.now() + 60_000));
  await catalogue.build();
  assert.ok(!existsSync(path.join(catalogue.dir, 'templates', 'nyc_boroughs', 'reports', '16a.html')));

  // A template that changes, a version that goes, a build that goes.
  const template = path.join(catalogue.project.dir, 'ingest_templates', 'libraries.yml');
  await writeFile(template, (await readFile(template, 'utf8')).replace('name: Libraries', 'name: All libraries'));
  await rm(path.join(catalogue.project.storeDir, 'ingest', 'libraries', '2024'), { recursive: true });
  await rm(path.join(catalogue.project.storeDir, 'builds', 'boroughs'), { recursive: true });
  assert.deepEqual([(await catalogue.build()).versions, (await catalogue.build()).builds], [3, 0]);
  assert.match(await catalogue.page('index.html'), /All libraries/);
  assert.ok(!existsSync(path.join(catalogue.dir, 'templates', 'libraries', 'versions', '2024.html')));
  assert.ok(!existsSync(path.join(catalogue.dir, 'products', 'boroughs', 'builds', '2020-first.html')));
  assert.doesNotMatch(await catalogue.page('templates', 'nyc_boroughs', 'versions', '16a.html'), /2020-first/);
  assert.deepEqual(await catalogue.query('SELECT (SELECT count(*) FROM inputs), (SELECT count(*) FROM builds)'), [
    ['0', '0'],
  ]);
});

test('a broken template and an unreadable version stand there as what they are; texts of templates are texts', async (t) => {
  const project = await IngestProject.make(t);
  await project.template('sound');
  await project.write('sound.csv', 'a\n1\n');
  await project.ingestHere('sound', { version: '1' });
  await project.ingestHere('sound', { version: '2' });
  await project.templateText('broken', 'id: broken\nattributes: nonsense\n');
  const facts = { name: HOSTILE, description: HOSTILE };
  const ingestion = { source: { type: 'local_file', path: 'x.csv' }, file_format: { type: 'csv' } };
  await project.templateText('hostile', JSON.stringify({ id: 'hostile', attributes: facts, ingestion }));
  await writeFile(path.join(project.storeDir, 'ingest', 'sound', '1', 'record.json'), '{"format": 1');
  const out = path.join(project.dir, 'site');
  const { code, stderr } = await project.runHere(['catalog', 'build', '--out', out]);
  assert.equal(code, 0, stderr);
  const index = await readFile(path.join(out, 'index.html'), 'utf8');
  assert.equal(index.match(/<script/g)?.length, 2, 'the data and the search');
  const page = (id: string) => readFile(path.join(out, 'templates', id, 'index.html'), 'utf8');
  assert.match(await page('broken'), /The template is broken: /);
  assert.match(await page('sound'), /1 cannot be read: [\s\S]*2\.html">2<\/a>/);
  assert.doesNotMatch(await page('hostile'), /<script>alert/);
});

test('a folder that holds something else is left alone, and nothing half-made stays', async (t) => {
  const project = await IngestProject.make(t);
  await project.write('site/mine.txt', 'mine');
  const out = path.join(project.dir, 'site');
  const { code, stderr } = await project.run(['catalog', 'build', '--out', out]);
  assert.equal(code, 2);
  assert.match(stderr, /LIF_USAGE: .*site holds something that is no catalogue/);
  assert.deepEqual(await readdir(out), ['mine.txt']);
  const fresh = path.join(project.dir, 'fresh');
  assert.equal((await project.run(['catalog', 'build', '--out', fresh])).code, 0);
  const left = await readdir(fresh, { recursive: true });
  assert.deepEqual(
    left.filter((name) => /\.new$|\.rows-/.test(name)),
    [],
  );
});

test('the catalogue is searched from disk, in light and dark, wide and narrow', { skip: noBrowser }, async (t) => {
  const catalogue = await Catalogue.make(t);
  await catalogue.build();
  const browser = await openBrowser(t);
  leavesOut(t, 'light and narrow, dark and wide; the pages of ages and of a template');
  await lookAt(browser, path.join(catalogue.dir, 'index.html'), async (page) => {
    const shown = () => page.locator('.found > li:visible h2').allTextContents();
    assert.equal((await shown()).length, 8);
    await page.fill('#query', 'VISITS_per');
    assert.deepEqual(await shown(), ['libraries'], 'by a column');
    assert.match((await page.textContent('.found > li:visible .columns'))!, /columns: visits_per_week/);
    await page.fill('#query', 'borough clipped');
    assert.deepEqual(await shown(), ['nyc_boroughs'], 'by words of the name and the description');
    await page.fill('#query', '');
    await page.selectOption('[data-facet=product]', 'boroughs');
    assert.deepEqual(await shown(), ['borough_tables', 'nyc_boroughs', 'boroughs']);
    await page.selectOption('[data-facet=format]', 'shapefile');
    assert.equal(await page.textContent('#count'), '1 of 8');
    await page.selectOption('[data-facet=product]', '');
    await page.selectOption('[data-facet=format]', '');
    await page.selectOption('[data-facet=age]', 'never');
    assert.deepEqual(await shown(), ['library_visits', 'parks', 'tree_survey', 'open data report']);
    await page.click('.found > li:visible a');
    assert.match(page.url(), /templates\/library_visits\/index\.html$/);
  });
  const others = BOTH_PARTS ? ['ages.html', 'templates/nyc_boroughs/index.html'] : [];
  for (const file of [...others, 'products/boroughs/builds/2020-first.html'])
    await lookAt(browser, path.join(catalogue.dir, file), async (page) => {
      const paper = await page.evaluate('getComputedStyle(document.querySelector("main")).maxWidth');
      assert.notEqual(paper, 'none', 'the style sheet beside it holds');
    });
});
