import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvTables } from '../../../../test/fixtures/csv-tables.ts';

/** How files separate, quote and spell, as pandas reads them. */

const { table, said, leftOut } = await csvTables();

test('decimals behind a comma, thousands with any other separator', async () => {
  assert.deepEqual(await table('a;b\n1;1,5\n2;-1.000,5e1\n3;,5\n', { sep: ';', decimal: ',', thousands: '.' }), [
    'a:BIGINT b:DOUBLE',
    ['1', 1.5],
    ['2', -10005],
    ['3', 0.5],
  ]);
  assert.deepEqual(await table('a|b\n1 000|1 000,5\n2|x\n', { sep: '|', decimal: ',', thousands: ' ' }), [
    'a:BIGINT b:VARCHAR',
    ['1000', '1 000,5'],
    ['2', 'x'],
  ]);
  // Taken for a separator of thousands first.
  assert.deepEqual(await table('a;b\n1;1,0,5\n', { sep: ';', decimal: ',', thousands: ',' }), [
    'a:BIGINT b:BIGINT',
    ['1', '105'],
  ]);
});

test('with a decimal comma a point makes text of a number', async () => {
  assert.deepEqual(await table('a;b\n1.5;1,5\n2;2\n', { sep: ';', decimal: ',' }), [
    'a:VARCHAR b:DOUBLE',
    ['1.5', 1.5],
    ['2', 2],
  ]);
  const typed = { sep: ';', decimal: ',', dtype: { a: 'float64', b: 'int64' } };
  assert.deepEqual(await table('a;b\n1,5;2,0\nNA;3\n', typed), ['a:DOUBLE b:BIGINT', [1.5, '2'], [null, '3']]);
  await assert.rejects(table('a;b\n1.5;2\n', typed), { code: 'ING_BAD_VALUE' });
});

test('numbers that need quotes to be text are decimals with quoting: 2', async () => {
  assert.deepEqual(await table('a,b\n1,"3"\n9007199254740993,"x"\n', { quoting: 2 }), [
    'a:DOUBLE b:VARCHAR',
    [1, '3'],
    [9007199254740992, 'x'],
  ]);
  assert.deepEqual(await table('a,b\n98765432109876543210,\n', { quoting: 2 }), [
    'a:DOUBLE b:DOUBLE',
    [98_765_432_109_876_540_000, null],
  ]);
});

test('an escaped character stands for itself', async () => {
  const escaped = '1,"x\\"y"\n2,x\\,y\n3,x\\\ny\n4,\\\\\n5,\\NA\n\\ 6,"q"\\"\n';
  assert.deepEqual(await table(`a,b\n${escaped}`, { escapechar: '\\' }), [
    'a:BIGINT b:VARCHAR',
    ['1', 'x"y'],
    ['2', 'x,y'],
    ['3', 'x\ny'],
    ['4', '\\'],
    ['5', null],
    ['6', 'q\\"'],
  ]);
  await assert.rejects(table('a,b\n1,x\\', { escapechar: '\\' }), { code: 'ING_BAD_FILE' });
  await assert.rejects(table('a,b\n1,"x\\"', { escapechar: '\\' }), { code: 'ING_BAD_FILE' });
});

test('with doublequote: false the second quote is text', async () => {
  assert.deepEqual(await table('a,b\n1,"x""y"\n', { doublequote: false }), ['a:BIGINT b:VARCHAR', ['1', 'x"y"']]);
  assert.deepEqual(await table('a,b\n1,"x\\"y"\n', { doublequote: false, escapechar: '\\' }), [
    'a:BIGINT b:VARCHAR',
    ['1', 'x"y'],
  ]);
});

