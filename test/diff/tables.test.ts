import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { settingsFrom } from '../../src/settings/settings.ts';
import { pythonTools } from '../python-environment.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';
import { Workbench } from './workbench.ts';

const run = promisify(execFile);
const { venvDir } = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });

test('rows of a key that stands several times are said and counted once each', async (t) => {
  const bench = await Workbench.make(t);
  const before = "SELECT * FROM (VALUES (1, 'a'), (1, 'b'), (1, 'b'), (2, 'c'), (3, 'd')) v(id, s)";
  const now = "SELECT * FROM (VALUES (1, 'b'), (1, 'x'), (1, 'b'), (1, 'y'), (2, 'c'), (3, 'e')) v(id, s)";
  const diff = await bench.diff(before, now, { key: ['id'] });
  assert.deepEqual(diff.key!.duplicates, { before: { keys: 1, rows: 3 }, now: { keys: 1, rows: 4 } });
  assert.deepEqual(diff.rows, { equal: 3, added: 1, removed: 0, changed: 2 });
});

test('without a key rows are counted as they are, as often as they stand', async (t) => {
  const bench = await Workbench.make(t);
  const diff = await bench.diff(
    "SELECT unnest(['a', 'a', 'b', 'c']) AS s",
    "SELECT unnest(['a', 'b', 'b', 'a', 'a']) AS s",
  );
  assert.equal(diff.key, null);
  assert.deepEqual(diff.rows, { equal: 3, added: 2, removed: 1, changed: 0 });
  assert.deepEqual(diff.removed, [{ s: 'c' }]);
});

test('the smallest set of columns that is unique in both is the key', async (t) => {
  const bench = await Workbench.make(t);
  const table = (extra: string) =>
    `SELECT i // 50 AS block, i % 50 AS lot, i % 7 AS kind, 'street ' || i % 90 AS street ${extra} FROM range(2000) r(i)`;
  assert.deepEqual((await bench.diff(table(''), table(''))).key!.columns, ['block', 'lot']);
  // A number that the program gave is no name where there is another, and neither is one that shares nothing.
  const fids = (by: number) => table(`, i * ${by} AS objectid, printf('%05d', i) AS code, 'guid ${by} ' || i AS guid`);
  const diff = await bench.diff(fids(1), fids(3));
  assert.deepEqual(diff.key!.columns, ['code']);
  assert.deepEqual(diff.rows, { equal: 0, added: 0, removed: 0, changed: 2000 });
});

test('columns that came, went, moved or have another name are told', async (t) => {
  const bench = await Workbench.make(t);
  const diff = await bench.diff(
    'SELECT 1 AS id, 2 AS gone, 3 AS "BoroCode", 4 AS a, 5 AS b, 6 AS c',
    "SELECT 1 AS id, 6 AS c, 3 AS boro_code, 4 AS a, 5 AS b, 'x' AS came",
    { key: ['id'] },
  );
  assert.deepEqual(diff.schema, {
    added: ['came'],
    dropped: ['gone'],
    renamed: [{ before: 'BoroCode', now: 'boro_code' }],
    moved: ['c'],
  });
  assert.equal(diff.rows.equal, 1);
  assert.equal(diff.columns.find(({ name }) => name === 'boro_code')!.name_before, 'BoroCode');
  const moved = await bench.diff('SELECT 1 AS a, 2 AS b', 'SELECT 2 AS b, 1 AS a');
  assert.equal(moved.equal, true, 'order does not count');
});

test('the geometry is compared also where it is called something else', async (t) => {
  const bench = await Workbench.make(t);
  const table = (name: string, x: number) => `SELECT i AS id, ST_Point(i, ${x}) AS ${name} FROM range(3) r(i)`;
  const diff = await bench.diff(table('geometry', 1), `SELECT 7 AS came, * FROM (${table('geom', 2)})`);
  assert.deepEqual(diff.schema, { added: ['came'], renamed: [{ before: 'geometry', now: 'geom' }] });
  assert.equal(diff.rows.changed, 3);
  assert.equal(diff.columns.find(({ name }) => name === 'geom')!.name_before, 'geometry');
});

