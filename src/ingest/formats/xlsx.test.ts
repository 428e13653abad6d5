import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import * as sheetjs from '@e965/xlsx';
import { MAIN, type WorkbookText, writeWorkbook, writeZip } from '../../../test/fixtures/xlsx/workbook.ts';
import { DEFAULT_LIMITS } from '../../archive/limits.ts';
import { Engine } from '../../engine/engine.ts';
import { selectOf } from '../../relation/relation.ts';
import { silentReporter } from '../../report.ts';
import { INSTALLATION } from '../../settings/settings.ts';
import type { FormatContext } from './format.ts';
import { DEFAULT_READ_LIMITS } from './limits.ts';
import { read } from './xlsx.ts';

const workDir = mkdtempSync(path.join(tmpdir(), 'lifecycle-xlsx-'));
const engine = await Engine.open({ venvDir: workDir, temporaryDir: workDir });
after(() => {
  engine.close();
  rmSync(workDir, { recursive: true });
});

const FIXTURES = path.join(INSTALLATION, 'test', 'fixtures', 'xlsx');
let files = 0;
const newFile = (extension = 'xlsx') => path.join(workDir, `book-${++files}.${extension}`);

const contextWith = ({ signal }: AbortController): FormatContext => ({
  engine,
  workDir: mkdtempSync(path.join(workDir, 'run-')),
  reporter: silentReporter,
  signal,
  limits: DEFAULT_LIMITS,
  bounds: DEFAULT_READ_LIMITS,
  trustSample: false,
  assume: () => {},
});

async function table(file: string, options: Record<string, unknown> = {}) {
  const relation = await read(file, { type: 'xlsx', sheet_name: 0, ...options }, contextWith(new AbortController()));
  const rows = await engine.rows(selectOf(relation));
  return {
    columns: Object.fromEntries(relation.columns.map(({ name, type }) => [name, type])),
    rows: rows.map((row) => relation.columns.map((_, i) => row[`c${i}`])),
  };
}

async function book(workbook: WorkbookText, options?: Record<string, unknown>) {
  const file = newFile();
  await writeWorkbook(file, workbook);
  return table(file, options);
}

/** Rows of cells, written without references. */
const rowsOf = (...rows: string[]) => rows.map((cells) => `<row>${cells}</row>`).join('');
const text = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`;
const number = (value: number | string, style?: number) =>
  `<c${style === undefined ? '' : ` s="${style}"`}><v>${value}</v></c>`;
const truth = (value: 0 | 1) => `<c t="b"><v>${value}</v></c>`;
const error = '<c t="e"><v>#N/A</v></c>';
const nothing = '<c/>';

/** The values of a single column beside one that is never empty. */
async function column(cells: string[], dtype?: unknown, more: Partial<WorkbookText> = {}) {
  const rows = cells.map((cell, i) => `${cell}${text(`k${i}`)}`);
  const result = await book({ sheets: { S: rowsOf(text('v') + text('key'), ...rows) }, ...more }, { dtype });
  return [result.columns.v, ...result.rows.map((row) => row[0])];
}

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

test('a single cell at the far end of a sheet makes no table of billions of cells', async () => {
  const far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>';
  await assert.rejects(book({ sheets: { S: far } }), {
    code: 'ING_LIMIT',
    message: /down to row 1048576 and right to column XFD .* 1000000000 cells/,
    hint: /LIFECYCLE_READ_LIMITS=sheetCells=/,
  });
});
