import type { CellObject } from '@e965/xlsx';
import type { Cell } from './cell.ts';
import { legacyNumber } from './legacy-number.ts';
import { chooseSheet } from './package.ts';
import { encrypted, unreadable } from './xls/faults.ts';
import type { SheetRow } from './xls/rows.ts';

/**
 * The rows of a sheet of a workbook before Excel 97, by SheetJS.
 *
 * @throws LifecycleError ING_BAD_FILE, ING_FILE_NOT_FOUND
 */
export async function olderRows(content: Buffer, wanted: unknown): Promise<Iterable<SheetRow>> {
  const { default: xlsx } = await import('@e965/xlsx');
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
  return rowsOf(rows, (cell) => olderValue(cell, isDate, from1904));
}

function* rowsOf(
  rows: (CellObject | undefined)[][],
  cellOf: (cell: CellObject | undefined) => Cell,
): Generator<SheetRow> {
  for (const [row, cells] of rows.entries()) {
    if (!cells) continue;
    yield { row, cells: Array.from(cells, cellOf) };
    // Nobody else asks for it again.
    rows[row] = [];
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

function olderValue(cell: CellObject | undefined, isDate: (cell: CellObject) => boolean, from1904: boolean): Cell {
  if (!cell || cell.v === undefined) return undefined;
  switch (cell.t) {
    case 'n':
      return legacyNumber(cell.v as number, isDate(cell), from1904);
    case 'b':
      return cell.v as boolean;
    case 's':
      return cell.v as string;
    case 'e':
      return null;
    default:
      return undefined;
  }
}
