import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { IngestProject, id } from './project.ts';
import { NEW, tinyProject } from './tiny-project.ts';

/** What the options of the commands about versions promise, with small files of their own. */

test('--no-latest leaves the pointer where it is', async (t) => {
  const project = await tinyProject(t);
  assert.equal((await project.run(['ingest', 'tiny', 'v1', '--no-latest'])).code, 0);
  assert.deepEqual(await project.list('ingest', 'tiny'), ['v1']);
  assert.doesNotMatch((await project.run(['show', 'tiny'])).stdout, /latest/);
  assert.equal((await project.run(['show', 'tiny@latest'])).code, 1);
  await project.ingestHere('tiny', { version: 'v2' });
  await project.ingestHere('tiny', { version: 'v3', latest: false });
  assert.equal(await project.read('tiny/latest'), 'v2\n');
  // Repeating a newer version moves it, and an older one does not.
  await project.ingestHere('tiny', { version: 'v3' });
  await project.ingestHere('tiny', { version: 'v1' });
  assert.equal(await project.read('tiny/latest'), 'v3\n');
});

test('--csv writes a CSV beside the parquet file, and is no silent wish on a published version', async (t) => {
  const project = await tinyProject(t);
  await project.template('places', {
    target_crs: 'EPSG:4326',
    file_format: { type: 'csv', geometry: { geom_column: { x: 'x', y: 'y' }, crs: 'EPSG:4326' } },
  });
  await project.write('places.csv', 'name,x,y\n"a ""b"", c",1,2\nnull,,\n');
  assert.equal((await project.run(['ingest', 'places', 'v1', '--csv'])).code, 0);
  const csv = await project.read('places/v1/places/places.csv');
  assert.equal(csv, 'name,x,y,geom\n"a ""b"", c",1.0,2.0,POINT (1 2)\n,,,\n');
  const record = (await project.store.versions(id('places')))[0]!.record;
  assert.ok(record.files.some((file) => file.path === 'places/places.csv' && file.bytes === csv.length));

  await project.ingestHere('tiny', { version: 'v1' });
  const refused = await project.tellHere('tiny', { version: 'v1', csv: true });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /tiny: published without a CSV/);
  await project.ingestHere('tiny', { version: 'v1', csv: true, overwrite: true });
  assert.deepEqual(await project.list('ingest/tiny/v1/tiny'), ['config.json', 'tiny.csv', 'tiny.parquet']);
});

test('--file takes the place of the source', async (t) => {
  const project = await tinyProject(t);
  const elsewhere = await IngestProject.make(t);
  const file = await elsewhere.write('other name.csv', NEW);
  const { code, stderr } = await project.run(['ingest', 'tiny', 'v1', '--file', file]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await project.list('ingest/tiny/v1'), [
    ...['datasource.json', 'definition.lock.json', 'other name.csv', 'record.json', 'tiny'],
  ]);
  const datasource = await project.readJson('tiny/v1/datasource.json');
  assert.deepEqual(datasource.source, { type: 'local_file', key: file });
  assert.equal(datasource.raw_filename, 'other name.csv');
  // Relative to where the command is run.
  await project.write('raw/x.csv', NEW);
  assert.equal((await project.run(['ingest', 'tiny', 'v2', '--file', 'raw/x.csv'])).code, 0);
  const missing = await project.tellHere('tiny', { version: 'v3', file: path.join(project.dir, 'raw/y.csv') });
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /error SRC_NOT_FOUND: there is no local file ".*raw\/y\.csv"/);
});

const MANY = JSON.stringify({
  id: 'many',
  attributes: { name: 'Many' },
  source: { type: 'local_file', path: 'many.csv' },
  dataset_defaults: { file_format: { type: 'csv' }, processing_steps: [] },
  datasets: ['low', 'high'].map((name) => ({
    id: name,
    acl: 'private',
    attributes: { name },
    file_format: { type: 'csv' },
    processing_steps: [{ name: 'filter_rows', args: { type: 'equals', column_name: 'kind', val: name } }],
    columns: [{ id: 'kind', data_type: 'text' }],
  })),
});

