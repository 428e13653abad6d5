import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { isVersion } from '../ids.ts';
import { loadProject } from '../project/load.ts';
import { INSTALLATION, settingsFrom } from '../settings/settings.ts';
import { type FormField, VERSION_FORM_PATTERN } from './form.ts';
import { manifestOf } from './manifest.ts';
import { readManifest, writeManifest } from './manifest-file.ts';

let dir: string;
beforeEach(async () => {
  if (dir) await rm(dir, { recursive: true, force: true });
  dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-manifest-'));
  for (const part of ['ingest_templates', 'products']) {
    await cp(path.join(INSTALLATION, 'examples', 'nyc', part), path.join(dir, part), { recursive: true });
  }
});
after(() => rm(dir, { recursive: true, force: true }));

const template = (id: string) => path.join(dir, 'ingest_templates', `${id}.yml`);
const productsFile = () => path.join(dir, 'products', 'products.yml');
const write = () =>
  writeManifest(settingsFrom({}, { project: dir, cwd: dir, stderrIsTerminal: false }), path.join(dir, 'manifest.json'));

const field = (entry: { form: FormField[] }, name: string) => entry.form.find((each) => each.name === name);
const pinned = (entry: { form: FormField[] }) =>
  entry.form.flatMap(({ given }) => (given?.as === 'option' && given.before ? [given.before.slice(0, -1)] : []));

async function edit(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  assert.ok(text.includes(from));
  await writeFile(file, text.replace(from, to));
}

test('every template and product of the sample has its DAG, with assets and inlets', async () => {
  const { ingest, builds } = await manifestOf(await loadProject(dir));
  assert.deepEqual(
    ingest.map(({ dag_id }) => dag_id),
    ['borough_tables', 'libraries', 'library_visits', 'nyc_boroughs', 'parks', 'tree_survey'].map(
      (id) => `ingest_${id}`,
    ),
  );
  const named = (id: string) => ingest.find((entry) => entry.id === id);
  assert.deepEqual(named('nyc_boroughs')?.assets, [
    {
      name: 'ingest/nyc_boroughs',
      dataset: null,
      title: 'NYC Borough Boundaries',
      extra: {
        ...named('nyc_boroughs')?.assets[0]?.extra,
        format: 'shapefile',
        crs: 'EPSG:2263',
        source: 'local_file',
      },
    },
  ]);
  assert.deepEqual(
    named('borough_tables')?.assets.map(({ name }) => name),
    ['ingest/borough_tables', 'ingest/borough_tables/borough_population', 'ingest/borough_tables/borough_housing'],
  );
  assert.deepEqual(field(named('borough_tables')!, 'datasets')?.schema.examples, [
    'borough_population',
    'borough_housing',
  ]);
  assert.equal(field(named('parks')!, 'datasets'), undefined);
  assert.deepEqual(named('library_visits')?.inlets, ['ingest/libraries']);
  assert.deepEqual(field(named('library_visits')!, 'mode')?.schema.examples, ['append']);
  assert.deepEqual(named('parks')?.tags, ['geojson', 'ingest', 'large', 'local_file', 'parks']);

  const [boroughs, report] = builds;
  assert.equal(boroughs?.asset.name, 'builds/boroughs');
  assert.deepEqual(boroughs?.inlets, [
    'ingest/borough_tables/borough_housing',
    'ingest/borough_tables/borough_population',
    'ingest/nyc_boroughs',
  ]);
  assert.deepEqual(pinned(boroughs!), ['nyc_boroughs', 'borough_population', 'borough_housing']);
  assert.match(String(field(boroughs!, 'input nyc_boroughs')?.schema.description), /empty: 16a\./);
  assert.deepEqual([report?.dag_id, report?.id], ['build_open_data_report', 'open data report']);
});

test('an unchanged project leaves the file alone, a changed one does not', async () => {
  const first = await write();
  assert.equal(first.changed, true);
  const file = path.join(dir, 'manifest.json');
  const { mtimeNs } = await stat(file, { bigint: true });
  const second = await write();
  assert.deepEqual([second.changed, second.manifest.hash], [false, first.manifest.hash]);
  assert.equal((await stat(file, { bigint: true })).mtimeNs, mtimeNs);
  await edit(template('parks'), 'Large parks', 'Small parks');
  const third = await write();
  assert.equal(third.changed, true);
  assert.notEqual(third.manifest.hash, first.manifest.hash);
});

