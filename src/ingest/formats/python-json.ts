import { LifecycleError } from '../../errors.ts';
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

/** @throws LifecycleError ING_BAD_FILE */
export function parseJson(text: string): PythonJson {
  try {
    const reviver = (_key: string, value: unknown, context: { source?: string }): unknown => {
      if (typeof value !== 'number' || context.source === undefined) return value;
      if (/[.eE]/.test(context.source)) return new Float(value);
      return Number.isSafeInteger(value) ? value : BigInt(context.source);
    };
    return JSON.parse(text, reviver as (key: string, value: unknown) => unknown) as PythonJson;
  } catch (cause) {
    throw new LifecycleError('ING_BAD_FILE', 'the file is no JSON', {
      cause,
      hint: 'look at what the source answers; a cut-off download or an error page is the usual reason',
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
    return `{${Object.entries(value)
      .map(([key, item]) => `${quoted(key)}: ${pythonDumps(item)}`)
      .join(', ')}}`;
  }
  return typeof value === 'string' ? quoted(value) : String(value);
}

function quoted(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
