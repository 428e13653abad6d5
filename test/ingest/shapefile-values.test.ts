import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Field } from '../fixtures/shapefile.ts';
import { type Options, shapefile } from './shapefile.ts';

test('dates before and after 1970, blank ones, and those of other programs', async (t) => {
  const records = [['20200102'], ['        '], ['00000000'], ['19610512'], ['18500101'], ['19691231'], ['00010101']];
  const { read } = await shapefile(t, [['D', 'D', 8]], records);
  const days = ['2020-01-02', null, null, '1961-05-12', '1850-01-01', '1969-12-31', '0001-01-01'];
  assert.deepEqual(await read(), {
    names: ['D'],
    types: ['TIMESTAMP'],
    rows: days.map((day) => [day && `${day} 00:00:00`]),
  });
  const slashed = await shapefile(t, [['D', 'D', 10]], [['12/31/1969']]);
  assert.deepEqual((await slashed.read()).rows, [['1969-12-31 00:00:00']]);
});

test('impossible dates are refused, but not in a record that is marked as deleted', async (t) => {
  for (const date of ['20201301', '20230229', 'abcdefgh', '00000101']) {
    const { read } = await shapefile(t, [['D', 'D', 8]], [['20200102'], [date]]);
    await assert.rejects(read(), { code: 'ING_BAD_FILE', message: new RegExp(`record 2 .*"${date}"`) });
  }
  const { read, geometries } = await shapefile(t, [['D', 'D', 8]], [['20200102'], ['99999999'], ['20200103']], {
    deleted: [1],
  });
  assert.deepEqual((await read()).rows, [['2020-01-02 00:00:00'], ['2020-01-03 00:00:00']]);
  assert.deepEqual(await geometries(), ['POINT (0 0)', 'POINT (2 2)']);
});

test('numbers by width and decimals, with what is no number in them', async (t) => {
  const fields: Field[] = [
    ['A', 'N', 5],
    ['B', 'N', 18],
    ['C', 'N', 20],
    ['D', 'F', 8, 2],
  ];
  const { read } = await shapefile(t, fields, [
    ['12', '999999999999999999', '12345678901234567890', '1.25'],
    ['12x', '-1', '1', '-.5'],
    ['\t12', '-1', '1', '.5'],
    ['abc', '+7', '1', '1,5'],
  ]);
  assert.deepEqual(await read(), {
    names: ['A', 'B', 'C', 'D'],
    types: ['INTEGER', 'BIGINT', 'DOUBLE', 'DOUBLE'],
    rows: [
      [12, '999999999999999999', 12345678901234567000, 1.25],
      [12, '-1', 1, -0.5],
      [12, '-1', 1, 0.5],
      [0, '7', 1, 1],
    ],
  });
  const gaps = await shapefile(t, [['A', 'N', 5]], [['12'], ['*****'], ['']]);
  assert.deepEqual(await gaps.read(), { names: ['A'], types: ['DOUBLE'], rows: [[12], [null], [null]] });
});

test('truth values are truth values, and doubles where one is missing', async (t) => {
  const fields: Field[] = [
    ['A', 'L', 1],
    ['B', 'L', 1],
    ['C', 'C', 1],
  ];
  const { read } = await shapefile(t, fields, [
    ['T', 'y', 'T'],
    [' ', '?', 'F'],
  ]);
  const { types, rows } = await read();
  assert.deepEqual(types, ['BOOLEAN', 'DOUBLE', 'VARCHAR']);
  assert.deepEqual(rows, [
    [true, 1, 'T'],
    [false, null, 'F'],
  ]);
});

test('types of FoxPro are values, and of memos it is said that their text is elsewhere', async (t) => {
  const bytes = (write: (buffer: Buffer) => void, length = 8) => {
    const buffer = Buffer.alloc(length);
    write(buffer);
    return buffer;
  };
  const fields: Field[] = [
    ['I', 'I', 4],
    ['B', 'B', 8],
    ['Y', 'Y', 8],
    ['T', 'T', 8],
    ['M', 'M', 10],
  ];
  const moment = bytes((b) => {
    b.writeInt32LE(2_440_587, 0);
    b.writeInt32LE(3_600_500, 4);
  });
  const { read, logged } = await shapefile(t, fields, [
    [
      bytes((b) => b.writeInt32LE(-70_000), 4),
      bytes((b) => b.writeDoubleLE(1.5)),
      bytes((b) => b.writeBigInt64LE(-15_000n)),
      moment,
      '        42',
    ],
  ]);
  assert.deepEqual((await read()).rows, [[-70_000, 1.5, -1.5, '1969-12-31 01:00:00.5', '42']]);
  assert.match(logged.join(), /text of M lies in a memo file/);
});