test('fault 58: a broken template is there as broken, says where, and hides nothing else', async () => {
  await edit(template('parks'), 'type: geojson', 'type: geojsonn');
  const { manifest, broken } = await write();
  assert.deepEqual(
    broken.map(({ id }) => id),
    ['parks'],
  );
  assert.match(broken[0]!.reason, /parks\.yml:\d+:\d+: .*geojsonn/);
  assert.equal(manifest.ingest.length, 6);
  const parks = manifest.ingest.find(({ id }) => id === 'parks');
  assert.match(parks?.broken ?? '', /parks\.yml:\d+:\d+: .*geojsonn/);
  assert.match(parks?.doc ?? '', /Broken/);
  assert.ok(parks?.tags.includes('broken'));
  assert.equal(parks?.display_name, 'parks (broken)');
  assert.match(parks?.description ?? '', /^Broken: .*parks\.yml:\d+:\d+: .*geojsonn/);
  assert.equal(parks?.needs_version, false);
});

test('lists show the bare id first, and the search finds words of the title, the format and the products', async () => {
  const { ingest, builds } = await manifestOf(await loadProject(dir));
  const named = (id: string) => [...ingest, ...builds].find((entry) => entry.id === id);
  assert.deepEqual(
    [named('parks')?.display_name, named('parks')?.description, named('parks')?.owner],
    ['parks · Large parks', 'Large parks', 'lifecycle'],
  );
  // Nothing is said twice.
  assert.equal(named('boroughs')?.display_name, 'boroughs');
  const tags = named('nyc_boroughs')?.tags ?? [];
  for (const tag of ['boundaries', 'borough', 'boroughs', 'shapefile', 'local_file'])
    assert.ok(tags.includes(tag), tag);
  assert.ok(!tags.includes('nyc'));
  await edit(template('parks'), 'name: Large parks', 'name: Large parks\n  custom: {owner: Parks team}');
  const edited = await manifestOf(await loadProject(dir));
  assert.equal(edited.ingest.find(({ id }) => id === 'parks')?.owner, 'Parks team');
});

test('the form opens with the versions; switches stand in a section', async () => {
  const { ingest, builds } = await manifestOf(await loadProject(dir));
  for (const { form } of [...ingest, ...builds]) {
    assert.equal(form[0]?.name, 'versions');
    assert.match(String(form[0]?.schema.description), /several at once.*Partition Key under Advanced Options/);
    assert.deepEqual(
      form.filter(({ schema }) => schema.section === undefined).map(({ name }) => name),
      ['versions'],
    );
  }
  assert.ok(ingest.every(({ needs_version }) => needs_version));
  await edit(
    template('parks'),
    'type: local_file\n    path: data/parks.geojson',
    'type: socrata\n    org: nyc\n    uid: abcd-1234\n    format: geojson',
  );
  const socrata = (await manifestOf(await loadProject(dir))).ingest.find(({ id }) => id === 'parks');
  assert.deepEqual([socrata?.broken, socrata?.needs_version], [null, false]);
  for (const { form } of ingest) {
    const { given, schema } = form.find(({ name }) => name === 'runner')!;
    assert.deepEqual(given, { as: 'option', flag: '--runner' });
    const pattern = new RegExp(String(schema.pattern), 'v');
    assert.deepEqual(
      ['native', 'dcpy', 'pandas', 'native dcpy'].map((text) => pattern.test(text)),
      [true, true, false, false],
    );
  }
});

test('the newest versions in the store are the examples of pins', async () => {
  const store = path.join(dir, '.lifecycle', 'ingest');
  for (const version of ['2010', '2020', '2000']) {
    await mkdir(path.join(store, 'borough_tables', version), { recursive: true });
  }
  const [boroughs] = (await write()).manifest.builds;
  assert.deepEqual(field(boroughs!, 'input borough_population')?.schema.examples, ['2020', '2010', '2000']);
  assert.equal(field(boroughs!, 'input nyc_boroughs')?.schema.examples, undefined);
});

