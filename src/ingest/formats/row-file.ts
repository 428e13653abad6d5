import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { overTable, type Relation } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import { Clock, Day, Float, Moment, type Value } from './values.ts';

export type Kind = 'bool' | 'integer' | 'float' | 'text' | 'moment' | 'day' | 'clock';

function kindOf(value: Exclude<Value, null>): Kind {
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

/** What stands in the file for a value, as JSON. */
function written(value: Exclude<Value, null>): string {
  if (value instanceof Float) return Number.isFinite(value.value) ? String(value.value) : `"${value.value}"`;
  if (value instanceof Moment || value instanceof Day || value instanceof Clock) return `"${value.iso}"`;
  if (typeof value === 'bigint') return `"${value}"`;
  return typeof value === 'string' ? quoted(value) : String(value);
}

/** What JSON writes otherwise than it is; half characters among them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON escapes
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;
const quoted = (text: string) => (ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`);

/** DuckDB's reader allocates twice this number for each thread, so a larger one only where it is needed. */
const USUAL_LINE_BYTES = 1024 * 1024;
/** Characters that are collected before they are written. */
const BUFFER_LENGTH = 256 * 1024;

function keysUpTo(from: number, last: number): string[] {
  return Array.from({ length: last - from + 1 }, (_, i) => `"c${from + i}":`);
}

interface RowFileColumn {
  name: string;
  type: string;
}

/**
 * Rows made in JavaScript on their way to DuckDB: an object a line with the keys `c0`, `c1`, … (not the columns' names,
 * which DuckDB would take regardless of case), nulls left out. Rows are tallied as they pass and never kept.
 */
export class RowFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  #waiting = '';
  /** `"c0":`, `"c1":`, … */
  readonly #keys: string[] = [];
  #longest = USUAL_LINE_BYTES;
  /** How many rows were added. */
  rows = 0;
  /** One a column, as many as the widest row has had. */
  readonly tallies: Tally[] = [];

  private constructor(handle: FileHandle, file: string) {
    this.#handle = handle;
    this.#path = file;
  }

  /** @param context its `workDir` takes the file, which lives as long as that */
  static async create(context: Pick<FormatContext, 'engine' | 'workDir'>): Promise<RowFile> {
    const file = path.join(context.workDir, `rows-${context.engine.newTableName().replaceAll('"', '')}.ndjson`);
    return new RowFile(await open(file, 'wx'), file);
  }

  /** Takes a row without writing it yet: `flush` must follow before many more. */
  add(row: readonly Value[]): void {
    this.rows++;
    let line = '';
    for (let i = 0; i < row.length; i++) {
      const tally = this.#tally(i);
      const value = row[i]!;
      if (value === null) continue;
      tally.values++;
      const kind = kindOf(value);
      if (kind !== tally.latest) {
        if (!tally.kinds.has(kind)) tally.kinds.set(kind, this.rows);
        tally.latest = kind;
      }
      if (typeof value === 'number' || typeof value === 'bigint') {
        if (value < tally.least) tally.least = value;
        if (value > tally.greatest) tally.greatest = value;
      }
      if (this.#keys.length <= i) this.#keys.push(...keysUpTo(this.#keys.length, i));
      line += (line === '' ? '{' : ',') + this.#keys[i] + written(value);
    }
    line = line === '' ? '{}\n' : `${line}}\n`;
    // A character takes three bytes at most for each unit of JavaScript's length.
    this.#longest = Math.max(this.#longest, 3 * line.length);
    this.#waiting += line;
  }

  #tally(column: number): Tally {
    while (this.tallies.length <= column) this.tallies.push({ kinds: new Map(), values: 0, least: 0, greatest: 0 });
    return this.tallies[column]!;
  }

  /** Writes what has gathered, if it is much. */
  async flush(): Promise<void> {
    if (this.#waiting.length > BUFFER_LENGTH) await this.#write();
  }

  async #write(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = '';
    await this.#handle.appendFile(text);
  }

  /** Ends the file; must be called also when something went wrong. */
  async close(): Promise<void> {
    try {
      await this.#write();
    } finally {
      await this.#handle.close();
    }
  }

  /** The closed file as a table with these columns, read as their types. */
  async load(engine: FormatContext['engine'], columns: readonly RowFileColumn[]): Promise<Relation> {
    const declared = columns.map(({ type }, i) => `c${i}: ${literal(this.#readAs(type, i))}`);
    const list = columns.map(({ type }, i) => {
      const ref = `c${i}`;
      return this.#readAs(type, i) === type ? ref : `TRY_CAST(${ref} AS ${type}) AS ${ref}`;
    });
    const table = await engine.materialize(
      `SELECT ${list.join(', ') || '1 AS nothing'} FROM read_json(${literal(this.#path)}, format = 'newline_delimited', records = true, columns = {${declared.join(', ') || "c0: 'VARCHAR'"}}, maximum_object_size = ${this.#longest})`,
    );
    return overTable(table, columns);
  }

  /** Dates and times are cast from text, since those that DuckDB's calendar does not hold become null. */
  #readAs(type: string, column: number): string {
    if (type === 'TIMESTAMP' || type === 'DATE' || type === 'TIME') return 'VARCHAR';
    const tally = this.tallies[column];
    return type === 'DOUBLE' && tally && tally.kinds.size > 0 && holdsOnly(tally, 'bool') ? 'BOOLEAN' : type;
  }
}
