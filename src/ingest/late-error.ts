import { LifecycleError } from '../errors.ts';

type Code = 'ING_BAD_GEOMETRY' | 'ING_BAD_EXPRESSION' | 'ING_BAD_FILE' | 'ING_BAD_VALUE';

/** What DuckDB says of a geometry that GEOS does not take, of a regular expression, of parquet's pages and of a value. */
const KINDS: readonly [RegExp, Code, string][] = [
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
  const [, code, what] = kind;
  return new LifecycleError(code, `${dataset}: ${what} (${message.replace(/^[A-Za-z ]+ Error: /, '').trim()})`, {
    cause: error,
    hint: 'the rows are computed while they are written: look for the value in the raw file and at the steps of its column',
  });
}
