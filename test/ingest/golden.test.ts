import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { hashFiles, listFiles } from '../../src/store/files.ts';
import { fileOf } from '../../src/store/ingest-record.ts';
import { copySampleProject } from '../sample-project.ts';
import { masked, matchesGolden, transcript } from './golden.ts';
import { IngestProject, id, scratch } from './project.ts';

/** The sample project, template by template: what the binary says, what it writes, and that it repeats itself. */

interface Sample {
  template: string;
  version: string;
  /** By dataset: SQL over FILE whose rows tell what is in it. */
  looks: Record<string, string>;
}

const PLACE = 'round(ST_X(ST_Centroid(g)), 1) AS x, round(ST_Y(ST_Centroid(g)), 1) AS y';
const SAMPLES: Sample[] = [
  {
    template: 'nyc_boroughs',
    version: '16a',
    looks: {
      nyc_boroughs: `SELECT * EXCLUDE (geom, g), ST_GeometryType(g) AS type, ST_NumGeometries(g) AS parts, ${PLACE} FROM (SELECT *, geom::GEOMETRY AS g FROM FILE)`,
    },
  },
  {
    template: 'libraries',
    version: '2024a',
    looks: { libraries: `SELECT * EXCLUDE (geom, g), ${PLACE} FROM (SELECT *, geom::GEOMETRY AS g FROM FILE)` },
  },
  {
    template: 'parks',
    version: '1.0',
    looks: {
      parks: `SELECT * EXCLUDE (wkb_geometry, g), ST_GeometryType(g) AS type, ${PLACE} FROM (SELECT *, wkb_geometry::GEOMETRY AS g FROM FILE)`,
    },
  },
  {
    template: 'borough_tables',
    version: '26v1:main',
    looks: { borough_population: 'SELECT * FROM FILE', borough_housing: 'SELECT * FROM FILE' },
  },
];

for (const { template, version, looks } of SAMPLES) {
  test(`the sample project: ${template}`, async (t) => {
    const project = new IngestProject(path.join(await scratch(t), 'nyc'));
    await copySampleProject(project.dir);
    const golden = (name: string, text: string) => matchesGolden(path.join(template, name), masked(text, project));

    const args = ['ingest', template, version];
    const first = await project.run(args);
    const again = await project.tellHere(template, { version });
    const json = await project.run(['--json', ...args]);
    const transcripts = [transcript(args, first, project), transcript(args, again, project)];
    await golden('text.txt', [...transcripts, transcript(['--json', ...args], json, project)].join('\n'));

    const dir = path.join(project.storeDir, 'ingest', template, version);
    for (const name of await listFiles(dir)) {
      if (name.endsWith('.json')) await golden(name, await project.read(template, version, name));
    }
    const record = await project.store.read(id(template), (await project.store.latest(id(template)))!);
    assert.ok(record);
    assert.deepEqual(await hashFiles(dir), [...record.files, ...(await hashFiles(dir, ['record.json']))].sort(byPath));

    const { datasets } = JSON.parse(json.stdout) as { datasets: { id: string; bytes: number; sha256: string }[] };
    for (const dataset of datasets) {
      const file = fileOf(record, `${dataset.id}/${dataset.id}.parquet`);
      assert.deepEqual([dataset.bytes, dataset.sha256], [file?.bytes, file?.sha256]);
      const rows = await project.query(looks[dataset.id]!, template, version, dataset.id);
      await golden(`${dataset.id}/rows.ndjson`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    }
    assert.deepEqual(
      datasets.map((dataset) => dataset.id),
      Object.keys(looks),
    );
  });
}

const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);

test('the sample project: a template whose data breaks its rule', async (t) => {
  const project = new IngestProject(path.join(await scratch(t), 'nyc'));
  await copySampleProject(project.dir);
  const args = ['ingest', 'tree_survey', '2024'];
  await matchesGolden('tree_survey/text.txt', transcript(args, await project.run(args), project));
  await matchesGolden(
    'tree_survey/json.txt',
    transcript(['--json', ...args], await project.run(['--json', ...args]), project),
  );
  assert.deepEqual(await project.list('ingest', 'tree_survey'), []);
  assert.deepEqual(await project.list('.staging'), []);
});

test('the sample project: a mode appends to the newest version', async (t) => {
  const project = new IngestProject(path.join(await scratch(t), 'nyc'));
  await copySampleProject(project.dir);
  const texts: string[] = [];
  for (const [version, mode] of [['2024-01'], ['2024-02', 'append'], ['2024-02', 'append'], ['2024-03', 'apend']]) {
    const args = ['ingest', 'library_visits', version!, ...(mode === undefined ? [] : ['--mode', mode])];
    texts.push(transcript(args, await project.tellHere('library_visits', { version, mode }), project));
  }
  for (const args of [
    ['show', 'library_visits'],
    ['show', 'library_visits@latest'],
    ['show', 'library_visits@2024-09'],
  ]) {
    texts.push(transcript(args, await project.run(args), project));
  }
  await matchesGolden('library_visits/text.txt', texts.join('\n').replace(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'MOMENT'));
  const rows = await project.query(
    'SELECT month, count(*)::INT AS n FROM FILE GROUP BY ALL ORDER BY 1',
    'library_visits',
    '2024-02',
  );
  assert.equal(rows.length, 2);
});
