import { LifecycleError } from '../../errors.ts';
import { castTo } from '../../pandas/astype.ts';
import { parseDatesOneByOne } from '../../pandas/dates/coerce.ts';
import { isTextType } from '../../pandas/dtype.ts';
import { findColumn, type Relation, withColumn } from '../../relation/relation.ts';
import type { FormatContext } from './format.ts';
import type { Treatment } from './json-column.ts';
import { readRecords } from './json-record-files.ts';
import { type JsonRecord, jsonRecords, type Orient } from './json-records.ts';
import { addedOneByOne, gathered, type JsonTable } from './json-table.ts';
import { decoded, parseJson } from './python-json.ts';

interface ReadJsonOptions {
  orient?: Orient;
  dtype?: boolean | string | Record<string, string> | null;
  convert_dates?: boolean | string[];
  keep_default_dates?: boolean;
  date_unit?: keyof typeof UNITS | null;
  lines?: boolean;
  nrows?: number;
  encoding?: string;
  encoding_errors?: string;
}

const OPTIONS = [
  ...['orient', 'dtype', 'convert_dates', 'keep_default_dates', 'date_unit', 'lines', 'nrows', 'encoding'],
  'encoding_errors',
];
/** They choose how pandas works, not what comes out. */
const WITHOUT_EFFECT = ['precise_float', 'convert_axes', 'engine', 'typ', 'compression', 'storage_options'];

/** Units by how many there are in a second. */
const UNITS = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };

/** Names that pandas takes for dates. */
const looksLikeDate = (name: string) => {
  const lower = name.toLowerCase();
  return (
    lower.endsWith('_at') ||
    lower.endsWith('_time') ||
    lower.startsWith('timestamp') ||
    lower === 'modified' ||
    lower === 'date'
  );
};

/**
 * A table as pandas' read_json makes it: texts that are all numbers are numbers, whole doubles without a gap are whole
 * numbers, columns with names of dates are dates.
 *
 * @throws LifecycleError ING_BAD_OPTION, ING_BAD_FILE, ING_BAD_ENCODING, ING_MIXED_TYPES
 */
export async function readJson(bytes: Buffer, raw: Record<string, unknown>, context: FormatContext): Promise<Relation> {
  const options = checked(raw);
  const treatmentOf = (name: string): Treatment => {
    const word = wordFor(name, options);
    if (word === undefined) return options.dtype === false ? 'kept' : 'numbers';
    return isTextType(word) ? 'text' : 'kept';
  };
  const table =
    (await listOfObjects(bytes, options, treatmentOf, context)) ??
    (await addedOneByOne(anyRecords(textOf(bytes, options), options), treatmentOf, context));
  let relation = table.relation();
  for (const { name } of table.columns) {
    const word = wordFor(name, options);
    if (word !== undefined && !isTextType(word)) relation = await cast(context, relation, name, word);
    else if (word === undefined && isDate(name, options))
      relation = await convertDate(context, relation, name, options);
  }
  return relation;
}

const textOf = (bytes: Buffer, { encoding, encoding_errors: onBad }: ReadJsonOptions) =>
  decoded(bytes, encoding, onBad === 'replace' ? 'replace' : 'refuse');

/** Undefined where the document is anything else. */
async function listOfObjects(
  bytes: Buffer,
  options: ReadJsonOptions,
  treatmentOf: (name: string) => Treatment,
  context: FormatContext,
): Promise<JsonTable | undefined> {
  const { lines, orient, encoding = 'utf-8' } = options;
  if (lines || (orient && orient !== 'records')) return undefined;
  const utf8 = /^utf-?8$/i.test(encoding) ? bytes : Buffer.from(textOf(bytes, options));
  return gathered(context, treatmentOf, (table) => readRecords(utf8, { depth: 0, separator: '' }, table));
}

function anyRecords(text: string, options: ReadJsonOptions): JsonRecord[] {
  const data = options.lines
    ? text
        .split('\n')
        .map((line, i) => ({ line, number: i + 1 }))
        .filter(({ line }) => line.trim() !== '')
        .slice(0, options.nrows)
        .map(({ line, number }) => parseJson(line, number))
    : parseJson(text);
  return jsonRecords(data, options.orient);
}

function checked(raw: Record<string, unknown>): ReadJsonOptions {
  for (const key of Object.keys(raw)) {
    if (OPTIONS.includes(key) || WITHOUT_EFFECT.includes(key)) continue;
    throw new LifecycleError('ING_BAD_OPTION', `json_read_kwargs ${JSON.stringify(key)} is not known`, {
      hint: `use ${OPTIONS.join(', ')}`,
    });
  }
  const options = raw as ReadJsonOptions;
  if (raw.typ !== undefined && raw.typ !== 'frame') throw badOption('typ', raw.typ, 'leave it out');
  if (options.date_unit && !Object.hasOwn(UNITS, options.date_unit))
    throw badOption('date_unit', options.date_unit, `use one of ${Object.keys(UNITS).join(', ')}`);
  if (options.nrows !== undefined && !options.lines) throw badOption('nrows', options.nrows, 'it needs lines: true');
  return options;
}

function badOption(name: string, value: unknown, hint: string): LifecycleError {
  return new LifecycleError('ING_BAD_OPTION', `json_read_kwargs ${name} is ${JSON.stringify(value)}`, { hint });
}

function wordFor(name: string, { dtype }: ReadJsonOptions): string | undefined {
  if (typeof dtype === 'string') return dtype;
  return dtype !== null && typeof dtype === 'object' && Object.hasOwn(dtype, name) ? dtype[name] : undefined;
}

/** A column that does not fit stays as it is. */
async function cast(context: FormatContext, relation: Relation, name: string, word: string): Promise<Relation> {
  try {
    return await castTo(context.engine, relation, name, word);
  } catch (error) {
    if (error instanceof LifecycleError && error.code === 'ING_BAD_VALUE') return relation;
    throw error;
  }
}

function isDate(name: string, options: ReadJsonOptions): boolean {
  const { convert_dates: wanted = true, keep_default_dates: byName = true } = options;
  if (wanted === false) return false;
  return (Array.isArray(wanted) && wanted.includes(name)) || (byName && looksLikeDate(name));
}

/** pandas takes numbers for dates only above one year after 1970, in whichever unit puts them there. */
const SECONDS_IN_A_YEAR = 31_536_000;

async function convertDate(
  { engine }: FormatContext,
  relation: Relation,
  name: string,
  { date_unit: unit }: ReadJsonOptions,
): Promise<Relation> {
  const column = findColumn(relation, name)!;
  if (column.type === 'VARCHAR') return parseDatesOneByOne(engine, relation, name);
  if (column.type !== 'BIGINT' && column.type !== 'DOUBLE') return relation;
  const { expression } = column;
  const row = await engine.row(`SELECT min(${expression}) AS low, max(${expression}) AS high FROM ${relation.from}`);
  if (row.low === null || Number(row.low) <= SECONDS_IN_A_YEAR * (unit ? UNITS[unit] : 1)) return relation;
  // The first unit in which the latest value still is a year that nanoseconds reach.
  const perSecond = (unit ? [UNITS[unit]] : Object.values(UNITS)).find((n) => Number(row.high) / n < 9_223_372_036);
  if (perSecond === undefined) return relation;
  return withColumn(relation, name, {
    expression: `make_timestamp(CAST(${expression} * ${1e6 / perSecond} AS BIGINT))`,
    type: 'TIMESTAMP',
  });
}
