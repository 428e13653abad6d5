import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { casesOf } from '../../test/second-part.ts';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { rulesOf, wantedIn } from '../project/dataset-checks.ts';
import { readTemplate } from '../project/template.ts';
import { CHECKS, type CheckName } from '../project/vocabulary/checks.ts';
import { settingsFrom } from '../settings/settings.ts';
import { checkFile } from './check-file.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'checks-'));
const venvDir = settingsFrom({}, { cwd: dir, stderrIsTerminal: false }).venvDir;
let engine: Engine;
before(async () => {
  engine = await Engine.open({ venvDir, temporaryDir: dir });
  await engine.load('spatial');
});
after(() => {
  engine.close();
  rmSync(dir, { recursive: true });
});

async function write(name: string, sql: string): Promise<string> {
  const file = path.join(dir, `${name}.parquet`);
  await engine.run(`COPY (${sql}) TO ${literal(file)} (FORMAT parquet)`);
  return file;
}

/** Reads the checks of a template, and carries them out. */
async function run(file: string, template: { columns?: string; checks?: string }, others: Record<string, string> = {}) {
  const text = `id: t
attributes: {name: T}
ingestion: {source: {type: local_file, path: t.csv}, file_format: {type: csv}}
columns: [${template.columns ?? ''}]
checks: [${template.checks ?? ''}]
`;
  const { definition, findings } = await readTemplate('/project/ingest_templates/t.yml', text);
  assert.deepEqual(
    findings.map(({ message }) => message),
    [],
  );
  const [dataset] = definition!.datasets;
  const described = await engine.describe(`SELECT * FROM read_parquet(${literal(file)})`);
  return checkFile(
    engine,
    {
      file,
      columns: described.map(({ name }) => name),
      geometryColumn: described.find(({ type }) => type.startsWith('GEOMETRY'))?.name ?? null,
      declared: dataset!.columns,
      wanted: [
        ...dataset!.columns.flatMap(({ id, checks }) => wantedIn(checks, id)),
        ...wantedIn(dataset!.checks, null),
      ],
    },
    {
      now: '2024-03-01T00:00:00Z',
      placeOf: () => null,
      async latest(name) {
        if (others[name]) return { file: others[name], version: '1' };
        throw new LifecycleError('STO_NO_VERSION', `${name} has no latest version`);
      },
    },
  );
}

const of = (checks: string) => ({ columns: `{id: a, data_type: text, checks: [${checks}]}` });
const told = (results: Awaited<ReturnType<typeof run>>) =>
  results.map(({ status, message }) => `${status}: ${message}`);

/** For each check: values of the column `a` with which its example passes, and with which it does not. */
const EXAMPLES: Record<
  Exclude<CheckName, 'same_columns' | 'same_crs' | 'within_crs_area'>,
  [good: string, bad: string]
> = {
  is_primary_key: ["('x'), ('y')", "('x'), ('x')"],
  non_nullable: ["('x')", '(NULL)'],
  equal_to: ["('Queens'), (NULL)", "('queens')"],
  not_equal_to: ["('x'), (NULL)", "('unknown')"],
  greater_than: ['(1), (NULL)', '(0)'],
  greater_than_or_equal_to: ["(DATE '2000-01-01')", "(DATE '1999-12-31')"],
  less_than: ['(99.9::DOUBLE)', '(100.0::DOUBLE)'],
  less_than_or_equal_to: ['(99.5::DECIMAL(9,2))', '(99.51::DECIMAL(9,2))'],
  in_range: ['(1), (5)', '(1), (6)'],
  isin: ["('Queens'), ('Bronx')", "('Kings')"],
  notin: ["('Queens')", "('n/a')"],
  str_matches: ["('10001')", "('x10001')"],
  str_contains: ["('Queens')", "('Bronx')"],
  str_startswith: ["('Queens')", "('Bronx')"],
  str_endswith: ["('Queens')", "('Bronx')"],
  str_length: ["('Queens')", "('')"],
  unique_values_eq: ["('Queens'), ('Bronx')", "('Queens'), ('Queens')"],
  is_geom_point: ['(ST_Point(1, 2))', "(ST_GeomFromText('LINESTRING (0 0, 1 1)'))"],
  null_share: [`${'(1), '.repeat(19)}(NULL)`, '(1), (NULL)'],
  freshness: ["(DATE '2024-01-01')", "(DATE '2023-01-01')"],
  references: ["('Queens'), (NULL)", "('Kings')"],
  unique: ["('x'), ('y')", '(NULL), (NULL)'],
  row_count: ['(1)', ''],
  within_bbox: ['(ST_Point(-74, 40.7))', '(ST_Point(-74, 41.7))'],
  valid_geometry: ['(ST_Point(1, 2))', "(ST_GeomFromText('POLYGON ((0 0, 1 1, 0 1, 1 0, 0 0))'))"],
  geometry_types: ['(ST_Point(1, 2))', "(ST_GeomFromText('LINESTRING (0 0, 1 1)'))"],
  sql: ['(1)', '(-1)'],
  columns: ['(1)', '(1)'],
};

