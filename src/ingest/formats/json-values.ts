import { isObject, type PythonJson, pythonDumps, pythonFloat } from './python-json.ts';
import { Float, type Value } from './values.ts';

const MAX_INT64 = 2n ** 63n - 1n;
const NUMBER = /^\s*[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)\s*$/iu;

/**
 * A column's values as read_json looks for numbers in them: texts, truth values and numbers together become numbers if
 * all of them can, and doubles become whole numbers if all of them are and none is missing.
 */
export function asNumbers(values: Value[]): Value[] {
  const present = values.filter((value) => value !== null);
  const gaps = present.length < values.length;
  if (present.length === 0) return values;
  const all = (test: (value: Value) => boolean) => present.every(test);
  if (!gaps && all((value) => typeof value === 'boolean')) return values;
  if (all((value) => typeof value === 'number' || typeof value === 'bigint')) {
    const large = all((value) => Number(value) >= 0) || present.every((value) => BigInt(Number(value)) <= MAX_INT64);
    return large ? values : doubles(values);
  }
  const numbers = doubles(values);
  if (numbers === values) return values;
  const whole = (value: Value) =>
    value instanceof Float && Number.isInteger(value.value) && Math.abs(value.value) < 2 ** 63;
  // Texts become whole numbers only where they are written as such.
  const texts = present.filter((value) => typeof value === 'string');
  if (texts.length === present.length && texts.some((text) => /[.einf]/i.test(text))) return numbers;
  if (!numbers.every(whole)) return numbers;
  return numbers.map((value) => {
    const number = (value as Float).value;
    return Number.isSafeInteger(number) ? number + 0 : BigInt(number);
  });
}

/** The same values where one is no number. */
function doubles(values: Value[]): Value[] {
  const numbers: Value[] = [];
  for (const value of values) {
    const number = numberOf(value);
    if (number === undefined) return values;
    numbers.push(number === null || Number.isNaN(number) ? null : new Float(number));
  }
  return numbers;
}

function numberOf(value: Value): number | null | undefined {
  if (value === null) return null;
  if (value instanceof Float) return value.value;
  if (typeof value !== 'string') return typeof value === 'object' ? undefined : Number(value);
  if (!NUMBER.test(value)) return undefined;
  const word = value.trim().toLowerCase().replace(/^\+/, '');
  if (/inf/.test(word)) return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /nan/.test(word) ? Number.NaN : Number(word);
}

/** Values as Python's str() writes them, from the column that pandas has made of them. */
export function asText(values: Value[]): Value[] {
  const present = values.filter((value) => value !== null);
  const isNumber = (value: Value) => typeof value === 'number' || typeof value === 'bigint' || value instanceof Float;
  const asDoubles =
    present.every(isNumber) && (present.length < values.length || present.some((value) => value instanceof Float));
  return values.map((value) => {
    if (value === null || typeof value === 'string') return value;
    if (typeof value === 'boolean') return value ? 'True' : 'False';
    const number = value instanceof Float ? value.value : asDoubles ? Number(value) : undefined;
    return number === undefined ? String(value) : pythonFloat(number);
  });
}

/** What nests is JSON text; NaN is no value. */
export function cellOf(value: PythonJson): Value {
  if (Array.isArray(value) || isObject(value)) return pythonDumps(value);
  return value instanceof Float && Number.isNaN(value.value) ? null : value;
}
