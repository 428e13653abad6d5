import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { settingsFrom } from '../../src/settings/settings.ts';
import { pythonTools } from '../python-environment.ts';
import { Workbench } from './workbench.ts';

const run = promisify(execFile);
const { venvDir } = settingsFrom(process.env, { cwd: process.cwd(), stderrIsTerminal: false });

/** How often each column changed. */
const changes = ({ columns }: { columns: { name: string; changed: number }[] }) =>
  Object.fromEntries(columns.filter(({ changed }) => changed > 0).map(({ name, changed }) => [name, changed]));

test('NaN equals NaN, 0 equals -0, null is neither', async (t) => {
  const bench = await Workbench.make(t);
  const row = (id: number, value: string) => `SELECT ${id} AS id, ${value}::DOUBLE AS v`;
  const table = (...values: string[]) => values.map((value, i) => row(i, value)).join(' UNION ALL ');
  const diff = await bench.diff(
    table("'nan'", '0.0', "'-0.0'", 'NULL', 'NULL', "'inf'", "'inf'"),
    table("'-nan'", "'-0.0'", '0.0', 'NULL', "'nan'", "'inf'", "'-inf'"),
    { key: ['id'] },
  );
  assert.deepEqual(
    diff.changed.map(({ key }) => key.id),
    ['4', '6'],
  );
  assert.deepEqual(diff.changed[0]!.columns, { v: { before: null, now: 'nan' } });
});

test('a column of another type with equal values is retyped, its rows are not changed', async (t) => {
  const bench = await Workbench.make(t);
  const types = [
    ['BIGINT', 'DOUBLE', 'i'],
    ['INTEGER', 'UBIGINT', 'i'],
    ['DECIMAL(10,2)', 'DECIMAL(12,4)', 'i / 4'],
    ['DECIMAL(10,2)', 'BIGINT', 'i'],
    ['FLOAT', 'DOUBLE', 'i'],
    ['BIGINT', 'VARCHAR', 'i'],
    ['DATE', 'TIMESTAMP', "DATE '2024-01-01' + i::INTEGER"],
    ['DATE', 'VARCHAR', "DATE '2024-01-01' + i::INTEGER"],
    ['TIMESTAMP', 'TIMESTAMP WITH TIME ZONE', "TIMESTAMP '2024-01-01' + to_hours(i)"],
    ['BOOLEAN', 'VARCHAR', 'i % 2 = 0'],
    ['INTEGER[]', 'VARCHAR[]', '[i]'],
  ];
  const table = (side: 0 | 1) =>
    `SELECT i AS id, ${types.map((type, n) => `CAST(CAST(${type[2]} AS ${type[0]}) AS ${type[side]}) AS c${n}`).join(', ')} FROM range(50) r(i)`;
  const diff = await bench.diff(table(0), table(1), { key: ['id'] });
  assert.deepEqual(changes(diff), {});
  assert.deepEqual(diff.rows, { equal: 50, added: 0, removed: 0, changed: 0 });
  assert.deepEqual(
    diff.schema.retyped?.map(({ column }) => column),
    types.map((_, n) => `c${n}`),
  );
  assert.equal(diff.equal, false, 'another type is a difference');
});

test('texts that read as the same number are the same, but for leading zeros', async (t) => {
  const bench = await Workbench.make(t);
  const diff = await bench.diff(
    'SELECT * FROM (VALUES (1, 501::DOUBLE), (2, 502), (3, 503), (4, 0), (5, 0.5)) v(id, zip)',
    "SELECT * FROM (VALUES (1, '501.00'), (2, '00502'), (3, 'x'), (4, '0'), (5, '.5')) v(id, zip)",
    { key: ['id'] },
  );
  assert.deepEqual(
    diff.changed.map(({ key }) => key.id),
    ['2', '3'],
  );
});

test('noise in the last digits of a number is no change; whole numbers, and what is larger, are', async (t) => {
  const bench = await Workbench.make(t);
  const before =
    'SELECT * FROM (VALUES (1, 0.3::DOUBLE, 10.0), (2, 3012340001.0, 20.0), (3, 1e15, 30.0), (4, 1.0, 40.0)) v(id, x, y)';
  const now =
    'SELECT * FROM (VALUES (1, 0.1::DOUBLE + 0.2::DOUBLE, 10.4), (2, 3012340002.0, 20.4), (3, 1e15 + 1, 30.6), (4, 1.0 + 1e-9, 40.0)) v(id, x, y)';
  const ids = (diff: { changed: { key: Record<string, unknown>; columns: object }[] }, column: string) =>
    diff.changed.filter(({ columns }) => column in columns).map(({ key }) => key.id);
  assert.deepEqual(ids(await bench.diff(before, now, { key: ['id'] }), 'x'), ['2', '3', '4']);
  assert.deepEqual(ids((await bench.compare({ key: ['id'], tolerance: ['1e-6'] })).diff, 'x'), []);
  assert.deepEqual(ids((await bench.compare({ key: ['id'], tolerance: ['y=0.5'] })).diff, 'y'), ['3']);
  assert.deepEqual(ids((await bench.compare({ key: ['id'], tolerance: ['y=2.1%'] })).diff, 'y'), ['1']);
  assert.deepEqual(ids((await bench.compare({ key: ['id'], tolerance: ['0'] })).diff, 'x'), ['1', '2', '3', '4']);
});

test('instants are compared as such whatever their zone, and within a tolerance of time', async (t) => {
  const bench = await Workbench.make(t);
  const before = "SELECT 1 AS id, TIMESTAMPTZ '2024-07-01 12:00:00+02' AS at, TIMESTAMP '2024-01-01 00:00:00' AS seen";
  const now = "SELECT 1 AS id, TIMESTAMPTZ '2024-07-01 06:00:00-04' AS at, TIMESTAMP '2024-01-01 00:00:01.5' AS seen";
  assert.deepEqual(changes(await bench.diff(before, now, { key: ['id'] })), { seen: 1 });
  assert.deepEqual(changes((await bench.compare({ key: ['id'], tolerance: ['seen=2s'] })).diff), {});
  assert.deepEqual(changes((await bench.compare({ key: ['id'], tolerance: ['seen=1s'] })).diff), { seen: 1 });
});

test('blanks around texts count unless they are trimmed', async (t) => {
  const bench = await Workbench.make(t);
  assert.equal(
    (await bench.diff("SELECT 1 AS id, 'a' AS s", "SELECT 1 AS id, ' a ' AS s", { key: ['id'] })).rows.changed,
    1,
  );
  assert.equal((await bench.compare({ key: ['id'], trim: true })).diff.rows.changed, 0);
});

test('a column of nulls that has no type is of every type', async (t) => {
  const python = await pythonTools(venvDir);
  if ('missing' in python) return t.skip(python.missing);
  const bench = await Workbench.make(t);
  const write = `
import sys, pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({'id': [1, 2], 'note': pa.array([None, None], pa.null()), 'other': pa.array([None, None], pa.null())}), sys.argv[1])
pq.write_table(pa.table({'id': [1, 2], 'note': ['x', None], 'other': pa.array([None, None], pa.string())}), sys.argv[2])`;
  await run(python.python, ['-c', write, bench.file('before'), bench.file('now')]);
  const { diff } = await bench.compare();
  assert.deepEqual(diff.changed, [{ key: { id: '1' }, columns: { note: { before: null, now: 'x' } } }]);
  assert.deepEqual(diff.schema, {});
  assert.deepEqual(diff.columns[1]!.nulls, { before: 2, now: 1 });
});