test('blank lines are rows without values where they are not skipped', async () => {
  const kept = { skip_blank_lines: false };
  assert.deepEqual(await table('a,b\n1,x\n\n   \n2,y\n\n', kept), [
    'a:VARCHAR b:VARCHAR',
    ['1', 'x'],
    [null, null],
    ['   ', null],
    ['2', 'y'],
    [null, null],
  ]);
  assert.deepEqual(await table('a\n1\n\n2\n', kept), ['a:DOUBLE', [1], [null], [2]]);
  assert.deepEqual(await table('#c\na,b\n#d\n\n2,y#z\n', { ...kept, comment: '#' }), [
    'a:DOUBLE b:VARCHAR',
    [null, null],
    [2, 'y'],
  ]);
  assert.deepEqual(await table('a,b\n\n2,y\n3,z\n', { ...kept, nrows: 2 }), [
    'a:DOUBLE b:VARCHAR',
    [null, null],
    [2, 'y'],
  ]);
  await assert.rejects(table('\na,b\n1,x\n', kept), { code: 'ING_BAD_OPTION' });
});

test('a footer is left out, blank lines of it counted', async () => {
  assert.deepEqual(await table('a,b\n1,x\n2,y\nTotal,3,4,5\n\n', { skipfooter: 2 }), [
    'a:BIGINT b:VARCHAR',
    ['1', 'x'],
    ['2', 'y'],
  ]);
  assert.deepEqual(await table('a,b\n1,x\n', { skipfooter: 5 }), ['a:VARCHAR b:VARCHAR']);
});

test('a delimiter of several characters is a pattern, and quotes are text then', async () => {
  assert.deepEqual(await table('a; b\n1;  "x; y"\n 2;y \n', { delimiter: ';\\s*', usecols: ['a', 'b'] }), [
    'a:BIGINT b:VARCHAR',
    ['1', '"x'],
    ['2', 'y'],
  ]);
  for (const delimiter of ['||', '\\|\\|', '[|]{2}'])
    assert.deepEqual(await table('a||b\r\n1||x|y\r\n\r\n2\r\n', { delimiter }), [
      'a:BIGINT b:VARCHAR',
      ['1', 'x|y'],
      ['2', null],
    ]);
  assert.deepEqual(await table('a~|~b\n1~|~2\n', { delimiter: '~|~' }), ['a:BIGINT b:BIGINT', ['1', '2']]);
  assert.deepEqual(await table('a;b,c\n1,2;3#x\n#y\n', { delimiter: ',|;', comment: '#' }), [
    'a:BIGINT b:BIGINT c:BIGINT',
    ['1', '2', '3'],
  ]);
});

test('blanks separate, quotes are quotes, and one escaped character is that character', async () => {
  assert.deepEqual(await table('a  b\n1   "x y"\n 2 y \n3\ty\n\n4\n', { delimiter: '\\s+' }), [
    'a:BIGINT b:VARCHAR',
    ['1', 'x y'],
    ['2', 'y'],
    ['3', 'y'],
    ['4', null],
  ]);
  assert.deepEqual(await table('a|b\n1|"x|y"\n', { delimiter: '\\|' }), ['a:BIGINT b:VARCHAR', ['1', 'x|y']]);
  assert.deepEqual(await table('a,b;1,"x;y";', { lineterminator: ';' }), ['a:BIGINT b:VARCHAR', ['1', 'x;y']]);
});

