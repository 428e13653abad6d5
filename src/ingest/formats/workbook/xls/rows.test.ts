import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sheetjs from '@e965/xlsx';
import { randomly } from '../../../../../test/fixtures/random.ts';
import { cellsBySheetJs, ownCells } from '../../../../../test/fixtures/xls/reading.ts';
import {
  begin,
  cell,
  compoundFile,
  END,
  f64,
  formulaText,
  record,
  result,
  text,
  u16,
  u32,
  workbookStream,
} from '../../../../../test/fixtures/xls/records.ts';

const fileOf = (records: Buffer[], globals: Buffer[] = []) =>
  compoundFile(workbookStream([{ name: 'S', records }], globals));

test('fault 42: each kind of cell, as SheetJS reads it', async () => {
  const file = fileOf([
    record(0x200, u32(0), u32(2), u16(0, 1, 0)),
    cell.number(0, 0, 0.1),
    cell.rk(0, 1, (-7 << 2) | 2),
    cell.rk(0, 2, (12345 << 2) | 3),
    cell.rk(0, 3, 0x3ff80000),
    cell.rk(0, 4, 0x3ff80001),
    cell.manyRk(0, 5, (1 << 2) | 2, 0xc0000000, (536870911 << 2) | 2),
    cell.blank(1, 0),
    cell.manyBlank(1, 1, 4),
    cell.truth(1, 5, true),
    cell.truth(1, 6, false),
    cell.error(1, 7, 0x2a),
    cell.text(3, 1, 'label 🗽'),
    cell.richText(3, 2, 'rich'),
    cell.formula(4, 0, f64(2.5)),
    cell.formula(4, 1, result(1, 1)),
    cell.formula(4, 2, result(2, 7)),
    cell.formula(4, 3, result(3)),
    cell.formula(4, 4, result(0)),
    record(0x221, u16(4, 4), Buffer.of(4, 4), u16(0), u32(0), u16(3), Buffer.of(0x1e), u16(1)),
    formulaText('made'),
    cell.number(65_535, 255, 2 ** 60),
  ]);
  const found = ownCells(file);
  assert.deepEqual(found.slice(0, 5), [
    [0.1, -7, 123.45, 1.5, 0.015, 1, -2, 536870911],
    [null, null, null, null, null, true, false, 'ERROR'],
    [],
    [null, 'label 🗽', 'rich'],
    [2.5, true, 'ERROR', '', 'made'],
  ]);
  assert.deepEqual([found.length, found[65_535]![255]], [65_536, 2n ** 60n]);
  assert.deepEqual(found, await cellsBySheetJs(file));
});

test('dates go by the format of their cell, counted from 1900 or from 1904', async () => {
  const globals = [
    record(0x41e, u16(164), text('yyyy-mm-dd')),
    ...[0, 14, 164, 46].map((format) => record(0xe0, u16(0, format), Buffer.alloc(16))),
  ];
  const cells = [
    cell.number(0, 0, 43_831.5, 1),
    cell.rk(0, 1, (43_831 << 2) | 2, 2),
    cell.number(0, 2, 43_831, 0),
    cell.formula(0, 3, f64(0.5), 1),
    cell.number(0, 4, 59, 1),
    cell.number(0, 5, 1e9, 1),
    cell.number(0, 6, 1.25, 3),
    cell.number(0, 7, 3, 99),
  ];
  const from1900 = fileOf(cells, globals);
  assert.deepEqual(ownCells(from1900), [
    [
      '2020-01-01 12:00:00',
      '2020-01-01 00:00:00',
      43_831,
      '12:00:00',
      '1900-02-28 00:00:00',
      'ERROR',
      '1900-01-01 06:00:00',
      3,
    ],
  ]);
  assert.deepEqual(ownCells(from1900), await cellsBySheetJs(from1900));
  const from1904 = fileOf(cells, [record(0x22, u16(1)), ...globals]);
  assert.equal(ownCells(from1904)[0]![0], '2024-01-02 12:00:00');
  assert.deepEqual(ownCells(from1904), await cellsBySheetJs(from1904));
});