test('what a recipe asks for is told to the form: its variables, and the inputs of its base', async () => {
  const recipe = path.join(dir, 'products', 'boroughs', 'recipe.yml');
  await edit(
    recipe,
    'product: boroughs',
    'product: boroughs\nbase_recipe: base.yml\nversion: "{{ BUILD_ENV_RELEASE }}"',
  );
  const base =
    'name: Base\nproduct: base\ninputs:\n  datasets:\n  - id: nyc_boroughs\n  - id: parks\n    version: "{{ BUILD_ENV_PARKS }}"\n';
  await writeFile(path.join(path.dirname(recipe), 'base.yml'), base);
  const { manifest } = await write();
  const [boroughs] = manifest.builds;
  const variables = boroughs?.form.filter(({ given }) => given?.as === 'variable').map(({ name }) => name);
  assert.deepEqual(variables, ['BUILD_ENV_PARKS', 'BUILD_ENV_RELEASE']);
  assert.deepEqual(pinned(boroughs!), ['nyc_boroughs', 'borough_population', 'borough_housing', 'parks']);
  assert.ok(boroughs?.inlets.includes('ingest/parks'));
});

test('a broken recipe breaks its product only', async () => {
  await edit(path.join(dir, 'products', 'boroughs', 'recipe.yml'), 'inputs:', 'input:');
  const { broken } = await write();
  assert.deepEqual(
    broken.map(({ id }) => id),
    ['boroughs'],
  );
});

test('a product list that cannot be read keeps its products in sight, until it can', async () => {
  const { manifest: before } = await write();
  const sound = await readFile(productsFile(), 'utf8');
  await writeFile(productsFile(), 'products: [\n');
  const { manifest, broken } = await write();
  assert.deepEqual(
    manifest.builds.map(({ dag_id }) => dag_id),
    before.builds.map(({ dag_id }) => dag_id),
  );
  assert.deepEqual(
    broken.map(({ id }) => id),
    ['boroughs', 'open data report'],
  );
  assert.ok(manifest.builds.every(({ description }) => description.startsWith('Broken: ')));
  await writeFile(productsFile(), sound);
  const { manifest: mended } = await write();
  assert.deepEqual(mended, before);
  // A product that was taken out on purpose is gone.
  await writeFile(productsFile(), 'products:\n- id: boroughs\n');
  assert.deepEqual(
    (await write()).manifest.builds.map(({ id }) => id),
    ['boroughs'],
  );
});

test('fault 57: an id with other letters than a DAG id may have, and two that would share one', async () => {
  await mkdir(path.join(dir, 'products', 'a b'), { recursive: true });
  await writeFile(productsFile(), 'products:\n- id: a b\n- id: a_b\n- id: c-d\n');
  const { builds } = (await write()).manifest;
  assert.deepEqual(
    builds.map(({ dag_id, id }) => [dag_id, id]),
    [
      ['build_a_b', 'a b'],
      ['build_c-d', 'c-d'],
    ],
  );
});

test("the form's pattern takes what is a version and says no to what is far from one", async () => {
  const { version } = await manifestOf(await loadProject(dir));
  // The trigger form compiles patterns with the flag `v`, Python's jsonschema with none.
  const form = new RegExp(VERSION_FORM_PATTERN, 'v');
  const whole = new RegExp(version.pattern, 'v');
  for (const text of ['2024a', '16a', '26v1:20260623T1809:main', '2024-01', 'a+b', 'x'.repeat(100)]) {
    assert.ok(isVersion(text) && form.test(text) && whole.test(text), text);
  }
  for (const text of ['', ' ', 'a b', '../up', '.hidden', '-x', 'a/b', '$(id)', 'x'.repeat(101)]) {
    assert.ok(!isVersion(text) && !form.test(text) && !whole.test(text), text);
  }
  for (const text of ['latest', 'a..b', 'a.', 'CON', 'nul.txt']) assert.ok(!isVersion(text) && !whole.test(text), text);
  for (const text of ['ü1', 'é', '２']) assert.ok(isVersion(text) && whole.test(text), text);
});

test('a manifest that is damaged is written anew', async () => {
  const file = path.join(dir, 'manifest.json');
  await write();
  const whole = await readFile(file, 'utf8');
  for (const text of ['', 'null', '{}', '[]', '5', whole.slice(0, 500)]) {
    await writeFile(file, text);
    assert.equal(await readManifest(file), undefined, text);
    assert.ok((await write()).changed);
    assert.equal(await readFile(file, 'utf8'), whole);
  }
});