test('rows with too many fields are left out where the template says so, counted and named', async () => {
  const ragged = 'a,b\n1,x\n2,y,z\n3,w\n4,"p\nq",,\n5\n';
  const expected = ['a:BIGINT b:VARCHAR', ['1', 'x'], ['3', 'w'], ['5', null]];
  await assert.rejects(table(ragged), { code: 'ING_RAGGED_ROW' });
  assert.deepEqual(leftOut, []);
  for (const on_bad_lines of ['skip', 'warn']) {
    said.length = 0;
    leftOut.length = 0;
    assert.deepEqual(await table(ragged, { on_bad_lines }), expected);
    assert.deepEqual(leftOut, [2]);
    const warnings = said.filter((line) => line.startsWith('warning'));
    const each = ['3: 3', '5: 4'].map((what) => {
      const [line, found] = what.split(': ');
      return `warning line ${line} of the CSV file is left out: ${found} fields where 2 are expected`;
    });
    assert.deepEqual(warnings, [
      ...(on_bad_lines === 'warn' ? each : []),
      'warning 2 rows of the CSV file have too many fields and are left out (lines 3, 5)',
    ]);
  }
  assert.deepEqual(await table(ragged, { on_bad_lines: 'skip', nrows: 2 }), expected.slice(0, 3));
  assert.deepEqual(await table('a,b\n1,x\n', { on_bad_lines: 'skip' }), ['a:BIGINT b:VARCHAR', ['1', 'x']]);
});

test('columns of the index are no part of the table', async () => {
  const text = 'a,b,c\n1,x,3\n2,y,4\n';
  for (const index_col of [1, 'b', ['b'], -2])
    assert.deepEqual(await table(text, { index_col }), ['a:BIGINT c:BIGINT', ['1', '3'], ['2', '4']]);
  assert.deepEqual(await table(text, { index_col: ['b', 'a'] }), ['c:BIGINT', ['3'], ['4']]);
  assert.deepEqual(await table(text, { index_col: 1, usecols: ['a', 'c'] }), ['a:BIGINT', ['1'], ['2']]);
  for (const index_col of ['zz', 5]) await assert.rejects(table(text, { index_col }), { code: 'ING_MISSING_COLUMN' });
  await assert.rejects(table('a,b\n1,x,3\n', { index_col: 0 }), { code: 'ING_BAD_OPTION' });
});

test('bytes that are no text are replaced or left out where the template says so', async () => {
  const bytes = Buffer.from('a,b\n1,caf\xe9\n2,\xff\xfe!\n3,\xef\xbf\xbd\xe2\x82\n', 'latin1');
  assert.deepEqual(await table(bytes, { encoding_errors: 'replace' }), [
    'a:BIGINT b:VARCHAR',
    ['1', 'caf\ufffd'],
    ['2', '\ufffd\ufffd!'],
    ['3', '\ufffd\ufffd'],
  ]);
  assert.deepEqual(await table(bytes, { encoding_errors: 'ignore' }), [
    'a:BIGINT b:VARCHAR',
    ['1', 'caf'],
    ['2', '!'],
    ['3', '\ufffd'],
  ]);
  const undefinedByte = Buffer.from('a,b\n1,\x93\x81\n', 'latin1');
  assert.deepEqual(await table(undefinedByte, { encoding: 'cp1252', encoding_errors: 'replace' }), [
    'a:BIGINT b:VARCHAR',
    ['1', '“\ufffd'],
  ]);
});

test('dates in a format of their own, or with the day first', async () => {
  const days = ['a:BIGINT b:TIMESTAMP', ['1', '2020-06-05 00:00:00'], ['2', null]];
  for (const date_format of ['%d.%m.%Y', { b: '%d.%m.%Y' }])
    assert.deepEqual(await table('a,b\n1,05.06.2020\n2,\n', { parse_dates: ['b'], date_format }), days);
  assert.deepEqual(await table('a,b\n1,05/06/2020\n2,\n', { parse_dates: ['b'], dayfirst: true }), days);
  const asText = ['a:BIGINT b:VARCHAR', ['1', '05/06/2020'], ['2', '06/13/2020']];
  assert.deepEqual(await table('a,b\n1,05/06/2020\n2,06/13/2020\n', { parse_dates: ['b'], dayfirst: true }), asText);
  assert.deepEqual(
    await table('a,b\n1,5 Jun 2020 3:04 PM\n', { parse_dates: ['b'], date_format: '%d %b %Y %I:%M %p' }),
    ['a:BIGINT b:TIMESTAMP', ['1', '2020-06-05 15:04:00']],
  );
});