test('a chart within a sheet has cells of its own, which are not those of the sheet', () => {
  const chart = [begin(0x20), cell.number(0, 0, 7), begin(0x20), END, cell.text(9, 9, 'no'), END];
  assert.deepEqual(ownCells(fileOf([cell.number(0, 0, 1), ...chart, cell.number(0, 1, 2)])), [[1, 2]]);
});

test('a cell that comes twice counts as the last time', () => {
  assert.deepEqual(ownCells(fileOf([cell.number(0, 0, 1), cell.number(0, 1, 2), cell.number(0, 0, 3)])), [[3, 2]]);
});

test('rows out of order are put in order', async () => {
  const file = fileOf([cell.number(2, 1, 5), cell.number(0, 0, 1), cell.text(2, 0, 'a'), cell.number(0, 0, 2)]);
  assert.deepEqual(ownCells(file), [[2], [], ['a', 5]]);
  assert.deepEqual(ownCells(file), await cellsBySheetJs(file));
});

test('refused: cells beyond the last column, of other versions, or too short', () => {
  const refused = [
    [cell.number(0, 256, 1)],
    [cell.manyRk(0, 250, ...Array.from({ length: 7 }, () => 2))],
    [record(0xbd, u16(0, 0), u16(0), u32(2), u16(9))],
    [record(0x03, u16(0, 0), Buffer.alloc(3), f64(1))],
    [record(0x203, u16(0, 0, 0), u32(1))],
    [cell.shared(0, 0, 0)],
    [cell.formula(0, 0, Buffer.from('090000000000ffff', 'hex'))],
  ];
  for (const records of refused)
    assert.throws(() => ownCells(fileOf(records)), { code: 'ING_BAD_FILE', message: /cut off or damaged/ });
});

test('random workbooks by SheetJS, and what SheetJS reads of them', async () => {
  const below = randomly(20261128);
  const texts = ['', 'a', 'é', '🗽🗽', 'NA', ' b ', 'tail\n', '字'.repeat(1000), 'x'.repeat(4000), '007'];
  const formats = ['m/d/yy', 'yyyy-mm-dd hh:mm', 'h:mm:ss', '0.00', 'd "of" mmm', '#,##0.0', '[h]:mm:ss'];
  const random = () => below(2 ** 30) / 2 ** 30;
  const kinds: (() => unknown)[] = [
    () => null,
    () => texts[below(texts.length)],
    () => random() < 0.5,
    () => ({ t: 'e', v: [0, 7, 15, 23, 29, 36, 42][below(7)] }),
    () => ({ t: 'n', v: random() * 60_000, z: formats[below(formats.length)] }),
    () => ({ t: 'n', v: below(1e6), f: 'A1+1' }),
    () => below(1e9) - 5e8,
    () => random() * 10 ** (below(40) - 20),
  ];
  for (let i = 0; i < 25; i++) {
    const book = sheetjs.utils.book_new();
    const sheets = 1 + below(3);
    for (let sheet = 0; sheet < sheets; sheet++) {
      const [width, height] = [1 + below(12), below(60)];
      const rows = Array.from({ length: height }, () =>
        Array.from({ length: below(width + 1) }, () => kinds[below(kinds.length)]!()),
      );
      sheetjs.utils.book_append_sheet(book, sheetjs.utils.aoa_to_sheet(rows), `S${sheet}`);
    }
    book.Workbook = { WBProps: { date1904: below(3) === 0 } };
    const options = { bookType: 'biff8', type: 'buffer', bookSST: below(2) === 0 } as const;
    const file = sheetjs.write(book, options) as Buffer;
    for (let sheet = 0; sheet < sheets; sheet++) {
      assert.deepEqual(ownCells(file, `S${sheet}`), await cellsBySheetJs(file, `S${sheet}`), `book ${i}, S${sheet}`);
    }
  }
});
