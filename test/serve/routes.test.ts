import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { ServedProject } from './project.ts';

const q = encodeURIComponent;
const BOROUGHS = 'ingest/nyc_boroughs';

test('a page is answered from a real store', async (t: TestContext) => {
  const served = await ServedProject.make(t);
  const get = (address: string) => served.ask(address);
  before(async () => {
    await served.lifecycle('ingest', 'nyc_boroughs', '16a');
    await served.lifecycle('ingest', 'borough_tables', '2020');
    await served.lifecycle('ingest', 'library_visits', '2024-01');
    await served.lifecycle('ingest', 'library_visits', '2024-02');
    await served.lifecycle('build', 'boroughs', 'one', '--version', '16a');
    await served.start();
  });

  await t.test('the list has every template and product, with its state and newest version', async () => {
    const { assets, airflow } = await served.list();
    assert.equal(airflow, false);
    const find = (id: string) => assets.find((each: { id: string }) => each.id === id);
    assert.deepEqual(assets.map(({ id }: { id: string }) => id).sort(), [
      'borough_tables',
      'boroughs',
      'libraries',
      'library_visits',
      'nyc_boroughs',
      'open data report',
      'parks',
      'tree_survey',
    ]);
    assert.equal(find('parks').state, 'never');
    assert.equal(find('library_visits').state, 'fresh');
    assert.equal(find('library_visits').versions, 2);
    assert.equal(find('library_visits').newest.key, '2024-02');
    assert.equal(find('library_visits').newest.is_latest, true);
    assert.deepEqual(find('nyc_boroughs').products, ['boroughs']);
    assert.equal(find('nyc_boroughs').newest.rows, 5);
    assert.equal(find('boroughs').newest.key, 'one');
  });

  await t.test('an asset has its versions, its definition and its form', async () => {
    const { json } = await get(`/api/assets/${BOROUGHS}`);
    assert.deepEqual(
      json.all_versions.map(({ key, state }: { key: string; state: string }) => [key, state]),
      [['16a', 'published']],
    );
    assert.match(json.text, /id: nyc_boroughs/);
    assert.equal(json.file, 'ingest_templates/nyc_boroughs.yml');
    assert.deepEqual(json.downstream, [{ kind: 'builds', id: 'boroughs' }]);
    const build = (await get('/api/assets/builds/boroughs')).json;
    const field = build.form.find(({ name }: { name: string }) => name.includes('nyc_boroughs'));
    assert.deepEqual(field.schema.examples, ['16a']);
  });

  await t.test('what should exist and does not stands among the versions; what fails a check says so', async () => {
    const { json } = await get('/api/assets/ingest/library_visits');
    const states = () => json.all_versions.map(({ key, state }: { key: string; state: string }) => [key, state]);
    assert.deepEqual(states(), [
      ['2024-03', 'missing'],
      ['2024-02', 'published'],
      ['2024-01', 'published'],
    ]);
    assert.deepEqual(json.strip[0], { key: '2024-03', state: 'missing' });
    assert.equal(json.newest.key, '2024-02');
    const one = (await get('/api/assets/ingest/library_visits/versions/2024-02')).json;
    assert.ok(one.checks.some(({ outcome }: { outcome: string }) => outcome === 'passed'));
    await assert.rejects(served.lifecycle('ingest', 'library_visits', '2024-04'));
    assert.equal((await get('/api/assets/ingest/library_visits')).json.state, 'quarantined');
    const quarantined = (await get('/api/assets/ingest/library_visits/versions/2024-04')).json;
    assert.equal(quarantined.state, 'quarantined');
    assert.ok(quarantined.warnings.length > 0);
    const failed = quarantined.checks.find(({ outcome }: { outcome: string }) => outcome === 'failed');
    assert.ok(failed.rows_failing > 0);
    await served.lifecycle('remove', 'library_visits@2024-04');
    assert.equal((await get('/api/assets/ingest/library_visits')).json.state, 'fresh');
  });

  await t.test('what is not there is 404, with a sentence', async () => {
    for (const address of [
      '/api/assets/ingest/nyc_borough',
      '/api/assets/builds/nothing',
      `/api/assets/${BOROUGHS}/versions/17a`,
      `/api/assets/${BOROUGHS}/versions/${q('../16a')}`,
      '/api/assets/builds/boroughs/versions/two',
      '/api/lineage/ingest/nothing',
      '/api/rows?ref=nyc_boroughs@17a',
      '/api/rows?ref=builds.boroughs@one.nothing',
      '/api/rows?ref=nothing',
      '/api/assets/builds/nothing/readiness',
      '/api/nothing',
    ]) {
      const { status, json } = await get(address);
      assert.equal(status, 404, address);
      assert.ok(json.error.message.length > 10, address);
    }
    assert.match((await get('/api/assets/ingest/nyc_borough')).json.error.hint, /nyc_boroughs/);
  });

  await t.test('a version has its tables, files, steps, and what was built from it', async () => {
    const { json } = await get(`/api/assets/${BOROUGHS}/versions/16a`);
    assert.equal(json.tables[0].ref, 'nyc_boroughs@16a');
    assert.equal(json.tables[0].crs, 'EPSG:2263');
    assert.ok(json.steps.length > 1);
    const steps = json.steps.filter(({ within }: { within: string | null }) => within === 'process');
    assert.ok(steps.length > 0);
    for (const { dataset, rows_before, rows_after, seconds } of steps) {
      assert.deepEqual([dataset, rows_before, rows_after], ['nyc_boroughs', 5, 5]);
      assert.ok(seconds >= 0);
    }
    const stages = json.steps.filter(({ within }: { within: string | null }) => within === null);
    assert.ok(stages.some(({ name }: { name: string }) => name === 'write'));
    assert.deepEqual(json.provenance.used_by, [{ id: 'boroughs', key: 'one' }]);
    const paths = json.files.map((file: { path: string }) => file.path);
    assert.ok(paths.includes('nyc_boroughs/nyc_boroughs.parquet'));
  });

  await t.test('a build has its inputs with why, its log and the tables among its outputs', async () => {
    const { json } = await get('/api/assets/builds/boroughs/versions/one');
    const input = json.provenance.inputs.find(({ id }: { id: string }) => id === 'nyc_boroughs');
    assert.equal(input.version, '16a');
    assert.ok(input.why.length > 3);
    assert.deepEqual(
      json.provenance.inputs.map(({ id, asset }: { id: string; asset: unknown }) => [id, asset]),
      [
        ['nyc_boroughs', { kind: 'ingest', id: 'nyc_boroughs' }],
        ['borough_population', { kind: 'ingest', id: 'borough_tables' }],
        ['borough_housing', { kind: 'ingest', id: 'borough_tables' }],
      ],
    );
    assert.match(json.log, /\w/);
    assert.deepEqual(
      json.steps.map(({ name }: { name: string }) => name),
      ['plan', 'load', 'build', 'package'],
    );
    for (const table of json.tables) {
      const rows = await get(`/api/rows?ref=${q(table.ref)}`);
      assert.equal(rows.status, 200, table.ref);
      assert.equal(rows.json.total, table.rows);
    }
  });

  await t.test('a CSV among the outputs has rows as a table has, read once', async () => {
    const { tables } = (await get('/api/assets/builds/boroughs/versions/one')).json;
    const csv = tables.find(({ name }: { name: string }) => name === 'boroughs.csv');
    assert.deepEqual([csv.rows, csv.path, csv.geometry_column], [5, 'output/boroughs.csv', null]);
    const rows = (query: string) => get(`/api/rows?ref=${q(csv.ref)}&${query}`);
    const column = csv.columns.findIndex(({ name }: { name: string }) => name === 'borough');
    const sorted = (await rows('sort=-borough&limit=2&offset=1')).json;
    assert.deepEqual([sorted.total, sorted.rows.map((row: unknown[]) => row[column])], [5, ['Queens', 'Manhattan']]);
    const filter = [{ column: 'borough', op: 'contains', value: 'bro' }];
    assert.deepEqual((await rows(`filter=${q(JSON.stringify(filter))}`)).json.total, 2);
    const csvs = tables.filter(({ name }: { name: string }) => name.endsWith('.csv'));
    assert.equal((await readdir(path.join(served.store, '.cache', 'tables'))).length, csvs.length);
  });

  await t.test('rows are paged, sorted and filtered; what has no sense is refused', async () => {
    const all = (await get('/api/rows?ref=nyc_boroughs@16a')).json;
    assert.equal(all.total, 5);
    const [name] = all.columns.flatMap((column: { name: string; type: string }, i: number) =>
      column.type === 'VARCHAR' ? [{ name: column.name, i }] : [],
    );
    const sorted = (await get(`/api/rows?ref=nyc_boroughs@16a&sort=-${q(name.name)}&limit=2`)).json;
    assert.equal(sorted.rows.length, 2);
    assert.ok(sorted.rows[0][name.i] > sorted.rows[1][name.i]);
    const filter = (conditions: unknown) =>
      get(`/api/rows?ref=nyc_boroughs@16a&filter=${q(JSON.stringify(conditions))}`);
    const bronx = await filter([{ column: name.name, op: 'contains', value: 'BRONX' }]);
    assert.equal(bronx.json.total, 1);
    const hostile = await filter([{ column: name.name, op: '=', value: "x' OR 1=1 --" }]);
    assert.equal(hostile.json.total, 0);
    assert.equal((await filter([{ column: 'x" OR 1=1 --', op: '=', value: 'x' }])).status, 400);
    assert.equal((await filter([{ column: name.name, op: 'OR 1=1', value: 'x' }])).status, 400);
    assert.equal((await get('/api/rows?ref=nyc_boroughs@16a&filter=x')).status, 400);
    assert.equal((await get('/api/rows?ref=nyc_boroughs@16a&limit=100000')).status, 400);
  });

  await t.test('no name of a table is the path of a file', async () => {
    const parquet = path.join(served.store, 'ingest/nyc_boroughs/16a/nyc_boroughs/nyc_boroughs.parquet');
    for (const ref of [parquet, './ingest/nyc_boroughs/16a/nyc_boroughs/nyc_boroughs.parquet', '/etc/passwd', '../x']) {
      for (const address of [`rows?ref=${q(ref)}`, `profile?ref=${q(ref)}`, `tiles?ref=${q(ref)}`]) {
        const { status } = await get(`/api/${address}`);
        assert.ok(status === 400 || status === 404, `${address}: ${status}`);
      }
      const { status } = await get(`/api/diff?a=${q(ref)}&b=${q(ref)}`);
      assert.ok(status === 400 || status === 404, `diff of ${ref}: ${status}`);
    }
  });

  await t.test('a profile and a comparison are the documents of the command line', async () => {
    const { json } = await get('/api/profile?ref=nyc_boroughs@16a');
    const { stdout } = await served.lifecycle('--json', 'profile', 'nyc_boroughs@16a');
    assert.deepEqual(json, JSON.parse(stdout));
    const diff = await get('/api/diff?a=library_visits@2024-01&b=library_visits@2024-02');
    const said = await served.lifecycle('--json', 'diff', 'library_visits', '2024-01', '2024-02');
    assert.deepEqual(diff.json, JSON.parse(said.stdout));
  });

  await t.test('a map knows where it is, and has tiles; they are prepared once', async () => {
    const extent = (await get('/api/tiles?ref=nyc_boroughs@16a')).json;
    assert.ok(extent.west > -74.3 && extent.west < -74.2 && extent.north > 40.9 && extent.north < 40.95, extent);
    await rm(path.join(served.store, '.cache', 'tiles'), { recursive: true });
    const tiles = await Promise.all(Array.from({ length: 8 }, () => get('/api/tiles/9/150/192?ref=nyc_boroughs@16a')));
    for (const { status, headers, bytes } of tiles) {
      assert.equal(status, 200);
      assert.equal(headers['content-type'], 'application/vnd.mapbox-vector-tile');
      assert.ok(bytes.includes('features'));
    }
    assert.equal((await readdir(path.join(served.store, '.cache', 'tiles'))).length, 1);
    assert.equal((await get('/api/tiles/9/0/0?ref=nyc_boroughs@16a')).status, 204);
    assert.equal((await get('/api/tiles/9/900/0?ref=nyc_boroughs@16a')).status, 400);
    assert.equal((await get('/api/tiles/9/150/192?ref=library_visits@2024-01')).status, 400);
  });

  await t.test('readiness says what is there and what would mend the rest', async () => {
    const { json } = await get('/api/assets/builds/boroughs/readiness');
    const row = json.rows.find(({ id }: { id: string }) => id === 'nyc_boroughs');
    assert.equal(row.state, 'ready');
    assert.equal(row.run, null);
    const housing = json.rows.find(({ id }: { id: string }) => id === 'borough_housing');
    assert.deepEqual(housing.asset, { kind: 'ingest', id: 'borough_tables' });
    assert.equal((await get(`/api/assets/builds/boroughs/readiness?key=${q('../x')}`)).status, 400);
  });

  await t.test('lineage has both directions, with the version that was taken', async () => {
    for (const start of [BOROUGHS, 'builds/boroughs']) {
      const { json } = await get(`/api/lineage/${start}`);
      const edge = json.edges.find(({ from }: { from: string }) => from === BOROUGHS);
      assert.deepEqual(edge, { from: BOROUGHS, to: 'builds/boroughs', version: '16a' });
      assert.ok(
        json.nodes.some(({ id, newest }: { id: string; newest: string }) => id === 'boroughs' && newest === 'one'),
      );
    }
  });

  await t.test('files are sent whole and in parts; nothing that no record lists', async () => {
    const file = `/api/files/${BOROUGHS}/16a/nyc_boroughs/nyc_boroughs.parquet`;
    const whole = await get(file);
    const bytes = await readFile(path.join(served.store, 'ingest/nyc_boroughs/16a/nyc_boroughs/nyc_boroughs.parquet'));
    const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
    assert.equal(hash(whole.bytes), hash(bytes));
    assert.match(whole.headers['content-disposition']!, /^attachment; filename="nyc_boroughs.parquet"/);
    const part = async (range: string) => {
      const headers = { authorization: `Bearer ${served.token}`, range };
      return served.ask(file, { headers });
    };
    const first = await part('bytes=0-3');
    assert.equal(first.status, 206);
    assert.equal(first.bytes.toString(), 'PAR1');
    assert.equal(first.headers['content-range'], `bytes 0-3/${bytes.length}`);
    assert.equal((await part('bytes=-4')).bytes.toString(), 'PAR1');
    assert.equal((await part(`bytes=${bytes.length}-`)).status, 416);
    assert.equal((await get('/api/files/builds/boroughs/one/output/boroughs.csv')).status, 200);

    await writeFile(path.join(served.store, 'ingest/nyc_boroughs/16a/secret.txt'), 'x');
    for (const tried of [
      'secret.txt',
      '../../nyc_boroughs/16a/nyc_boroughs/nyc_boroughs.parquet',
      '..%2f..%2fnyc_boroughs%2f16a%2fnyc_boroughs%2fnyc_boroughs.parquet',
      '..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
      '%2fetc%2fpasswd',
      'nyc_boroughs/./nyc_boroughs.parquet',
      'nyc_boroughs%00',
      'nyc_boroughs',
      '',
    ]) {
      const { status } = await get(`/api/files/${BOROUGHS}/16a/${tried}`);
      assert.ok(status === 404 || status === 400, `${tried}: ${status}`);
    }
    for (const id of ['..', '%2e%2e', '..%2f..', '%2fetc', 'nyc_boroughs%00', '.staging']) {
      const { status } = await get(`/api/files/ingest/${id}/16a/nyc_boroughs/nyc_boroughs.parquet`);
      assert.ok(status === 404 || status === 400, `${id}: ${status}`);
    }
    for (const key of ['..', '%2e%2e', '..%2f16a', '.', 'latest', '16a%2f..%2f16a']) {
      const { status } = await get(`/api/files/${BOROUGHS}/${key}/nyc_boroughs/nyc_boroughs.parquet`);
      assert.ok(status === 404 || status === 400, `${key}: ${status}`);
    }
  });

  await t.test('a link in the place of a file is not followed', async () => {
    const file = path.join(served.store, 'ingest/library_visits/2024-01/library_visits/library_visits.parquet');
    const kept = await readFile(file);
    await rm(file);
    await symlink('/etc/passwd', file);
    const { status, bytes } = await get(
      '/api/files/ingest/library_visits/2024-01/library_visits/library_visits.parquet',
    );
    assert.equal(status, 422);
    assert.ok(!bytes.includes('root:'));
    await rm(file);
    await writeFile(file, kept);
  });

  await t.test('latest moves, and is refused for what is not there', async () => {
    const move = (version: unknown) =>
      served.ask('/api/assets/ingest/library_visits/latest', { method: 'POST', body: { version } });
    assert.deepEqual((await move('2024-01')).json, { from: '2024-02', to: '2024-01' });
    assert.equal((await served.lifecycle('latest', 'library_visits')).stdout.trim(), '2024-01');
    const { json } = await get('/api/assets/ingest/library_visits');
    const standing = json.all_versions.filter(({ state }: { state: string }) => state !== 'missing');
    const isLatest = standing.map(({ key, is_latest }: { key: string; is_latest: boolean }) => [key, is_latest]);
    assert.deepEqual(isLatest, [
      ['2024-02', false],
      ['2024-01', true],
    ]);
    assert.equal((await move('2030-01')).status, 404);
    assert.equal((await move('../x')).status, 400);
    assert.equal((await move(7)).status, 400);
  });

  await t.test('a version that a build has locked stays; another goes, and is gone everywhere', async () => {
    const remove = (address: string) => served.ask(`/api/assets/${address}`, { method: 'DELETE' });
    const refused = await remove(`${BOROUGHS}/versions/16a`);
    assert.equal(refused.status, 409);
    assert.equal(refused.json.error.code, 'STO_NEEDED');
    assert.match(refused.json.error.message, /boroughs one/);
    assert.equal((await get('/api/rows?ref=nyc_boroughs@16a')).status, 200);

    assert.equal((await remove('ingest/library_visits/versions/2024-01')).status, 204);
    assert.equal((await served.lifecycle('latest', 'library_visits')).stdout.trim(), '2024-02');
    assert.equal((await get('/api/rows?ref=library_visits@2024-01')).status, 404);
    // It is expected still.
    const gone = (await get('/api/assets/ingest/library_visits/versions/2024-01')).json;
    assert.deepEqual([gone.state, gone.tables, gone.files], ['missing', [], []]);
    const only = await remove('ingest/library_visits/versions/2024-02');
    assert.equal(only.status, 409);
    assert.equal(only.json.error.code, 'STO_ONLY_VERSION');
    assert.equal((await remove('ingest/library_visits/versions/2024-01')).status, 404);
    assert.equal((await remove(`ingest/library_visits/versions/${q('../library_visits/2024-02')}`)).status, 400);

    assert.equal((await remove('builds/boroughs/versions/one')).status, 204);
    assert.equal((await get('/api/assets/builds/boroughs/versions/one')).status, 404);
    assert.deepEqual((await get(`/api/assets/${BOROUGHS}/versions/16a`)).json.provenance.used_by, []);
    assert.deepEqual(await readdir(path.join(served.store, '.staging')), []);
  });
});
