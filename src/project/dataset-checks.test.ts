import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rulesOf, wantedIn } from './dataset-checks.ts';
import { readTemplate } from './template.ts';

const HEAD = `id: t
attributes: {name: T}
ingestion:
  source: {type: local_file, path: t.csv}
  file_format: {type: csv}
`;

async function read(checks: string) {
  const { definition, findings } = await readTemplate('/project/ingest_templates/t.yml', `${HEAD}checks:\n${checks}`);
  const told = findings.map(({ place, code, message, hint }) => [
    `${place!.line}:${place!.column} ${code} ${message}`,
    ...(hint ? [hint] : []),
  ]);
  return { definition, rules: rulesOf(definition?.datasets[0]?.checks), told: told.map((parts) => parts.join(' | ')) };
}

test('rules are read by name, as text or with arguments and settings', async () => {
  const { rules, told } = await read(`- row_count: {args: {max_decrease: 20, max_increase: 0.5}}
- same_columns
- same_crs: {warn_only: true, description: why}
- within_crs_area: {args: {}}
`);
  assert.deepEqual(told, []);
  assert.deepEqual(rules, {
    row_count: { max_decrease: 20, max_increase: 0.5, warn_only: false },
    same_columns: { warn_only: false },
    same_crs: { warn_only: true },
    within_crs_area: { warn_only: false },
  });
});

test('what is not known is said, kept and not carried out', async () => {
  const { definition, told } = await read(
    '- greater_thn: {args: {min_value: 1}}\n- is_geom_point\n- anything: 5\n- isin\n',
  );
  assert.deepEqual(told, [
    '7:3 PRJ_UNKNOWN_CHECK checks[0].greater_thn: there is no check "greater_thn"; it is not carried out here | docs/checks.md lists the checks',
    '9:3 PRJ_UNKNOWN_CHECK checks[2].anything: there is no check "anything"; it is not carried out here | docs/checks.md lists the checks',
    '10:3 PRJ_UNKNOWN_CHECK checks[3]: isin is a check of a column; it is not carried out here | docs/checks.md lists the checks',
  ]);
  assert.deepEqual(definition?.datasets[0]?.checks, [
    { greater_thn: { args: { min_value: 1 } } },
    'is_geom_point',
    { anything: 5 },
    'isin',
  ]);
});

test('every mistake in a check of a dataset has its place', async () => {
  const { told } = await read(`- row_count: {args: {max_decreas: 20}}
- row_count
- row_count: {args: {}}
- row_count: {args: {max_decrease: -1}}
- same_crs: {warn_onl: true}
- same_columns: yes
- within_crs_area: {args: {max_share: "5"}, warn_only: "no"}
- columns: freezes
- unique: {columns: [a]}
- geometry_types: {args: {allowed: [Pont]}}
`);
  assert.deepEqual(told, [
    '7:22 PRJ_UNKNOWN_KEY checks[0].row_count.args.max_decreas: the check row_count has no argument `max_decreas` (it takes min_value, max_value, max_decrease, max_increase) | did you mean max_decrease?',
    '8:3 PRJ_MISSING_FIELD checks[1]: the check row_count needs `args` with min_value, max_value, max_decrease or max_increase',
    '9:21 PRJ_WRONG_VALUE checks[2].row_count.args: the check row_count needs one of min_value, max_value, max_decrease, max_increase',
    '10:36 PRJ_WRONG_VALUE checks[3].row_count.args.max_decrease: expected a number of percent, such as 50, found the number -1',
    '11:14 PRJ_UNKNOWN_KEY checks[4].same_crs.warn_onl: there is no field `warn_onl` here | did you mean warn_only?',
    '12:17 PRJ_WRONG_VALUE checks[5].same_columns: expected a map, found the boolean true',
    '13:39 PRJ_WRONG_VALUE checks[6].within_crs_area.args.max_share: expected a number of percent, such as 50, found "5"',
    '13:56 PRJ_WRONG_VALUE checks[6].within_crs_area.warn_only: expected true or false, found "no"',
    '14:12 PRJ_WRONG_VALUE checks[7].columns: expected a map, or one of evolve, freeze, discard, found "freezes"',
    '15:12 PRJ_UNKNOWN_KEY checks[8].unique.columns: `columns` is an argument of unique and belongs below `args` | write unique: {args: {columns: …}}',
    '16:36 PRJ_WRONG_VALUE checks[9].geometry_types.args.allowed: expected a list of one of Point, MultiPoint, LineString, MultiLineString, Polygon, MultiPolygon, GeometryCollection, found a list that holds "Pont"',
  ]);
});

async function readColumn(checks: string) {
  const columns = `columns:\n- {id: a, data_type: text, checks: ${checks}}\n`;
  const { definition, findings } = await readTemplate('/project/ingest_templates/t.yml', HEAD + columns);
  const told = findings.map(({ severity, place, message, hint }) =>
    [`${severity} ${place!.line}:${place!.column} ${message}`, ...(hint ? [hint] : [])].join(' | '),
  );
  return { told, wanted: wantedIn(definition?.datasets[0]?.columns[0]?.checks, 'a') };
}

test("checks of columns have the department's two forms, and pandera's attributes", async () => {
  const older = await readColumn('{is_primary_key: true, non_nullable: false}');
  assert.deepEqual(older.told, []);
  assert.deepEqual(
    older.wanted.map(({ name, way }) => [name, way]),
    [['is_primary_key', ['checks', 'is_primary_key']]],
  );
  // As pydantic reads truth values.
  const loose = await readColumn('{is_primary_key: "yes", non_nullable: 1}');
  assert.deepEqual([loose.told, loose.wanted.map(({ name }) => name)], [[], ['is_primary_key', 'non_nullable']]);
  const { told, wanted } = await readColumn(
    '[non_nullable, in_range: {args: {min_value: 2020-01-01, max_value: 5, include_max: false}, raise_warning: true, ignore_na: false, n_failure_cases: 2, name: n, description: d, error: e, groupby: x}]',
  );
  assert.deepEqual(told, []);
  assert.deepEqual(wanted[1], {
    name: 'in_range',
    column: 'a',
    way: ['checks', 1, 'in_range'],
    args: { include_min: true, include_max: false, min_value: '2020-01-01', max_value: 5 },
    warnOnly: true,
    ignoreNulls: false,
    cases: 2,
    title: 'n',
    description: 'd',
    error: 'e',
  });
});

test('mistakes in checks of columns have their place and the nearest name', async () => {
  const { told } = await readColumn('[isin: {args: {allowed: [1]}}, greater_then: {args: {min_value: 1}}, str_length]');
  assert.deepEqual(told, [
    'error 7:50 columns[0].checks[0].isin.args.allowed_values: the check isin needs the argument `allowed_values` (a list of a number, text, date or truth value or nothing or text)',
    'error 7:51 columns[0].checks[0].isin.args.allowed: the check isin has no argument `allowed` (it takes allowed_values) | did you mean allowed_values?',
    'warning 7:67 columns[0].checks[1].greater_then: there is no check "greater_then"; it is not carried out here | did you mean greater_than?',
    'error 7:105 columns[0].checks[2]: the check str_length needs `args` with min_value, max_value or exact_value',
  ]);
});