test('empty tables, and one that was filled', async (t) => {
  const bench = await Workbench.make(t);
  const none = 'SELECT 1 AS id, NULL::VARCHAR AS s WHERE false';
  const empty = await bench.diff(none, none);
  assert.deepEqual([empty.equal, empty.key, empty.rows], [true, null, { equal: 0, added: 0, removed: 0, changed: 0 }]);
  const filled = await bench.diff(none, "SELECT 1 AS id, 'a' AS s UNION ALL SELECT 2, 'a'");
  assert.deepEqual([filled.key!.columns, filled.rows.added], [['id'], 2]);
  assert.deepEqual(filled.added, [{ id: '1' }, { id: '2' }]);
  const other = await bench.diff('SELECT 1 AS a', 'SELECT 1 AS b');
  assert.deepEqual(other.rows, { equal: 1, added: 0, removed: 0, changed: 0 });
  assert.equal(other.equal, false);
});

test('names with quotes, line breaks, names that differ in case, and names of our own', async (t) => {
  const python = await pythonTools(venvDir);
  if ('missing' in python) return t.skip(python.missing);
  const bench = await Workbench.make(t);
  const names = ['id', 'ID', 'a"b', "c'd", 'e\nf', 'file_row_number', 'r', 'ra', 'row_place', '', 'x;--'];
  const write = `
import sys, json, pyarrow as pa, pyarrow.parquet as pq
names = json.loads(sys.argv[3])
table = lambda last: pa.Table.from_arrays([pa.array([1, 2, 3])] + [pa.array(['x', 'y', last]) for _ in names[1:]], names=names)
pq.write_table(table('z'), sys.argv[1])
pq.write_table(table('changed'), sys.argv[2])`;
  await run(python.python, ['-c', write, bench.file('before'), bench.file('now'), JSON.stringify(names)]);
  const { diff } = await bench.compare();
  assert.deepEqual(diff.key!.columns, ['id']);
  assert.deepEqual(
    diff.columns.map(({ name }) => name),
    names,
  );
  assert.deepEqual(
    diff.columns.map(({ changed }) => changed),
    [0, ...names.slice(1).map(() => 1)],
  );
  assert.deepEqual(diff.changed[0]!.key, { id: '3' });
  const none = await bench.compare({ key: ['a"b'] });
  assert.deepEqual(none.diff.rows, { equal: 2, added: 1, removed: 1, changed: 0 });
  await assert.rejects(bench.compare({ key: ['nope'] }), { code: 'LIF_USAGE' });
});

test('many columns take their time, and no more', async (t) => {
  leavesOut(t, '2,000 columns in place of 500');
  const columns = BOTH_PARTS ? 2_000 : 500;
  const bench = await Workbench.make(t);
  const table = (add: number) =>
    `SELECT i AS id, ${Array.from({ length: columns - 1 }, (_, c) => `i * ${c}${c % (columns / 4) === 7 ? ` + ${add}` : ''} AS c${c}`).join(', ')} FROM range(1000) r(i)`;
  await bench.write('before', table(0));
  await bench.write('now', table(1));
  const started = process.cpuUsage();
  const { diff } = await bench.compare({ limit: 5 });
  const { user, system } = process.cpuUsage(started);
  assert.ok((user + system) / 1e6 < 30, `${(user + system) / 1e6} s`);
  assert.deepEqual(
    diff.columns.filter(({ changed }) => changed > 0).map(({ name, changed }) => [name, changed]),
    [0, 1, 2, 3].map((quarter) => [`c${(quarter * columns) / 4 + 7}`, 1000]),
  );
});

test('another CRS is told, and the shapes are compared where they lie', async (t) => {
  const bench = await Workbench.make(t);
  const places = `SELECT i AS id, ST_Point(-74 + i / 1000.0, 40.7) AS p FROM range(50) r(i)`;
  const diff = await bench.diff(
    `SELECT id, ST_SetCRS(p, 'EPSG:4326') AS geom FROM (${places})`,
    `SELECT id, ST_SetCRS(ST_Transform(p, 'EPSG:4326', 'EPSG:2263', always_xy := true), 'EPSG:2263') AS geom FROM (${places})`,
  );
  assert.deepEqual(diff.schema.crs, { before: 'EPSG:4326', now: 'EPSG:2263' });
  assert.equal(diff.tolerances.transformed, true);
  assert.deepEqual(diff.rows, { equal: 50, added: 0, removed: 0, changed: 0 });
  assert.equal(diff.equal, false);
});
