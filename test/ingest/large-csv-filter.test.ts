import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { ingestLarge, LARGE_ROWS } from './large-csv.ts';
import { IngestProject } from './project.ts';

/**
 * Rows that a step leaves out of a large file count for the types of its columns as much as those that stay, although the
 * file is read once: its first rows promise what it is like, and all others are looked at on their way to the filter.
 */

const HEADER = 'id,k,n,name\n';
const line = (i: number) =>
  `${i},${i % 10},${i % 1000}.5, some text here ${i % 97} to make it longer and more of it so that few rows make a large file \n`;
let usual = '';

before(() => {
  for (let i = 0; i < LARGE_ROWS; i++) usual += line(i);
});

type Steps = readonly { name: string; args: Record<string, unknown> }[];

async function ingested(t: TestContext, rows: string, steps: Steps) {
  const project = await IngestProject.make(t);
  await project.template('raw', { file_format: { type: 'csv' }, processing_steps: steps });
  await project.write('raw.csv', `${HEADER}${rows}`);
  const outcome = await ingestLarge(t, project);
  assert.equal(outcome.code, 0, outcome.stderr);
  const types = await project.query(`FROM (DESCRIBE FROM FILE) SELECT column_name, column_type`, 'raw', 'v1');
  const kept = await project.query('FROM FILE', 'raw', 'v1');
  const config = await project.readJson('raw/v1/raw/config.json');
  const removed = [...JSON.stringify(config).matchAll(/"rows_removed":(\d+)/g)].map(([, rows]) => Number(rows));
  return { stderr: outcome.stderr, types, kept, removed: removed.reduce((sum, rows) => sum + rows, 0) };
}

const equals = { name: 'filter_rows', args: { type: 'equals', column_name: 'k', val: 3 } };
const query = { name: 'pd_df_func', args: { function_name: 'query', expr: 'k == 3 and n < 900' } };
const FILTERS: readonly Steps[] = [
  [equals],
  [
    { name: 'rename_columns', args: { map: { k: 'key' } } },
    { name: 'pd_df_func', args: { function_name: 'dropna', subset: ['key', 'n', 'id'] } },
    { name: 'filter_rows', args: { type: 'equals', column_name: 'key', val: 3 } },
    { name: 'drop_columns', args: { columns: ['n'] } },
  ],
  [query, { name: 'strip_columns', args: { cols: ['name'] } }, equals],
  [
    equals,
    { name: 'coerce_column_types', args: { column_types: { id: 'string', n: 'string' }, errors: 'coerce' } },
    { name: 'deduplicate', args: { by: ['k', 'id'] } },
  ],
];

test('a large file that is as its first rows promise is read once', async (t) => {
  for (const steps of FILTERS) {
    const large = await ingested(t, usual, steps);
    assert.doesNotMatch(large.stderr, /first ones/);
    // A file of the same kind, all of which is looked at.
    const small = await ingested(t, line(3), steps);
    assert.deepEqual(large.types, small.types, JSON.stringify(steps));
    const ids = large.kept.map(({ id }) => Number(id));
    assert.ok(ids.length > LARGE_ROWS / 13 && ids.every((id) => id % 10 === 3));
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    );
    assert.equal(large.removed, LARGE_ROWS - ids.length, JSON.stringify(steps));
  }
});

test('a row that the filter leaves out has its say in the types', async (t) => {
  for (const [odd, steps] of [
    ['x,4,1.5,gone\n', FILTERS[0]!],
    [',4,1.5,gone\n', FILTERS[0]!],
    ['7,4,text,gone\n', FILTERS[3]!],
    ['18446744073709551615,4,1.5,gone\n', FILTERS[3]!],
  ] as const) {
    const large = await ingested(t, usual + odd, steps);
    assert.match(large.stderr, /later rows are not like the first ones/, odd);
    const small = await ingested(t, line(3) + odd, steps);
    assert.deepEqual(large.types, small.types, odd);
  }
});

test('a step that fails by what the first rows are like is told what all are like', async (t) => {
  const contains = { name: 'filter_rows', args: { type: 'contains', column_name: 'k', val: '^[a-z]' } };
  const { kept, stderr } = await ingested(t, `${usual}7,last,1.5,kept\n`, [contains]);
  assert.deepEqual(kept.map(Object.values), [['7', 'last', 1.5, 'kept']]);
  assert.match(stderr, /a step fails by what the first rows are like; all rows are looked at first/);
});
