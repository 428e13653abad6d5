import { type Case, CLEAN, onColumn, onTable, type Step, step, TEXT, TYPED } from '../case.ts';

const on =
  (input: Case['input'], format: Case['format']) =>
  (name: string, does: Step, floor?: string): Case => ({
    name,
    input,
    format,
    steps: [does],
    ...(floor !== undefined && { floor }),
  });
const text = on('table.csv', TEXT);
const typed = on('table.csv', TYPED);
const twice = on('twice.csv', TYPED);
/** A column as DuckDB would write it anew. */
const anew = (column: string, sql: string) => `SELECT * REPLACE (${sql} AS "${column}") FROM raw`;
const BOROUGHS = ['Manhattan', 'Bronx', 'Brooklyn', 'Queens', 'Staten Island'];
const byNumber = <T>(values: readonly T[]) => Object.fromEntries(values.map((value, i) => [String(i + 1), value]));

const ROWS_AND_COLUMNS: readonly Case[] = [
  text('step_clean_names', CLEAN),
  text('step_rename', step('rename_columns', { map: { Boro: 'borough', Name: 'title' } })),
  text(
    'step_filter_equals',
    step('filter_rows', { type: 'equals', column_name: 'Boro', val: '1' }),
    `SELECT * FROM raw WHERE Boro = '1'`,
  ),
  text(
    'step_filter_contains',
    step('filter_rows', { type: 'contains', column_name: 'Name', val: 'alpha|echo' }),
    `SELECT * FROM raw WHERE regexp_matches(Name, 'alpha|echo')`,
  ),
  typed(
    'step_filter_equals_typed',
    step('filter_rows', { type: 'equals', column_name: 'Boro', val: 1 }),
    'SELECT * FROM raw WHERE Boro = 1',
  ),
  text(
    'step_filter_columns',
    step('filter_columns', { columns: ['ID', 'Name', 'Boro', 'Zip', 'Latitude', 'Longitude'] }),
    'SELECT ID, Name, Boro, Zip, Latitude, Longitude FROM raw',
  ),
  text(
    'step_drop_columns',
    step('drop_columns', { columns: ['Text 1', 'Text 2', 'Code'] }),
    'SELECT * EXCLUDE ("Text 1", "Text 2", Code) FROM raw',
  ),
  text('step_strip_all', step('strip_columns'), 'SELECT trim(COLUMNS(*)) FROM raw'),
  text('step_strip_two', step('strip_columns', { cols: ['Name', 'Text 2'] }), anew('Name', 'trim(Name)')),
  text('step_update_column', step('update_column', { column_name: 'version', val: '20260220' })),
  text('step_sort_text', step('sort', { by: ['Name', 'ID'] }), 'SELECT * FROM raw ORDER BY Name, ID'),
  typed(
    'step_sort_number',
    step('sort', { by: ['Number 1'], ascending: false }),
    'SELECT * FROM raw ORDER BY "Number 1" DESC',
  ),
  twice('step_deduplicate', step('deduplicate'), 'SELECT DISTINCT * FROM raw'),
  twice('step_deduplicate_by', step('deduplicate', { by: ['id'] }), 'SELECT DISTINCT ON (id) * FROM raw'),
  twice(
    'step_deduplicate_sorted',
    step('deduplicate', { sort_columns: ['k', 'n'], sort_ascending: false, by: ['id'] }),
    'SELECT DISTINCT ON (id) * FROM raw ORDER BY k DESC, n DESC',
  ),
  text('step_deduplicate_text', step('deduplicate'), 'SELECT DISTINCT * FROM raw'),
];

const AGGREGATES = {
  sum: 'sum',
  count: 'count',
  min: 'min',
  max: 'max',
  mean: 'avg',
  median: 'median',
  first: 'first',
  last: 'last',
  nunique: 'approx_count_distinct',
  std: 'stddev',
};
const GROUPS: readonly Case[] = [
  twice('step_group_size', step('groupby', { by: 'id', agg: 'size' }), 'SELECT id, count(*) FROM raw GROUP BY id'),
  ...Object.entries(AGGREGATES).map(([name, sql]) =>
    twice(
      `step_group_${name}`,
      step('groupby', { by: ['k'], agg: { v: name, n: name } }),
      `SELECT k, ${sql}(v) AS v, ${sql}(n) AS n FROM raw GROUP BY k`,
    ),
  ),
  twice(
    'step_group_first_of_text',
    step('groupby', { by: ['k'], agg: { name: 'first', grp: 'max', t1: 'last' } }),
    'SELECT k, first(name), max(grp), last(t1) FROM raw GROUP BY k',
  ),
  twice(
    'step_group_sum_of_text',
    step('groupby', { by: ['k'], agg: { name: 'sum' } }),
    `SELECT k, string_agg(name, '') FROM raw GROUP BY k`,
  ),
];