for (const [name, [good, bad]] of Object.entries(EXAMPLES)) {
  test(`the example of ${name} passes where it should, and not elsewhere`, async () => {
    const { on, example } = CHECKS[name as CheckName];
    const item = example
      .slice(2)
      .replace('columns: [borough, id]', 'columns: [a]')
      .replace('visits >= 0 OR borough IS NULL', 'a >= 0')
      .replace('evolve', 'freeze');
    const others = { boroughs: await write('boroughs', "SELECT * FROM (VALUES ('Queens'), ('Bronx')) AS t(name)") };
    const states = [];
    for (const values of [good, bad]) {
      const rows = values === '' ? '(VALUES (1)) AS t(a) WHERE false' : `(VALUES ${values}) AS t(a)`;
      const file = await write(
        'example',
        `SELECT *${name === 'columns' && values === bad && states.length > 0 ? ', 1 AS b' : ''} FROM ${rows}`,
      );
      const declared = '{id: a, data_type: text}';
      const results = await run(file, on === 'column' ? of(item) : { columns: declared, checks: item }, others);
      states.push(results.map(({ status }) => status).join());
    }
    assert.deepEqual(states, ['passed', 'failed']);
  });
}

test('checks that refuse are the rules of ADR 24, and each has its example', () => {
  const refusing = Object.entries(CHECKS)
    .filter(([, { refuses }]) => refuses)
    .map(([name]) => name);
  assert.deepEqual(refusing, ['same_columns', 'same_crs', 'within_crs_area']);
  assert.deepEqual(Object.keys(rulesOf(refusing)), refusing);
});

test('the rows that fail are counted, and the first of them shown', async () => {
  const file = await write('many', 'SELECT range AS a FROM range(300000)');
  const [result] = await run(file, of('less_than: {args: {max_value: 100}, n_failure_cases: 2, name: small}'));
  assert.deepEqual(result, {
    check: 'less_than',
    column: 'a',
    title: 'small',
    status: 'failed',
    message: 'a: 299,900 of 300,000 rows are not less than 100, first row 101 (100)',
    rows: 300_000,
    rows_failing: 299_900,
    samples: [
      { row: 101, value: '100' },
      { row: 102, value: '101' },
    ],
    place: null,
  });
});

test('nulls are passed over unless told, as pandas has it: none equals anything', async () => {
  const file = await write('nulls', "SELECT * FROM (VALUES ('x'), (NULL)) AS t(a)");
  const all =
    'equal_to: {args: {value: x}, ignore_na: false}, not_equal_to: {args: {value: y}, ignore_na: false}, notin: {args: {forbidden_values: [y]}, ignore_na: false}, str_length: {args: {max_value: 5}, ignore_na: false}';
  const results = await run(file, of(all));
  assert.deepEqual(
    results.map(({ check, status }) => [check, status]),
    [
      ['equal_to', 'failed'],
      ['not_equal_to', 'passed'],
      ['notin', 'passed'],
      ['str_length', 'failed'],
    ],
  );
  const among =
    'isin: {args: {allowed_values: [x, null]}, ignore_na: false}, notin: {args: {forbidden_values: [null, y]}, ignore_na: false}, str_length: {args: {min_value: null, max_value: 1}}';
  assert.deepEqual(
    (await run(file, of(among))).map(({ status }) => status),
    ['passed', 'failed', 'passed'],
  );
  const floats = await write('nan', "SELECT * FROM (VALUES (1.0::DOUBLE), ('nan'::DOUBLE)) AS t(a)");
  assert.deepEqual(told(await run(floats, of('less_than: {args: {max_value: 5}}, non_nullable'))), [
    'passed: a: Every value is less than one',
    'failed: a: 1 of 2 rows are null, first row 2',
  ]);
});

