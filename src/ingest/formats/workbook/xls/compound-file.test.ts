import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sheetjs from '@e965/xlsx';
import { damage, seeded } from '../../../../../test/fixtures/mutate.ts';
import { ownCells } from '../../../../../test/fixtures/xls/reading.ts';
import { cell, compoundFile, record, text, u16, workbookStream } from '../../../../../test/fixtures/xls/records.ts';
import { LifecycleError } from '../../../../errors.ts';
import { streamOf } from './compound-file.ts';
import { OtherVersion } from './faults.ts';

const SECTOR = 512;
const bytes = (length: number) => {
  const made = Buffer.alloc(length);
  for (let i = 0; i < length; i++) made[i] = i * 7 + (i >> 8);
  return made;
};
const bad = { code: 'ING_BAD_FILE', message: /cut off or damaged/ };

/** A file whose stream W lies in two stretches, the later one first: sectors 4, 5, 2, 3. */
function inStretches(): { file: Buffer; chain: (...numbers: number[]) => Buffer } {
  const file = Buffer.alloc(7 * SECTOR);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(file);
  u16(0x3e, 3, 0xfffe, 9, 6).copy(file, 24);
  const header = new Uint32Array(18 + 109).fill(0xffffffff);
  header.set([0, 1, 1, 0, 4096, 0xfffffffe, 0, 0xfffffffe, 0, 0]);
  file.set(new Uint8Array(header.buffer).subarray(0, SECTOR - 40), 40);
  const entry = (at: number, name: string, type: number, child: number, start: number, length: number) => {
    file.write(name, at, 'utf16le');
    u16(2 * name.length + 2, type).copy(file, at + 64);
    file.set(new Uint8Array(Uint32Array.of(0xffffffff, 0xffffffff, child).buffer), at + 68);
    file.set(new Uint8Array(Uint32Array.of(start, length).buffer), at + 116);
  };
  entry(2 * SECTOR, 'Root Entry', 5, 1, 0xfffffffe, 0);
  entry(2 * SECTOR + 128, 'w', 2, 0xffffffff, 4, 2000);
  bytes(4 * SECTOR).copy(file, 5 * SECTOR, 0, 2 * SECTOR);
  bytes(4 * SECTOR).copy(file, 3 * SECTOR, 2 * SECTOR);
  file.writeUInt32LE(0, 56);
  const chain = (...numbers: number[]) => {
    const copy = Buffer.from(file);
    const table = new Uint32Array(SECTOR / 4).fill(0xffffffff);
    table.set([0xfffffffd, 0xfffffffe, ...numbers]);
    copy.set(new Uint8Array(table.buffer), SECTOR);
    return copy;
  };
  return { file, chain };
}

test('a stream in stretches is put together, one in small sectors too, whatever the case of its name', () => {
  assert.deepEqual(streamOf(inStretches().chain(3, 0xfffffffe, 5, 2), 'W'), bytes(2000));
  for (const length of [1, 64, 65, 1000, 4095, 4096, 5000, 100_000, 7_300_000]) {
    assert.ok(streamOf(compoundFile(bytes(length)), 'WORKBOOK').equals(bytes(length)), `${length} bytes`);
  }
});

test('a stream of that name within another folder is not the one of the workbook', () => {
  const file = sheetjs.CFB.utils.cfb_new();
  sheetjs.CFB.utils.cfb_add(file, '/Embedded/Workbook', bytes(5000));
  const content = sheetjs.CFB.write(file, { type: 'buffer' }) as Buffer;
  assert.throws(() => streamOf(content, 'WORKBOOK'), OtherVersion);
});

test('refused: chains that come back to where they were, lead out of the file, or end too early', () => {
  const { chain } = inStretches();
  assert.throws(() => streamOf(chain(3, 4, 5, 4), 'W'), bad, 'a cycle');
  assert.throws(() => streamOf(chain(3, 0xfffffffe, 4, 2), 'W'), bad, 'a sector that follows itself');
  assert.throws(() => streamOf(chain(3, 0xfffffffe, 5, 77), 'W'), bad, 'beyond the file');
  assert.throws(() => streamOf(chain(3, 0xfffffffe, 5, 5_000_000), 'W'), bad, 'beyond the table');
  assert.throws(() => streamOf(chain(3, 0xfffffffe, 0xfffffffe, 2), 'W'), bad, 'too short');
  assert.throws(() => streamOf(chain(3, 0xfffffffe, 5, 2).subarray(0, 3 * SECTOR), 'W'), bad, 'cut off');
  const cycle = chain(3, 0xfffffffe, 5, 2);
  cycle.writeUInt32LE(1, SECTOR + 4);
  assert.throws(() => streamOf(cycle, 'W'), bad, 'a directory that follows itself');
});

test('refused: sizes and counts that lie', () => {
  const lying = (offset: number, value: number) => {
    const copy = inStretches().chain(3, 0xfffffffe, 5, 2);
    copy.writeUInt32LE(value, offset);
    return copy;
  };
  assert.throws(() => streamOf(lying(2 * SECTOR + 128 + 120, 0xfffffff0), 'W'), bad, 'bytes of the stream');
  assert.throws(() => streamOf(lying(76, 0x00ffffff), 'W'), bad, 'the table lies beyond the file');
  assert.throws(() => streamOf(lying(44, 0), 'W'), bad, 'no table');
  const many = lying(44, 0xffffffff);
  many.writeUInt32LE(0, 68);
  assert.throws(() => streamOf(many, 'W'), bad, 'a list of tables without end');
  for (const shift of [0, 8, 31, 0xffff]) {
    assert.throws(() => streamOf(lying(30, shift), 'W'), bad, `sectors of 2^${shift} bytes`);
  }
  const looped = lying(2 * SECTOR + 128 + 68, 1);
  assert.deepEqual(streamOf(looped, 'W'), bytes(2000), 'an entry beside itself');
});

test('damaged workbooks end in cells or in a refusal, and soon', () => {
  const random = seeded(20261128);
  const globals = [
    record(0xfc, u16(3, 0, 3, 0), text('one'), text('zwei'), text('trois 🗽')),
    record(0x41e, u16(164), text('yyyy')),
    ...[0, 164].map((format) => record(0xe0, u16(0, format), Buffer.alloc(16))),
  ];
  const rows = Array.from({ length: 40 }, (_, row) => [
    cell.shared(row, 0, row % 3),
    cell.number(row, 1, row / 7, row % 2),
    cell.text(row, 2, `row ${row}`),
    cell.manyRk(row, 3, 2, 6, 10),
  ]);
  const stream = workbookStream([{ name: 'S', records: rows.flat() }], globals);
  const seen = { read: 0, refused: 0 };
  for (let i = 0; i < 3000; i++) {
    // The container, or what is in it.
    const file = i % 2 ? damage(compoundFile(stream), random) : compoundFile(damage(stream, random));
    const started = performance.now();
    try {
      ownCells(file);
      seen.read++;
    } catch (error) {
      if (!(error instanceof OtherVersion || error instanceof LifecycleError)) {
        throw new Error(`mutant ${i}`, { cause: error });
      }
      seen.refused++;
    }
    assert.ok(performance.now() - started < 5_000, `mutant ${i}`);
  }
  assert.ok(seen.read > 0 && seen.refused > 0);
});
