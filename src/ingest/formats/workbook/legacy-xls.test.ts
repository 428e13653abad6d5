import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as sheetjs from '@e965/xlsx';
import { cell, compoundFile, record, result, u16, workbookStream } from '../../../../test/fixtures/xls/records.ts';
import { contextWith, newFile, table } from '../../../../test/fixtures/xlsx/reading.ts';
import { INSTALLATION } from '../../../settings/settings.ts';
import { read } from '../xlsx.ts';

const XLWT = path.join(INSTALLATION, 'test', 'fixtures', 'xls', 'xlwt.xls');

function fileOf(content: Buffer): string {
  const file = newFile('xls');
  writeFileSync(file, content);
  return file;
}

test('fault 42: a workbook of Excel 97–2003 by xlwt, as pandas reads it with xlrd', async () => {
  const { columns, rows } = await table(XLWT, { sheet_name: 'Sites' });
  assert.deepEqual(columns, {
    id: 'DOUBLE',
    name: 'VARCHAR',
    opened: 'TIMESTAMP',
    seen: 'TIMESTAMP',
    at: 'TIME',
    hours: 'DOUBLE',
    'open?': 'DOUBLE',
    code: 'DOUBLE',
    'Unnamed: 8': 'VARCHAR',
    'name.1': 'VARCHAR',
    2020: 'DOUBLE',
    made: 'DOUBLE',
  });
  const nothing = new Array(12).fill(null);
  assert.deepEqual(rows, [
    [1, 'Café 🗽', '2020-02-29 00:00:00', '1999-12-31 13:14:15', '09:30:00', 1.5, 1, 7, 'x', 'a', 5, null],
    [2, `long ${'字'.repeat(6000)}`, '1900-01-01 00:00:00', null, '23:58:33.6', 100, 0, 12, null, null, 7.25, null],
    [3, `long ${'x'.repeat(20_000)}`, null, '2020-01-01 00:00:00.432', ...new Array(8).fill(null)],
    nothing,
    [-4, null, null, null, null, null, null, 1000, null, null, 12345678.9, null],
  ]);
});

test('sheets by name and by number, hidden ones too, charts not', async () => {
  const { columns, rows } = await table(XLWT, { sheet_name: 1 });
  assert.deepEqual(Object.keys(columns), ['Unnamed: 0', 'Unnamed: 1', 'Unnamed: 2']);
  assert.deepEqual(rows, [
    [null, 'far', null],
    [null, null, 3],
  ]);
  assert.deepEqual((await table(XLWT, { sheet_name: 'Verborgen 字' })).rows, rows);
  await assert.rejects(table(XLWT, { sheet_name: 2 }), { code: 'ING_FILE_NOT_FOUND', hint: /"Sites", "Verborgen 字"/ });
  const sheets = [
    { name: 'One', records: [cell.text(0, 0, 'first')] },
    { name: 'Chart', records: [cell.text(0, 0, 'drawn')], listed: 2 },
    { name: 'Two', records: [cell.text(0, 0, 'second')], hidden: 1 },
  ];
  const file = fileOf(compoundFile(workbookStream(sheets)));
  const first = async (sheet: unknown) => Object.keys((await table(file, { sheet_name: sheet })).columns)[0];
  assert.deepEqual([await first(1), await first(-1), await first('One')], ['second', 'second', 'first']);
  await assert.rejects(table(file, { sheet_name: 'Chart' }), { code: 'ING_FILE_NOT_FOUND', hint: /"One", "Two"$/ });
});

test('cells with an empty text make rows and columns, as with xlrd; cells with none do not', async () => {
  const records = [
    cell.text(0, 0, 'a'),
    cell.text(0, 1, ''),
    cell.text(1, 0, 'x'),
    cell.formula(3, 0, result(3)),
    cell.formula(4, 2, result(3)),
    cell.blank(5, 5),
  ];
  const { columns, rows } = await table(fileOf(compoundFile(workbookStream([{ name: 'S', records }]))));
  assert.deepEqual(columns, { a: 'VARCHAR', 'Unnamed: 1': 'DOUBLE', 'Unnamed: 2': 'DOUBLE' });
  assert.deepEqual(rows, [['x', null, null], ...new Array(3).fill([null, null, null])]);
});

test('merged cells have their value in the first of them', async () => {
  const sheet = sheetjs.utils.aoa_to_sheet([
    ['a', 'b'],
    [1, null],
    [null, 2],
  ]);
  sheet['!merges'] = [sheetjs.utils.decode_range('A2:B2'), sheetjs.utils.decode_range('A4:D9')];
  const book = sheetjs.utils.book_new(sheet, 'S');
  const file = fileOf(sheetjs.write(book, { bookType: 'biff8', type: 'buffer' }) as Buffer);
  assert.deepEqual((await table(file)).rows, [
    [1, null],
    [null, 2],
  ]);
});

test('a workbook before Excel 97 is read as well', async () => {
  const book = sheetjs.utils.book_new(
    sheetjs.utils.aoa_to_sheet([
      ['id', 'name'],
      [1, 'old'],
      [2, ''],
    ]),
    'S',
  );
  for (const bookType of ['biff5', 'biff2'] as const) {
    const file = fileOf(sheetjs.write(book, { bookType, type: 'buffer' }) as Buffer);
    const { rows } = await table(file);
    assert.deepEqual(
      rows.map(([id, name]) => [Number(id), name]),
      [
        [1, 'old'],
        [2, null],
      ],
      bookType,
    );
  }
});

test('refused: an encrypted one, one that is cut off, one whose sheet is elsewhere', async () => {
  const sheets = [{ name: 'S', records: [cell.number(0, 0, 1)] }];
  const encrypted = compoundFile(workbookStream(sheets, [record(0x2f, u16(1, 1, 1))]));
  await assert.rejects(table(fileOf(encrypted)), { code: 'ING_BAD_FILE', message: /encrypted/, hint: /password/ });
  const stream = workbookStream(sheets);
  const cut = { code: 'ING_BAD_FILE', message: /cut off or damaged: it ends within a sheet/, hint: /save it as/ };
  await assert.rejects(table(fileOf(compoundFile(stream.subarray(0, -4)))), cut);
  await assert.rejects(table(fileOf(compoundFile(stream).subarray(0, 1000))), { code: 'ING_BAD_FILE' });
  const elsewhere = Buffer.from(stream);
  elsewhere.writeUInt32LE(20, 24);
  await assert.rejects(table(fileOf(compoundFile(elsewhere))), { code: 'ING_BAD_FILE' });
});

test('an abort stops the reading', async () => {
  const records = Array.from({ length: 1500 }, (_, row) => cell.number(row, 0, row));
  const file = fileOf(compoundFile(workbookStream([{ name: 'S', records }])));
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(read(file, { type: 'xlsx', sheet_name: 0 }, contextWith(controller)), { name: 'AbortError' });
});