test('what cannot be looked at fails, says why, and does not hinder the others', async () => {
  const file = await write('kinds', "SELECT 5 AS a, 'x' AS b");
  const columns = `{id: a, data_type: integer, checks: [str_length: {args: {max_value: 1}}, greater_than: {args: {min_value: x}}, isin: {args: {allowed_values: ['5']}}, references: {args: {dataset: nowhere}}]}, {id: gone, data_type: text, is_required: false, checks: [non_nullable]}, {id: lost, data_type: text, checks: [non_nullable: {warn_only: true}]}`;
  const checks = `sql: {args: {expression: 'CAST(b AS INTEGER) > 1'}}, sql: {args: {expression: 'a = 5'}}, unique: {args: {columns: [z]}}, valid_geometry`;
  assert.deepEqual(told(await run(file, { columns, checks })), [
    'failed: a: cannot be carried out: a is INTEGER, which does not go with it',
    'failed: a: cannot be carried out: a is INTEGER, which does not go with it',
    'failed: a: 1 of 1 rows are none of "5", first row 1 (5)',
    'failed: a: cannot be carried out: nowhere has no latest version',
    'passed: gone: No value is null',
    'warned: lost: cannot be carried out: there is no column lost',
    "failed: cannot be carried out: Conversion Error: Could not convert string 'x' to INT32 when casting from source column b",
    'passed: An expression of SQL over the columns is true for every row; where it is null it is passed over',
    'failed: cannot be carried out: there is no column z',
    'failed: cannot be carried out: there is no geometry',
  ]);
});

test('an expression is one expression about one row', async () => {
  const file = await write('expressions', 'SELECT 5 AS a');
  const attempts = [
    'true) FROM range(1); DROP TABLE x; SELECT (true',
    '(SELECT count(*) FROM read_text(\\"/etc/passwd\\")) > 0',
    'true FROM range(3)',
    'true, false',
    'sum(a) OVER () > 0',
    'a +',
    'a > 0 -- and more',
    'true WHERE false',
  ];
  const checks = attempts.map((each) => `sql: {args: {expression: "${each}"}}`).join(', ');
  const results = told(await run(file, { checks }));
  assert.deepEqual(
    results.map((each) => each.replace(/understood: .*/, 'understood')),
    [
      'failed: cannot be carried out: the expression is not understood',
      'failed: cannot be carried out: the expression holds a query; it is to be about one row',
      'failed: cannot be carried out: it has to be one expression and nothing besides',
      'failed: cannot be carried out: it has to be one expression and nothing besides',
      'failed: cannot be carried out: the expression holds a window; it is to be about one row',
      'failed: cannot be carried out: the expression is not understood',
      'passed: An expression of SQL over the columns is true for every row; where it is null it is passed over',
      'failed: cannot be carried out: it has to be one expression and nothing besides',
    ],
  );
});

test('several columns of a primary key are one key, and hundreds of checks go in batches', async (t) => {
  const count = casesOf(t, 130, 300);
  const file = await write(
    'wide',
    `SELECT 1 AS a, 2 AS b, ${Array.from({ length: count }, (_, i) => `${i} AS c${i}`).join(', ')} FROM range(2)`,
  );
  const key = ['a', 'b'].map(
    (id) => `{id: ${id}, data_type: integer, checks: {is_primary_key: true, non_nullable: true}}`,
  );
  const wide = Array.from(
    { length: count },
    (_, i) => `{id: c${i}, data_type: integer, checks: [equal_to: {args: {value: ${i % (count - 1)}}}]}`,
  );
  const results = await run(file, { columns: [...key, ...wide].join(', ') });
  assert.deepEqual(
    told(results).filter((each) => !each.startsWith('passed')),
    [
      'failed: a, b: 1 rows repeat another, first row 1 (1, 2)',
      `failed: c${count - 1}: 2 of 2 rows are not 0, first row 1 (${count - 1})`,
    ],
  );
  assert.equal(results.length, count + 3);
});

test('text, dates and places with quotes in them are data', async () => {
  const file = await write('quotes', `SELECT 'it''s' AS "a""; --", TIMESTAMPTZ '2024-01-01 00:00:00+00' AS t`);
  const columns = `{id: "a\\"; --", data_type: text, checks: [isin: {args: {allowed_values: ["it's"]}}, str_startswith: {args: {string: "it'"}}]}, {id: t, data_type: datetime, checks: [in_range: {args: {min_value: 2024-01-01, max_value: 2024-01-01T00:00:00}}, freshness: {args: {max_age_days: 60}}]}`;
  assert.deepEqual(
    (await run(file, { columns })).map(({ status }) => status),
    ['passed', 'passed', 'passed', 'passed'],
  );
});
