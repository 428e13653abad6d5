import { LifecycleError } from '../../errors.ts';
import type { StagedColumn, StagedType } from './staged/column.ts';
import type { StagedRows } from './staged/rows.ts';
import type { Kind, Tally } from './value-kinds.ts';
import { type Clock, Day, Float, Moment, type Value } from './values.ts';

/** How values of a kind lie in the file; `large` are whole numbers beyond 64 bits. Dates and times are their texts. */
const STAGED = {
  bool: 'boolean',
  integer: 'int64',
  large: 'text',
  float: 'double',
  text: 'text',
  moment: 'text',
  day: 'text',
  clock: 'text',
  json: 'text',
} as const satisfies Record<Kind | 'large' | 'json', StagedType>;
export type Part = keyof typeof STAGED;

const OPEN_BRACKET = 91;
const OWN_TYPES: Partial<Record<Part, string>> = {
  bool: 'BOOLEAN',
  integer: 'BIGINT',
  float: 'DOUBLE',
  text: 'VARCHAR',
};

/**
 * A column whose type is known when all rows have passed: its values of each kind lie in a staged column of their own,
 * and are tallied. What is put in is of the row that is at hand in `staged`; a row gets one value at most.
 */
export class ValueColumn {
  readonly tally: Tally = { kinds: new Map(), values: 0, least: 0, greatest: 0 };
  /** How many of them were put in. */
  lists = 0;
  objects = 0;
  readonly #staged: StagedRows;
  readonly #parts: Record<Part, StagedColumn | undefined> = {
    bool: undefined,
    integer: undefined,
    large: undefined,
    float: undefined,
    text: undefined,
    moment: undefined,
    day: undefined,
    clock: undefined,
    json: undefined,
  };

  constructor(staged: StagedRows) {
    this.#staged = staged;
  }

  put(value: Value): void {
    if (value === null) return;
    if (typeof value === 'string') this.putText(value);
    else if (typeof value === 'number') this.putWhole(value);
    else if (typeof value === 'boolean') this.putTruth(value);
    else if (typeof value === 'bigint') this.putLarge(value);
    else if (value instanceof Float) this.putDecimal(value.value);
    else this.#putClock(value);
  }

  /** A whole number that a double holds exactly. */
  putWhole(value: number): void {
    this.#count('integer');
    const { tally } = this;
    if (value < tally.least) tally.least = value;
    if (value > tally.greatest) tally.greatest = value;
    this.#ready(this.#parts.integer ?? this.#begin('integer')).addNumber(value);
  }

  putLarge(value: bigint): void {
    this.#count('integer');
    const { tally } = this;
    if (value < tally.least) tally.least = value;
    if (value > tally.greatest) tally.greatest = value;
    if (BigInt.asIntN(64, value) === value) this.#ready(this.#parts.integer ?? this.#begin('integer')).addBigInt(value);
    else this.#ready(this.#parts.large ?? this.#begin('large')).addText(String(value));
  }

  putDecimal(value: number): void {
    this.#count('float');
    this.#ready(this.#parts.float ?? this.#begin('float')).addNumber(value);
  }

  putTruth(value: boolean): void {
    this.#count('bool');
    this.#ready(this.#parts.bool ?? this.#begin('bool')).addBoolean(value);
  }

  /** @throws LifecycleError ING_BAD_VALUE for half a character of UTF-16 */
  putText(text: string): void {
    this.#count('text');
    const isWhole = this.#ready(this.#parts.text ?? this.#begin('text')).addText(text);
    if (!isWhole) throw halfCharacter(this.#staged.rows + 1, text);
  }

  /** A text in UTF-8. */
  putBytes(source: Uint8Array, start: number, end: number): void {
    this.#count('text');
    this.#ready(this.#parts.text ?? this.#begin('text')).addBytes(source, start, end);
  }

  /** A list or an object as it is written; not tallied, since no type holds it beside others. */
  putJson(source: Uint8Array, start: number, end: number): void {
    if (source[start] === OPEN_BRACKET) this.lists++;
    else this.objects++;
    this.#ready(this.#parts.json ?? this.#begin('json')).addBytes(source, start, end);
  }

  /** Whether a value of that kind was put in. */
  has(part: Part): boolean {
    return this.#parts[part] !== undefined;
  }

  /** SQL over the closed file for the values as JSON. */
  json(): string {
    const values = Object.entries(this.#parts).flatMap(([part, column]) => {
      if (!column) return [];
      return part === 'json' || part === 'large' ? `CAST(${column.name} AS JSON)` : `to_json(${column.name})`;
    });
    if (values.length === 0) return 'CAST(NULL AS JSON)';
    return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`;
  }

  #putClock(value: Moment | Day | Clock): void {
    const kind = value instanceof Moment ? 'moment' : value instanceof Day ? 'day' : 'clock';
    this.#count(kind);
    this.#ready(this.#parts[kind] ?? this.#begin(kind)).addText(value.iso);
  }

  #count(kind: Kind): void {
    const { tally } = this;
    tally.values++;
    if (kind === tally.latest) return;
    if (!tally.kinds.has(kind)) tally.kinds.set(kind, this.#staged.rows + 1);
    tally.latest = kind;
  }

  #begin(part: Part): StagedColumn {
    const column = this.#staged.addColumn(STAGED[part]);
    this.#parts[part] = column;
    return column;
  }

  #ready(column: StagedColumn): StagedColumn {
    column.skipTo(this.#staged.waiting);
    return column;
  }

  /** SQL over the closed file for the values as a type. @param without a kind that is left out */
  expression(type: string, { without, more = [] }: { without?: Part; more?: readonly string[] } = {}): string {
    const values = [...more];
    for (const [part, column] of Object.entries(this.#parts) as [Part, StagedColumn | undefined][])
      if (column && part !== without) values.push(castOf(part, column.name, type));
    if (values.length === 0) return `CAST(NULL AS ${type})`;
    return values.length === 1 ? values[0]! : `coalesce(${values.join(', ')})`;
  }
}

/** Dates and times that DuckDB's calendar does not hold become null. */
function castOf(part: Part, name: string, type: string): string {
  if (OWN_TYPES[part] === type) return name;
  return `${part === 'moment' || part === 'day' || part === 'clock' ? 'TRY_CAST' : 'CAST'}(${name} AS ${type})`;
}

function halfCharacter(row: number, text: string): LifecycleError {
  const start = JSON.stringify(text.slice(0, 40));
  return new LifecycleError('ING_BAD_VALUE', `row ${row} has a text with half a character of UTF-16: ${start}`, {
    hint: 'mend it at the source: the half has no bytes in UTF-8, in which tables are written',
  });
}
