import { LifecycleError } from '../errors.ts';

/** How far values may lie apart and still be the same. */
export interface Tolerances {
  /** Of all numbers with fractions: times the larger of the two, or itself where both are below 1. */
  numbers: number | undefined;
  /** By column: in its own units, a share of the value, or for times in microseconds. */
  columns: ReadonlyMap<string, ColumnTolerance>;
  /** Blanks around a text do not count. */
  trim: boolean;
}

export type ColumnTolerance =
  | { kind: 'absolute'; by: number }
  | { kind: 'relative'; by: number }
  | { kind: 'time'; by: number };

/** What computing leaves behind in the last digits of a number. Whole numbers are never taken for each other by it. */
export const NOISE = 1e-12;
/**
 * Shapes are the same within this, in units of the CRS. GeoJSON is usually written with seven decimals of a degree, about
 * a centimetre; projected systems are in metres or feet, where a thousandth is below what anybody surveys.
 */
export const SHAPE_TOLERANCE = { degrees: 1e-7, projected: 1e-3 };

const MICROSECONDS: Record<string, number> = { ms: 1e3, s: 1e6, m: 60e6, min: 60e6, h: 3600e6, d: 86_400e6 };

/** `1e-6` for all numbers; `COLUMN=0.5` in the column's units, `COLUMN=1%`, `COLUMN=2s`. @throws LifecycleError LIF_USAGE */
export function parseTolerances(texts: readonly string[], trim: boolean): Tolerances {
  let numbers: number | undefined;
  const columns = new Map<string, ColumnTolerance>();
  for (const text of texts) {
    const at = text.lastIndexOf('=');
    if (at < 0) numbers = amount(text, text);
    else columns.set(text.slice(0, at), columnTolerance(text.slice(at + 1), text));
  }
  return { numbers, columns, trim };
}

function columnTolerance(value: string, whole: string): ColumnTolerance {
  const [, number, unit = ''] = /^(.*?)(%|ms|s|min|m|h|d)?$/.exec(value.trim()) as unknown as string[];
  if (unit === '%') return { kind: 'relative', by: amount(number!, whole) / 100 };
  if (unit === '') return { kind: 'absolute', by: amount(number!, whole) };
  return { kind: 'time', by: amount(number!, whole) * MICROSECONDS[unit]! };
}

function amount(text: string, whole: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new LifecycleError('LIF_USAGE', `${JSON.stringify(whole)} is no tolerance`, {
    hint: 'write 1e-6 for all numbers, COLUMN=0.5 in the units of a column, COLUMN=1% of its value, COLUMN=2s for times',
  });
}
