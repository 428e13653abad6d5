import { isUtf8 } from 'node:buffer';
import { readPieces } from '../../store/files.ts';
import { type RecordOptions, recordReader } from './json-reader.ts';
import type { Slots } from './json-slots.ts';
import type { JsonTable } from './json-table.ts';

const LINE_FEED = 10;

/**
 * Reads a list of objects from its bytes into a table.
 *
 * @returns whether the document is such a list; otherwise what the table got is of no use
 */
export async function readRecords(bytes: Buffer, options: RecordOptions, table: JsonTable): Promise<boolean> {
  if (!isUtf8(bytes)) return false;
  const reader = recordReader(options, table);
  reader.beginList(bytes);
  return readAll(reader, table);
}

async function readAll(reader: RecordReader, table: JsonTable): Promise<boolean> {
  for (;;) {
    try {
      if (!reader.readSome()) return true;
    } catch {
      // What is wrong, the exact way tells.
      return false;
    }
    await table.flush();
  }
}

/** The same of a file of records, one a line. */
export async function readRecordLines(
  file: string,
  options: RecordOptions,
  table: JsonTable,
  visit: (nested: Slots, isLikeLast: boolean) => void,
): Promise<boolean> {
  const reader = recordReader(options, table, visit);
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of readPieces(file)) {
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    if (end === 0) {
      rest = Buffer.concat([rest, piece]);
      continue;
    }
    const whole = Buffer.concat([rest, piece.subarray(0, end)]);
    rest = Buffer.from(piece.subarray(end));
    reader.beginLines(whole);
    if (!isUtf8(whole) || !(await readAll(reader, table))) return false;
  }
  reader.beginLines(rest);
  return isUtf8(rest) && readAll(reader, table);
}

type RecordReader = ReturnType<typeof recordReader>;
