import { EXACT_DIGITS } from './exact-digits.ts';
import type { PythonJson } from './python-json.ts';
import { Float } from './values.ts';

/** Stands before a key that is an array index, since JavaScript puts those before all others. */
export const INDEX_MARK = '\u0000';
const INDEX_KEY = /^(?:0|[1-9]\d{0,9})$/;

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;
const isDigit = (code: number) => code >= ZERO && code <= NINE;
const isExponent = (code: number) => code === 69 || code === 101;

/**
 * JSON as Python reads it, in one pass: JSON.parse would call back for each value to tell 1.0 from 1. Objects whose keys
 * stand in the order of the one before take less time.
 *
 * @throws SyntaxError that does not say where: a reader of its own does
 */
export function parsePythonJson(text: string): PythonJson {
  let at = 0;
  let nextBackslash = indexOrEnd('\\', 0);
  const keys: string[] = [];

  function indexOrEnd(what: string, from: number): number {
    const index = text.indexOf(what, from);
    return index === -1 ? text.length : index;
  }

  function fail(): never {
    throw new SyntaxError(`no JSON at ${at}`);
  }

  /** The first character that is no blank. */
  function peek(): number {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code;
      at++;
    }
  }

  function string(): string {
    const from = at + 1;
    const end = text.indexOf('"', from);
    if (end === -1) fail();
    if (nextBackslash < from) nextBackslash = indexOrEnd('\\', from);
    if (nextBackslash > end) {
      for (let i = from; i < end; i++) if (text.charCodeAt(i) < 32) fail();
      at = end + 1;
      return text.slice(from, end);
    }
    let close = from;
    while (text.charCodeAt(close) !== QUOTE) {
      if (close >= text.length) fail();
      close += text.charCodeAt(close) === BACKSLASH ? 2 : 1;
    }
    at = close + 1;
    return JSON.parse(text.slice(from - 1, at)) as string;
  }

  /** `place` counts the keys of the object. */
  function key(place: number): string {
    const usual = keys[place];
    const end = at + 1 + (usual?.length ?? 0);
    if (usual !== undefined && text.charCodeAt(end) === QUOTE && text.startsWith(usual, at + 1)) {
      at = end + 1;
      return usual;
    }
    const begin = at + 1;
    const found = string();
    if (INDEX_KEY.test(found)) return INDEX_MARK + found;
    // Only what is written as it reads can be compared with the text of the next object.
    if (at - 1 - begin === found.length) keys[place] = found;
    return found;
  }

  function number(): PythonJson {
    const from = at;
    const isNegative = text.charCodeAt(at) === MINUS;
    if (isNegative) at++;
    const first = at;
    let code = text.charCodeAt(at);
    let whole = 0;
    for (; isDigit(code); code = text.charCodeAt(++at)) whole = whole * 10 + code - ZERO;
    const digits = at - first;
    if (digits === 0 && isNegative) return word(from);
    if (digits === 0 || (digits > 1 && text.charCodeAt(first) === ZERO)) fail();
    if (code !== POINT && !isExponent(code)) {
      if (digits <= EXACT_DIGITS) return isNegative ? -whole : whole;
      const value = Number(text.slice(from, at));
      return Number.isSafeInteger(value) ? value : BigInt(text.slice(from, at));
    }
    if (code === POINT) {
      at++;
      code = afterDigits();
    }
    if (isExponent(code)) {
      code = text.charCodeAt(++at);
      if (code === 43 || code === MINUS) at++;
      afterDigits();
    }
    return new Float(Number(text.slice(from, at)));
  }

  function afterDigits(): number {
    if (!isDigit(text.charCodeAt(at))) fail();
    while (isDigit(text.charCodeAt(at))) at++;
    return text.charCodeAt(at);
  }

  function word(from: number): PythonJson {
    for (const [written, value] of WORDS) {
      if (!text.startsWith(written, from)) continue;
      at = from + written.length;
      return typeof value === 'number' ? new Float(value) : value;
    }
    return fail();
  }

  function object(): PythonJson {
    const result: { [key: string]: PythonJson } = {};
    at++;
    if (peek() === 125) {
      at++;
      return result;
    }
    for (let place = 0; ; place++) {
      if (peek() !== QUOTE) fail();
      const name = key(place);
      if (peek() !== 58) fail();
      at++;
      const item = value();
      if (name === '__proto__') Object.defineProperty(result, name, { value: item, ...OWN });
      else result[name] = item;
      const code = peek();
      at++;
      if (code === 125) return result;
      if (code !== COMMA) fail();
    }
  }

  function list(): PythonJson[] {
    const items: PythonJson[] = [];
    at++;
    if (peek() === 93) {
      at++;
      return items;
    }
    for (;;) {
      items.push(value());
      const code = peek();
      at++;
      if (code === 93) return items;
      if (code !== COMMA) fail();
    }
  }

  function value(): PythonJson {
    const code = peek();
    if (code === QUOTE) return string();
    if (code === 123) return object();
    if (code === 91) return list();
    return isDigit(code) || code === MINUS ? number() : word(at);
  }

  const result = value();
  peek();
  if (at < text.length) fail();
  return result;
}

const OWN = { enumerable: true, configurable: true, writable: true } as const;
/** Python reads numbers in words too. */
const WORDS: readonly (readonly [string, null | boolean | number])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];
