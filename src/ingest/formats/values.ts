import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { overTable, type Relation } from '../relation.ts';
import type { FormatContext } from './format.ts';

/** A number written with a fraction or exponent: Python's float, even where it is whole. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A moment without a zone, in ISO form. */
export class Moment {
  readonly iso: string;
  constructor(iso: string) {
    this.iso = iso;
  }
}

/** A time of day, in ISO form. */
export class Clock {
  readonly iso: string;
  constructor(iso: string) {
    this.iso = iso;
  }
}

/** One cell; `number` and `bigint` are whole numbers. */
export type Value = null | boolean | number | bigint | string | Float | Moment | Clock;

export interface ValueColumn {
  name: string;
  /** One a row. */
  values: Value[];
}

type Kind = 'bool' | 'integer' | 'float' | 'text' | 'moment' | 'clock';

function kindOf(value: Exclude<Value, null>): Kind {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' || typeof value === 'bigint') return 'integer';
  if (typeof value === 'string') return 'text';
  if (value instanceof Float) return 'float';
  return value instanceof Moment ? 'moment' : 'clock';
}

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/**
 * The type that a column of values has once pandas has written and read it.
 *
 * @throws LifecycleError ING_MIXED_TYPES for a column that no single type holds
 */
function typeOf(column: ValueColumn): string {
  const kinds = new Set<Kind>();
  let nulls = false;
  let large = false;
  for (const value of column.values) {
    if (value === null) nulls = true;
    else kinds.add(kindOf(value));
    if (typeof value === 'bigint' && (value > MAX_INT64 || value < MIN_INT64)) large = true;
  }
  const is = (...allowed: Kind[]) => [...kinds].every((kind) => allowed.includes(kind));
  if (kinds.size === 0) return 'DOUBLE';
  if (is('bool')) return 'BOOLEAN';
  if (is('integer')) return nulls ? 'DOUBLE' : large ? 'UBIGINT' : 'BIGINT';
  if (is('integer', 'float')) return 'DOUBLE';
  if (is('text')) return 'VARCHAR';
  if (is('moment')) return 'TIMESTAMP';
  if (is('clock')) return 'TIME';
  throw mixed(column, [...kinds]);
}

const WORDS: Record<Kind, string> = {
  bool: 'truth values',
  integer: 'whole numbers',
  float: 'numbers',
  text: 'text',
  moment: 'dates',
  clock: 'times',
};

function mixed(column: ValueColumn, kinds: Kind[]): LifecycleError {
  const [first] = kinds;
  const row = column.values.findIndex((value) => value !== null && kindOf(value) !== first) + 1;
  return new LifecycleError(
    'ING_MIXED_TYPES',
    `column ${JSON.stringify(column.name)} mixes ${kinds.map((kind) => WORDS[kind]).join(' and ')} (first in row ${row})`,
    { hint: `read it as text: set \`dtype: {${column.name}: str}\` in file_format, or mend it at the source` },
  );
}

/** What stands in the intermediate file for a value. */
function written(value: Value): unknown {
  if (value instanceof Float) return Number.isFinite(value.value) ? value.value : String(value.value);
  if (value instanceof Moment || value instanceof Clock) return value.iso;
  return typeof value === 'bigint' ? String(value) : value;
}

/** What DuckDB's reader takes by itself; it allocates by this number, so a larger one only where it is needed. */
const USUAL_LINE_BYTES = 16 * 1024 * 1024;

/** Hands columns made in JavaScript to DuckDB. */
export async function relationOf(
  columns: readonly ValueColumn[],
  rows: number,
  context: FormatContext,
): Promise<Relation> {
  const types = columns.map(typeOf);
  const file = path.join(context.workDir, `values-${context.engine.newTableName().replaceAll('"', '')}.ndjson`);
  const out = createWriteStream(file);
  let longest = USUAL_LINE_BYTES;
  for (let row = 0; row < rows; row++) {
    const line = `${JSON.stringify(columns.map((column) => written(column.values[row] ?? null)))}\n`;
    longest = Math.max(longest, 3 * line.length);
    if (!out.write(line)) await once(out, 'drain');
  }
  out.end();
  await finished(out);
  // Arrays, not objects: an object's keys would be taken for column names, which ignore case.
  const list = types.map((type, i) => `TRY_CAST(json ->> ${i} AS ${type}) AS c${i}`);
  const table = await context.engine.materialize(
    `SELECT ${list.length > 0 ? list.join(', ') : '1 AS nothing'} FROM read_json(${literal(file)}, format = 'newline_delimited', records = false, columns = {json: 'JSON'}, maximum_object_size = ${longest})`,
  );
  return overTable(
    table,
    columns.map((column, i) => ({ name: column.name, type: types[i]! })),
  );
}
