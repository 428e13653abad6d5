import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as sheetjs from '@e965/xlsx';
import {
  book,
  column,
  contextWith,
  FIXTURES,
  newFile,
  number,
  rowsOf,
  table,
  text,
} from '../../../test/fixtures/xlsx/reading.ts';
import { writeWorkbook, writeZip } from '../../../test/fixtures/xlsx/workbook.ts';
import { read } from './xlsx.ts';

test('a workbook by openpyxl, as pandas reads it', async () => {
  const { columns, rows } = await table(path.join(FIXTURES, 'openpyxl.xlsx'), { sheet_name: 'Sites' });
  assert.deepEqual(columns, {
    id: 'BIGINT',
    name: 'VARCHAR',
    opened: 'TIMESTAMP',
    at: 'TIME',
    share: 'DOUBLE',
    'open?': 'BOOLEAN',
    code: 'DOUBLE',
    note: 'VARCHAR',
    'note.1': 'VARCHAR',
    'Unnamed: 9': 'DOUBLE',
    2020: 'DOUBLE',
  });
  const byName = rows.map((row) => Object.fromEntries(Object.keys(columns).map((name, i) => [name, row[i]])));
  // Keys that look like numbers come first in JavaScript, so that the names cannot be taken in order here.
  assert.deepEqual(
    rows.map((row) => row.slice(0, 7)),
    [
      ['1', 'Café 🗽', '2020-02-29 13:14:15', '09:30:00', 0.1, true, 7],
      ['2', 'Line\nbreak & <tag>', '1999-12-31 00:00:00', '23:59:59.5', 1e-7, false, 12],
      ['3', null, null, null, null, true, 1000],
    ],
  );
  assert.deepEqual(
    rows.map((row) => row.slice(7)),
    [
      ['a', null, null, 5],
      [null, null, null, null],
      [null, 'x', null, 7.5],
    ],
  );
  assert.equal(byName.length, 3);
  const hidden = await table(path.join(FIXTURES, 'openpyxl.xlsx'), { sheet_name: 'Hidden' });
  assert.deepEqual(Object.keys(hidden.columns), ['Unnamed: 0', 'Unnamed: 1', 'Unnamed: 2']);
  assert.deepEqual(hidden.rows, [
    [null, 'far', null],
    [null, null, null],
    [null, null, 3],
  ]);
});

test('fault 42: a workbook by XlsxWriter that counts from 1904, with a sheet that is a chart', async () => {
  const file = path.join(FIXTURES, 'xlsxwriter-1904.xlsx');
  const { columns, rows } = await table(file);
  assert.deepEqual(columns, { when: 'TIMESTAMP', stamp: 'TIMESTAMP', rich: 'VARCHAR', sum: 'DOUBLE', error: 'DOUBLE' });
  assert.deepEqual(rows, [
    ['2024-01-01 00:00:00', '2024-01-01 18:30:00', 'plain bold 🗽', 3, null],
    ['1904-01-02 00:00:00', null, '  spaces  ', 4.5, null],
  ]);
  assert.deepEqual((await table(file, { sheet_name: 1 })).rows, [['v']], 'the chart is not counted');
  await assert.rejects(table(file, { sheet_name: 'Chart' }), { code: 'ING_FILE_NOT_FOUND', hint: /"Data", "Last"/ });
});

test('text: references beyond the first plane, runs joined, readings left out, blanks kept', async () => {
  const shared = [
    '<si><t>a</t></si>',
    '<si><t>&#128509; &#x1F5FD; &lt;&amp;&gt;&quot;&apos; 🗽</t></si>',
    '<si><t xml:space="preserve">  two </t></si>',
    '<si><r><t>one</t></r><r><rPr><b/></rPr><t xml:space="preserve"> two</t></r><rPh sb="0" eb="1"><t>NO</t></rPh><phoneticPr/></si>',
    '<si><t><![CDATA[<raw> & ]]>end</t></si>',
    '<si><t>_x000D_ _x005F_x</t></si>',
    '<si><t></t></si>',
    '<si/>',
  ].join('');
  const sharedCell = (i: number) => `<c t="s"><v>${i}</v></c>`;
  const cells = [1, 2, 3, 4, 5, 6, 7].map(sharedCell);
  const inline = [
    '<c t="inlineStr"><is><t>&#128509;</t></is></c>',
    '<c t="inlineStr"><is><r><t>x</t></r><r><t>y</t></r><rPh><t>NO</t></rPh></is></c>',
    '<c t="str"><f>CONCATENATE("a")</f><v>made &#x1F600;</v></c>',
    '<c t="inlineStr"><is><t>_x005F_x</t></is></c>',
  ];
  assert.deepEqual(await column([...cells, ...inline], undefined, { shared }), [
    'VARCHAR',
    '🗽 🗽 <&>"\' 🗽',
    '  two ',
    'one two',
    '<raw> & end',
    '_x000D_ _x',
    null,
    null,
    '🗽',
    'xy',
    'made 😀',
    '_x005F_x',
  ]);
});

