import { readFile, stat } from 'node:fs/promises';
import type { CellObject } from '@e965/xlsx';
import { LifecycleError } from '../../../errors.ts';
import { Float } from '../values.ts';
import type { Cell } from './cell.ts';
import { chooseSheet } from './package.ts';
import { momentOf } from './serial.ts';

/** The format ends at 65,536 rows, so a larger file is none. Bytes; the file is read whole. */
const LARGEST = 256 * 1024 * 1024;

const ROWS_AT_ONCE = 1000;

/**
 * Reads a sheet of a workbook of Excel 97–2003 and before, by SheetJS.
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
  const [{ default: xlsx }, content] = await Promise.all([import('@e965/xlsx'), readFile(file)]);
  if (isEncrypted(xlsx, content)) throw encrypted();
  const workbook = (() => {
    try {
      return xlsx.read(content, { dense: true, cellDates: false, cellNF: true, cellHTML: false, cellText: false });
    } catch (cause) {
      if (cause instanceof Error && /password/i.test(cause.message)) throw encrypted();
      throw unreadable('it is cut off or of another format', cause);
    }
  })();
  const { name } = chooseSheet(
    workbook.SheetNames.map((sheet) => ({ name: sheet })),
    wanted,
  );
  const rows = (workbook.Sheets[name]?.['!data'] ?? []) as (CellObject | undefined)[][];
  const from1904 = workbook.Workbook?.WBProps?.date1904 === true;
  const known = new Map<string, boolean>();
  const isDate = ({ z: format }: CellObject) => {
    if (typeof format !== 'string') return false;
    const isDate = known.get(format) ?? xlsx.SSF.is_date(format);
    known.set(format, isDate);
    return isDate;
  };
  for (let row = 0; row < rows.length; row++) {
    const cells = rows[row];
    if (!cells) continue;
    const values: Cell[] = [];
    for (let i = 0; i < cells.length; i++) values.push(legacyValue(cells[i], isDate, from1904));
    take(row, values);
    // Nobody else asks for it again.
    rows[row] = [];
    if (row % ROWS_AT_ONCE === 0) await pause();
  }
}

const ENCRYPTED_PART = 'EncryptedPackage';

function isEncrypted(xlsx: typeof import('@e965/xlsx'), content: Buffer): boolean {
  // Most files do not hold the name at all, and need not be taken apart for it.
  if (!content.includes(ENCRYPTED_PART, 0, 'utf16le')) return false;
  try {
    return xlsx.CFB.find(xlsx.CFB.read(content, { type: 'buffer' }), `/${ENCRYPTED_PART}`) !== null;
  } catch {
    // Workbooks before Excel 5 are no compound files.
    return false;
  }
}

function legacyValue(cell: CellObject | undefined, isDate: (cell: CellObject) => boolean, from1904: boolean): Cell {
  if (!cell || cell.v === undefined) return undefined;
  switch (cell.t) {
    case 'n': {
      const number = cell.v as number;
      if (isDate(cell)) return momentOf(number, from1904) ?? null;
      if (!Number.isInteger(number) || Math.abs(number) >= 2 ** 64) return new Float(number);
      return Number.isSafeInteger(number) ? number : BigInt(number);
    }
    case 'b':
      return cell.v as boolean;
    case 's':
      return cell.v === '' ? undefined : (cell.v as string);
    case 'e':
      return null;
    default:
      return undefined;
  }
}

function encrypted(): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', 'the workbook is encrypted', {
    hint: 'ask its owner for a copy without a password',
  });
}

function unreadable(what: string, cause?: unknown): LifecycleError {
  return new LifecycleError('ING_BAD_FILE', `the file cannot be read as a workbook: ${what}`, {
    cause,
    hint: 'open it in a spreadsheet program and save it as .xlsx',
  });
}
