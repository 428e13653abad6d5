import { EXACT_DIGITS, POWERS_OF_TEN } from './exact-digits.ts';
import { parsePythonJson } from './json-parser.ts';
import { KIND, Member, type Members, noMembers, Slots } from './json-slots.ts';
import type { JsonTable } from './json-table.ts';
import { cellOf } from './json-values.ts';
import type { PythonJson } from './python-json.ts';
import { Float } from './values.ts';

const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

export interface RecordOptions {
  /** How deep objects within objects are taken apart; what lies deeper is a value. */
  depth: number;
  /** Between the names of an object and of its member. */
  separator: string;
  /** Lists and objects that are values are kept as they are written; numbers that JSON does not have are unfit. */
  asWritten?: boolean;
  /** The one member of a record that is taken apart; a record without it, as an object, is unfit. */
  only?: string;
}

/**
 * Reads records from bytes that are UTF-8 into a table, without making anything of the values that are only copied. Takes
 * what `parsePythonJson` takes, and gives what `flattenInto` gives of each record; throws for anything else.
 *
 * @param visit is called after each record with the values of the objects taken apart
 */
export function recordReader(
  { depth, separator, asWritten = false, only }: RecordOptions,
  table: JsonTable,
  visit?: (nested: Slots, isLikeLast: boolean) => void,
) {
  let bytes: Buffer = Buffer.alloc(0);
  let at = 0;
  let isList = false;
  let isBegun = false;
  /** Whether all members of the record at hand stand where they stood in the one before. */
  let isLikeLast = true;
  const root = noMembers();
  const plain = new Slots();
  const nested = new Slots();
  /** By column: the number of the value that counts, of all that came. */
  const latest: number[] = [];
  let values = 0;
  let records = 0;

  function fail(): never {
    throw new SyntaxError('no list of objects');
  }

  /** The first byte that is no blank. */
  function peek(): number {
    for (;;) {
      const code = bytes[at];
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return code ?? -1;
      at++;
    }
  }

  /** Passes over a string; gives whether it reads as it is written. */
  function string(): boolean {
    let isPlain = true;
    for (at++; ; at++) {
      const code = bytes[at];
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        isPlain = false;
        at++;
      } else if (code === undefined || code < 32) fail();
    }
    at++;
    return isPlain;
  }

  function member(members: Members, place: number, prefix: string): Member {
    const usual = members.usual[place];
    if (usual !== undefined) {
      const { key } = usual;
      const { length } = key;
      let i = 0;
      while (i < length && bytes[at + 1 + i] === key[i]) i++;
      if (i === length && bytes[at + 1 + i] === QUOTE) {
        at += length + 2;
        return usual;
      }
    }
    const from = at;
    const isPlain = string();
    const key = isPlain
      ? bytes.toString('utf8', from + 1, at - 1)
      : (JSON.parse(bytes.toString('utf8', from, at)) as string);
    let found = members.byKey.get(key);
    if (!found) {
      const name = prefix === '' ? key : `${prefix}${separator}${key}`;
      found = new Member(name, Buffer.from(bytes.subarray(from + 1, at - 1)));
      members.byKey.set(key, found);
    }
    isLikeLast = false;
    if (isPlain) members.usual[place] = found;
    return found;
  }

  function object(members: Members, prefix: string, level: number): void {
    at++;
    if (peek() === CLOSE_BRACE) {
      at++;
      return;
    }
    for (let place = 0; ; place++) {
      if (peek() !== QUOTE) fail();
      const of = member(members, place, prefix);
      if (peek() !== COLON) fail();
      at++;
      const isObject = peek() === OPEN_BRACE && level < depth && (only === undefined || level > 0 || of.name === only);
      // What replaces an object replaces all that it held.
      if (of.record === records && (isObject || of.inner || (only !== undefined && level === 0))) fail();
      of.record = records;
      if (level === 0 && of.name === only && !isObject) fail();
      if (isObject) {
        of.inner ??= noMembers();
        object(of.inner, of.name, level + 1);
      } else value(level === 0 ? plain : nested, of);
      const code = peek();
      at++;
      if (code === CLOSE_BRACE) return;
      if (code !== COMMA) fail();
    }
  }

  function value(slots: Slots, of: Member): void {
    const slot = slots.count++;
    slots.members[slot] = of;
    const code = bytes[at]!;
    if (code === QUOTE) {
      const from = at;
      if (string()) {
        slots.kinds[slot] = KIND.bytes;
        slots.starts[slot] = from + 1;
        slots.ends[slot] = at - 1;
      } else other(slots, slot, JSON.parse(bytes.toString('utf8', from, at)) as string);
    } else if (code === MINUS || (code >= ZERO && code <= 57)) number(slots, slot);
    else if (code !== OPEN_BRACE && code !== OPEN_BRACKET) other(slots, slot, word());
    else if (asWritten) {
      slots.starts[slot] = at;
      structure();
      slots.kinds[slot] = KIND.structure;
      slots.ends[slot] = at;
    } else other(slots, slot, structure());
  }

  function other(slots: Slots, slot: number, item: PythonJson): void {
    const value = cellOf(item);
    if (asWritten && item instanceof Float && !Number.isFinite(item.value)) fail();
    slots.kinds[slot] = value === null ? KIND.none : KIND.other;
    slots.others[slot] = value;
  }

  function number(slots: Slots, slot: number): void {
    const from = at;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const first = at;
    let digit = bytes[at]! - ZERO;
    let whole = 0;
    for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) whole = whole * 10 + digit;
    let digits = at - first;
    const isWhole = digit !== POINT - ZERO;
    if (!isWhole && digits > 0) {
      const point = at++;
      digit = bytes[at]! - ZERO;
      for (; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) whole = whole * 10 + digit;
      digits = at - first - 1;
      if (at === point + 1) fail();
      if (digits <= EXACT_DIGITS && !isExponent(bytes[at]) && !isPadded(first)) {
        slots.kinds[slot] = KIND.decimal;
        const value = whole / POWERS_OF_TEN[at - point - 1]!;
        slots.numbers[slot] = isNegative ? -value : value;
        return;
      }
    } else if (digits > 0 && digits <= EXACT_DIGITS && !isExponent(bytes[at]) && !isPadded(first)) {
      slots.kinds[slot] = KIND.whole;
      if (asWritten && isNegative && whole === 0) fail();
      slots.numbers[slot] = isNegative ? -whole : whole;
      return;
    }
    while (isOfNumber(bytes[at])) at++;
    other(slots, slot, parsePythonJson(bytes.toString('latin1', from, at)));
  }

  /** Whether a number is written with a zero before its other digits, which JSON does not have. */
  const isPadded = (first: number) => bytes[first] === ZERO && bytes[first + 1]! >= ZERO && bytes[first + 1]! <= 57;

  function word(): PythonJson {
    const from = at;
    if (bytes[at] === 110 && bytes[at + 1] === 117 && bytes[at + 2] === 108 && bytes[at + 3] === 108) {
      at += 4;
      return null;
    }
    while (isLetter(bytes[at])) at++;
    return parsePythonJson(bytes.toString('latin1', from, at));
  }

  /** A list or an object as a value. */
  function structure(): PythonJson {
    const from = at;
    let open = 0;
    do {
      const code = bytes[at];
      if (code === QUOTE) {
        string();
        continue;
      }
      if (code === undefined) fail();
      if (code === OPEN_BRACE || code === OPEN_BRACKET) open++;
      else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) open--;
      at++;
    } while (open > 0);
    return parsePythonJson(bytes.toString('utf8', from, at));
  }

  function choose({ count, members }: Slots): void {
    for (let i = 0; i < count; i++) {
      const of = members[i]!;
      if (of.column < 0) of.column = table.place(of.name);
      latest[of.column] = values++;
    }
  }

  /** @param first the number of the first of these values */
  function put(slots: Slots, first: number): void {
    const { count, members, kinds } = slots;
    for (let i = 0; i < count; i++) {
      const place = members[i]!.column;
      if (latest[place] !== first + i) continue;
      const column = table.columns[place]!;
      switch (kinds[i]) {
        case KIND.bytes:
          column.putBytes(bytes, slots.starts[i]!, slots.ends[i]!);
          break;
        case KIND.structure:
          column.values.putJson(bytes, slots.starts[i]!, slots.ends[i]!);
          break;
        case KIND.whole:
          column.putWhole(slots.numbers[i]!);
          break;
        case KIND.decimal:
          column.putDecimal(slots.numbers[i]!);
          break;
        case KIND.other:
          column.put(slots.others[i]!);
      }
    }
    slots.count = 0;
  }

  /** Plain members come first, nested ones after them; of two of one name the later counts. */
  function record(): void {
    if (peek() !== OPEN_BRACE) fail();
    records++;
    isLikeLast = true;
    object(root, '', 0);
    if (only !== undefined && root.byKey.get(only)?.record !== records) fail();
    visit?.(nested, isLikeLast);
    const first = values;
    choose(plain);
    const second = values;
    choose(nested);
    put(plain, first);
    put(nested, second);
    table.endRow();
  }

  function beginList(document: Buffer): void {
    bytes = document;
    at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
    isList = true;
    isBegun = false;
  }

  function beginLines(lines: Buffer): void {
    bytes = lines;
    at = 0;
    isList = false;
    isBegun = true;
  }

  function end(): false {
    at++;
    if (peek() !== -1) fail();
    return false;
  }

  /** Reads until the table is to be flushed; gives whether there is more. */
  function readSome(): boolean {
    if (!isBegun) {
      if (peek() !== OPEN_BRACKET) fail();
      at++;
      isBegun = true;
      if (peek() === CLOSE_BRACKET) return end();
    }
    while (!table.isDue) {
      if (!isList && peek() === -1) return false;
      record();
      if (!isList) continue;
      const code = peek();
      if (code === CLOSE_BRACKET) return end();
      if (code !== COMMA) fail();
      at++;
    }
    return true;
  }

  return { beginList, beginLines, readSome };
}

const isExponent = (code: number | undefined) => code === 69 || code === 101;
const isLetter = (code: number | undefined) => code !== undefined && (code | 0x20) >= 97 && (code | 0x20) <= 122;
/** Of a number, or of the word after a minus. */
const isOfNumber = (code: number | undefined) =>
  code !== undefined &&
  ((code >= ZERO && code <= 57) || code === 43 || code === MINUS || code === POINT || isLetter(code));
