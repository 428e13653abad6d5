import { LifecycleError } from '../../../errors.ts';
import { NULL_TOKENS } from '../../../null-tokens.ts';
import type { FileFormat } from '../../../project/project.ts';
import { closest } from '../../../project/suggest.ts';
import { CSV_OPTIONS, WITHOUT_EFFECT } from './option-names.ts';
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
  /** Numbers that mean no value in a column of decimals, however they are written. */
  nullNumbers: readonly number[];
  /** Further null tokens of single columns. */
  columnNullTokens: Readonly<Record<string, readonly string[]>>;
  /** Lines that are left out before anything is read: so many from the beginning, or these, counted from 0. */
  skipRows: number | ReadonlySet<number>;
  maxRows: number | undefined;
  thousands: string | undefined;
  trueValues: string[];
  falseValues: string[];
  /** Names, or positions counted from 0. */
  parseDates: (string | number)[];
}

/** csv.QUOTE_MINIMAL and QUOTE_NONE of Python, which the templates write as numbers. */
const QUOTE_MINIMAL = 0;
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

const numberIn = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));

/** A whole number among them stands for itself as a decimal too. */
function nullTokens(value: unknown): string[] {
  return texts('na_values', value).flatMap((text) => {
    const number = numberIn(text);
    return Number.isInteger(number) ? [text, `${number}.0`, String(number)] : [text];
  });
}

function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function headerLine(value: unknown, names: readonly string[] | undefined): number | undefined {
  if (value === undefined || value === null || value === 'infer') return names ? undefined : 0;
  return count('header', value);
}

function skippedRows(value: unknown): number | ReadonlySet<number> {
  if (value === undefined || value === null) return 0;
  return Array.isArray(value) ? new Set(value.map((line) => count('skiprows', line))) : count('skiprows', value);
}

function usedColumns(value: unknown): (string | number)[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? value : [];
  const isPosition = (item: unknown) => typeof item === 'number' && Number.isInteger(item) && item >= 0;
  if (list.length > 0 && (list.every(isPosition) || list.every((item) => typeof item === 'string'))) return list;
  return refuse(
    `csv option usecols is ${JSON.stringify(value)}, no list of names and none of positions`,
    'write names, such as usecols: [id, name], or positions from 0, such as usecols: [0, 2]',
  );
}

function dateColumns(value: unknown): (string | number)[] {
  if (value === undefined || value === null || value === false) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' || Number.isInteger(item))) return value;
  return refuse(
    `csv option parse_dates is ${JSON.stringify(value)}, no list of columns`,
    'write a list, such as parse_dates: [created]',
  );
}

function words(name: string, value: unknown): string[] {
  if (value === undefined || value === null || Array.isArray(value)) return texts(name, value);
  return refuse(`csv option ${name} is no list`, `write a list, such as ${name}: ["yes"]`);
}

function dialectOf(format: FileFormat): CsvDialect {
  const { delimiter, sep, quoting = QUOTE_MINIMAL } = format;
  if (delimiter !== undefined && sep !== undefined)
    refuse('csv options delimiter and sep are both set', 'they mean the same: leave one of them out');
  // With csv.QUOTE_NONNUMERIC (2) whole numbers become decimals there; no template uses it.
  if (quoting !== QUOTE_MINIMAL && quoting !== 1 && quoting !== QUOTE_NONE)
    refuse(`csv option quoting is ${JSON.stringify(quoting)}`, 'write 0 for quotes where needed, or 3 for none');
  const separator = delimiter ?? sep ?? ',';
  return {
    delimiter: character('delimiter', separator),
    quote: quoting === QUOTE_NONE ? undefined : format.quotechar ? character('quotechar', format.quotechar) : '"',
    comment: format.comment ? character('comment', format.comment) : undefined,
    skipInitialSpace: format.skipinitialspace === true,
  };
}

function checkWithoutEffect(format: FileFormat): void {
  for (const [name, allowed] of Object.entries(WITHOUT_EFFECT)) {
    const value = format[name];
    if (value === undefined || allowed.includes(value)) continue;
    const list = allowed.map((item) => JSON.stringify(item)).join(', ');
    refuse(`csv option ${name} is ${JSON.stringify(value)}`, `only ${list} can be had: leave it out`);
  }
}

/** @throws LifecycleError ING_BAD_OPTION */
export function csvOptions(format: FileFormat): CsvOptions {
  const known = [...CSV_OPTIONS, ...Object.keys(WITHOUT_EFFECT)];
  for (const key of Object.keys(format)) {
    if (known.includes(key) || NOT_FOR_THE_READER.has(key)) continue;
    const near = closest(key, known);
    refuse(
      `csv option ${JSON.stringify(key)} is not known`,
      near ? `did you mean ${near}?` : `the options are ${CSV_OPTIONS.join(', ')}`,
    );
  }
  checkWithoutEffect(format);
  const names = format.names === undefined || format.names === null ? undefined : texts('names', format.names);
  if (names && new Set(names).size < names.length)
    refuse('csv option names holds a name twice', 'give every column a name of its own');
  const usual = format.keep_default_na === false ? [] : NULL_TOKENS;
  const isFiltered = format.na_filter !== false;
  const perColumn = isMap(format.na_values) ? format.na_values : {};
  const tokensOf = Object.entries(perColumn).map(([name, value]) => [name, nullTokens(value)] as const);
  return {
    dialect: dialectOf(format),
    encoding: typeof format.encoding === 'string' ? format.encoding : 'utf-8',
    names,
    header: headerLine(format.header, names),
    usecols: usedColumns(format.usecols),
    dtype: (format.dtype ?? {}) as string | Record<string, string>,
    nullTokens: isFiltered ? [...usual, ...(isMap(format.na_values) ? [] : nullTokens(format.na_values))] : [],
    nullNumbers:
      isFiltered && !isMap(format.na_values)
        ? texts('na_values', format.na_values).map(numberIn).filter(Number.isFinite)
        : [],
    columnNullTokens: isFiltered ? Object.fromEntries(tokensOf) : {},
    skipRows: skippedRows(format.skiprows),
    maxRows: format.nrows === undefined ? undefined : count('nrows', format.nrows),
    thousands: format.thousands ? character('thousands', format.thousands) : undefined,
    trueValues: words('true_values', format.true_values),
    falseValues: words('false_values', format.false_values),
    parseDates: dateColumns(format.parse_dates),
  };
}
