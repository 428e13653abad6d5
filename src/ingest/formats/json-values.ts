import { isObject, type PythonJson, pythonDumps } from './python-json.ts';
import { Float, type Value } from './values.ts';

const NUMBER = /^\s*[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)\s*$/iu;

/** The number that pandas finds in a text; undefined: none. */
export function numberInText(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const word = text.trim().toLowerCase().replace(/^\+/, '');
  if (/inf/.test(word)) return word.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /nan/.test(word) ? Number.NaN : Number(word);
}

/** What nests is JSON text; NaN is no value. */
export function cellOf(value: PythonJson): Value {
  if (Array.isArray(value) || isObject(value)) return pythonDumps(value);
  return value instanceof Float && Number.isNaN(value.value) ? null : value;
}
