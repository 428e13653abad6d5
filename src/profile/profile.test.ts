import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { casesOf } from '../../test/second-part.ts';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { silentReporter } from '../report.ts';
import { INSTALLATION } from '../settings/settings.ts';
import { resolveData } from '../store/reference.ts';
import type { ColumnProfile, Profile } from './document.ts';
import { profileOf } from './profile.ts';
import { valuesOf } from './values.ts';

const venvDir = process.env.LIFECYCLE_VENV || path.join(INSTALLATION, '.venv');

interface Bench {
  dir: string;
  cache: string;
  /** Writes the rows of a query to a Parquet file. */
  write(name: string, sql: string): Promise<void>;
  profile(name: string): Promise<Profile>;
}

async function bench(t: TestContext): Promise<Bench> {
  const dir = await mkdtemp(path.join(tmpdir(), 'lifecycle-profile-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const storeDir = path.join(dir, 'store');
  const scope = { storeDir, cwd: dir, loadProject: () => assert.fail('no project is needed') };
  return {
    dir,
    cache: path.join(storeDir, '.cache'),
    async write(name, sql) {
      const engine = await Engine.open({ venvDir, temporaryDir: dir });
      await engine.load('spatial');
      await engine.run(`COPY (${sql}) TO ${literal(path.join(dir, name))} (FORMAT parquet)`);
      engine.close();
    },
    async profile(name) {
      const context = { settings: { storeDir, venvDir }, reporter: silentReporter, signal: AbortSignal.any([]) };
      return profileOf(await resolveData(scope, name), context);
    },
  };
}

const named = ({ columns }: Profile, name: string): ColumnProfile => columns.find((column) => column.name === name)!;

test('numbers: nulls, different values, mean, quantiles and a histogram, the infinite told but not counted in', async (t) => {
  const { write, profile } = await bench(t);
  await write(
    'n.parquet',
    `SELECT i::INTEGER AS whole, CASE WHEN i < 10 THEN NULL WHEN i = 10 THEN 'inf'::DOUBLE WHEN i = 11 THEN 'nan'::DOUBLE ELSE i / 2 END AS part,
       7 AS same, i::DECIMAL(9, 2) AS money, 9007199254740993 + i AS huge, 1e300 * (i - 50) AS far FROM range(100) r(i)`,
  );
  const found = await profile('n.parquet');
  assert.equal(found.rows, 100);
  const whole = named(found, 'whole');
  assert.deepEqual([whole.kind, whole.type, whole.nulls], ['number', 'INTEGER', 0]);
  assert.deepEqual(whole.distinct, { count: 100, approximate: false });
  assert.deepEqual([whole.min, whole.max, whole.mean], ['0', '99', 49.5]);
  assert.deepEqual(whole.quantiles, { approximate: false, p05: '4', p25: '24', p50: '49', p75: '74', p95: '94' });
  assert.deepEqual(whole.histogram!.counts, new Array(20).fill(5));
  assert.deepEqual([whole.histogram!.edges[0], whole.histogram!.edges[20]], [0, 100]);
  const part = named(found, 'part');
  assert.deepEqual([part.nulls, part.distinct?.count, part.mean], [10, 90, 27.75]);
  assert.equal(
    part.histogram!.counts.reduce((sum, n) => sum + n, 0),
    88,
  );
  const same = named(found, 'same');
  assert.deepEqual(same.frequent, [{ value: '7', count: 100 }]);
  assert.deepEqual(same.histogram!.counts, [100]);
  assert.equal(named(found, 'money').max, '99.00');
  assert.equal(named(found, 'huge').min, '9007199254740993');
  assert.equal(
    named(found, 'far').histogram!.counts.reduce((sum, n) => sum + n, 0),
    100,
  );
});

test('text: lengths, blanks, what looks like numbers and dates, the most frequent', async (t) => {
  const { write, profile } = await bench(t);
  const values = [
    "' a'",
    "'a '",
    "''",
    "'01'",
    "'1,234.5'",
    "'-7e3'",
    "'2024-01-31'",
    "'1/2/2024'",
    'NULL',
    "'ß'",
    "'ß'",
  ];
  await write(
    't.parquet',
    `SELECT unnest([${values.join(', ')}]) AS v, repeat('x', 500) AS long, chr(27) || '[31m' AS bad`,
  );
  const found = await profile('t.parquet');
  const v = named(found, 'v');
  assert.equal(v.nulls, 1);
  assert.deepEqual(v.text, {
    ...{ shortest: 0, longest: 10, empty: 1, blanks_around: 2, numbers: 3, leading_zeros: 1, dates: 2 },
  });
  assert.deepEqual(v.frequent[0], { value: 'ß', count: 2 });
  assert.deepEqual(named(found, 'long').frequent, [{ value: 'x'.repeat(200), count: 11, cut: true }]);
});

test('moments have a histogram in dates; lists, structures and bytes are counted as text', async (t) => {
  const { write, profile } = await bench(t);
  await write(
    'm.parquet',
    `SELECT DATE '2024-01-01' + i::INTEGER AS day, TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS hour, TIME '10:00' AS at,
       TIMESTAMPTZ '2024-01-01 00:00:00+00' AS zoned, i % 2 = 0 AS even, [i % 3, 1] AS list, {a: i % 2} AS structure,
       'x'::BLOB AS bytes, NULL::INTEGER AS nothing FROM range(60) r(i)`,
  );
  const found = await profile('m.parquet');
  const day = named(found, 'day');
  assert.deepEqual(
    [day.kind, day.min, day.max, day.quantiles?.p50],
    ['moment', '2024-01-01', '2024-02-29', '2024-01-30'],
  );
  assert.deepEqual([day.histogram!.edges[0], day.histogram!.edges[1]], ['2024-01-01', '2024-01-04']);
  assert.deepEqual(day.histogram!.counts, new Array(20).fill(3));
  assert.equal(named(found, 'hour').histogram!.edges[20], '2024-01-03T11:00:00');
  assert.equal(named(found, 'at').histogram, null);
  assert.deepEqual(named(found, 'even').frequent, [
    { value: 'false', count: 30 },
    { value: 'true', count: 30 },
  ]);
  assert.deepEqual(named(found, 'list').frequent[0], { value: '[0, 1]', count: 20 });
  assert.deepEqual([named(found, 'structure').distinct?.count, named(found, 'bytes').frequent[0]?.count], [2, 60]);
  assert.deepEqual([named(found, 'nothing').nulls, named(found, 'nothing').distinct?.count], [60, 0]);
  assert.equal(named(found, 'zoned').kind, 'moment');
});

test('geometry: types, the invalid and empty, vertices, box, CRS, and what lies outside its area', async (t) => {
  const { write, profile } = await bench(t);
  const shapes = [
    "'POLYGON ((1000000 200000, 1000100 200000, 1000100 200100, 1000000 200000))'",
    "'POLYGON ((1000000 200000, 1000100 200100, 1000100 200000, 1000000 200100, 1000000 200000))'",
    "'POLYGON EMPTY'",
    "'POINT (-73.9 40.7)'",
    'NULL',
  ];
  await write('g.parquet', `SELECT ST_SetCRS(ST_GeomFromText(unnest([${shapes.join(', ')}])), 'EPSG:2263') AS geom`);
  const geom = named(await profile('g.parquet'), 'geom');
  assert.deepEqual([geom.kind, geom.type, geom.nulls, geom.distinct], ['geometry', "GEOMETRY('EPSG:2263')", 1, null]);
  assert.deepEqual(geom.geometry, {
    ...{ types: { POINT: 1, POLYGON: 3 }, empty: 1, invalid: 1, vertices: { total: 10, most: 5 } },
    ...{ bbox: [-73.9, 40.7, 1000100, 200100], crs: 'EPSG:2263', outside: 1 },
  });
});

test('a table without rows, and one of more columns than are looked at together', async (t) => {
  const { write, profile } = await bench(t);
  await write('e.parquet', 'SELECT 1 AS a, NULL::VARCHAR AS b LIMIT 0');
  const empty = await profile('e.parquet');
  assert.deepEqual(
    empty.columns.map(({ nulls, distinct }) => [nulls, distinct?.count]),
    [
      [0, 0],
      [0, 0],
    ],
  );
  const last = casesOf(t, 110, 450) - 1;
  const names = Array.from({ length: last + 1 }, (_, i) => `i * ${i} AS "c ""${i}"`);
  await write('w.parquet', `SELECT ${names.join(', ')} FROM range(10) r(i)`);
  const { columns } = await profile('w.parquet');
  assert.deepEqual(
    [columns.length, columns[last]!.name, columns[last]!.max],
    [last + 1, `c "${last}`, String(9 * last)],
  );
});

test('where there are too many different values, frequent ones are found by a sketch and counted', async (t) => {
  const { dir, write } = await bench(t);
  await write('s.parquet', "SELECT CASE WHEN i % 4 = 0 THEN '-999' ELSE 'v' || i END AS v FROM range(50000) r(i)");
  const engine = await Engine.open({ venvDir, temporaryDir: dir });
  t.after(() => engine.close());
  const relation = `read_parquet(${literal(path.join(dir, 's.parquet'))})`;
  const overview = { present: 50_000, distinct: 5_000_000, mean: null, quantiles: null, range: null };
  const found = await valuesOf(engine, relation, { name: 'v', type: 'VARCHAR' }, overview);
  assert.deepEqual(found.distinct, { count: 5_000_000, approximate: true });
  assert.deepEqual(found.frequent, [{ value: '-999', count: 12_500 }]);
  assert.deepEqual([found.text?.numbers, found.text?.longest], [12_500, 6]);
});

test('a profile is made once for the same bytes, and again where what is kept is damaged or of another form', async (t) => {
  const { cache, write, profile } = await bench(t);
  await write('k.parquet', 'SELECT 1 AS a');
  const { sha256, ...made } = await profile('k.parquet');
  const kept = path.join(cache, 'profiles', String(made.format), `${sha256}.json`);
  assert.deepEqual(JSON.parse(await readFile(kept, 'utf8')), { ...made, sha256 });
  assert.deepEqual(await readdir(cache), ['profiles'], 'nothing else is left');
  await writeFile(kept, JSON.stringify({ ...made, sha256, rows: 77 }));
  assert.equal((await profile('k.parquet')).rows, 77, 'it is read, not made');
  for (const damage of ['{"format": 1, "ro', 'null', JSON.stringify({ ...made, sha256, format: 99 }), '{"format":1}']) {
    await writeFile(kept, damage);
    assert.equal((await profile('k.parquet')).rows, 1, damage);
    assert.equal((JSON.parse(await readFile(kept, 'utf8')) as Profile).rows, 1, 'and kept again');
  }
});

test('a file with the ends of Parquet and nothing between is refused with a code', async (t) => {
  const { dir, profile } = await bench(t);
  await mkdir(dir, { recursive: true });
  await writeFile(path.join(dir, 'x.parquet'), 'PAR1 nothing PAR1');
  await assert.rejects(
    profile('x.parquet'),
    (error) => error instanceof LifecycleError && error.code === 'LIF_BAD_DATA_FILE',
  );
});
