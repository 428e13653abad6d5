import { EXACT_DIGITS } from '../exact-digits.ts';
import { Clock, Day, Float, Moment, type Value } from '../values.ts';
import { durationText, momentOf } from './serial.ts';
import type { NumberMeaning } from './styles.ts';

/** What a sheet holds at a place: null for an error value, undefined for nothing. */
export type Cell = Value | undefined;

export interface CellContext {
  sharedStrings: readonly string[];
  styles: readonly NumberMeaning[];
  from1904: boolean;
}

/** A cell as it is written. */
interface WrittenCell {
  /** `n` (number), `s` (shared text), `str`, `inlineStr`, `b`, `e`, `d`. */
  type: string;
  /** Index of its style. */
  style: number;
  /** The text of its `v`; of a formula, the value that was saved with it. */
  value: string;
  /** The text of its `is`, where it has one. */
  inline: string | undefined;
}

/** Says what is wrong with a cell; the caller knows which one it is. */
export class BadCell extends Error {}

/**
 * The value of a cell, by openpyxl's rules.
 * @throws BadCell
 */
export function cellValue({ type, style, value, inline }: WrittenCell, context: CellContext): Cell {
  if (type === 'inlineStr') return inline === '' ? undefined : inline;
  if (value === '') return undefined;
  switch (type) {
    case 'n':
      return numberValue(value, context.styles[style], context.from1904);
    case 's': {
      const text = context.sharedStrings[Number(value)];
      if (text === undefined) throw new BadCell(`there is no shared text ${value}`);
      return text === '' ? undefined : text;
    }
    case 'b':
      return booleanValue(value);
    case 'e':
      return null;
    case 'd':
      return isoValue(value);
    default:
      return value;
  }
}

const WHOLE = /^\s*[+-]?\d+\s*$/u;
const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/u;
const BEYOND_UINT64 = 2 ** 64;

function numberValue(text: string, meaning: NumberMeaning, from1904: boolean): Cell {
  const whole = WHOLE.test(text);
  if (!whole && !DECIMAL.test(text)) throw new BadCell(`${JSON.stringify(text)} is no number`);
  const number = Number(text);
  if (meaning === 'duration') return durationText(number);
  if (meaning === 'date') return momentOf(number, from1904) ?? null;
  if (whole && text.length > EXACT_DIGITS) return compact(BigInt(text.trim().replace(/^\+/u, '')));
  // A whole number counts as such however it is written.
  if (!Number.isInteger(number) || Math.abs(number) >= BEYOND_UINT64) return new Float(number);
  return Number.isSafeInteger(number) ? number + 0 : BigInt(number);
}

function compact(number: bigint): Value {
  if (number > BigInt(BEYOND_UINT64) || number < -BigInt(BEYOND_UINT64)) return new Float(Number(number));
  return number <= BigInt(Number.MAX_SAFE_INTEGER) && number >= -BigInt(Number.MAX_SAFE_INTEGER)
    ? Number(number)
    : number;
}

function booleanValue(text: string): boolean {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  if (!WHOLE.test(text)) throw new BadCell(`${JSON.stringify(text)} is no truth value`);
  return Number(text) !== 0;
}

const ISO = /^(\d{4}-\d{2}-\d{2})?T?(?:(\d{2}:\d{2})(:\d{2})?(\.\d{1,3})?)?/u;

function isoValue(text: string): Cell {
  const [, day, minutes, seconds = ':00', part = ''] = ISO.exec(text) ?? [];
  const fraction = Number(part) === 0 ? '' : part.padEnd(7, '0');
  if (day && minutes) return new Moment(`${day} ${minutes}${seconds}${fraction}`);
  if (day) return new Day(day);
  if (minutes) return new Clock(`${minutes}${seconds}${fraction}`);
  throw new BadCell(`${JSON.stringify(text)} is no date`);
}
