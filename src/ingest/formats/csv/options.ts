import { NULL_TOKENS } from '../../../pandas/null-tokens.ts';
import { CSV_OPTION_NAMES, INSTEAD, WITHOUT_EFFECT } from '../../../project/vocabulary/csv-options.ts';
import type { FormatArguments } from '../../../project/vocabulary/formats.ts';
import { closest } from '../../../suggest.ts';
import { separation } from './delimiter.ts';
import type { EncodingErrors } from './encodings.ts';
import {
  character,
  count,
  dateColumns,
  dateFormats,
  indexColumns,
  isMap,
  nullTokens,
  numberIn,
  refuse,
  texts,
  truth,
  usedColumns,
  word,
  words,
} from './option-values.ts';
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
  /** @default '.' */
  decimal: string | undefined;
  /** Rows that are left out at the end, blank lines included. */
  skipFooter: number;
  /** Whether a line without anything is left out; otherwise it is a row without values. */
  skipBlankLines: boolean;
  /** What becomes of a row with too many fields. */
  onBadLines: 'error' | 'skip' | 'warn';
  /** Columns that are no part of the table, by names or positions. */
  indexColumns: (string | number)[];
  /** What becomes of bytes that the encoding does not have. */
  encodingErrors: EncodingErrors;
  /** How the file is compressed, where its name does not say it. */
  compression: 'infer' | 'gzip' | 'bz2' | 'xz' | 'zstd';
  /** Numbers are decimals, even those that are written as whole ones. */
  onlyDecimals: boolean;
  /** How dates are written, of all columns or by column; guessed by default. */
  dateFormat: string | Record<string, string> | undefined;
  dayFirst: boolean;
  trueValues: string[];
  falseValues: string[];
  /** Names, or positions counted from 0. */
  parseDates: (string | number)[];
}

/** Python's csv.QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC and QUOTE_NONE, which the templates write as numbers. */
const QUOTE_MINIMAL = 0;
const QUOTE_NONNUMERIC = 2;
const QUOTE_NONE = 3;

const KNOWN = [...CSV_OPTION_NAMES, ...Object.keys(WITHOUT_EFFECT)];
const NOT_FOR_THE_READER = new Set(['type', 'unzipped_filename', 'geometry']);

function headerLine(value: unknown, names: readonly string[] | undefined): number | undefined {
  if (value === undefined || value === null || value === 'infer') return names ? undefined : 0;
  return count('header', value);
}

function skippedRows(value: unknown): number | ReadonlySet<number> {
  if (value === undefined || value === null) return 0;
  return Array.isArray(value) ? new Set(value.map((line) => count('skiprows', line))) : count('skiprows', value);
}

async function dialectOf(format: FormatArguments<'csv'>): Promise<CsvDialect> {
  const { delimiter, sep, quoting = QUOTE_MINIMAL, skip_blank_lines, skipfooter, lineterminator } = format;
  if (delimiter !== undefined && sep !== undefined)
    refuse('csv options delimiter and sep are both set', 'they mean the same: leave one of them out');
  if (![QUOTE_MINIMAL, 1, QUOTE_NONNUMERIC, QUOTE_NONE].includes(quoting as number))
    refuse(`csv option quoting is ${JSON.stringify(quoting)}`, 'write 0 for quotes where needed, or 3 for none');
  if (typeof lineterminator === 'string' && lineterminator.length > 1)
    refuse('csv option lineterminator has several characters', 'leave it out: LF, CRLF and CR all end a line');
  return {
    ...(await separation(delimiter ?? sep ?? ',')),
    quote: quoting === QUOTE_NONE ? undefined : format.quotechar ? character('quotechar', format.quotechar) : '"',
    doublesQuotes: truth('doublequote', format.doublequote, true),
    escape: format.escapechar ? character('escapechar', format.escapechar) : undefined,
    comment: format.comment ? character('comment', format.comment) : undefined,
    skipInitialSpace: format.skipinitialspace === true,
    lineEnd: lineterminator ? character('lineterminator', lineterminator) : undefined,
    emptyRecords: skip_blank_lines === false ? 'blank' : skipfooter ? 'all' : 'none',
  };
}

function checkWithoutEffect(format: FormatArguments<'csv'>): void {
  for (const [name, allowed] of Object.entries(WITHOUT_EFFECT)) {
    const value = format[name];
    if (value === undefined || allowed.includes(value)) continue;
    const list = allowed.map((item) => JSON.stringify(item)).join(', ');
    refuse(`csv option ${name} is ${JSON.stringify(value)}`, `only ${list} can be had: leave it out`);
  }
}

/** What to write in place of an option that there is not. */
function unknownOptionHint(key: string): string {
  if (Object.hasOwn(INSTEAD, key)) return INSTEAD[key]!;
  const near = closest(key, KNOWN);
  return near ? `did you mean ${near}?` : `the options are ${CSV_OPTION_NAMES.join(', ')}`;
}

/** @throws LifecycleError ING_BAD_OPTION */
export async function csvOptions(format: FormatArguments<'csv'>): Promise<CsvOptions> {
  for (const key of Object.keys(format)) {
    if (KNOWN.includes(key) || NOT_FOR_THE_READER.has(key)) continue;
    refuse(`csv option ${JSON.stringify(key)} is not known`, unknownOptionHint(key));
  }
  checkWithoutEffect(format);
  const names = format.names === undefined || format.names === null ? undefined : texts('names', format.names);
  if (names && new Set(names).size < names.length)
    refuse('csv option names holds a name twice', 'give every column a name of its own');
  const skipFooter = format.skipfooter === undefined ? 0 : count('skipfooter', format.skipfooter);
  if (skipFooter > 0 && format.nrows !== undefined)
    refuse('csv options skipfooter and nrows are both set', 'leave one of them out: nrows reads no footer anyway');
  const compression = word('compression', format.compression, ['infer', 'gzip', 'bz2', 'xz', 'zstd', 'zip']);
  const usual = format.keep_default_na === false ? [] : NULL_TOKENS;
  const isFiltered = format.na_filter !== false;
  const perColumn = isMap(format.na_values) ? format.na_values : {};
  const tokensOf = Object.entries(perColumn).map(([name, value]) => [name, nullTokens(value)] as const);
  return {
    dialect: await dialectOf(format),
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
    decimal: format.decimal === undefined ? undefined : character('decimal', format.decimal),
    skipFooter,
    skipBlankLines: truth('skip_blank_lines', format.skip_blank_lines, true),
    onBadLines: word('on_bad_lines', format.on_bad_lines, ['error', 'skip', 'warn']),
    indexColumns: indexColumns(format.index_col),
    encodingErrors: word('encoding_errors', format.encoding_errors, ['strict', 'replace', 'ignore']),
    compression: compression === 'zip' ? 'infer' : compression,
    onlyDecimals: format.quoting === QUOTE_NONNUMERIC,
    dateFormat: dateFormats(format.date_format),
    dayFirst: truth('dayfirst', format.dayfirst, false),
  };
}
