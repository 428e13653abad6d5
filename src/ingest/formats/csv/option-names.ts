/** The keys of a csv `file_format` that go to the reader, by pandas' names. */
export const CSV_OPTIONS: readonly string[] = [
  'delimiter',
  'sep',
  'quoting',
  'quotechar',
  'encoding',
  'names',
  'header',
  'usecols',
  'dtype',
  'na_values',
  'keep_default_na',
  'na_filter',
  'skiprows',
  'nrows',
  'thousands',
  'comment',
  'true_values',
  'false_values',
  'parse_dates',
  'skipinitialspace',
];

/** Options by which pandas' reader works otherwise but reads the same: these values are taken, and do nothing. */
export const WITHOUT_EFFECT: Readonly<Record<string, readonly unknown[]>> = {
  engine: ['c', null],
  index_col: [false, null],
  compression: ['infer', null],
  encoding_errors: ['strict', null],
  on_bad_lines: ['error'],
  skip_blank_lines: [true],
  doublequote: [true],
  decimal: ['.'],
  float_precision: ['high', 'round_trip', 'legacy', null],
  low_memory: [true, false],
  memory_map: [true, false],
  cache_dates: [true, false],
};
