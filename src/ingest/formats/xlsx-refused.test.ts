import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as sheetjs from '@e965/xlsx';
import { book, FIXTURES, newFile, rowsOf, table } from '../../../test/fixtures/xlsx/reading.ts';
import { MAIN, type WorkbookText, writeZip } from '../../../test/fixtures/xlsx/workbook.ts';

const ENTITIES = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>';
const part = (inner: string, before = '') => ({
  sheets: { S: '' },
  parts: { 'xl/worksheets/sheet0.xml': `${before}<worksheet ${MAIN}><sheetData>${inner}</sheetData></worksheet>` },
});
const REFUSED: [string, WorkbookText, RegExp][] = [
  ['a document type', part(rowsOf('<c t="str"><v>&b;</v></c>'), ENTITIES), /document type/],
  ['an unknown entity', part(rowsOf('<c t="str"><v>&f;</v></c>')), /no sound XML/],
  [
    'XML that breaks off',
    { sheets: { S: '' }, parts: { 'xl/worksheets/sheet0.xml': '<worksheet><sheetData><row>' } },
    /no sound XML/,
  ],
  [
    'bytes that are no UTF-8',
    { sheets: { S: '' }, parts: { 'xl/worksheets/sheet0.xml': Buffer.from('<a>\xff</a>', 'latin1') } },
    /no sound XML/,
  ],
  ['elements within elements', part('<g>'.repeat(5000)), /deep/],
  ['a text without an end', part(`<row><c t="str"><v>${'x'.repeat(40 * 1024 * 1024)}`), /longer than/],
  [
    'a number that is none',
    part('<row r="7"><c r="AB7"><v>twelve</v></c></row>'),
    /"S".*cell AB7: "twelve" is no number/,
  ],
  ['a shared text that is not there', part(rowsOf('<c t="s"><v>4</v></c>')), /cell A1: there is no shared text 4/],
  ['a cell beyond the last column', part('<row r="1"><c r="XFE1"><v>1</v></c></row>'), /16384 columns/],
  ['a row beyond the last', part('<row r="1048577"><c r="A1048577"><v>1</v></c></row>'), /1048576 rows/],
  ['a row number that is none', part('<row r="-1"/>'), /"-1"/],
  ['a cell name that is none', part('<row r="1"><c r="1A"><v>1</v></c></row>'), /"1A"/],
];

for (const [what, workbook, message] of REFUSED) {
  test(`fault 42: refused: ${what}`, async () => {
    await assert.rejects(book(workbook), { code: 'ING_BAD_FILE', message });
  });
}

test('refused: what is no workbook, by its content and not by its name', async () => {
  const holding = async (content: string | Buffer, extension = 'xlsx') => {
    const file = newFile(extension);
    writeFileSync(file, content);
    return table(file);
  };
  await assert.rejects(holding(''), { code: 'ING_EMPTY_FILE' });
  await assert.rejects(holding('<html><table></table></html>', 'xls'), { code: 'ING_BAD_FILE', message: /HTML/ });
  await assert.rejects(holding('id,name\n1,x\n', 'xls'), { code: 'ING_BAD_FILE', hint: /csv/ });
  const whole = readFileSync(path.join(FIXTURES, 'openpyxl.xlsx'));
  await assert.rejects(holding(whole.subarray(0, whole.length / 2)), { code: 'SRC_ARCHIVE_CORRUPT' });

  const zipped = async (parts: Record<string, string>) => {
    const file = newFile();
    await writeZip(file, parts);
    return table(file);
  };
  await assert.rejects(zipped({ 'content.xml': '<a/>', mimetype: 'x' }), {
    code: 'ING_BAD_FILE',
    message: /OpenDocument/,
  });
  await assert.rejects(zipped({ 'xl/workbook.bin': 'x' }), { code: 'ING_BAD_FILE', message: /xlsb/ });
  await assert.rejects(zipped({ 'readme.txt': 'x' }), { code: 'ING_BAD_FILE', message: /zip archive/ });
});

test('refused: an encrypted workbook', async () => {
  const container = sheetjs.CFB.utils.cfb_new();
  sheetjs.CFB.utils.cfb_add(container, '/EncryptedPackage', Buffer.from('secret'));
  sheetjs.CFB.utils.cfb_add(container, '/EncryptionInfo', Buffer.from('aes'));
  const file = newFile();
  writeFileSync(file, sheetjs.CFB.write(container, { type: 'buffer' }) as Buffer);
  await assert.rejects(table(file), { code: 'ING_BAD_FILE', message: /encrypted/, hint: /password/ });
});

test('a single cell at the far end of a sheet makes no table of billions of cells', async () => {
  const far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>';
  await assert.rejects(book({ sheets: { S: far } }), {
    code: 'ING_LIMIT',
    message: /down to row 1048576 and right to column XFD .* 1000000000 cells/,
    hint: /LIFECYCLE_READ_LIMITS=sheetCells=/,
  });
});
