import { DEFAULT_MEMORY_LIMIT } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import { checkRanges, numbersFrom } from '../../settings/numbers.ts';

/** Every byte of a raw file is a stranger's; these bound what reading it can make us do. */
export interface ReadLimits {
  /** Of a table. @default 10000 */
  columns: number;
  /** Characters of a column's name. @default 10000 */
  nameLength: number;
  /** Characters of one line of a CSV file, those in quotes included. @default 134217728 */
  lineLength: number;
  /** Lists and objects, or tables of a page, within each other. @default 100 */
  nesting: number;
  /** Elements of a page that are begun and not ended. @default 10000 */
  pageNesting: number;
  /** Of one element of a page. @default 2000 */
  attributes: number;
  /** Rows times columns of a sheet, those without a value included. @default 1000000000 */
  sheetCells: number;
  /** Cells of all tables of a page, those included that one cell spans. @default 5000000 */
  pageCells: number;
  /** What the database may hold in memory. @default 734003200 */
  memoryBytes: number;
}

export const DEFAULT_READ_LIMITS: Readonly<ReadLimits> = {
  columns: 10_000,
  nameLength: 10_000,
  lineLength: 128 * 2 ** 20,
  nesting: 100,
  pageNesting: 10_000,
  attributes: 2_000,
  sheetCells: 1_000_000_000,
  pageCells: 5_000_000,
  memoryBytes: DEFAULT_MEMORY_LIMIT,
};

const VARIABLE = 'LIFECYCLE_READ_LIMITS';
const LEAST_MEMORY = 64 * 2 ** 20;

/**
 * The limits, with what `LIFECYCLE_READ_LIMITS` says (`columns=50000,nesting=1000`).
 * @throws LifecycleError LIF_BAD_SETTING
 */
export function readLimits(environment: string | undefined): ReadLimits {
  const limits = numbersFrom(environment, DEFAULT_READ_LIMITS, VARIABLE);
  const whole = { minimum: 1, whole: true };
  checkRanges(
    limits,
    {
      columns: whole,
      nameLength: whole,
      // A text of JavaScript cannot be longer.
      lineLength: { ...whole, maximum: 500_000_000 },
      nesting: whole,
      pageNesting: whole,
      attributes: whole,
      sheetCells: whole,
      pageCells: whole,
      memoryBytes: { minimum: LEAST_MEMORY, whole: true },
    },
    VARIABLE,
  );
  return limits;
}

/**
 * The error of a file that goes beyond a limit.
 * @param what a sentence about the file that ends before the number: `line 3 of the CSV file is longer than`
 * @param unit of the number, in the plural
 */
export function beyondLimit(limits: ReadLimits, name: keyof ReadLimits, what: string, unit: string): LifecycleError {
  const limit = limits[name];
  return new LifecycleError('ING_LIMIT', `${what} ${limit}${unit && ` ${unit}`}`, {
    hint: `look at the file, it is hardly what it should be; if it is genuine, raise the limit, as in ${VARIABLE}=${name}=${2 * limit}`,
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