test('names that differ in case, that the database uses, or that the geometry takes', async (t) => {
  const fields: Field[] = ['geometry', 'NAME', 'Name', 'OGC_FID', 'GEOM'].map((name): Field => [name, 'C', 2]);
  const { read } = await shapefile(t, fields, [['g', 'a', 'b', 'c', 'd']]);
  const { names, rows } = await read();
  assert.deepEqual(names, ['NAME', 'Name', 'OGC_FID', 'GEOM']);
  assert.deepEqual(rows, [['a', 'b', 'c', 'd']]);
});

test('text ends at a NUL and is without outer blanks; nothing is null', async (t) => {
  const { read } = await shapefile(t, [['S', 'C', 12]], [['  lead'], ['nul\0after'], [''], ['\0\0'], ['tab\t']]);
  assert.deepEqual((await read()).rows, [['lead'], ['nul'], [null], [null], ['tab\t']]);
});

test('fault 40: text in the encoding that the template names', async (t) => {
  const texts: [encoding: string, bytes: number[], text: string][] = [
    ['latin1', [0x63, 0xe9], 'cé'],
    ['ISO-8859-1', [0x63, 0xe9], 'cé'],
    ['iso8859-15', [0xa4], '€'],
    ['cp437', [0x82, 0x20, 0xa4, 0xe1], 'é ñß'],
    ['cp850', [0xe9], 'Ú'],
    ['cp852', [0x8d], 'Ź'],
    ['cp866', [0x8f], 'П'],
    ['cp1250', [0x8d], 'Ť'],
    ['cp1251', [0xcf], 'П'],
    ['Windows-1252', [0x80, 0x93], '€“'],
    ['cp1254', [0xfd], 'ı'],
    ['cp932', [0x83, 0x65, 0x83, 0x58], 'テス'],
    ['cp936', [0xb0, 0xa1], '啊'],
    ['cp949', [0xb0, 0xa1], '가'],
    ['cp950', [0xb0, 0xa1], '陛'],
  ];
  for (const [encoding, bytes, text] of texts) {
    const { read } = await shapefile(t, [['S', 'C', 8]], [[Buffer.from(bytes)], ['plain']]);
    assert.deepEqual((await read({ encoding })).rows, [[text], ['plain']], encoding);
  }
  const named = await shapefile(t, [[Buffer.from([0x63, 0xe9]), 'C', 1]], [['x']]);
  assert.deepEqual((await named.read({ encoding: 'cp1252' })).names, ['cé']);
});

test('fault 40: bytes that are no text are refused, with the encoding that the file itself names', async (t) => {
  const refused = async (text: Buffer, options: Options, format: object, error: object) => {
    const { read } = await shapefile(t, [['NM', 'C', 20]], [['é'], [text]], options);
    await assert.rejects(read(format), { code: 'ING_BAD_ENCODING', message: /column "NM", record 2/, ...error });
  };
  const latin = Buffer.from('caf\xe9', 'latin1');
  await refused(latin, { codePageFile: '1252' }, {}, { hint: /set encoding: cp1252 .*\.cpg file says 1252/ });
  await refused(latin, { codePageFile: '8859_15' }, {}, { hint: /set encoding: iso-8859-15 / });
  await refused(latin, { languageDriver: 1 }, {}, { hint: /set encoding: cp437/ });
  await refused(latin, {}, {}, { hint: /set `encoding`/ });
  await refused(Buffer.from('aaaaaaaaaaaaaaaaaaaé').subarray(0, 20), {}, {}, { message: /no utf-8/ });
  await refused(Buffer.from([0x81]), {}, { encoding: 'latin-1' }, { hint: /"latin-1" is no encoding/ });
  // Its bytes are all ASCII, and its letters are not.
  const japanese = await shapefile(t, [['NM', 'C', 20]], [[Buffer.from('\x1b$BF|K\\\x1b(B', 'latin1')]]);
  await assert.rejects(japanese.read({ encoding: 'iso-2022-jp' }), { code: 'ING_BAD_ENCODING' });
  const undefinedByte = await shapefile(t, [['NM', 'C', 20]], [['a'], [Buffer.from([0x81])]]);
  await assert.rejects(undefinedByte.read({ encoding: 'cp1252' }), { code: 'ING_BAD_ENCODING' });
});