test('--dataset makes one dataset of several, and leaves the others of the version', async (t) => {
  const project = await IngestProject.make(t);
  await project.templateText('many', MANY);
  await project.write('many.csv', 'kind,n\nlow,1\nhigh,2\nlow,3\n');
  const high = await project.run(['ingest', 'many', 'v1', '--dataset', 'high']);
  assert.equal(high.code, 0, high.stderr);
  assert.match(high.stdout, /^high@v1: published, 1 rows[^\n]*\n[^\n]*v1\n$/);
  const low = await project.tellHere('many', { version: 'v1', datasets: ['low'] });
  assert.equal(low.code, 0, low.stderr);
  const { document } = await project.runJson<{ datasets: { id: string; rows: number }[] }>(['show', 'many@v1']);
  assert.deepEqual(
    document.datasets.map((dataset) => [dataset.id, dataset.rows]),
    [
      ['high', 1],
      ['low', 2],
    ],
  );
  const again = await project.tellHere('many', { version: 'v1', datasets: ['low'] });
  assert.match(again.stdout, /low@v1: unchanged, verified/);

  const unknown = await project.tellHere('many', { version: 'v1', datasets: ['hihg'] });
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /error LIF_UNKNOWN_ID: template many has no dataset "hihg"\nhint: did you mean high\?/);

  // Half of a version from another raw file would be two versions in one.
  await project.write('many.csv', 'kind,n\nlow,1\nhigh,2\n');
  const mixed = await project.tellHere('many', { version: 'v1', datasets: ['low'], overwrite: true });
  assert.equal(mixed.code, 1);
  assert.match(
    mixed.stderr,
    /version v1 of many also has high, made from another raw file.*\nhint: .*leave --dataset out/,
  );
  await project.ingestHere('many', { version: 'v1', overwrite: true });
});

test('declared columns that are missing stop a template of several datasets', async (t) => {
  const project = await IngestProject.make(t);
  await project.templateText(
    'many',
    MANY.replaceAll('"columns":[', '"columns":[{"id":"price","data_type":"decimal"},'),
  );
  await project.write('many.csv', 'kind,n\nlow,1\n');
  const { code, stderr } = await project.tellHere('many');
  assert.equal(code, 1);
  assert.match(
    stderr,
    /error ING_MISSING_COLUMN: low lacks columns that the template declares: 'price'\nhint: it has /,
  );
});

test('--mode: steps of a mode run only when it is asked for', async (t) => {
  const project = await IngestProject.make(t);
  const steps = [
    { name: 'update_column', args: { column_name: 'a', val: 'x' }, mode: 'fix' },
    { name: 'clean_column_names', args: { lower: true } },
  ];
  await project.template('modes', { processing_steps: steps });
  await project.template('plain');
  for (const name of ['modes', 'plain']) await project.write(`${name}.csv`, 'A,a\n1,2\n');
  await project.write('modes.csv', 'B\n1\n');
  await project.ingestHere('modes', { version: 'v1' });
  assert.equal((await project.run(['ingest', 'modes', 'v2', '--mode', 'fix'])).code, 0);
  const columns = async (version: string) => Object.keys((await project.query('FROM FILE', 'modes', version))[0]!);
  assert.deepEqual(await columns('v1'), ['b']);
  assert.deepEqual(await columns('v2'), ['b', 'a']);
  const config = await project.readJson('modes/v2/modes/config.json');
  assert.equal((config.transformation as Record<string, unknown>).processing_mode, 'fix');

  for (const [name, hint] of [
    ['modes', 'did you mean fix?'],
    ['plain', 'it has no modes: leave --mode out'],
  ] as const) {
    const { code, stderr } = await project.tellHere(name, { version: 'v3', mode: 'fixx' });
    assert.equal(code, 2);
    assert.equal(stderr.split('\n')[1], `hint: ${hint}`);
  }
});

test('ids that do not exist', async (t) => {
  const project = await tinyProject(t);
  for (const command of [
    ['ingest', 'tinny', 'v1'],
    ['show', 'tinny'],
    ['adopt', 'tinny', 'v1', 'x.parquet'],
  ]) {
    const { code, stdout, stderr } = await project.run(command);
    assert.equal(code, 2, command.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /error LIF_UNKNOWN_ID: .*"tinny".*\nhint: did you mean tiny\?/);
  }
  const { code, document } = await project.runJson<{ error: { code: string; hint: string } }>(['ingest', 'tinny']);
  assert.equal(code, 2);
  assert.deepEqual([document.error.code, document.error.hint], ['LIF_UNKNOWN_ID', 'did you mean tiny?']);
  for (const name of ['../tiny', '/etc/passwd', '.', '']) {
    assert.equal((await project.tellHere(name)).code, 2, name);
  }
});

