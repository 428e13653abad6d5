import { LifecycleError } from '../../errors.ts';
import { Day, Float, Moment, type Value } from './values.ts';

export type Kind = 'bool' | 'integer' | 'float' | 'text' | 'moment' | 'day' | 'clock';

export function kindOf(value: Exclude<Value, null>): Kind {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'integer';
  if (typeof value === 'string') return 'text';
  if (value instanceof Float) return 'float';
  if (value instanceof Moment) return 'moment';
  return value instanceof Day ? 'day' : 'clock';
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/** What a column was seen to hold. */
export interface Tally {
  /** Each kind with the row, from 1, that brought it first. */
  kinds: Map<Kind, number>;
  /** Rows with a value. */
  values: number;
  /** Of the whole numbers. */
  least: number | bigint;
  greatest: number | bigint;
  /** Of the last value: most are like it. */
  latest?: Kind;
}

export function holdsOnly(tally: Tally, ...allowed: Kind[]): boolean {
  for (const kind of tally.kinds.keys()) if (!allowed.includes(kind)) return false;
  return true;
}

/**
 * The type that a column has once pandas has written and read it.
 *
 * @param rows of the whole table
 * @param placeOf where a person finds a row in the file
 * @throws LifecycleError ING_MIXED_TYPES, ING_NUMBER_TOO_LARGE for a column that no type holds
 */
export function typeOf(name: string, tally: Tally, rows: number, placeOf = (row: number) => `row ${row}`): string {
  if (tally.kinds.size === 0) return 'DOUBLE';
  if (holdsOnly(tally, 'bool')) return 'BOOLEAN';
  if (holdsOnly(tally, 'integer')) return tally.values < rows ? 'DOUBLE' : integerType(name, tally);
  if (holdsOnly(tally, 'integer', 'float')) return 'DOUBLE';
  if (holdsOnly(tally, 'text')) return 'VARCHAR';
  if (holdsOnly(tally, 'moment')) return 'TIMESTAMP';
  if (holdsOnly(tally, 'day')) return 'DATE';
  if (holdsOnly(tally, 'clock')) return 'TIME';
  throw mixedTypes(name, tally, placeOf);
}

function integerType(name: string, { least, greatest }: Tally): string {
  if (least >= MIN_INT64 && greatest <= MAX_INT64) return 'BIGINT';
  if (least >= 0 && greatest <= MAX_UINT64) return 'UBIGINT';
  throw new LifecycleError(
    'ING_NUMBER_TOO_LARGE',
    `column ${JSON.stringify(name)} holds whole numbers that 64 bits do not hold`,
    { hint: `keep them as text: set \`dtype: {${name}: str}\` in file_format, or mend them at the source` },
  );
}

const WORDS: Record<Kind, string> = {
  bool: 'truth values',
  integer: 'whole numbers',
  float: 'numbers',
  text: 'text',
  moment: 'moments',
  day: 'days',
  clock: 'times',
};

function mixedTypes(name: string, tally: Tally, placeOf: (row: number) => string): LifecycleError {
  const kinds = [...tally.kinds.keys()];
  const row = [...tally.kinds.values()][1];
  return new LifecycleError(
    'ING_MIXED_TYPES',
    `column ${JSON.stringify(name)} mixes ${kinds.map((kind) => WORDS[kind]).join(' and ')} (first in ${placeOf(row!)})`,
    { hint: `read it as text: set \`dtype: {${name}: str}\` in file_format, or mend it at the source` },
  );
}