test('fault 42: sheets by name and by number, from the end too; a missing one names those there are', async () => {
  const file = newFile();
  await writeWorkbook(file, {
    sheets: { 'A &amp; B': rowsOf(text('a')), Two: rowsOf(text('b')), Three: rowsOf(text('c')) },
  });
  const first = async (sheet: unknown) => Object.keys((await table(file, { sheet_name: sheet })).columns)[0];
  assert.deepEqual([await first('A & B'), await first(1), await first(-1), await first('Three')], ['a', 'b', 'c', 'c']);
  for (const sheet of ['two', 3, 'A &amp; B']) {
    await assert.rejects(table(file, { sheet_name: sheet }), {
      code: 'ING_FILE_NOT_FOUND',
      hint: /"A & B", "Two", "Three"/,
    });
  }
});

test('many rows keep their order and their values', async () => {
  const count = 30_000;
  const rows = Array.from({ length: count }, (_, i) => `${number(i)}${text(`row ${i} 🗽`)}`);
  const file = newFile();
  await writeWorkbook(file, { sheets: { S: rowsOf(text('n') + text('t'), ...rows) } });
  const result = await table(file);
  assert.equal(result.rows.length, count);
  assert.ok(result.rows.every(([n, t], i) => n === String(i) && t === `row ${i} 🗽`));
});

test('prefixes, absolute targets, other cases of names and UTF-16 are read', async () => {
  const relations = 'http://purl.oclc.org/ooxml/officeDocument/relationships';
  const sheet = `<?xml version="1.0" encoding="UTF-16"?><x:worksheet xmlns:x="strict"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>é</x:t></x:is></x:c></x:row><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData></x:worksheet>`;
  const result = await book({
    sheets: {},
    parts: {
      '_rels/.rels': `<Relationships><Relationship Id="a" Type="${relations}/officeDocument" Target="/XL/Book.xml"/></Relationships>`,
      'xl/workbook.xml': undefined,
      'xl/_rels/workbook.xml.rels': undefined,
      'xl/book.xml': `<x:workbook xmlns:x="strict" xmlns:ns0="${relations}"><x:sheets><x:sheet name="S" ns0:id="s"/></x:sheets></x:workbook>`,
      'xl/_rels/book.xml.rels': `<Relationships><Relationship Id="s" Type="${relations}/worksheet" Target="../data/Sheet.xml"/></Relationships>`,
      'data/sheet.xml': Buffer.from(`\ufeff${sheet}`, 'utf16le'),
    },
  });
  assert.deepEqual(result, { columns: { é: 'BIGINT' }, rows: [['1']] });
});

test('a zip that holds a workbook and nothing else is read as that', async () => {
  const file = newFile('zip');
  await writeZip(file, { 'folder/Sites.xlsx': readFileSync(path.join(FIXTURES, 'openpyxl.xlsx')).toString('latin1') });
  await assert.rejects(table(file), { code: 'SRC_ARCHIVE_CORRUPT' }, 'text is no workbook');
  const sound = newFile('zip');
  await writeZip(sound, { 'folder/Sites.xlsx': readFileSync(path.join(FIXTURES, 'openpyxl.xlsx')) });
  assert.equal((await table(sound)).rows.length, 3);
});

test('fault 42: a workbook of Excel 97–2003, whatever it is called', async () => {
  const rows = [
    ['id', 'name', 'when', 'flag', 'mixed', null, 2020],
    [1, 'a🗽', { t: 'n', v: 43831.5, z: 'yyyy-mm-dd hh:mm' }, true, '007', null, 1.5],
    [2, 'NA', { t: 'n', v: 59, z: 'm/d/yy' }, null, 5, null, 2],
    [],
    [4, ' x ', null, false, '1e3', 'tail', { t: 'e', v: 42 }],
  ];
  const workbook = sheetjs.utils.book_new();
  sheetjs.utils.book_append_sheet(workbook, sheetjs.utils.aoa_to_sheet([['x']]), 'First');
  sheetjs.utils.book_append_sheet(workbook, sheetjs.utils.aoa_to_sheet(rows), 'Data');
  const file = newFile('xlsx');
  writeFileSync(file, sheetjs.write(workbook, { bookType: 'biff8', type: 'buffer' }) as Buffer);
  const result = await table(file, { sheet_name: 'Data' });
  assert.deepEqual(result.columns, {
    id: 'DOUBLE',
    name: 'VARCHAR',
    when: 'TIMESTAMP',
    flag: 'DOUBLE',
    mixed: 'DOUBLE',
    'Unnamed: 5': 'VARCHAR',
    2020: 'DOUBLE',
  });
  assert.deepEqual(result.rows, [
    [1, 'a🗽', '2020-01-01 12:00:00', 1, 7, null, 1.5],
    [2, null, '1900-02-28 00:00:00', null, 5, null, 2],
    [null, null, null, null, null, null, null],
    [4, ' x ', null, 0, 1000, 'tail', null],
  ]);
  await assert.rejects(table(file, { sheet_name: 'Third' }), { code: 'ING_FILE_NOT_FOUND', hint: /"First", "Data"/ });
});

test('an abort stops the reading', async () => {
  const file = newFile();
  await writeWorkbook(file, { sheets: { S: rowsOf(...Array.from({ length: 1000 }, (_, i) => number(i))) } });
  const controller = new AbortController();
  controller.abort();
  await assert.rejects(read(file, { type: 'xlsx', sheet_name: 0 }, contextWith(controller)), { name: 'AbortError' });
});
