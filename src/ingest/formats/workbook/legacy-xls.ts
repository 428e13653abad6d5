import { readFile, stat } from 'node:fs/promises';
import type { Cell } from './cell.ts';
import { olderRows } from './older-xls.ts';
import { chooseSheet } from './package.ts';
import { readBook } from './xls/book.ts';
import { streamOf } from './xls/compound-file.ts';
import { OtherVersion, unreadable } from './xls/faults.ts';
import { type SheetRow, sheetRows } from './xls/rows.ts';

/** The format ends at 65,536 rows, so a larger file is none. Bytes; the file is read whole. */
const LARGEST = 256 * 1024 * 1024;

const ROWS_AT_ONCE = 1000;
const STREAM = 'WORKBOOK';

/**
 * Reads a sheet of a workbook of Excel 97–2003 and before.
 *
 * @param pause is awaited after some rows, so that they need not wait for all others
 * @throws LifecycleError ING_BAD_FILE, ING_FILE_NOT_FOUND
 */
export async function readLegacyRows(
  file: string,
  wanted: unknown,
  { take, pause }: { take: (row: number, cells: Cell[]) => void; pause: () => Promise<void> },
): Promise<void> {
  if ((await stat(file)).size > LARGEST) throw unreadable(`it is larger than ${LARGEST} bytes`);
  const content = await readFile(file);
  const rows = rowsOf97(content, wanted) ?? (await olderRows(content, wanted));
  let count = 0;
  for (const { row, cells } of rows) {
    take(row, cells);
    if (++count % ROWS_AT_ONCE === 0) await pause();
  }
}

/** Undefined for a workbook before Excel 97. */
function rowsOf97(content: Buffer, wanted: unknown): Iterable<SheetRow> | undefined {
  try {
    const book = readBook(streamOf(content, STREAM));
    return sheetRows(book, chooseSheet(book.sheets, wanted));
  } catch (error) {
    if (error instanceof OtherVersion) return undefined;
    throw error;
  }
}
