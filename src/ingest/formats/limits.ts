import { LifecycleError } from '../../errors.ts';
import { defaultsOf, type Numbers } from '../../settings/limits.ts';
import { READ_LIMITS } from '../../settings/read-limits.ts';

export type ReadLimits = Numbers<typeof READ_LIMITS>;
export const DEFAULT_READ_LIMITS: Readonly<ReadLimits> = defaultsOf(READ_LIMITS);

/**
 * The error of a file that goes beyond a limit.
 * @param what a sentence about the file that ends before the number: `line 3 of the CSV file is longer than`
 * @param unit of the number, in the plural
 */
export function beyondLimit(limits: ReadLimits, name: keyof ReadLimits, what: string, unit: string): LifecycleError {
  const limit = limits[name];
  return new LifecycleError('ING_LIMIT', `${what} ${limit}${unit && ` ${unit}`}`, {
    hint: `look at the file, it is hardly what it should be; if it is genuine, raise the limit, as in LIFECYCLE_READ_LIMITS=${name}=${2 * limit}`,
    details: { limit: name, value: limit },
  });
}

/** @throws LifecycleError ING_LIMIT where a table has too many columns, or one with too long a name */
export function checkColumns(
  { names, length = names.length }: { names: readonly string[]; length?: number },
  limits: ReadLimits,
): void {
  if (length > limits.columns)
    throw beyondLimit(limits, 'columns', `the table has ${length} columns, more than the allowed`, '');
  const long = names.findIndex((name) => name.length > limits.nameLength);
  if (long === -1) return;
  const start = JSON.stringify(names[long]!.slice(0, 40));
  const what = `the name of column ${long + 1}, which begins with ${start}, is longer than`;
  throw beyondLimit(limits, 'nameLength', what, 'characters');
}
