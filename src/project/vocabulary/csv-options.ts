/** An option of pandas' reader: what it takes, what it is when left out, one sentence. */
export interface CsvOption {
  takes: string;
  otherwise?: unknown;
  says: string;
}

/** The keys of a csv `file_format` that go to the reader, by pandas' names. */
export const CSV_OPTIONS = {
  delimiter: { takes: 'text', otherwise: ',', says: 'between two fields; several characters are a regular expression' },
  sep: { takes: 'text', says: 'the same' },
  decimal: { takes: 'a character', otherwise: '.', says: 'before the decimals' },
  thousands: { takes: 'a character', says: 'between thousands' },
  quoting: { takes: 'one of 0, 1, 2, 3', otherwise: 0, says: '3: quotes are as other characters' },
  quotechar: { takes: 'a character', otherwise: '"', says: 'around fields' },
  doublequote: { takes: 'true or false', otherwise: true, says: 'two quotes are one within quotes' },
  escapechar: { takes: 'a character', says: 'takes its meaning from the next one' },
  encoding: { takes: 'text', otherwise: 'utf-8', says: 'of the file' },
  encoding_errors: {
    takes: 'one of strict, replace, ignore',
    otherwise: 'strict',
    says: 'of what is not in the encoding',
  },
  compression: {
    takes: 'one of infer, gzip, bz2, xz, zstd, zip',
    otherwise: 'infer',
    says: 'how it is packed; `infer` goes by the name',
  },
  names: { takes: 'a list of text', says: 'names of the columns' },
  header: { takes: 'a number', otherwise: 0, says: 'the line with the names; with `names` none unless given' },
  index_col: { takes: 'text, a number, a list of them, or false', says: 'columns that are left out of the table' },
  usecols: { takes: 'a list of names or positions', says: 'the columns that are read' },
  dtype: { takes: 'text or a map', says: 'types by column' },
  na_values: { takes: 'text, a list, or a map by column', says: 'what else is null' },
  keep_default_na: { takes: 'true or false', otherwise: true, says: 'whether pandas’ words for null are null' },
  na_filter: { takes: 'true or false', otherwise: true, says: 'whether anything is null' },
  skiprows: { takes: 'a number or a list of numbers', otherwise: 0, says: 'lines that are left out' },
  skipfooter: { takes: 'a number', otherwise: 0, says: 'lines that are left out at the end' },
  skip_blank_lines: { takes: 'true or false', otherwise: true, says: 'whether empty lines are left out' },
  nrows: { takes: 'a number', says: 'rows that are read at most' },
  comment: { takes: 'a character', says: 'what follows it is left out' },
  lineterminator: { takes: 'a character', says: 'ends a line; LF, CRLF and CR unless given' },
  on_bad_lines: { takes: 'one of error, skip, warn', otherwise: 'error', says: 'of lines with too many fields' },
  true_values: { takes: 'a list of text', says: 'what else is true' },
  false_values: { takes: 'a list of text', says: 'what else is false' },
  parse_dates: { takes: 'true or false, or a list of columns', otherwise: false, says: 'columns of dates' },
  date_format: { takes: 'text or a map by column', says: 'how they are written, as for `strftime`' },
  dayfirst: { takes: 'true or false', otherwise: false, says: 'whether 1/2 is the first of February' },
  skipinitialspace: { takes: 'true or false', otherwise: false, says: 'whether blanks before a field are left out' },
} as const satisfies Readonly<Record<string, CsvOption>>;

export const CSV_OPTION_NAMES: readonly string[] = Object.keys(CSV_OPTIONS);

/** Options by which pandas' reader works otherwise but reads the same: these values are taken, and do nothing. */
export const WITHOUT_EFFECT: Readonly<Record<string, readonly unknown[]>> = {
  engine: ['c', 'python', null],
  float_precision: ['high', 'round_trip', 'legacy', null],
  low_memory: [true, false],
  memory_map: [true, false],
  cache_dates: [true, false],
};

/** Options that pandas has, or had, and this reader has not: what to write instead. */
export const INSTEAD: Readonly<Record<string, string>> = {
  converters: 'leave it out and convert the column with a processing step',
  dialect: 'write delimiter, quotechar, escapechar, … one by one',
  chunksize: 'leave it out: files are read in pieces anyway',
  iterator: 'leave it out: files are read in pieces anyway',
  dtype_backend: 'leave it out, and name types that may be missing in dtype, such as Int64',
  storage_options: 'leave it out: the source says how the file is fetched',
  date_parser: 'write date_format',
  infer_datetime_format: 'leave it out: the first value says how dates are written',
  delim_whitespace: "write delimiter: '\\s+'",
  error_bad_lines: 'write on_bad_lines: error, skip or warn',
  warn_bad_lines: 'write on_bad_lines: error, skip or warn',
  mangle_dupe_cols: 'leave it out: repeated names become name.1, name.2, …',
  prefix: 'write names',
  squeeze: 'leave it out',
  verbose: 'leave it out',
  filepath_or_buffer: 'leave it out: the source names the file',
};
