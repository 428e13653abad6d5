import { LifecycleError } from '../../../errors.ts';
import { EXACT_DIGITS } from '../exact-digits.ts';
import type { StagedColumn, StagedType } from '../staged/column.ts';
import type { DbfEncoding } from './encoding.ts';
import type { DbfField } from './header.ts';
import { compactDays, plainDecimal } from './plain-values.ts';

/** Puts the value of a field into its column: its bytes are those of `bytes` from `start` up to `end`. */
export type ReadValue = (bytes: Buffer, start: number, end: number, column: StagedColumn, record: number) => void;

export interface FieldReader {
  type: StagedType;
  read: ReadValue;
}

/** Values as GDAL reads them, and what it does not know by the letter that dBase and FoxPro use. */
export function fieldReader(field: DbfField, name: string, encoding: DbfEncoding): FieldReader {
  switch (field.type) {
    case 'N':
    case 'F':
      return numberReader(field);
    case 'L':
      return { type: 'boolean', read: readTruth };
    case 'D':
      return { type: 'moment', read: readDate(name) };
    case 'I':
    case '+':
      if (field.width === 4)
        return { type: 'int32', read: (bytes, start, _, column) => column.addNumber(bytes.readInt32LE(start)) };
      break;
    case 'B':
    case 'O':
      if (field.width === 8)
        return { type: 'double', read: (bytes, start, _, column) => addDouble(column, bytes.readDoubleLE(start)) };
      break;
    case 'Y':
      if (field.width === 8)
        return {
          type: 'double',
          read: (bytes, start, _, column) => column.addNumber(Number(bytes.readBigInt64LE(start)) / 10_000),
        };
      break;
    case 'T':
    case '@':
      if (field.width === 8) return { type: 'moment', read: readMoment };
      break;
  }
  return { type: 'text', read: textReader(name, encoding) };
}

const TAB = 0x09;
const RETURN = 0x0d;
const BLANK = 0x20;
const STAR = 0x2a;
const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const PLUS = 0x2b;

/** Where a field's text ends: at a NUL, and before blanks. */
function endOf(bytes: Buffer, start: number, end: number): number {
  let last = start;
  for (let i = start; i < end && bytes[i] !== 0; i++) if (bytes[i] !== BLANK) last = i + 1;
  return last;
}

function startOf(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] === BLANK) at++;
  return at;
}

function textReader(name: string, encoding: DbfEncoding): ReadValue {
  return (bytes, from, to, column, record) => {
    const end = endOf(bytes, from, to);
    const start = startOf(bytes, from, end);
    if (start === end) return column.addNull();
    let isAscii = true;
    for (let i = start; i < end; i++) {
      if (bytes[i]! < 0x80) continue;
      isAscii = false;
      break;
    }
    if (isAscii) return column.addBytes(bytes, start, end);
    const text = bytes.subarray(start, end);
    const decoded = encoding.decode(text);
    if (!decoded) throw encoding.refuse(`column ${JSON.stringify(name)}, record ${record}`, text);
    column.addBytes(decoded);
  };
}

const INT32 = { least: -(2n ** 31n), greatest: 2n ** 31n - 1n };
const INT64 = { least: -(2n ** 63n), greatest: 2n ** 63n - 1n };

