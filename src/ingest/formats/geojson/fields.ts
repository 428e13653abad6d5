import { INSTANT } from '../../../relation/relation.ts';
import { hasOffset, isPlainDay, isStamp, stampOf } from './moment-texts.ts';

/** JSON's kinds of values, whole numbers apart by what holds them. */
export type Kind = 'INT32' | 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'VARCHAR' | 'ARRAY' | 'OBJECT';

/** What is known of one property over all features. */
export interface PropertyFacts {
  /** The kinds of its values, nulls left out. */
  kinds: ReadonlySet<Kind>;
  hasNulls: boolean;
  /** Of a property of strings: what all of them are. */
  textShape: TextShape;
}

export type TextShape = 'datetime' | 'datetime with offset' | 'time' | 'text';

const NUMBERS: ReadonlySet<Kind> = new Set(['INT32', 'INT64', 'DOUBLE']);
const SCALARS: ReadonlySet<Kind> = new Set([...NUMBERS, 'BOOLEAN']);

/** Whether all of a property's values are numbers and truth values. */
export const areScalars = (kinds: ReadonlySet<Kind>) => only(kinds, SCALARS);

const only = (kinds: ReadonlySet<Kind>, allowed: ReadonlySet<Kind>) => [...kinds].every((kind) => allowed.has(kind));

/** SQL for the kind of a JSON value. Numbers beyond 64 bits are decimals, as everywhere. */
export function kindOf(json: string): string {
  const fits = (type: string) => `TRY_CAST(${json} ->> '$' AS ${type}) IS NOT NULL`;
  const whole = `CASE WHEN ${fits('INTEGER')} THEN 'INT32' WHEN ${fits('BIGINT')} THEN 'INT64' ELSE 'DOUBLE' END`;
  return `CASE json_type(${json}) WHEN 'UBIGINT' THEN ${whole} WHEN 'BIGINT' THEN ${whole} WHEN 'HUGEINT' THEN 'DOUBLE' WHEN 'UHUGEINT' THEN 'DOUBLE' ELSE json_type(${json}) END`;
}

/** The type of numbers and truth values that stand together; truth values among numbers are 1 and 0. */
export function scalarType(kinds: ReadonlySet<Kind>): 'BOOLEAN' | 'INTEGER' | 'BIGINT' | 'DOUBLE' {
  if (kinds.has('DOUBLE')) return 'DOUBLE';
  if (kinds.has('INT64')) return 'BIGINT';
  return kinds.has('INT32') ? 'INTEGER' : 'BOOLEAN';
}

/** SQL for a JSON value as text: strings as they are, anything else in the notation that GDAL's JSON library has. */
export function textOf(json: string, kinds: ReadonlySet<Kind>): string {
  const text = `(${json} ->> '$')`;
  const cases: string[] = [];
  if (kinds.has('DOUBLE')) {
    const number = `TRY_CAST(${text} AS DOUBLE)`;
    cases.push(
      `WHEN json_type(${json}) NOT IN ('VARCHAR', 'ARRAY', 'OBJECT') AND (abs(${number}) >= 1e17 OR abs(${number}) < 1e-4 AND ${number} <> 0) AND TRY_CAST(${text} AS BIGINT) IS NULL THEN CAST(${number} AS VARCHAR)`,
    );
  }
  if (kinds.has('ARRAY') || kinds.has('OBJECT')) {
    // json_pretty breaks lines between tokens alone: inside strings a line end is escaped.
    const blanksInEmpty = `regexp_replace(json_pretty(${json}), '(?m)([{\\[])([}\\]])(,?)$', '\\1 \\2\\3', 'g')`;
    const spaced = `regexp_replace(${blanksInEmpty}, '\\n *', ' ', 'g')`;
    cases.push(`WHEN json_type(${json}) IN ('ARRAY', 'OBJECT') THEN replace(${spaced}, '/', '\\/')`);
  }
  return cases.length > 0 ? `CASE ${cases.join(' ')} ELSE ${text} END` : text;
}

