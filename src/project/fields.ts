import { maskText } from '../masking/shapes.ts';
import { closest } from '../suggest.ts';
import type { YamlNode } from './yaml.ts';
import { isRealDate, pythonDecimal, type YamlScalar } from './yaml11-scalars.ts';

/**
 * What is wrong with a field. `type` is the word that pydantic, which reads recipes in the department's own tools,
 * uses for it; `location` is the way from the recipe's root to the field.
 */
export interface FieldIssue {
  location: (string | number)[];
  type: string;
  message: string;
  offset: number;
  /** What was probably meant. */
  suggestion?: string;
  /** Names that may stand there; all of them. */
  allowed?: readonly string[];
  /** In place of a hint that is made from the two. */
  hint?: string;
}

export interface Reading {
  issues: FieldIssue[];
  /** Unknown keys in the maps where they are allowed, and dropped. */
  dropped: FieldIssue[];
}

type Location = readonly (string | number)[];
/** What a field gives back when it has put an issue on the list. */
export const INVALID: unique symbol = Symbol('invalid');
export type Invalid = typeof INVALID;
export interface Field<T> {
  (node: YamlNode, at: Location, reading: Reading): T | Invalid;
  takes?: Taken | undefined;
}

/** What a field takes, for the pages that are made from its readers (docs/pages). */
export interface Taken {
  /** In words, such as `a list of text`. */
  words: string;
  /** The fields of a map, or of each item of a list or map. */
  fields?: Readonly<Record<string, { field: Field<unknown>; otherwise?: () => unknown }>>;
  /** Where fields are those of items: how an item is written behind the name. */
  item?: '[]' | '.NAME';
}

/** A field that says what it takes. */
export function taking<T>(takes: Taken | undefined, field: Field<T>): Field<T> {
  return Object.assign(field, { takes });
}

function takingItems(whole: 'a list of' | 'a map from text to', item: '[]' | '.NAME', takes: Taken | undefined) {
  return takes && { ...takes, words: `${whole} ${takes.fields ? 'maps' : takes.words}`, item };
}

/** JSON-like data with integers and decimals apart, as it is written to lock files. Maps keep their order. */
export type Plain = null | boolean | bigint | number | string | Plain[] | Map<string, Plain>;

export function refuse(
  reading: Reading,
  at: Location,
  node: { offset: number },
  type: string,
  message: string,
  suggestion?: string,
  allowed: readonly string[] = [],
): Invalid {
  reading.issues.push({
    location: [...at],
    type,
    message,
    offset: node.offset,
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(allowed.length === 0 ? {} : { allowed }),
  });
  return INVALID;
}

