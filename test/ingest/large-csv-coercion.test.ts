import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { ingestLarge, LARGE_ROWS } from './large-csv.ts';
import { IngestProject } from './project.ts';

/** Columns that are coerced while a large file is written: a value far behind the first ones counts as if it were among them. */

const PADDING = ' and more of it so that few rows make a large file'.repeat(5);
let usual = '';

before(() => {
  for (let i = 0; i < LARGE_ROWS; i++)
    usual += `${i},some text here ${i % 97} to make it some bytes longer${PADDING},${i % 1000}.5,${i % 50},2020-01-0${1 + (i % 9)}\n`;
});

async function coerced(t: TestContext, last: string, types: object, errors: 'raise' | 'coerce') {
  const project = await IngestProject.make(t);
  await project.template('raw', {
    file_format: { type: 'csv', dtype: 'str' },
    processing_steps: [
      { name: 'strip_columns', args: {} },
      { name: 'coerce_column_types', args: { column_types: types, errors } },
    ],
  });
  await project.write('raw.csv', `id,name,n,k,d\n${usual}${last}\n`);
  const outcome = await ingestLarge(t, project);
  const row = async () => {
    const [found] = await project.query(`FROM (DESCRIBE FROM FILE) SELECT list(column_type) AS types`, 'raw', 'v1');
    const [tail] = await project.query(`FROM FILE OFFSET ${LARGE_ROWS}`, 'raw', 'v1');
    return [found!.types, Object.values(tail!)];
  };
  return { ...outcome, row };
}

const TYPES = { id: 'integer', n: 'numeric', k: 'numeric', d: 'date' };

test('the usual kind of number everywhere', async (t) => {
  const { code, stderr, row } = await coerced(t, ' +7 , last ,8.25,9,2021-02-03 ', TYPES, 'raise');
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /later rows/);
  assert.deepEqual(await row(), [
    ['INTEGER', 'VARCHAR', 'DOUBLE', 'BIGINT', 'DATE'],
    [7, 'last', 8.25, '9', '2021-02-03'],
  ]);
});

test('a late gap or fraction makes doubles of whole numbers', async (t) => {
  for (const [late, value] of [
    ['', null],
    ['0.5', 0.5],
  ] as const) {
    const { code, stderr, row } = await coerced(t, `7,last,8.25,${late},`, TYPES, 'raise');
    assert.equal(code, 0, stderr);
    assert.deepEqual(await row(), [
      ['INTEGER', 'VARCHAR', 'DOUBLE', 'DOUBLE', 'DATE'],
      [7, 'last', 8.25, value, null],
    ]);
  }
});

test('a late value that is no number is refused with its row, or becomes null where the template says so', async (t) => {
  for (const [last, column] of [
    ['x7,last,8.25,9,', 'id'],
    ['7,last,eight,9,', 'n'],
    ['7,last,8.25,nine,', 'k'],
    ['7,last,8.25,9,3 Feb 2021', 'd'],
  ] as const) {
    const { code, stderr } = await coerced(t, last, TYPES, 'raise');
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`ING_BAD_VALUE: raw, step 2 .*"${column}".* row ${LARGE_ROWS + 1}\\b`));
  }
  const { code, stderr, row } = await coerced(t, '7,last,eight,nine,3 Feb 2021', TYPES, 'coerce');
  assert.equal(code, 0, stderr);
  assert.deepEqual(await row(), [
    ['INTEGER', 'VARCHAR', 'DOUBLE', 'DOUBLE', 'DATE'],
    [7, 'last', null, null, null],
  ]);
});
