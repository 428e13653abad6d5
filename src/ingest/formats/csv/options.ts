import { LifecycleError } from '../../../errors.ts';
import { NULL_TOKENS } from '../../../null-tokens.ts';
import type { FileFormat } from '../../../project/project.ts';
import { closest } from '../../../project/suggest.ts';
import { CSV_OPTIONS } from './option-names.ts';
import type { CsvDialect } from './tokenizer.ts';

/** The keys of a csv `file_format` that the reader understands, checked and with their defaults. */
export interface CsvOptions {
  dialect: CsvDialect;
  encoding: string;
  /** Column names that replace the header. */
  names: string[] | undefined;
  /** 0-based line of the header; undefined: there is none. */
  header: number | undefined;
  usecols: (string | number)[] | undefined;
  dtype: string | Record<string, string>;
  nullTokens: readonly string[];
  skipRows: number;
  maxRows: number | undefined;
  thousands: string | undefined;
  trueValues: string[];
  falseValues: string[];
  parseDates: string[];
}

/** csv.QUOTE_NONE of Python, which the templates write as a number. */
const QUOTE_NONE = 3;

const NOT_FOR_THE_READER = new Set(['type', 'unzipped_filename', 'geometry']);

function refuse(message: string, hint: string): never {
  throw new LifecycleError('ING_BAD_OPTION', message, { hint });
}

function character(name: string, value: unknown): string {
  if (typeof value === 'string' && [...value].length === 1) return value;
  if (value === '\\t') return '\t';
  return refuse(
    `csv option ${name} is ${JSON.stringify(value)}, not one character`,
    `write one character, such as ${name}: "|"`,
  );
}

function count(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  return refuse(
    `csv option ${name} is ${JSON.stringify(value)}, not a whole number`,
    `write a number of rows, such as ${name}: 2`,
  );
}

function texts(name: string, value: unknown): string[] {
  if (value === undefined || value === null || value === false) return [];
  const list = Array.isArray(value) ? value : [value];
  if (list.every((item) => ['string', 'number', 'boolean'].includes(typeof item))) return list.map(String);
  return refuse(`csv option ${name} is no list of texts`, `write a list, such as ${name}: ["-", "."]`);
}

/** @throws LifecycleError ING_BAD_OPTION */
export function csvOptions(format: FileFormat): CsvOptions {
  for (const key of Object.keys(format)) {
    if (CSV_OPTIONS.includes(key) || NOT_FOR_THE_READER.has(key)) continue;
    const near = closest(key, CSV_OPTIONS);
    refuse(
      `csv option ${JSON.stringify(key)} is not known`,
      near ? `did you mean ${near}?` : `the options are ${CSV_OPTIONS.join(', ')}`,
    );
  }
  const delimiter = format.delimiter ?? format.sep;
  const names = format.names === undefined || format.names === null ? undefined : texts('names', format.names);
  if (names && new Set(names).size < names.length)
    refuse('csv option names holds a name twice', 'give every column a name of its own');
  const header = typeof format.header === 'number' ? count('header', format.header) : names ? undefined : 0;
  const usecols = format.usecols as (string | number)[] | undefined;
  return {
    dialect: {
      delimiter: delimiter === undefined || delimiter === null ? ',' : character('delimiter', delimiter),
      quote:
        format.quoting === QUOTE_NONE ? undefined : format.quotechar ? character('quotechar', format.quotechar) : '"',
      comment: format.comment ? character('comment', format.comment) : undefined,
      skipInitialSpace: format.skipinitialspace === true,
    },
    encoding: typeof format.encoding === 'string' ? format.encoding : 'utf-8',
    names,
    header,
    usecols: Array.isArray(usecols) ? usecols : undefined,
    dtype: (format.dtype ?? {}) as string | Record<string, string>,
    nullTokens:
      format.na_filter === false
        ? []
        : [...(format.keep_default_na === false ? [] : NULL_TOKENS), ...texts('na_values', format.na_values)],
    skipRows: format.skiprows === undefined ? 0 : count('skiprows', format.skiprows),
    maxRows: format.nrows === undefined ? undefined : count('nrows', format.nrows),
    thousands: format.thousands ? character('thousands', format.thousands) : undefined,
    trueValues: texts('true_values', format.true_values),
    falseValues: texts('false_values', format.false_values),
    parseDates: texts('parse_dates', format.parse_dates),
  };
}
