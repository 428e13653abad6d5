import assert from 'node:assert/strict';
import { test } from 'node:test';
import { book, column, error, nothing, number, rowsOf, text, truth } from '../../../test/fixtures/xlsx/reading.ts';

test('dates by the formats of cells, to the millisecond', async () => {
  const formats = ['General', 14, 'yyyy-mm-dd hh:mm', '0.0 "days"', 46, '[Red]#,##0;[Blue]d', 30];
  const cell = (value: number | string, style: number) => column([number(value, style)], undefined, { formats });
  assert.deepEqual(await cell(43831.5, 2), ['TIMESTAMP', '2020-01-01 12:00:00']);
  assert.deepEqual(await cell(43831, 1), ['TIMESTAMP', '2020-01-01 00:00:00']);
  assert.deepEqual(await cell(43831.1234567, 2), ['TIMESTAMP', '2020-01-01 02:57:46.659']);
  assert.deepEqual(await cell(0.75, 1), ['TIME', '18:00:00']);
  assert.deepEqual(await cell(1.25, 4), ['VARCHAR', '1 day, 6:00:00']);
  for (const style of [0, 3, 5, 6]) assert.deepEqual(await cell(43831, style), ['BIGINT', '43831']);
  assert.deepEqual(await cell(99_999_999, 1), ['DOUBLE', null], 'beyond the year 9999');
});

test('ISO dates of strict workbooks', async () => {
  const iso = (value: string) => `<c t="d"><v>${value}</v></c>`;
  assert.deepEqual(await column([iso('2020-01-02T03:04:05.5'), iso('2021-01-01T00:00:00Z')]), [
    'TIMESTAMP',
    '2020-01-02 03:04:05.5',
    '2021-01-01 00:00:00',
  ]);
  assert.deepEqual(await column([iso('2020-01-02')]), ['DATE', '2020-01-02']);
  assert.deepEqual(await column([iso('T03:04')]), ['TIME', '03:04:00']);
});

test('types of columns as pandas has them', async () => {
  const when = { formats: [14] };
  assert.deepEqual(await column([number(1), number('2.0'), number('3E2')]), ['BIGINT', '1', '2', '300']);
  assert.deepEqual(await column([number(1), nothing]), ['DOUBLE', 1, null]);
  assert.deepEqual(await column([number(1.5), number(2)]), ['DOUBLE', 1.5, 2]);
  assert.deepEqual(await column([number('9007199254740993')]), ['BIGINT', '9007199254740993']);
  assert.deepEqual(await column([number('18446744073709551615'), number(1)]), ['UBIGINT', '18446744073709551615', '1']);
  assert.deepEqual(await column([truth(1), truth(0)]), ['BOOLEAN', true, false]);
  assert.deepEqual(await column([truth(1), nothing, truth(0)]), ['DOUBLE', 1, null, 0]);
  assert.deepEqual(await column([truth(1), number(7)]), ['BIGINT', '1', '7']);
  assert.deepEqual(await column([text('001'), number(7)]), ['BIGINT', '1', '7']);
  assert.deepEqual(await column([text(' 1.5 '), truth(1), number(7)]), ['DOUBLE', 1.5, 1, 7]);
  assert.deepEqual(await column([text('True'), text('false')]), ['BOOLEAN', true, false]);
  assert.deepEqual(await column([error, number(1)]), ['DOUBLE', null, 1]);
  assert.deepEqual(await column([error, nothing]), ['DOUBLE', null, null]);
  assert.deepEqual(await column([text('NA'), text('n/a'), text('x')]), ['VARCHAR', null, null, 'x']);
  assert.deepEqual(await column([number(43831, 0), nothing], undefined, when), [
    'TIMESTAMP',
    '2020-01-01 00:00:00',
    null,
  ]);
});

test('what no single type holds is refused with the row', async () => {
  const refused = (...cells: string[]) =>
    assert.rejects(column(cells, undefined, { formats: ['General', 14] }), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, 'ING_MIXED_TYPES');
      assert.match(error.message, /"v" mixes .* \(first in cell [A-Z]3\)/);
      return true;
    });
  await refused(text('a'), number(1));
  await refused(number(1), text('a'));
  await refused(truth(1), text('false'));
  await refused(number(43831, 1), text('soon'));
  await refused(number(43831, 1), number(0.5, 1));
});

