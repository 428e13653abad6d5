import { LifecycleError } from '../errors.ts';

type Code = 'ING_BAD_ENCODING' | 'ING_BAD_GEOMETRY' | 'ING_BAD_EXPRESSION' | 'ING_BAD_FILE' | 'ING_BAD_VALUE';

const LOOK_FOR_VALUE =
  'the rows are computed while they are written: look for the value in the raw file and at the steps of its column';

/** What DuckDB says of a geometry that GEOS does not take, of a regular expression, of parquet's pages and of a value. */
const KINDS: readonly [RegExp, Code, string, string?][] = [
  [
    /^Invalid Input Error: Invalid string encoding found in Parquet file/,
    'ING_BAD_ENCODING',
    'the raw file has text that is not UTF-8',
    'text of a parquet file is UTF-8: have its source write it so, or as binary',
  ],
  [
    /IllegalArgumentException|TopologyException|GEOS/,
    'ING_BAD_GEOMETRY',
    'a geometry of the data cannot be made valid',
  ],
  [
    /missing ]|missing \)|invalid escape sequence|invalid perl operator|no argument for repetition|invalid character class|bad repetition operator|invalid repetition size|unexpected \)|invalid named capture|trailing \\|pattern too large|^Invalid Input Error: the regular expression /,
    'ING_BAD_EXPRESSION',
    'a regular expression of the template is not understood',
  ],
  [
    /^(?:Invalid Error: (?!.*(?:alloc|memory))|IO Error: Could not read enough bytes)/,
    'ING_BAD_FILE',
    'the raw file is damaged',
    'fetch it again; if it stays so, tell the owner of the source',
  ],
  [/^(Conversion|Invalid Input|Out of Range) Error/, 'ING_BAD_VALUE', 'a value does not fit the type of its column'],
];

/**
 * Expressions are computed when the rows are written, so an error of the data may come from the database then. Here it
 * gets a code; any other error stays as it is.
 */
export function lateError(error: unknown, dataset: string): unknown {
  if (error instanceof LifecycleError || !(error instanceof Error)) return error;
  const [message = ''] = error.message.split('\n');
  const kind = KINDS.find(([pattern]) => pattern.test(message));
  if (!kind) return error;
  const [, code, what, hint = LOOK_FOR_VALUE] = kind;
  const said = message
    .replace(/^[A-Za-z ]+ Error: /, '')
    .replace(/^(Invalid string encoding) found in Parquet file "[^"]*"/, '$1');
  return new LifecycleError(code, `${dataset}: ${what} (${said.trim()})`, {
    cause: error,
    hint,
  });
}
