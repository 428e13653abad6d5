import { type CodeFacts, EXIT } from './facts.ts';

/** ING_…: reading and processing raw files. */
export const INGEST_CODES = {
  ING_AMBIGUOUS_ARCHIVE: {
    meaning: 'An archive holds several files and the template does not say which to read.',
    remedy: 'Name one with `unzipped_filename` in file_format.',
    exit: EXIT.failed,
  },
  ING_BAD_ENCODING: {
    meaning: 'The bytes of a text file are not in the encoding that was expected.',
    remedy: 'Set `encoding` in file_format.',
    exit: EXIT.failed,
  },
  ING_BAD_EXPRESSION: {
    meaning: 'An expression in a step could not be understood.',
    remedy: 'Write it with the operators and methods that the message lists.',
    exit: EXIT.failed,
  },
  ING_BAD_FILE: {
    meaning: 'A raw file could not be read as the format that the template names.',
    remedy: 'Look at what the source answers; a cut-off download or an error page is the usual reason.',
    exit: EXIT.failed,
  },
  ING_BAD_GEOMETRY: {
    meaning: 'A value is no geometry, or one that the step cannot take.',
    remedy: 'Check `geometry` in file_format, or clean the data in an earlier step.',
    exit: EXIT.failed,
  },
  ING_BAD_OPTION: {
    meaning: 'An option of a format or a step is unknown or has a value it cannot have.',
    remedy: 'Use one of the options that the message lists.',
    exit: EXIT.failed,
  },
  ING_BAD_VALUE: {
    meaning: 'A value cannot become what a step makes of its column.',
    remedy: 'Use `errors: coerce`, or clean the value in an earlier step.',
    exit: EXIT.failed,
  },
  ING_CHECK_FAILED: {
    meaning: 'What was made is not what the template or the project lets through, compared with the version before.',
    remedy: 'Look at the source; if it is right, repeat with `--accept`, or change `checks` (docs/checks.md).',
    exit: EXIT.failed,
  },
  ING_DCPY: {
    meaning: "A version could not be made with the department's own engine (`runner: dcpy`).",
    remedy: 'Set LIFECYCLE_DCPY_PYTHON to a Python that has the package; the cause is what that engine says.',
    exit: EXIT.failed,
  },
  ING_DUPLICATE_COLUMN: {
    meaning: 'Two columns would have the same name.',
    remedy: 'Rename or drop one of them in a step.',
    exit: EXIT.failed,
  },
  ING_DUPLICATE_KEY: {
    meaning: 'A key that must be unique stands more than once.',
    remedy: 'Deduplicate by it in an earlier step.',
    exit: EXIT.failed,
  },
  ING_EMPTY_FILE: {
    meaning: 'The raw file is empty.',
    remedy: 'Look at what the source answers; an empty answer is never a dataset.',
    exit: EXIT.failed,
  },
  ING_FILE_NOT_FOUND: {
    meaning: 'A file, layer, sheet or table that the template names is not in the raw file.',
    remedy: 'Correct the name; the message lists what there is.',
    exit: EXIT.failed,
  },
  ING_GEOSUPPORT: {
    meaning: 'The geocoder could not be asked.',
    remedy: 'Set LIFECYCLE_GEOSUPPORT to a command that answers one JSON line per call.',
    exit: EXIT.failed,
  },
  ING_LIMIT: {
    meaning: 'A raw file goes beyond a bound on what a file may make the program do.',
    remedy: 'If the file is genuine, raise the limit that the message names, in LIFECYCLE_READ_LIMITS.',
    exit: EXIT.failed,
  },
  ING_MISSING_COLUMN: {
    meaning: 'A column that the template names is not in the data.',
    remedy: 'Correct the name; the message lists the columns there are.',
    exit: EXIT.failed,
  },
  ING_MISSING_KEY: {
    meaning: 'A key of the previous version is missing in the new rows.',
    remedy: 'Set `missing_key_behavior`, or complete the rows.',
    exit: EXIT.failed,
  },
  ING_MIXED_TYPES: {
    meaning: 'A column holds values of several kinds that no one type holds.',
    remedy: 'Read it as text, or mend it at the source.',
    exit: EXIT.failed,
  },
  ING_NO_COLUMNS: {
    meaning: 'A dataset has no columns.',
    remedy: 'Look at what the source answers, and at the steps that drop columns.',
    exit: EXIT.failed,
  },
  ING_NO_GEOMETRY: {
    meaning: 'A step needs a geometry and the data have none.',
    remedy: 'Describe the coordinates with `geometry` in file_format.',
    exit: EXIT.failed,
  },
  ING_NO_PREVIOUS: {
    meaning: 'A step needs a previous version and there is none.',
    remedy: 'Ingest or adopt one first.',
    exit: EXIT.failed,
  },
  ING_NUMBER_TOO_LARGE: {
    meaning: 'A whole number does not fit 64 bits.',
    remedy: 'Read the column as text with `dtype`.',
    exit: EXIT.failed,
  },
  ING_PYTHON: {
    meaning: 'A Python script could not be run or failed.',
    remedy: "Set LIFECYCLE_PYTHON to a Python that has the script's package.",
    exit: EXIT.failed,
  },
  ING_QUARANTINED: {
    meaning: 'The version is published, and quarantined, since checks of its rows or columns failed.',
    remedy:
      'Look at it: `lifecycle show ID@VERSION`; if it is right, `lifecycle release ID@VERSION --reason TEXT` (docs/checks.md).',
    exit: EXIT.quarantined,
  },
  ING_RAGGED_ROW: {
    meaning: 'A row of a CSV file has more fields than the rows before it.',
    remedy: 'Check `delimiter` and `quoting` in file_format.',
    exit: EXIT.failed,
  },
  ING_STEP_FAILED: {
    meaning: 'A processing step could not be carried out.',
    remedy: 'See the cause; a value of an unexpected kind is the usual reason.',
    exit: EXIT.failed,
  },
  ING_UNKNOWN_CRS: {
    meaning: 'A coordinate reference system is not known.',
    remedy: 'Write an authority and a code, such as EPSG:2263.',
    exit: EXIT.failed,
  },
  ING_UNKNOWN_MODE: {
    meaning: 'No step of the dataset has the mode that was asked for.',
    remedy: 'Use one of its modes, or none.',
    exit: EXIT.usage,
  },
  ING_UNSUPPORTED_COMPRESSION: {
    meaning: 'A raw file is compressed in a way that cannot be read.',
    remedy: 'Compress it with gzip, zstd, bzip2, xz or zip.',
    exit: EXIT.failed,
  },
  ING_WRONG_CRS: {
    meaning: 'The data are in another coordinate reference system than the template says.',
    remedy: 'Correct `crs` in file_format.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;