test('dtype: objects and categories hold cells of one kind as they are', async () => {
  for (const dtype of ['object', { v: 'category' }]) {
    assert.deepEqual(await column([number(1), number(2)], dtype), ['BIGINT', '1', '2']);
    assert.deepEqual(await column([number(1), nothing], dtype), ['DOUBLE', 1, null]);
    assert.deepEqual(await column([truth(1), nothing], dtype), ['BOOLEAN', true, null]);
    assert.deepEqual(await column([text('001'), text('2')], dtype), ['VARCHAR', '001', '2']);
    await assert.rejects(column([number(1), text('x')], dtype), { code: 'ING_MIXED_TYPES' });
  }
});

test('dtype: text as Python writes it, for all columns or by name', async () => {
  const cells = [number(1), number('2.50'), number('1e-7'), truth(1), text('007'), number(43831.5, 1), text('NA')];
  const expected = ['1', '2.5', '1e-07', 'True', '007', '2020-01-01 12:00:00', null];
  const more = { formats: ['General', 22] };
  for (const dtype of ['str', { v: 'str' }, { __default__: 'str', key: 'object' }]) {
    assert.deepEqual(await column(cells, dtype, more), ['VARCHAR', ...expected], JSON.stringify(dtype));
  }
  assert.deepEqual(await column([nothing], 'str'), ['VARCHAR', null]);
  assert.deepEqual(await column([number(1), nothing], { v: 'Int64' }), ['BIGINT', '1', null]);
  await assert.rejects(column([text('x')], { v: 'int' }), { code: 'ING_BAD_VALUE', message: /"v".*"x"/ });

  const twice = await book(
    { sheets: { S: rowsOf(text('a') + text('a') + text('b'), `${number(1)}${number(2)}${number(3)}`) } },
    { dtype: { a: 'str' } },
  );
  assert.deepEqual(
    twice.columns,
    { a: 'VARCHAR', 'a.1': 'VARCHAR', b: 'BIGINT' },
    'a repeated name has the same dtype',
  );
});

test('headers: empty, repeated, and other values than text', async () => {
  const header = [
    text('a'),
    text('a'),
    nothing,
    number(2020),
    number(2.5),
    number(43831, 1),
    truth(1),
    text('NA'),
    error,
  ];
  const { columns } = await book({ sheets: { S: rowsOf(header.join(''), number(1)) }, formats: ['General', 14] });
  assert.deepEqual(Object.keys(columns).sort(), [
    '2.5',
    '2020',
    '2020-01-01 00:00:00',
    'NA',
    'True',
    'Unnamed: 2',
    'a',
    'a.1',
    'nan',
  ]);
});

test('rows and cells that are left out, repeated, late or blank', async () => {
  const sheet = [
    '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="C1" t="inlineStr"><is><t>c</t></is></c></row>',
    '<row r="3"><c r="B3"><v>5</v></c></row>',
    '<row><c><v>1</v></c><c r="E4"><v>2</v></c><c><v>3</v></c></row>',
    '<row r="4"><c r="A4"><v>99</v></c></row>',
    '<row r="2"><c r="A2"><v>98</v></c></row>',
    '<row r="9"><c r="A9" s="1"/></row>',
  ].join('');
  const { columns, rows } = await book({ sheets: { S: sheet } });
  assert.deepEqual(Object.keys(columns), ['a', 'Unnamed: 1', 'c', 'Unnamed: 3', 'Unnamed: 4', 'Unnamed: 5']);
  assert.deepEqual(rows, [
    [null, null, null, null, null, null],
    [null, 5, null, null, null, null],
    [1, null, null, null, 2, 3],
  ]);
});

test('a blank first row is the header; a header alone has no rows; a blank sheet has no columns', async () => {
  const late = await book({ sheets: { S: '<row r="3"><c r="B3" t="inlineStr"><is><t>x</t></is></c></row>' } });
  assert.deepEqual(late.columns, { 'Unnamed: 0': 'DOUBLE', 'Unnamed: 1': 'VARCHAR' });
  assert.deepEqual(late.rows, [
    [null, null],
    [null, 'x'],
  ]);
  const alone = await book({ sheets: { S: rowsOf(text('a') + text('b')) } }, { dtype: { b: 'str' } });
  assert.deepEqual(alone, { columns: { a: 'DOUBLE', b: 'VARCHAR' }, rows: [] });
  assert.deepEqual((await book({ sheets: { S: '' } })).columns, {});
});