test('fault 52: versions that are none', async (t) => {
  const project = await tinyProject(t);
  const bad = [
    '..',
    'a/b',
    'a\\b',
    '%2e%2e',
    'CON',
    'nul.txt',
    'x'.repeat(300),
    '',
    'v1.',
    'v1 ',
    'e\u0301',
    'a\nb',
    'latest',
  ];
  for (const version of bad) {
    const isFirst = version === bad[0];
    const { code, stdout, stderr } = await (isFirst
      ? project.run(['ingest', 'tiny', version])
      : project.tellHere('tiny', { version }));
    assert.equal(code, 2, JSON.stringify(version));
    assert.equal(stdout, '');
    assert.match(stderr, /error LIF_BAD_VERSION: /, JSON.stringify(version));
    assert.equal(stderr.trim().split('\n').length, 2, 'one line of error, one of hint');
  }
  // A leading dash is an option to the parser of arguments, and a version behind `--`.
  assert.equal((await project.run(['ingest', 'tiny', '-v1'])).code, 2);
  const dashed = await project.run(['ingest', 'tiny', '--', '-v1']);
  assert.equal(dashed.code, 2);
  assert.match(dashed.stderr, /LIF_BAD_VERSION/);
  assert.equal((await project.run(['adopt', 'tiny', '../x', 'tiny.csv'])).code, 2);
  assert.equal((await project.run(['show', 'tiny@../x'])).code, 2);
  assert.deepEqual(await project.list(), []);
  assert.equal((await project.run(['ingest', 'tiny', 'Ünï_2024.05+b:main'])).code, 0);
});

test('show and list tell what is published', async (t) => {
  const project = await tinyProject(t);
  assert.equal((await project.run(['show', 'tiny'])).stdout, 'tiny has no versions yet\nhint: lifecycle ingest tiny\n');
  await project.ingestHere('tiny', { version: 'v1' });
  await project.write('tiny.csv', NEW);
  await project.ingestHere('tiny', { version: 'v2' });
  const { document } = await project.runJson<{ versions: Record<string, unknown>[] }>(['show', 'tiny']);
  assert.deepEqual(
    document.versions.map(({ version, latest, rows }) => [version, latest, rows]),
    [
      ['v2', true, 3],
      ['v1', false, 2],
    ],
  );
  const one = await project.runJson<{ path: string; files: unknown[] }>(['show', 'tiny@v1']);
  assert.equal(one.document.path, path.join(project.storeDir, 'ingest/tiny/v1'));
  assert.equal(one.document.files.length, 5);
  assert.match((await project.run(['list', 'ingest'])).stdout, /^tiny +local_file +csv +2 +v2 +Name of tiny$/m);
  const missing = await project.run(['show', 'tiny@v3']);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /hint: it has v2, v1/);
});

test('LIFECYCLE_HOME moves the store', async (t) => {
  const project = await tinyProject(t);
  const { code, stdout } = await project.run(['ingest', 'tiny', 'v1'], { LIFECYCLE_HOME: 'somewhere/else' });
  assert.equal(code, 0);
  assert.match(stdout, /somewhere\/else\/ingest\/tiny\/v1\n$/);
  assert.deepEqual(await project.list(), []);
});

test('a step that fails is counted as its template counts it', async (t) => {
  const project = await IngestProject.make(t);
  const steps = [
    { name: 'clean_column_names', args: { lower: true }, mode: 'other' },
    { name: 'sort', args: { by: ['id'] } },
    { name: 'drop_columns', args: { columns: ['gone'] } },
  ];
  const points = {
    type: 'FeatureCollection',
    features: [{ type: 'Feature', properties: { id: 1 }, geometry: { type: 'Point', coordinates: [-74, 40.7] } }],
  };
  await project.template('points', {
    target_crs: 'EPSG:2263',
    source: { type: 'local_file', path: 'points.geojson' },
    file_format: { type: 'geojson' },
    processing_steps: steps,
  });
  await project.write('points.geojson', JSON.stringify(points));
  const { code, stderr } = await project.tellHere('points');
  assert.equal(code, 1);
  // Neither the step of another mode nor the reprojection that nobody wrote down moves the number.
  assert.match(stderr, /points, step 3 \(drop_columns\): .*gone/);
});
