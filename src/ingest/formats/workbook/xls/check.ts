import { type Book, type SheetPlace, sheetRecords } from './book.ts';
import { damaged } from './faults.ts';
import { formulaResult } from './formula.ts';
import { CELL_BYTES, RECORD, type Records } from './records.ts';
import { checkText, TextReader } from './texts.ts';

const MOST_COLUMNS = 256;

/** Kinds of cells of other versions, which have no place here. */
const OTHER_CELLS = new Set([0x02, 0x03, 0x04, 0x05, 0x07, 0x0206, 0x0406]);
/** What may stand between a formula and its text. */
const OF_FORMULA = new Set<number>([RECORD.array, RECORD.sharedFormula, RECORD.dataTable]);

/**
 * Looks through a sheet, so that reading its rows can trust it: cells are whole and refer to texts that are there. Gives
 * whether rows come in their order.
 *
 * @throws LifecycleError ING_BAD_FILE
 */
export function checkSheet(book: Book, sheet: SheetPlace): { inOrder: boolean } {
  const records = sheetRecords(book, sheet);
  const { bytes } = book;
  let lastRow = 0;
  let inOrder = true;
  let awaitsText = false;
  while (records.nextOfPart()) {
    const { type, start } = records;
    if (type === RECORD.formulaText) {
      if (!awaitsText) throw damaged('a text has no formula');
      new TextReader(records, start).ofFormula();
      awaitsText = false;
      continue;
    }
    if (awaitsText && !OF_FORMULA.has(type)) throw damaged('a formula has no text');
    const least = CELL_BYTES.get(type);
    if (least === undefined) {
      if (OTHER_CELLS.has(type)) throw damaged('a cell is of another version');
      continue;
    }
    records.expect(least);
    const row = bytes.readUInt16LE(start);
    if (row < lastRow) inOrder = false;
    lastRow = row;
    const lastColumn = type === RECORD.manyRk ? records.end - 2 : start + 2;
    if (bytes.readUInt16LE(lastColumn) >= MOST_COLUMNS) throw damaged(`a row has more than ${MOST_COLUMNS} columns`);
    if (type === RECORD.formula) awaitsText = formulaResult(records) === 'text';
    else checkCell(records, book);
  }
  if (awaitsText) throw damaged('a formula has no text');
  return { inOrder };
}

function checkCell(records: Records, { texts }: Book): void {
  const { bytes, type, start, end, length } = records;
  if (type === RECORD.sharedText && bytes.readUInt32LE(start + 6) >= texts.length) {
    throw damaged('a cell refers to a text that is not there');
  }
  if (type === RECORD.text || type === RECORD.richText) {
    checkText(records, start + 6);
    if (records.goesOn) throw damaged('a cell lies in two records');
  }
  if (type === RECORD.manyRk) {
    const cells = bytes.readUInt16LE(end - 2) - bytes.readUInt16LE(start + 2) + 1;
    if (cells < 1 || length !== 6 + 6 * cells) throw damaged('there are other cells than it says');
  }
}