const METHODS: readonly Case[] = [
  text(
    'column_replace',
    onColumn('Name', 'str.replace', { pat: 'street', repl: 'st' }),
    anew('Name', `replace(Name, 'street', 'st')`),
  ),
  text(
    'column_replace_pattern',
    onColumn('Name', 'str.replace', { pat: String.raw`(\d+) street$`, repl: String.raw`\1 st`, regex: true }),
    anew('Name', String.raw`regexp_replace(Name, '(\d+) street$', '\1 st', 'g')`),
  ),
  text(
    'column_replace_line_ends',
    onColumn('Text 2', 'str.replace', { pat: '\r\n', repl: '\n', regex: true }),
    anew('Text 2', `replace("Text 2", chr(13) || chr(10), chr(10))`),
  ),
  ...['upper', 'lower', 'strip', 'title', 'capitalize', 'len'].map((method) => {
    const sql = { strip: 'trim', len: 'length', title: 'lower', capitalize: 'lower' }[method] ?? method;
    return text(`column_${method}`, onColumn('Text 2', `str.${method}`), anew('Text 2', `${sql}("Text 2")`));
  }),
  text('column_slice', onColumn('Text 2', 'str.slice', { start: 2, stop: 7 }), anew('Text 2', `"Text 2"[3:7]`)),
  text('column_zfill', onColumn('Boro', 'str.zfill', { width: 5 }), anew('Boro', `lpad(Boro, 5, '0')`)),
  text('column_pad', onColumn('Boro', 'str.pad', { width: 5, fillchar: '0' }), anew('Boro', `lpad(Boro, 5, '0')`)),
  text(
    'column_extract',
    onColumn('Name', 'str.extract', { pat: String.raw`(\d+)`, expand: false }),
    anew('Name', String.raw`regexp_extract(Name, '(\d+)', 1)`),
  ),
  text('column_split', onColumn('Text 2', 'str.split', { pat: ' ' }), anew('Text 2', `string_split("Text 2", ' ')`)),
  text('column_contains', onColumn('Name', 'str.contains', { pat: 'alpha' }), anew('Name', `contains(Name, 'alpha')`)),
  text('column_map', onColumn('Boro', 'map', { arg: byNumber(BOROUGHS) }), anew('Boro', `'borough ' || Boro`)),
  text(
    'column_map_numbers',
    onColumn('Boro', 'map', { arg: byNumber([1, 2, 3, 4, 5]) }),
    anew('Boro', 'CAST(Boro AS BIGINT)'),
  ),
  text('column_fillna', onColumn('Text 5', 'fillna', { value: 'none' }), anew('Text 5', `coalesce("Text 5", 'none')`)),
  text('column_astype', onColumn('ID', 'astype', { dtype: 'int64' }), anew('ID', 'CAST(ID AS BIGINT)')),
  typed('column_round', onColumn('Latitude', 'round', { decimals: 3 }), anew('Latitude', 'round(Latitude, 3)')),
  typed(
    'table_query',
    onTable('query', { expr: 'Boro == 1 and Latitude > 40.6' }),
    'SELECT * FROM raw WHERE Boro = 1 AND Latitude > 40.6',
  ),
  text(
    'table_query_in',
    onTable('query', { expr: "Boro in ['1', '2']" }),
    `SELECT * FROM raw WHERE Boro IN ('1', '2')`,
  ),
  text(
    'table_replace_pattern',
    onTable('replace', { to_replace: '\\xa0', value: '', regex: true }),
    `SELECT replace(COLUMNS(*), chr(160), '') FROM raw`,
  ),
  text('table_replace', onTable('replace', { to_replace: 'alpha', value: 'ALPHA' })),
  text('table_replace_map', onTable('replace', { to_replace: { Boro: { '1': 'MN', '2': 'BX' } } })),
  text('table_rename', onTable('rename', { columns: { Boro: 'b' } })),
  text(
    'table_dropna_by',
    onTable('dropna', { subset: ['Number 4'] }),
    'SELECT * FROM raw WHERE "Number 4" IS NOT NULL',
  ),
  text('table_dropna', onTable('dropna'), 'SELECT * FROM raw WHERE COLUMNS(*) IS NOT NULL'),
  text('table_fillna', onTable('fillna', { value: '' }), `SELECT coalesce(COLUMNS(*), '') FROM raw`),
  twice(
    'table_drop_duplicates',
    onTable('drop_duplicates', { subset: ['id'], keep: 'last' }),
    'SELECT DISTINCT ON (id) * FROM raw',
  ),
  typed('table_sort_values', onTable('sort_values', { by: ['Number 2'] }), 'SELECT * FROM raw ORDER BY "Number 2"'),
  text(
    'table_astype',
    onTable('astype', { dtype: { ID: 'int64', Latitude: 'float64' } }),
    'SELECT * REPLACE (CAST(ID AS BIGINT) AS ID, CAST(Latitude AS DOUBLE) AS Latitude) FROM raw',
  ),
];

const upsert = (insert: string, missing: string) =>
  step('upsert_column_of_previous_version', { key: ['id'], insert_behavior: insert, missing_key_behavior: missing });
const PREVIOUS: readonly Case[] = [
  {
    ...typed('step_append_previous', step('append_prev'), 'SELECT * FROM previous UNION ALL SELECT * FROM raw'),
    // DuckDB keeps digits with leading zeros as text, pandas takes them for numbers.
    previous: 'SELECT * REPLACE (CAST("Zip" AS BIGINT) AS "Zip") FROM raw',
  },
  {
    ...on('keyed.csv', TYPED)(
      'step_upsert',
      upsert('error', 'error'),
      'SELECT raw.* FROM previous JOIN raw USING (id)',
    ),
    previous: 'SELECT * FROM raw',
  },
  {
    ...on('keyed.csv', TYPED)(
      'step_upsert_coalesce',
      upsert('allow', 'coalesce'),
      'SELECT previous.* FROM previous LEFT JOIN raw USING (id)',
    ),
    previous: 'SELECT * FROM raw UNION ALL SELECT * REPLACE (id + 10000000 AS id) FROM raw WHERE id < 1000',
  },
];

export const STEP_CASES: readonly Case[] = [...ROWS_AND_COLUMNS, ...GROUPS, ...METHODS, ...PREVIOUS];
