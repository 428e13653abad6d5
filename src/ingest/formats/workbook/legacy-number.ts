import { Float } from '../values.ts';
import type { Cell } from './cell.ts';
import { momentOf } from './serial.ts';

/** A number of a workbook of Excel 97–2003 and before, which knows no whole ones: those that are count as such. */
export function legacyNumber(number: number, isDate: boolean, from1904: boolean): Cell {
  if (isDate) return momentOf(number, from1904) ?? null;
  if (!Number.isInteger(number) || Math.abs(number) >= 2 ** 64) return new Float(number);
  return Number.isSafeInteger(number) ? number : BigInt(number);
}
