import assert from 'node:assert/strict';
import { createWriteStream, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import yazl from 'yazl';
import { literal } from '../../src/engine/sql.ts';
import { writeParquet } from '../../src/parquet/write.ts';
import { type Relation, type RelationColumn, selectOf, withColumns } from '../../src/relation/relation.ts';
import { afterManySteps, engine, type Step, tableOf } from '../fixtures/steps.ts';
import { BOTH_PARTS, leavesOut } from '../second-part.ts';
import { IngestProject } from './project.ts';

/**
 * More rows than DuckDB hands to one thread at a time (122,880), so that whatever does not keep the order of rows shows
 * it; and the same twice, since a repetition must give the same bytes.
 */
const ROWS = BOTH_PARTS ? 300_000 : 126_000;

/** Columns of each kind that steps look at; `id` is the row's place, and nothing else is in its order. */
const SOURCE = `SELECT range::BIGINT AS id, 'name ' || (range * 7919 % 1000) AS name, ' ' || (range % 7) || ' ' AS padded,
  (range * 31 % 997) / 7.0 AS n, CASE WHEN range % 3 > 0 THEN range % 11 END AS gaps, range % 2 = 0 AS flag,
  CAST(range * 7 % ${ROWS} AS VARCHAR) AS digits,
  strftime(TIMESTAMP '2001-02-03' + to_minutes(range * 37 % 20011), '%m/%d/%Y %I:%M:%S %p') AS am_pm,
  strftime(DATE '1999-01-01' + CAST(range % 9000 AS INTEGER), '%d-%b-%y') AS short_year,
  strftime(DATE '1999-01-01' + CAST(range % 9000 AS INTEGER), '%Y-%m-%d') AS iso
  FROM range(${ROWS})`;

const coerced = (column: string, type: string, errors = 'coerce'): Step => [
  'coerce_column_types',
  { column_types: { [column]: type }, errors },
];
const series = (column_name: string, function_name: string, args: Record<string, unknown> = {}): Step => [
  'pd_series_func',
  { column_name, function_name, ...args },
];
const table = (function_name: string, args: Record<string, unknown> = {}): Step => [
  'pd_df_func',
  { function_name, ...args },
];

/** What leaves every row in its place. */
const KEEPING: Step[][] = [
  [coerced('am_pm', 'datetime', 'raise'), coerced('short_year', 'date', 'raise')],
  [coerced('am_pm', 'date'), coerced('name', 'datetime'), coerced('iso', 'date', 'raise')],
  [coerced('digits', 'integer'), coerced('n', 'string'), coerced('padded', 'numeric'), coerced('flag', 'string')],
  [
    coerced('digits', 'bigint'),
    coerced('id', 'datetime'),
    ['rename_columns', { map: { id: 'moment' } }],
    ['update_column', { column_name: 'name', val: 'x' }],
  ],
  [
    ['strip_columns', {}],
    ['clean_column_names', { lower: true }],
    ['drop_columns', { columns: ['n'] }],
  ],
  [
    ['filter_columns', { columns: ['id', 'name'], mode: 'keep' }],
    ['filter_rows', { type: 'contains', column_name: 'name', val: '1' }],
  ],
  [
    ['filter_rows', { type: 'equals', column_name: 'name', val: 'name 7' }],
    ['deduplicate', {}],
  ],
  [['deduplicate', { by: ['name', 'padded'] }]],
  [['deduplicate', {}]],
  [
    table('query', { expr: 'n > 3 and name != "name 7"' }),
    table('replace', { to_replace: { name: { 'name 1': 'x' } } }),
  ],
  [table('dropna', { subset: ['gaps'] }), table('fillna', { value: 0 }), table('astype', { dtype: { gaps: 'int64' } })],
  [table('drop_duplicates', { subset: ['name'], keep: 'last' }), table('head', { n: 200_000 })],
  [
    series('name', 'str.replace', { pat: '[0-9]', repl: '#', regex: true }),
    series('padded', 'str.strip'),
    series('name', 'str.title'),
  ],
  [series('n', 'round', { decimals: 1 }), series('name', 'map', { arg: { 'name 1': 'one' } })],
  [
    ['convert_to_geometry', { geom_column: { x: 'n', y: 'n' } }],
    ['reproject', { target_crs: 'EPSG:3857' }],
    ['multi', {}],
  ],
  [['upsert_column_of_previous_version', { key: ['id'] }]],
];

/** Only the columns that the steps name, and the row's place: the test is about rows. */
function narrowed(source: Relation, steps: readonly Step[]): Relation {
  const text = JSON.stringify(steps);
  const isNamed = ({ name }: RelationColumn) => name === 'id' || new RegExp(`\\b${name}\\b`).test(text);
  return withColumns(source, source.columns.filter(isNamed));
}

/** Identifies rows and their order. */
const FINGERPRINT = `SELECT count(*) AS n, sum(hash(place, row)) AS fingerprint FROM (SELECT row_number() OVER () AS place, t AS row FROM`;

async function fingerprint(select: string) {
  const stored = await engine.materialize(select);
  const row = await engine.row(`${FINGERPRINT} ${stored} t)`);
  await engine.run(`DROP TABLE ${stored}`);
  return row;
}

test('no step and no coercion changes the order of rows, and each does the same twice', async () => {
  const whole = await tableOf(SOURCE);
  for (const steps of KEEPING) {
    const source = narrowed(whole, steps);
    const what = steps.map(([name, args]) => `${name} ${JSON.stringify(args ?? {})}`).join(', ');
    const made = await afterManySteps(source, steps);
    const id = made.columns.find(({ name }) => name === 'id' || name === 'moment');
    assert.ok(id, what);
    const stored = await engine.materialize(selectOf({ ...made, columns: [id] }));
    const { misplaced, n } = await engine.row(
      `SELECT count(*) AS n, count(*) FILTER (c0 <= before) AS misplaced FROM (SELECT c0, lag(c0) OVER (ORDER BY rowid) AS before FROM ${stored})`,
    );
    await engine.run(`DROP TABLE ${stored}`);
    assert.ok(Number(n) > 0, what);
    assert.equal(Number(misplaced), 0, `${what} puts rows into other places`);
    const again = await afterManySteps(source, steps);
    assert.deepEqual(await fingerprint(selectOf(again)), await fingerprint(selectOf(made)), what);
  }
});

/** What gives an order of its own, or sums up: the same in every run. */
const REARRANGING: Step[][] = [
  [['sort', { by: ['name', 'padded'], ascending: [false, true] }]],
  [['deduplicate', { sort_columns: ['digits'], by: ['name'] }]],
  [['append_prev', {}]],
  [
    [
      'groupby',
      {
        by: ['name'],
        agg: { n: ['sum', 'mean', 'std', 'var', 'median', 'prod'], id: ['first', 'last'], iso: ['sum'] },
      },
    ],
  ],
  [['groupby', { by: 'padded', agg: 'size' }]],
  [table('sort_values', { by: ['gaps'], na_position: 'first' })],
];

test('fault 49: what rearranges or sums up rows does it alike in every run, to the last bit', async (t) => {
  leavesOut(t, 'twice the rows, here and in the other tests of this file');
  const whole = await tableOf(SOURCE);
  for (const steps of REARRANGING) {
    const source = narrowed(whole, steps);
    const runs = new Set<string>();
    for (let run = 0; run < 3; run++)
      runs.add(JSON.stringify(await fingerprint(selectOf(await afterManySteps(source, steps)))));
    assert.equal(runs.size, 1, `${JSON.stringify(steps)} gives ${[...runs].join(' and ')}`);
  }
});

/** What the writer computes itself, as nobody has read it before. */
const DEFERRED: Step[][] = [
  [['sort', { by: ['name', 'gaps'], ascending: [false, true] }]],
  [
    ['filter_rows', { type: 'contains', column_name: 'name', val: '1' }],
    table('sort_values', { by: ['gaps', 'n'], ascending: false, na_position: 'first' }),
    ['update_column', { column_name: 'name', val: 'x' }],
  ],
  [['append_prev', {}]],
  [
    ['append_prev', {}],
    ['sort', { by: ['name'] }],
    ['sort', { by: ['flag'] }],
  ],
];

test('rows that are written as they are computed are those that a table would hold, in the same order', async () => {
  const whole = await tableOf(SOURCE);
  for (const steps of DEFERRED) {
    const what = JSON.stringify(steps);
    const relation = await afterManySteps(narrowed(whole, steps), steps);
    assert.notEqual(engine.deferredRows(relation.from), relation.from, what);
    const file = path.join(engine.temporaryDir, 'rows.parquet');
    const { rows } = await writeParquet(engine, relation, file);
    const computed = await fingerprint(`SELECT * FROM read_parquet(${literal(file)})`);
    assert.notEqual(engine.deferredRows(relation.from), relation.from, 'no table was made');
    const names = relation.columns.map(({ name }, i) => `c${i} AS ${name}`);
    const held = await fingerprint(`SELECT ${names.join(', ')} FROM (${selectOf(relation)})`);
    assert.equal(engine.deferredRows(relation.from), relation.from, 'a table was made');
    assert.deepEqual(computed, held, what);
    assert.equal(Number(held.n), rows);
  }
});

/** A source of each format; `write` makes the raw file with an `id` that is the row's place. */
const FORMATS: Record<
  string,
  { rows: number; ingestion: Record<string, unknown>; write: (file: string) => Promise<void> | string }
> = {
  csv: {
    rows: ROWS,
    ingestion: {
      file_format: { type: 'csv' },
      processing_steps: [{ name: 'coerce_column_types', args: { column_types: { am_pm: 'datetime' } } }],
    },
    write: copied('id, n, am_pm', 'FORMAT csv, HEADER'),
  },
  parquet: { rows: ROWS, ingestion: { file_format: { type: 'parquet' } }, write: copied('id, name', 'FORMAT parquet') },
  json: {
    rows: ROWS,
    ingestion: { file_format: { type: 'json', json_read_fn: 'read_json', json_read_kwargs: { orient: 'records' } } },
    write: copied('id, n', 'FORMAT json, ARRAY true'),
  },
  geojson: { rows: ROWS, ingestion: { file_format: { type: 'geojson' }, target_crs: 'EPSG:2263' }, write: geojson },
  html: { rows: 130_000, ingestion: { file_format: { type: 'html', kwargs: { flavor: 'lxml' } } }, write: html },
  shapefile: {
    rows: 130_000,
    ingestion: { file_format: { type: 'shapefile', crs: 'EPSG:4326' }, target_crs: 'EPSG:2263' },
    write: shapefile,
  },
};

function copied(columns: string, options: string) {
  return (file: string) => engine.run(`COPY (SELECT ${columns} FROM (${SOURCE})) TO ${literal(file)} (${options})`);
}

function geojson(): string {
  const feature = (id: number) =>
    `{"type":"Feature","properties":{"id":${id},"even":${id % 2 === 0}},"geometry":{"type":"Point","coordinates":[-73.9,${(40 + (id % 1000) / 1000).toFixed(3)}]}}`;
  return `{"type":"FeatureCollection","features":[${Array.from({ length: ROWS }, (_, id) => feature(id)).join(',')}]}`;
}

function html(): string {
  const rows = Array.from({ length: 130_000 }, (_, id) => `<tr><td>${id}<td>${id % 7}`);
  return `<table><tr><th>id<th>n${rows.join('')}</table>`;
}

async function shapefile(file: string): Promise<void> {
  await engine.load('spatial');
  const folder = file.replace(/[^/]*$/, '');
  const shp = `${folder}points.shp`;
  await engine.run(
    `COPY (SELECT range::INTEGER AS id, ST_Point(-73.9, 40 + range % 1000 / 1000.0) AS geom FROM range(130000)) TO ${literal(shp)} (FORMAT gdal, DRIVER 'ESRI Shapefile', SRS 'EPSG:4326')`,
  );
  const zip = new yazl.ZipFile();
  for (const ending of ['shp', 'shx', 'dbf', 'prj']) zip.addFile(`${folder}points.${ending}`, `points.${ending}`);
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(file));
}

test('fault 49: no format changes the order of rows, and a repetition gives the same bytes', async (t) => {
  const project = await IngestProject.make(t);
  for (const [name, { rows, ingestion, write }] of Object.entries(FORMATS)) {
    const raw = path.join(project.dir, `${name}.${name === 'shapefile' ? 'zip' : name}`);
    await project.template(name, { source: { type: 'local_file', path: raw }, ...ingestion });
    const content = await write(raw);
    if (typeof content === 'string') writeFileSync(raw, content);
    const { record } = await project.ingestHere(name, { version: 'v1' });
    assert.equal(record.datasets[0]?.rows, rows, name);
    const [order] = await project.query(
      'SELECT count(*) FILTER (id <> place) AS misplaced FROM (SELECT id, row_number() OVER () - 1 AS place FROM FILE)',
      name,
      'v1',
    );
    assert.equal(Number(order?.misplaced), 0, `${name} puts rows into other places`);
    assert.equal((await project.ingestHere(name, { version: 'v1' })).state, 'unchanged', name);
  }
});