/** Without decimals whole numbers, by their width of 32 or 64 bits, up to 18 digits. */
function numberReader({ width, decimals }: DbfField): FieldReader {
  if (decimals > 0 || width > 18) return { type: 'double', read: readDouble };
  const type = width < 10 ? 'int32' : 'int64';
  return {
    type,
    read(bytes, from, to, column) {
      const end = endOf(bytes, from, to);
      let start = startOf(bytes, from, end);
      if (start === end || bytes[start] === STAR) return column.addNull();
      while (bytes[start]! >= TAB && bytes[start]! <= RETURN && start < end) start++;
      const sign = bytes[start] === MINUS ? -1 : 1;
      let at = bytes[start] === MINUS || bytes[start] === PLUS ? start + 1 : start;
      const first = at;
      let value = 0;
      for (; at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE; at++) value = 10 * value + bytes[at]! - ZERO;
      // What stands behind the digits is passed over.
      if (at - first <= EXACT_DIGITS && (type === 'int64' || value < 2 ** 31))
        return column.addNumber(sign * value || 0);
      const exact = BigInt(sign) * BigInt(bytes.toString('latin1', first, at));
      const { least, greatest } = type === 'int32' ? INT32 : INT64;
      const held = exact < least ? least : exact > greatest ? greatest : exact;
      if (type === 'int32') column.addNumber(Number(held));
      else column.addBigInt(held);
    },
  };
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;
const NOT_FINITE = /^([+-]?)(inf|nan)/i;

const readDouble: ReadValue = (bytes, from, to, column) => {
  const end = endOf(bytes, from, to);
  const start = startOf(bytes, from, end);
  if (start === end || bytes[start] === STAR) return column.addNull();
  const plain = plainDecimal(bytes, start, end);
  if (plain !== undefined) return column.addNumber(plain);
  const text = bytes.toString('latin1', start, end);
  const whole = Number(text);
  if (Number.isFinite(whole) && !/[xob]/i.test(text)) return column.addNumber(whole);
  const number = NUMBER.exec(text);
  if (number) return column.addNumber(Number(number[0]));
  const special = NOT_FINITE.exec(text);
  if (!special) return column.addNumber(0);
  addDouble(column, special[2]!.toLowerCase() === 'nan' ? Number.NaN : special[1] === '-' ? -Infinity : Infinity);
};

/** No number is a null, as pandas has it. */
function addDouble(column: StagedColumn, value: number): void {
  if (Number.isNaN(value)) column.addNull();
  else column.addNumber(value);
}

const readTruth: ReadValue = (bytes, start, end, column) => {
  if (end === start || bytes[start] === 0x3f) return column.addNull();
  // T, t, Y, y
  const letter = bytes[start]! & 0xdf;
  column.addBoolean(letter === 0x54 || letter === 0x59);
};

const DAY_MICROSECONDS = 86_400_000_000;
const UNWRITTEN = /^0+$/;
const COMPACT = /^(\d{4})(\d\d)(\d\d)$/;
const SLASHED = /^(\d\d)\/(\d\d)\/(\d{4})$/;

function readDate(name: string): ReadValue {
  return (bytes, from, to, column, record) => {
    const end = endOf(bytes, from, to);
    const start = startOf(bytes, from, end);
    const plain = compactDays(bytes, start, end);
    if (plain !== undefined) return column.addNumber(plain * DAY_MICROSECONDS);
    const text = bytes.toString('latin1', start, end);
    if (text === '' || UNWRITTEN.test(text)) return column.addNull();
    const compact = COMPACT.exec(text);
    const slashed = SLASHED.exec(text);
    const [year, month, day] = compact
      ? [compact[1], compact[2], compact[3]].map(Number)
      : slashed
        ? [slashed[3], slashed[1], slashed[2]].map(Number)
        : [0, 0, 0];
    const days = daysSince1970(year!, month!, day!);
    if (days !== undefined) return column.addNumber(days * DAY_MICROSECONDS);
    throw new LifecycleError(
      'ING_BAD_FILE',
      `record ${record} of the .dbf file has the date ${JSON.stringify(text)} in column ${JSON.stringify(name)}`,
      { hint: 'mend it at the source: a date is YYYYMMDD, or blank' },
    );
  };
}

/** Undefined for a day that is none. */
function daysSince1970(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() / 86_400_000;
}

/** The Julian day of 1970-01-01. */
const JULIAN_1970 = 2_440_588;
/** Days that the calendar holds: up to the year 9999. */
const LAST_JULIAN_DAY = 5_373_484;
const FIRST_JULIAN_DAY = 1_721_426;

/** FoxPro's moment: a Julian day and milliseconds. */
const readMoment: ReadValue = (bytes, start, _, column, record) => {
  const day = bytes.readInt32LE(start);
  const milliseconds = bytes.readInt32LE(start + 4);
  if (day === 0 && milliseconds === 0) return column.addNull();
  if (day === 0x20202020) return column.addNull();
  if (day < FIRST_JULIAN_DAY || day > LAST_JULIAN_DAY || milliseconds < 0 || milliseconds >= 86_400_000)
    throw new LifecycleError('ING_BAD_FILE', `record ${record} of the .dbf file has no moment in a field of moments`, {
      hint: 'mend it at the source: day or time are out of range',
    });
  column.addNumber((day - JULIAN_1970) * DAY_MICROSECONDS + milliseconds * 1000);
};