/** The column that GDAL and pandas make of a property without lists and objects. `json` is the SQL of its JSON value. */
export function propertyColumn(json: string, facts: PropertyFacts): { expression: string; type: string } {
  const { kinds } = facts;
  if (kinds.size === 0) return { expression: 'NULL::VARCHAR', type: 'VARCHAR' };
  if (areScalars(kinds)) return scalarColumn(json, facts);
  if (kinds.size === 1 && kinds.has('VARCHAR')) return textColumn(`(${json} ->> '$')`, facts.textShape);
  return { expression: textOf(json, kinds), type: 'VARCHAR' };
}

/** The column of a property that is text throughout. `text` is the SQL of its text. */
export function textColumn(text: string, shape: TextShape): { expression: string; type: string } {
  const stamp = stampOf(text);
  switch (shape) {
    case 'datetime':
      return {
        expression: `CASE WHEN ${isPlainDay(text)} THEN CAST(TRY_CAST(${text} AS DATE) AS TIMESTAMP) ELSE ${milliseconds(`CAST(${stamp} AS TIMESTAMP)`)} END`,
        type: 'TIMESTAMP',
      };
    case 'datetime with offset':
      return { expression: milliseconds(`CAST(${stamp} AS TIMESTAMPTZ)`), type: INSTANT };
    case 'time':
      return {
        expression: `CAST(${milliseconds(`DATE '2000-01-01' + CAST(${stamp} AS TIME)`)} AS TIME)`,
        type: 'TIME',
      };
    default:
      return { expression: text, type: 'VARCHAR' };
  }
}

/** GDAL keeps milliseconds of a moment, to the nearest. */
const milliseconds = (moment: string) => `date_trunc('millisecond', ${moment} + INTERVAL 500 MICROSECOND)`;

function scalarColumn(json: string, { kinds, hasNulls }: PropertyFacts): { expression: string; type: string } {
  const text = `(${json} ->> '$')`;
  const own = scalarType(kinds);
  // pandas has no gaps in whole numbers and truth values.
  const type = hasNulls ? 'DOUBLE' : own;
  if (own === 'BOOLEAN') {
    const truth = `CAST(${text} AS BOOLEAN)`;
    return { expression: type === own ? truth : `CAST(${truth} AS DOUBLE)`, type };
  }
  // A number's JSON is the number: no need to parse it.
  if (!kinds.has('BOOLEAN')) return { expression: `CAST(CAST(${json} AS VARCHAR) AS ${type})`, type };
  const number = `CAST(${text} AS ${type})`;
  return { expression: `CASE ${text} WHEN 'true' THEN 1 WHEN 'false' THEN 0 ELSE ${number} END`, type };
}

/**
 * A condition on a later value: with it, `propertyColumn` of the first values gives the same column as that of all.
 * Undefined for what only a look at all values tells: times of day, lists and objects, and mixtures.
 */
export function promiseOf(json: string, facts: PropertyFacts): string | undefined {
  const { kinds, hasNulls } = facts;
  const among = (...allowed: string[]) => `json_type(${json}) IN (${allowed.map((kind) => `'${kind}'`).join(', ')})`;
  const isNull = `${json} IS NULL`;
  if (kinds.size === 0) return isNull;
  if (kinds.size === 1 && kinds.has('BOOLEAN')) return hasNulls ? `${isNull} OR ${among('BOOLEAN')}` : among('BOOLEAN');
  if (only(kinds, NUMBERS)) {
    // What is no number, or does not fit its type, ends the work at the cast; decimals would be rounded by it.
    if (hasNulls || kinds.has('DOUBLE')) return 'true';
    return `${json} IS NOT NULL AND NOT contains(${json}, '.') AND NOT contains(${json}, 'e')`;
  }
  // Among strings anything else would be written as text, and a list would make lists of all.
  const isText = `starts_with(${json}, '"')`;
  if (kinds.size !== 1 || !kinds.has('VARCHAR')) return undefined;
  if (facts.textShape === 'text') return `${isNull} OR ${isText}`;
  if (facts.textShape === 'time') return undefined;
  const text = `(${json} ->> '$')`;
  // One time zone makes the column one of moments in time.
  const sameKind = facts.textShape === 'datetime' ? ` AND NOT ${hasOffset(text)}` : '';
  return `${isNull} OR ${isText} AND (${isPlainDay(text)} OR ${isStamp(text)}${sameKind})`;
}
