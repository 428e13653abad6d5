import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvTables } from '../../../../test/fixtures/csv-tables.ts';

/** What the options of a csv `file_format` do, as pandas has them. */

const { table } = await csvTables();

const refused = (options: Record<string, unknown>, code: string) =>
  assert.rejects(table('a,b\n1,x\n', options), { code }, JSON.stringify(options));

test('a number among na_values stands for itself however it is written', async () => {
  assert.deepEqual(await table('a,b,c\n-999,1,-999.0\n2,-999.00,x\n', { na_values: [-999] }), [
    'a:DOUBLE b:DOUBLE c:VARCHAR',
    [null, 1, null],
    [2, null, 'x'],
  ]);
});

test('na_values may be given by column, beside the usual words or in their place', async () => {
  assert.deepEqual(await table('a,b\n1,-\n-,NA\n', { na_values: { b: ['-'] } }), [
    'a:VARCHAR b:DOUBLE',
    ['1', null],
    ['-', null],
  ]);
  assert.deepEqual(await table('a,b\n1,-\nNA,NA\n', { na_values: { b: ['-'] }, keep_default_na: false }), [
    'a:VARCHAR b:VARCHAR',
    ['1', null],
    ['NA', 'NA'],
  ]);
});

test('skiprows leaves out so many lines, or the lines of a list', async () => {
  assert.deepEqual(await table('x\na,b\n1,u\n', { skiprows: 1 }), ['a:BIGINT b:VARCHAR', ['1', 'u']]);
  assert.deepEqual(await table('a,b\n1,u\n2,v\n3,w\n', { skiprows: [1, 3] }), ['a:BIGINT b:VARCHAR', ['2', 'v']]);
});

test('a dtype takes whole numbers written as decimals, and truth values where no null may be', async () => {
  assert.deepEqual(await table('a,b\n1.0,True\n2.0,false\n', { dtype: { a: 'Int64', b: 'int64' } }), [
    'a:BIGINT b:BIGINT',
    ['1', '1'],
    ['2', '0'],
  ]);
  assert.deepEqual(await table('a,b\n"1,000",7\n2,255\n', { dtype: { a: 'int32', b: 'uint8' }, thousands: ',' }), [
    'a:INTEGER b:UTINYINT',
    [1000, 7],
    [2, 255],
  ]);
  await assert.rejects(table('a,b\n1.5,x\n', { dtype: { a: 'int64' } }), { code: 'ING_BAD_VALUE' });
  await assert.rejects(table('a,b\nTrue,x\n5,y\n', { dtype: { a: 'int64' } }), { code: 'ING_BAD_VALUE' });
});

test('a table without rows has the types that dtype names', async () => {
  const dtype = { a: 'Int64', b: 'float', c: 'boolean', __default__: 'str' };
  assert.deepEqual(await table('a,b,c,d\n', { dtype }), ['a:BIGINT b:DOUBLE c:BOOLEAN d:VARCHAR']);
  await assert.rejects(table('a,b\n', { dtype: 'whole' }), { code: 'ING_BAD_OPTION' });
});

test('parse_dates names columns or counts them', async () => {
  const days = ['k:VARCHAR v:TIMESTAMP', ['r', '2020-01-05 00:00:00']];
  assert.deepEqual(await table('k,v\nr,2020-01-05\n', { parse_dates: ['v'] }), days);
  assert.deepEqual(await table('k,v\nr,2020-01-05\n', { parse_dates: [1] }), days);
  await refused({ parse_dates: ['zz'] }, 'ING_MISSING_COLUMN');
  await refused({ parse_dates: 'a' }, 'ING_BAD_OPTION');
});

test('encodings go by their names in Python, and bytes that they do not define are refused', async () => {
  const latin = Buffer.from('a,b\n1,\u00e9\n', 'latin1');
  const expected = ['a:BIGINT b:VARCHAR', ['1', 'é']];
  for (const encoding of ['latin-1', 'ISO-8859-1', 'cp1252'])
    assert.deepEqual(await table(latin, { encoding }), expected);
  assert.deepEqual(await table(Buffer.from('a,b\n1,é\n', 'utf16le'), { encoding: 'utf-16-le' }), expected);
  assert.deepEqual(await table(Buffer.from('a,b\n1,\u008e\n', 'latin1'), { encoding: 'mac_roman' }), expected);
  await assert.rejects(table(latin, { encoding: 'ascii' }), { code: 'ING_BAD_ENCODING' });
  await assert.rejects(table(Buffer.from('a,b\n1,\u0081\n', 'latin1'), { encoding: 'cp1252' }), {
    code: 'ING_BAD_ENCODING',
  });
});

test('options that cannot be meant are refused, and those without effect are taken', async () => {
  for (const options of [
    { header: true },
    { header: 'None' },
    { header: [0, 1] },
    { quoting: 7 },
    { sep: ',', delimiter: ';' },
    { usecols: ['a', 1] },
    { usecols: 'a' },
    { true_values: 'yes' },
    { names: ['p', 'q', 'r'], header: 0 },
    { decimal: ',,' },
    { engine: 'pyarrow' },
    { delimiter: 'x*' },
    { delimiter: '((' },
    { converters: { a: 'int' } },
    { index_col: true },
    { on_bad_lines: 'nope' },
    { skipfooter: 1, nrows: 1 },
    { lineterminator: '\r\n' },
    { encoding_errors: 'surrogateescape' },
    { date_format: '%Q', parse_dates: ['b'] },
  ])
    await refused(options, 'ING_BAD_OPTION');
  const usual = { engine: 'c', index_col: false, on_bad_lines: 'error', low_memory: false, encoding_errors: 'strict' };
  assert.deepEqual(await table('a,b\n1,x\n', usual), ['a:BIGINT b:VARCHAR', ['1', 'x']]);
});
