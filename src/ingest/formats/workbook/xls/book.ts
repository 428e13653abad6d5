import { damaged, encrypted, OtherVersion } from './faults.ts';
import { isDateFormat } from './number-formats.ts';
import { RECORD, Records } from './records.ts';
import { TextReader, textAt } from './texts.ts';

/** What the sheets of a workbook of Excel 97–2003 share. */
export interface Book {
  bytes: Buffer;
  /** In the order of the tabs, hidden ones too, without charts and macros. */
  sheets: SheetPlace[];
  /** Texts that cells refer to by number. */
  texts: string[];
  /** Whether a number is a date, by the number of its cell's format. */
  dates: boolean[];
  /** Days are counted from 1904, as in workbooks made on old Macintoshes. */
  from1904: boolean;
}

export interface SheetPlace {
  name: string;
  /** Where its first record begins. */
  at: number;
}

/** The version of records that Excel has written since 97, BIFF8. */
const VERSION = 0x0600;
const GLOBALS = 0x0005;
const WORKSHEET = 0x0010;
/** In the list of sheets, unlike in their first record. */
const LISTED_WORKSHEET = 0;
/** As many as a sheet has cells. */
const MOST_TEXTS = 65_536 * 256;

/**
 * Reads what comes before the sheets.
 * @param bytes of the stream of the workbook
 * @throws OtherVersion, LifecycleError ING_BAD_FILE
 */
export function readBook(bytes: Buffer): Book {
  const records = partAt(bytes, 0, GLOBALS);
  const book: Book = { bytes, sheets: [], texts: [], dates: [], from1904: false };
  const formats = new Map<number, string>();
  const formatOfCells: number[] = [];
  while (records.nextOfPart()) {
    const { start, type } = records;
    switch (type) {
      case RECORD.filePass:
        throw encrypted();
      case RECORD.dateMode:
        records.expect(2);
        book.from1904 = bytes.readUInt16LE(start) === 1;
        break;
      case RECORD.sheet:
        records.expect(7);
        if (bytes[start + 5] !== LISTED_WORKSHEET) break;
        book.sheets.push({ name: textAt(records, start + 6, 1), at: bytes.readUInt32LE(start) });
        break;
      case RECORD.sharedTexts:
        book.texts = sharedTexts(records);
        break;
      case RECORD.numberFormat:
        records.expect(4);
        formats.set(bytes.readUInt16LE(start), textAt(records, start + 2));
        break;
      case RECORD.cellFormat:
        records.expect(4);
        formatOfCells.push(bytes.readUInt16LE(start + 2));
        break;
    }
  }
  const dates = new Map(Array.from(new Set(formatOfCells), (id) => [id, isDateFormat(id, formats.get(id))]));
  book.dates = formatOfCells.map((id) => dates.get(id)!);
  return book;
}

/** The records of a sheet, behind the first one. @throws LifecycleError ING_BAD_FILE */
export function sheetRecords({ bytes }: Book, { at }: SheetPlace): Records {
  return partAt(bytes, at, WORKSHEET);
}

function partAt(bytes: Buffer, at: number, kind: number): Records {
  const records = new Records(bytes, at);
  records.next();
  const { start, type } = records;
  if (type !== RECORD.beginOfPart || records.length < 4) throw damaged(`no sheet begins at byte ${at}`);
  const [version, found] = [bytes.readUInt16LE(start), bytes.readUInt16LE(start + 2)];
  if (version !== VERSION && kind === GLOBALS) throw new OtherVersion('other records');
  if (version !== VERSION || found !== kind) throw damaged(`what begins at byte ${at} is of another kind`);
  return records;
}

function sharedTexts(records: Records): string[] {
  records.expect(8);
  const count = records.bytes.readUInt32LE(records.start + 4);
  const reader = new TextReader(records, records.start + 8);
  const texts: string[] = [];
  // A count that is too high is none to go by: a cell whose text is not there is found where it is read.
  while (texts.length < count && !reader.atEnd) {
    if (texts.length === MOST_TEXTS) throw damaged(`it has more than ${MOST_TEXTS} texts`);
    texts.push(reader.shared());
  }
  return texts;
}
