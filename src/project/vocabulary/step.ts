import type { Arguments, Given, Signature } from './argument-types.ts';

/**
 * What becomes of the rows.
 *
 * - kept: all go on, in this or another order
 * - filtered: those that do not meet a condition are left out (`src/relation/promise.ts`)
 * - fewer, more, others: a table is made of all of them
 */
export type Rows = 'kept' | 'filtered' | 'fewer' | 'more' | 'others';

/** What can be told of a step that has run, counted or compared only where a report asks for it. */
export type Fact =
  | 'rows before'
  | 'rows after'
  | 'rows removed'
  | 'rows added'
  | 'columns before'
  | 'columns after'
  | 'columns added'
  | 'columns added, by name'
  | 'columns removed'
  | 'columns renamed'
  | 'columns retyped'
  | 'release of Geosupport';

/** What a report that needs more than facts may look at. */
export interface Seen {
  columnsRemoved: readonly string[];
  /** The same object where the coordinate reference system is the same. */
  crsBefore: { code?: string | undefined } | undefined;
  crsAfter: { code?: string | undefined } | undefined;
  rowsWithValue(column: string): Promise<number>;
  rowsWithOneOf(column: string, values: readonly string[]): Promise<number>;
}

/** Compared as methods are, so that a declaration of certain arguments is one of any. */
type From<A extends Arguments, T> = { from(args: Given<A> & Readonly<Record<string, unknown>>, seen: Seen): T }['from'];
type Told<A extends Arguments> = Readonly<Record<string, Fact | From<A, unknown>>>;

/** What config.json says of a step that has run, under the names that it has there. */
export interface Report<A extends Arguments = Arguments> {
  description: string | From<A, string>;
  data?: Told<A>;
  columns?: Told<A>;
  /** What the step itself notes down while it runs goes here too. */
  custom?: Told<A>;
}

/** A processing step: everything about it but how it is done. */
export interface StepDeclaration<A extends Arguments = Arguments> extends Signature {
  /** One sentence, without its full stop. */
  says: string;
  arguments: A;
  rows: Rows | 'as its method';
  reports: Report<A> | From<A, Report<A>>;
  /** The name in config.json, where it is another. */
  writtenName?: string;
  /** As a template has it, in one or two lines; a test runs it. */
  example: string;
}

export function step<const A extends Arguments>(
  facts: Omit<StepDeclaration<A>, 'others'> & { others?: Signature['others'] },
): StepDeclaration<A> {
  return { others: 'refuse', ...facts };
}

/** What is told of most steps. */
export const COLUMNS_CHANGED = { added: 'columns added', removed: 'columns removed' } as const satisfies Told<never>;
export const ROWS_REMOVED = { rows_removed: 'rows removed' } as const satisfies Told<never>;
