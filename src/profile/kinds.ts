import type { ColumnInfo } from '../engine/engine.ts';
import { identifier } from '../engine/sql.ts';
import type { ColumnKind } from './document.ts';

const NUMBER = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*)$/;
const MOMENT = /^(DATE|TIME|TIMESTAMP)\b|^TIMESTAMP_/;
const TEXT = /^(VARCHAR|ENUM\(.*)$/s;

export function kindOf(type: string): ColumnKind {
  if (type.startsWith('GEOMETRY')) return 'geometry';
  if (type === 'BOOLEAN') return 'boolean';
  if (TEXT.test(type)) return 'text';
  // Lists of numbers end so.
  if (type.endsWith(']')) return 'other';
  if (NUMBER.test(type)) return 'number';
  return MOMENT.test(type) ? 'moment' : 'other';
}

/** The type of a geometry with its CRS by code; without the spatial extension DuckDB gives the whole of it, as PROJJSON. */
export function shortType(type: string): string {
  const [, text] = /^GEOMETRY\('(\{.*\})'\)$/s.exec(type) ?? [];
  if (text === undefined) return type;
  try {
    const { id } = JSON.parse(text.replaceAll("''", "'")) as { id?: { authority: string; code: string | number } };
    return id ? `GEOMETRY('${id.authority}:${id.code}')` : 'GEOMETRY';
  } catch {
    return 'GEOMETRY';
  }
}

/** Only these have a place on a line of time. */
export function isDated({ type }: ColumnInfo): boolean {
  return /^(DATE$|TIMESTAMP)/.test(type) && !type.endsWith(']');
}

/** Characters of a value that are kept. */
export const KEPT = 200;
/** Binary values are counted by their beginning, which says what they are. */
const KEPT_BYTES = 64;

/** The values of a column as they are counted: those that do not compare or show well by themselves as text. */
export function counted({ name, type }: ColumnInfo): string {
  const column = identifier(name);
  const kind = kindOf(type);
  if (kind === 'text') return type === 'VARCHAR' ? column : `CAST(${column} AS VARCHAR)`;
  if (type === 'BLOB') return `CAST(${column}[1:${KEPT_BYTES}] AS VARCHAR)`;
  return kind === 'other' ? `CAST(${column} AS VARCHAR)` : column;
}

/** A number for each value of a column that has a histogram: itself, or its seconds since 1970. */
export function measured(column: ColumnInfo, value: string): string | undefined {
  const kind = kindOf(column.type);
  if (kind === 'number') return `CAST(${value} AS DOUBLE)`;
  if (!isDated(column)) return undefined;
  const known = column.type === 'TIMESTAMP_NS' ? `CAST(${value} AS TIMESTAMP)` : value;
  return `CASE WHEN isfinite(${known}) THEN CAST(epoch(${known}) AS DOUBLE) END`;
}
