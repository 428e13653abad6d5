import { LifecycleError } from '../../errors.ts';
import { notJson } from './json-error.ts';
import { INDEX_MARK, parsePythonJson } from './json-parser.ts';
import { Float } from './values.ts';

/** A JSON value as Python's reader has it: whole numbers keep all digits, others are told apart as floats. */
export type PythonJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | Float
  | PythonJson[]
  | { [key: string]: PythonJson };

/** A JSON string, with the colon that makes it a key. */
const STRING = '"[^"\\\\]*(?:\\\\[\\s\\S][^"\\\\]*)*"';
/** JavaScript puts keys that are array indices before all others, so these are kept under another name. */
const INDEX_KEY = /"(?:0|[1-9]\d{0,9})"\s*:/;
/** Python writes and reads numbers that JSON does not have. */
const ODD_NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/**
 * @param line of the file, where the text is one line of many
 * @throws LifecycleError ING_BAD_FILE
 */
export function parseJson(text: string, line?: number): PythonJson {
  try {
    return parsePythonJson(text);
  } catch {
    return parseJsonExactly(text, line);
  }
}

/**
 * The same by the language's own reader, which takes longer: it decides on what the other one does not take, such as
 * lists deep within lists.
 *
 * @throws LifecycleError ING_BAD_FILE
 */
export function parseJsonExactly(text: string, line?: number): PythonJson {
  try {
    const marked = INDEX_KEY.test(text)
      ? text.replace(new RegExp(`${STRING}(\\s*:)?`, 'g'), (token, colon) =>
          colon && INDEX_KEY.test(token) && token.startsWith('"') ? `"\\u0000${token.slice(1)}` : token,
        )
      : text;
    return parseMarked(marked);
  } catch (cause) {
    throw notJson(text, cause, { line });
  }
}

function parseMarked(text: string): PythonJson {
  try {
    return revived(text);
  } catch (error) {
    if (!/\b(NaN|Infinity)\b/.test(text)) throw error;
    const odd = new RegExp(`${STRING}|-?\\bInfinity\\b|\\bNaN\\b`, 'g');
    return revived(text.replace(odd, (token) => (token in ODD_NUMBERS ? `"${ODD_MARK}${token}"` : token)));
  }
}

const ODD_MARK = '\\u0000number ';

function revived(text: string): PythonJson {
  const reviver = (_key: string, value: unknown, context: { source?: string }): unknown => {
    if (typeof value === 'string' && value.startsWith('\u0000number '))
      return new Float(ODD_NUMBERS[value.slice('\u0000number '.length)] ?? Number.NaN);
    if (typeof value !== 'number' || context.source === undefined) return value;
    if (/[.eE]/.test(context.source)) return new Float(value);
    return Number.isSafeInteger(value) ? value : BigInt(context.source);
  };
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as PythonJson;
}

/** Members in the order in which they are written. */
export function entriesOf(object: { [key: string]: PythonJson }): [string, PythonJson][] {
  return Object.keys(object).map((key) => [nameOf(key), object[key]!]);
}

/** The name that a member is written with. */
export const nameOf = (key: string): string => (key.startsWith(INDEX_MARK) ? key.slice(1) : key);

export function memberOf(object: { [key: string]: PythonJson }, key: string): PythonJson | undefined {
  return Object.hasOwn(object, key) ? object[key] : object[INDEX_MARK + key];
}

/** @throws LifecycleError ING_BAD_ENCODING */
export function decoded(bytes: Buffer, encoding = 'utf-8', onBad: 'refuse' | 'replace' = 'refuse'): string {
  try {
    return new TextDecoder(encoding, { fatal: onBad === 'refuse' }).decode(bytes);
  } catch (cause) {
    throw new LifecycleError('ING_BAD_ENCODING', `the file is not in ${encoding}`, {
      cause,
      hint: 'say what it is in: json_read_fn: read_json with json_read_kwargs: {encoding: …}, such as latin-1 or utf-16',
    });
  }
}

export function isObject(value: PythonJson | undefined): value is { [key: string]: PythonJson } {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Float);
}

/** A float as Python's repr() writes it. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Object.is(value, -0)) return '-0.0';
  const absolute = Math.abs(value);
  if (absolute !== 0 && (absolute < 1e-4 || absolute >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  const text = String(value);
  return /[.]/.test(text) ? text : `${text}.0`;
}

/** JSON text as Python's json.dumps() writes it: `, ` and `: ` between, everything but ASCII escaped. */
export function pythonDumps(value: PythonJson): string {
  if (value instanceof Float) return pythonFloat(value.value);
  if (Array.isArray(value)) return `[${value.map(pythonDumps).join(', ')}]`;
  if (isObject(value)) {
    return `{${entriesOf(value)
      .map(([key, item]) => `${quoted(key)}: ${pythonDumps(item)}`)
      .join(', ')}}`;
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