export function describe(node: YamlNode): string {
  if (node.kind === 'list') return 'a list';
  if (node.kind === 'map') return 'a map';
  const value = node.value;
  if (value === null) return 'nothing';
  if (typeof value === 'boolean') return `the boolean ${value}`;
  if (typeof value === 'bigint') return `the number ${value}`;
  if (typeof value === 'number') return `the number ${pythonDecimal(value)}`;
  if (typeof value === 'string') {
    // A secret that is cut off does not look like one any more.
    const shown = maskText(value);
    return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 57)}...` : shown);
  }
  if (value instanceof Uint8Array) return 'binary data';
  return `the ${value.type === 'date' ? 'date' : 'time'} ${value.iso}`;
}

/** Numbers become text, as pydantic's `coerce_numbers_to_str` does it; booleans, dates and null do not. */
function textOf(value: YamlScalar): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return pythonDecimal(value);
  if (value instanceof Uint8Array) return decodeUtf8(value);
  return undefined;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export const text: Field<string> = taking({ words: 'text' }, (node, at, reading) => {
  const value = node.kind === 'scalar' ? textOf(node.value) : undefined;
  if (value !== undefined) return value;
  const quote = node.kind === 'scalar' && node.value !== null ? '; quote it if it is meant as text' : '';
  return refuse(reading, at, node, 'string_type', `expected text, found ${describe(node)}${quote}`);
});

export function nullable<T>(field: Field<T>): Field<T | null> {
  return taking(field.takes && { ...field.takes, words: `${field.takes.words} or null` }, (node, at, reading) =>
    node.kind === 'scalar' && node.value === null ? null : field(node, at, reading),
  );
}

export function oneOf<const T extends string>(...words: readonly T[]): Field<T> {
  return taking({ words: `one of ${words.join(', ')}` }, (node, at, reading) => {
    const word = node.kind === 'scalar' ? words.find((candidate) => candidate === node.value) : undefined;
    if (word !== undefined) return word;
    const found = node.kind === 'scalar' && typeof node.value === 'string' ? node.value : '';
    const close = closest(found, words);
    return refuse(reading, at, node, 'enum', `expected ${words.join(', ')}, found ${describe(node)}`, close);
  });
}

/** Whole numbers, also as text or as a decimal without a fraction. */
export const integer: Field<bigint> = taking({ words: 'a whole number' }, (node, at, reading) => {
  if (node.kind === 'scalar') {
    const value = node.value;
    if (typeof value === 'bigint') return value;
    if (typeof value === 'boolean') return value ? 1n : 0n;
    if (typeof value === 'number') {
      if (!Number.isFinite(value))
        return refuse(reading, at, node, 'finite_number', `expected a whole number, found ${describe(node)}`);
      if (Number.isInteger(value)) return BigInt(value);
      return refuse(reading, at, node, 'int_from_float', `expected a whole number, found ${describe(node)}`);
    }
    if (typeof value === 'string') {
      const digits = /^\s*([-+]?\d+(?:_\d+)*)(?:\.0*)?\s*$/.exec(value)?.[1];
      if (digits !== undefined) return BigInt(digits.replaceAll('_', '').replace(/^\+/, ''));
      return refuse(reading, at, node, 'int_parsing', `expected a whole number, found ${describe(node)}`);
    }
  }
  return refuse(reading, at, node, 'int_type', `expected a whole number, found ${describe(node)}`);
});

/** A folder, tidied as Python's PurePosixPath does: `./out//x/../y/` becomes `out/x/../y`. */
export const folder: Field<string> = taking({ words: 'a folder' }, (node, at, reading) => {
  if (node.kind !== 'scalar' || typeof node.value !== 'string') {
    return refuse(reading, at, node, 'path_type', `expected a folder, found ${describe(node)}`);
  }
  const root = /^\/\/(?!\/)/.test(node.value) ? '//' : node.value.startsWith('/') ? '/' : '';
  const parts = node.value.split('/').filter((part) => part !== '' && part !== '.');
  return `${root}${parts.join('/')}` || '.';
});

/** `yyyy-mm-dd` out of a date, text, a midnight, or seconds (or milliseconds) since 1970 that make whole days. */
export const date: Field<string> = taking({ words: 'a date' }, (node, at, reading) => {
  const value = node.kind === 'scalar' ? node.value : undefined;
  const inexact = (): Invalid =>
    refuse(reading, at, node, 'date_from_datetime_inexact', `expected a date, found ${describe(node)} with a time`);
  const unreadable = (): Invalid =>
    refuse(reading, at, node, 'date_from_datetime_parsing', `expected a date as yyyy-mm-dd, found ${describe(node)}`);
  if (typeof value === 'bigint' || typeof value === 'number') return dateFromNumber(Number(value), inexact, unreadable);
  if (value !== null && typeof value === 'object' && !(value instanceof Uint8Array)) {
    return value.type === 'date'
      ? value.iso
      : /T00:00:00(?![.\d])/.test(value.iso)
        ? value.iso.slice(0, 10)
        : inexact();
  }
  if (typeof value !== 'string')
    return refuse(reading, at, node, 'date_type', `expected a date, found ${describe(node)}`);
  if (/^[-+]?\d+(?:\.\d+)?$/.test(value)) return dateFromNumber(Number(value), inexact, unreadable);
  const match =
    /^(\d{4})-(\d\d)-(\d\d)(?:[Tt _](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|[-+]\d\d:?\d\d)?)?$/.exec(value);
  if (!match || !isRealDate(Number(match[1]), Number(match[2]), Number(match[3]))) return unreadable();
  return match.slice(4).every((part) => part === undefined || /^0*$/.test(part)) ? value.slice(0, 10) : inexact();
});

/** Above this, pydantic takes a number for milliseconds. */
const MAX_SECONDS = 20_000_000_000;
const SECONDS_A_DAY = 86_400;

