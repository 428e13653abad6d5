import type { Cell } from '../cell.ts';
import { legacyNumber } from '../legacy-number.ts';
import { type Book, type SheetPlace, sheetRecords } from './book.ts';
import { checkSheet } from './check.ts';
import { formulaResult } from './formula.ts';
import { CELL_BYTES, RECORD, type Records } from './records.ts';
import { TextReader, textAt } from './texts.ts';

export interface SheetRow {
  /** From 0. */
  row: number;
  cells: Cell[];
}

/**
 * The rows of a sheet, rising; rows without cells are left out.
 * @throws LifecycleError ING_BAD_FILE before the first one
 */
export function sheetRows(book: Book, sheet: SheetPlace): Iterable<SheetRow> {
  const { inOrder } = checkSheet(book, sheet);
  const rows = rowsAsWritten(book, sheet);
  return inOrder ? rows : sorted(rows);
}

/** Of a program that writes rows as they come. */
function sorted(rows: Iterable<SheetRow>): SheetRow[] {
  const byNumber = new Map<number, SheetRow>();
  for (const one of rows) {
    const known = byNumber.get(one.row);
    if (known) Object.assign(known.cells, one.cells);
    else byNumber.set(one.row, one);
  }
  return [...byNumber.values()].sort((a, b) => a.row - b.row);
}

function* rowsAsWritten(book: Book, sheet: SheetPlace): Generator<SheetRow> {
  const records = sheetRecords(book, sheet);
  let current: SheetRow = { row: 0, cells: [] };
  /** Of the last formula, whose text may follow. */
  let formulaColumn = 0;
  while (records.nextOfPart()) {
    const { type, start, bytes } = records;
    if (type === RECORD.formulaText) {
      current.cells[formulaColumn] = new TextReader(records, start).ofFormula();
      continue;
    }
    if (!CELL_BYTES.has(type)) continue;
    const row = bytes.readUInt16LE(start);
    const column = bytes.readUInt16LE(start + 2);
    if (row !== current.row) {
      if (current.cells.length > 0) yield current;
      current = { row, cells: [] };
    }
    if (type === RECORD.manyRk) putMany(current.cells, column, records, book);
    else current.cells[column] = cellOf(records, book);
    formulaColumn = column;
  }
  if (current.cells.length > 0) yield current;
}

function cellOf(records: Records, book: Book): Cell {
  const { type, start, bytes } = records;
  switch (type) {
    case RECORD.sharedText:
      return book.texts[bytes.readUInt32LE(start + 6)];
    case RECORD.text:
    case RECORD.richText:
      return textAt(records, start + 6);
    case RECORD.truthOrError:
      return bytes[start + 7] === 0 ? bytes[start + 6] !== 0 : null;
    case RECORD.rk:
      return numberOf(rk(bytes, start + 6), bytes.readUInt16LE(start + 4), book);
    case RECORD.formula: {
      const result = formulaResult(records);
      if (result === 'text') return undefined;
      if (result !== 'number') return result.value;
    }
  }
  return numberOf(bytes.readDoubleLE(start + 6), bytes.readUInt16LE(start + 4), book);
}

/** Cells side by side, each with its format and its number; the last column stands behind them. */
function putMany(cells: Cell[], first: number, { bytes, start, end }: Records, book: Book): void {
  const last = end - 2;
  for (let at = start + 4, column = first; at < last; at += 6, column++) {
    cells[column] = numberOf(rk(bytes, at + 2), bytes.readUInt16LE(at), book);
  }
}

const numberOf = (number: number, format: number, { dates, from1904 }: Book) =>
  legacyNumber(number, dates[format] === true, from1904);

const high = Buffer.alloc(8);

/** A number in four bytes: a whole one, or the upper half of a fraction; either may stand for its hundredth part. */
function rk(bytes: Buffer, at: number): number {
  const written = bytes.readInt32LE(at);
  let number = written >> 2;
  if ((written & 2) === 0) {
    high.writeInt32LE(written & ~3, 4);
    number = high.readDoubleLE(0);
  }
  return written & 1 ? number / 100 : number;
}
