import { literal } from '../engine/sql.ts';
import type { LookedAtColumn } from './looked-at.ts';

export type GivenValue = string | number | boolean;

const MOMENT = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z?)?$/;

const isDated = ({ type }: LookedAtColumn) => /^(DATE$|TIMESTAMP)/.test(type) && !type.endsWith(']');

/** Both sides of a comparison of a column with a value of a template; undefined where the two cannot be compared. */
export function sidesOf(column: LookedAtColumn, given: GivenValue): [column: string, value: string] | undefined {
  const { kind, sql } = column;
  if (kind === 'text' && typeof given === 'string') return [`CAST(${sql} AS VARCHAR)`, literal(given)];
  if (kind === 'number' && typeof given !== 'string') return [sql, numeral(Number(given))];
  if (kind === 'boolean' && typeof given !== 'string') return [`CAST(${sql} AS INTEGER)`, numeral(Number(given))];
  if (kind !== 'moment' || typeof given !== 'string' || !isDated(column)) return undefined;
  if (!MOMENT.test(given) || Number.isNaN(Date.parse(given))) return undefined;
  const moment = `TIMESTAMP ${literal(given.replace(/Z$/, ''))}`;
  // Instants compare as such, whatever the session's time zone is.
  return [column.type.includes('TIME ZONE') ? `make_timestamp(epoch_us(${sql}))` : `CAST(${sql} AS TIMESTAMP)`, moment];
}

/** True where the column has one of the values; those of another kind it never has. */
export function isOneOf(column: LookedAtColumn, values: readonly GivenValue[]): string {
  const sides = values.flatMap((each) => {
    const pair = sidesOf(column, each);
    return pair ? [pair] : [];
  });
  const [first] = sides;
  return first ? `${first[0]} IN (${sides.map(([, value]) => value).join(', ')})` : 'false';
}

function numeral(number: number): string {
  return number < 0 ? `(${number})` : String(number);
}