function dateFromNumber(value: number, inexact: () => Invalid, unreadable: () => Invalid): string | Invalid {
  const seconds = Math.abs(value) > MAX_SECONDS ? value / 1000 : value;
  const time = new Date(seconds * 1000);
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999 || time.getUTCFullYear() < 1) return unreadable();
  return seconds % SECONDS_A_DAY === 0 ? time.toISOString().slice(0, 10) : inexact();
}

export function listOf<T>(field: Field<T>): Field<T[]> {
  return taking(takingItems('a list of', '[]', field.takes), (node, at, reading) => {
    if (node.kind !== 'list') return refuse(reading, at, node, 'list_type', `expected a list, found ${describe(node)}`);
    const values = node.items.map((item, i) => field(item, [...at, i], reading));
    return values.includes(INVALID) ? INVALID : (values as T[]);
  });
}

/** A map from text to values of one kind; keys that are numbers become text, and the last of equal keys wins. */
export function mapOf<T>(field: Field<T>): Field<Map<string, T>> {
  return taking(takingItems('a map from text to', '.NAME', field.takes), (node, at, reading) => {
    if (node.kind !== 'map') return refuse(reading, at, node, 'dict_type', `expected a map, found ${describe(node)}`);
    const values = new Map<string, T>();
    let valid = true;
    for (const entry of node.entries) {
      const key = textOf(entry.key);
      if (key === undefined) {
        const keyNode: YamlNode = { kind: 'scalar', value: entry.key, offset: entry.keyOffset };
        const message = `expected text as a key, found ${describe(keyNode)}; quote it`;
        refuse(reading, [...at, pythonRepresentation(entry.key), '[key]'], keyNode, 'string_type', message);
        valid = false;
      }
      const value = field(entry.value, [...at, key ?? pythonRepresentation(entry.key)], reading);
      if (value === INVALID) valid = false;
      else if (key !== undefined) values.set(key, value);
    }
    return valid ? values : INVALID;
  });
}

function pythonRepresentation(key: YamlScalar): string {
  if (key === null) return 'None';
  if (typeof key === 'boolean') return key ? '1' : '0';
  if (typeof key === 'object' && !(key instanceof Uint8Array)) {
    const [year, month, day] = key.iso.slice(0, 10).split('-').map(Number);
    return `datetime.date(${year}, ${month}, ${day})`;
  }
  return String(key);
}

/** Any map, made JSON-like: dates as ISO text, no infinities, keys as text. */
export const freeMap: Field<Map<string, Plain>> = taking({ words: 'any map' }, (node, at, reading) => {
  if (node.kind !== 'map') return refuse(reading, at, node, 'dict_type', `expected a map, found ${describe(node)}`);
  return plainOf(node) as Map<string, Plain>;
});

export function plainOf(node: YamlNode): Plain {
  if (node.kind === 'scalar') return plainScalar(node.value);
  if (node.kind === 'list') return node.items.map(plainOf);
  return new Map(node.entries.map((entry) => [plainKey(entry.key), plainOf(entry.value)]));
}

function plainScalar(value: YamlScalar): Plain {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (value !== null && typeof value === 'object') {
    return value instanceof Uint8Array ? (decodeUtf8(value) ?? Buffer.from(value).toString('latin1')) : value.iso;
  }
  return value;
}

function plainKey(key: YamlScalar): string {
  if (key === null) return 'None';
  if (typeof key === 'boolean') return String(key);
  return textOf(key) ?? (key as { iso: string }).iso;
}

/** What to do about an issue: the name that was probably meant, else all that may stand there. */
export function hintOf({ suggestion, allowed, hint }: FieldIssue): string | undefined {
  if (hint !== undefined) return hint;
  if (suggestion !== undefined) return `did you mean ${suggestion}?`;
  return allowed === undefined ? undefined : `there are: ${allowed.join(', ')}`;
}

/** `inputs.datasets[3].file_type` */
export function formatLocation(location: readonly (string | number)[]): string {
  return location.reduce<string>(
    (path, part) => (typeof part === 'number' ? `${path}[${part}]` : path === '' ? part : `${path}.${part}`),
    '',
  );
}
