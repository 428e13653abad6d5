import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownCells } from '../../../../../test/fixtures/xls/reading.ts';
import {
  cell,
  compoundFile,
  continued,
  latin1,
  record,
  result,
  text,
  u8,
  u16,
  u32,
  wide,
  workbookStream,
} from '../../../../../test/fixtures/xls/records.ts';

const bad = { code: 'ING_BAD_FILE', message: /cut off or damaged/ };
const LATIN1 = 0;
const WIDE = 1;
const READING = 4;
const RUNS = 8;

/** What cells show that refer to shared texts by number, all in one row. */
function shared(count: number, parts: Buffer[], more: Buffer[] = [], unique = count): unknown[] {
  const cells = Array.from({ length: count }, (_, i) => cell.shared(0, i, i));
  const table = Buffer.concat([record(0xfc, u32(count), u32(unique), ...parts), ...more]);
  return ownCells(compoundFile(workbookStream([{ name: 'S', records: cells }], [table])))[0]!;
}

test('shared texts: one byte or two a character, runs and readings left out, over records that continue', () => {
  const first = [
    Buffer.concat([u16(5), u8(LATIN1), latin1('caf\xe9!')]),
    Buffer.concat([u16(0), u8(LATIN1)]),
    Buffer.concat([u16(4), u8(RUNS), u16(2), latin1('rich'), u16(0, 1), u16(2)]),
  ];
  const parts = [
    continued(u16(3), u16(2), u8(WIDE | READING), u32(6), wide('漢字'), latin1('RE')),
    continued(latin1('ADIN'), u16(6), u8(LATIN1), latin1('ab')),
    continued(u8(WIDE), wide('ç€')),
    continued(u8(LATIN1), latin1('de')),
    continued(u16(2), u8(WIDE), wide('🗽'), u16(3), u8(LATIN1)),
    continued(u8(LATIN1), latin1('end')),
  ];
  assert.deepEqual(shared(7, first, parts), ['café!', '', 'rich', '漢字', 'abç€de', '🗽', 'end']);
});

test('shared texts: a count that is too high ends with the texts, one too low leaves a cell without its text', () => {
  const one = Buffer.concat([u16(1), u8(LATIN1), latin1('x')]);
  assert.deepEqual(shared(2, [one, one], [], 4_000_000_000), ['x', 'x']);
  assert.throws(() => shared(2, [one, one], [], 1), bad);
});

test('refused: shared texts that lie about their length, or are cut within a character or a number', () => {
  const refused = [
    [Buffer.concat([u16(9), u8(LATIN1), latin1('short')])],
    [Buffer.concat([u16(1), u8(WIDE), latin1('x')]), continued(u8(WIDE), latin1('x'))],
    [Buffer.concat([u16(1), u8(READING), u32(0xffffffff), latin1('x')])],
    [Buffer.concat([u16(1), u8(RUNS), u16(0xffff), latin1('x')])],
    [latin1('\x01'), continued(latin1('\0\0x'))],
    [Buffer.concat([u16(3), u8(LATIN1), latin1('a')]), continued(), continued()],
  ] as const;
  for (const [first, ...more] of refused) assert.throws(() => shared(1, [first], more), bad);
});

test('the text of a formula goes on in other records, each with its own width', () => {
  const records = [
    cell.formula(0, 0, result(0)),
    record(0x4bc, u16(0, 0), u16(0)),
    record(0x207, u16(7), u8(LATIN1), latin1('one')),
    continued(u8(WIDE), wide('€')),
    continued(u8(LATIN1), latin1('two')),
    cell.formula(0, 1, result(0)),
    record(0x207, u16(0)),
    cell.text(0, 2, 'last'),
  ];
  const file = (list: Buffer[]) => compoundFile(workbookStream([{ name: 'S', records: list }]));
  assert.deepEqual(ownCells(file(records)), [['one€two', '', 'last']]);
  assert.throws(() => ownCells(file([cell.formula(0, 0, result(0)), cell.text(0, 1, 'x')])), bad);
  assert.throws(() => ownCells(file([record(0x207, text('of nothing'))])), bad);
});

test('refused: a text in a cell that does not lie in its record', () => {
  const at = u16(0, 0, 0);
  const refused = [
    [record(0x204, at, u16(3), u8(LATIN1), latin1('ab'))],
    [record(0x204, at, u16(1), u8(WIDE), latin1('a'))],
    [record(0x204, at, u16(1), u8(RUNS), u16(1))],
    [record(0x204, at, u16(1))],
    [record(0x204, at, u16(1), u8(LATIN1), latin1('a')), continued(u8(LATIN1), latin1('b'))],
  ];
  for (const records of refused) {
    assert.throws(() => ownCells(compoundFile(workbookStream([{ name: 'S', records }]))), bad);
  }
});
