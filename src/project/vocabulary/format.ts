import type { Field } from '../fields.ts';

/** How one key of a `file_format` is read. */
export interface FormatOption<T = unknown> {
  field: Field<T>;
  /** The value of an absent one; an option without it is needed. */
  otherwise?: () => T;
  /** One sentence for the page, without its full stop. */
  says: string;
}

export type FormatOptions = Readonly<Record<string, FormatOption>>;

/** What the raw file begins with, which a page or an error in its place does not. */
export type Content = 'text' | 'JSON' | 'HTML' | 'a workbook' | 'parquet' | 'an archive';

/** A raw format: everything about it but how it is read. */
export interface FormatDeclaration<O extends FormatOptions = FormatOptions> {
  /** One sentence, without its full stop. */
  says: string;
  /** In the order of the department's files: scalars by name, then the rest by name, but for csv and parquet. */
  options: O;
  /** What happens to other keys: an error, or the reader looks at them. */
  others: 'refuse' | 'ignore';
  /** Names that templates have for it too. */
  alsoCalled: readonly string[];
  /** Whether what is false or empty is written to the engine's files, as is done for csv and parquet. */
  keepsFalsy: boolean;
  /** Whether there is a geometry without `geometry` saying where. */
  isGeographic: boolean;
  content: Content;
  /** DuckDB reads large files beside JavaScript, which for anything else is busy. */
  readBy: 'DuckDB' | 'JavaScript';
  /** What one of its records is called. */
  record: 'row' | 'feature';
  /** As a template has it; a test reads a file by it. */
  example: string;
}

export function required<T>(field: Field<T>, says: string) {
  return { field, says } as const satisfies FormatOption<T>;
}

export function optional<T, O extends T>(field: Field<T>, otherwise: () => O, says: string) {
  return { field, otherwise, says } as const satisfies FormatOption<T>;
}

/** What JSON makes of a value; null is not written. */
type Written<V> = V extends null
  ? never
  : V extends bigint
    ? number
    : V extends ReadonlyMap<string, unknown>
      ? Readonly<Record<string, unknown>>
      : V;
type ValueOf<O extends FormatOption> = O extends { field: Field<infer V> } ? Written<V> : never;

/** What a reader gets of the options that a format declares: defaults are filled in. */
export type Options<O extends FormatOptions> = {
  readonly [N in keyof O as O[N] extends { otherwise: () => null } ? never : N]: ValueOf<O[N]>;
} & {
  readonly [N in keyof O as O[N] extends { otherwise: () => null } ? N : never]?: ValueOf<O[N]>;
};
