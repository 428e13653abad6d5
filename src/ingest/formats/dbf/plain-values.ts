import { EXACT_DIGITS, POWERS_OF_TEN } from '../exact-digits.ts';

/** Values in the way in which nearly all are written, read from their bytes: a text and a pattern each take far longer. */

const ZERO = 0x30;
const POINT = 0x2e;
const MINUS = 0x2d;

/** The double of `-12.50` and the like; undefined for what is written otherwise. */
export function plainDecimal(bytes: Buffer, start: number, end: number): number | undefined {
  const isNegative = bytes[start] === MINUS;
  let digits = 0;
  let decimals = -1;
  let value = 0;
  for (let i = isNegative ? start + 1 : start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      value = 10 * value + digit;
      digits++;
      if (decimals >= 0) decimals++;
    } else if (bytes[i] === POINT && decimals < 0 && digits > 0) decimals = 0;
    else return undefined;
  }
  if (digits === 0) return undefined;
  if (digits > EXACT_DIGITS) return Number(bytes.toString('latin1', start, end));
  const size = decimals > 0 ? value / POWERS_OF_TEN[decimals]! : value;
  return isNegative ? -size : size;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days from the first of January to the first of a month, without a leap day. */
const BEFORE_MONTH = MONTH_DAYS.map((_, i) => MONTH_DAYS.slice(0, i).reduce((sum, days) => sum + days, 0));
/** From the first day of the year 1 to that of 1970. */
const DAYS_UNTIL_1970 = 719_162;

/** Days since 1970 of a date that is written as YYYYMMDD; undefined for anything else, a day that is none included. */
export function compactDays(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start !== 8) return undefined;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = 10 * value + digit;
  }
  const day = value % 100;
  const month = Math.floor(value / 100) % 100;
  const year = Math.floor(value / 10_000);
  if (year < 1 || month < 1 || month > 12 || day < 1) return undefined;
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (day > MONTH_DAYS[month - 1]! + (isLeap && month === 2 ? 1 : 0)) return undefined;
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const leapDay = isLeap && month > 2 ? 1 : 0;
  return 365 * before + leapDays + BEFORE_MONTH[month - 1]! + leapDay + day - 1 - DAYS_UNTIL_1970;
}
