import type { Engine, Row } from '../engine/engine.ts';
import { escapePattern, identifier, isOddNumber, isOneOf, literal } from '../engine/sql.ts';

/** How numbers and truth values are written in a file, beside the usual way. */
export interface Spelling {
  /** A character taken out of numbers, such as `,`. */
  thousands?: string | undefined;
  /** The character before the decimals. @default '.' */
  decimal?: string | undefined;
  /** Whole numbers are decimals too. */
  onlyDecimals?: boolean;
  trueValues?: readonly string[];
  falseValues?: readonly string[];
  /** Numbers that stand for no value in a column of doubles. */
  nullNumbers?: readonly number[];
}

/** What may stand around a number, line breaks in quotes included. */
const BLANKS = '[\\t-\\r ]*';

export type Kind = 'integer' | 'double' | 'bool' | 'text';

/**
 * SQL tests on a text expression, true where the text is of the kind. Cheap ones first: they run on every value.
 *
 * @param known SQL that tells whether the text is a whole number, where that has been found out
 */
export function kindTests(text: string, options: Spelling, known?: string) {
  const number = plainNumber(text, options);
  const whole = known ?? isWhole(number);
  const words = [...(options.trueValues ?? []), ...(options.falseValues ?? [])];
  const orKnown = known === undefined ? '' : `WHEN ${known} THEN true `;
  const finite = `isfinite(TRY_CAST(${number} AS DOUBLE)) AND NOT ${isOddNumber(number)}`;
  // A cast that fails costs ten times one that does not.
  const holds = (type: string) => `CASE WHEN ${whole} THEN TRY_CAST(${number} AS ${type}) IS NOT NULL ELSE false END`;
  return {
    number,
    // DuckDB's own casts take 1e3, 1.5, 1_000 and 0x10 for integers.
    bigint: holds('BIGINT'),
    /** Faster to find out than what the pattern says: whole numbers as DuckDB writes them, which most are. */
    canonical: `CAST(TRY_CAST(${number} AS BIGINT) AS VARCHAR) = ${number}`,
    anyInteger: whole,
    ubigint: holds('UBIGINT'),
    finite,
    // Numbers in digits begin with a character before the colon; the cast of anything else is slow to fail.
    double: `CASE ${orKnown}WHEN ${number} < ':' AND (${finite} OR ${overflows(number)}) THEN true ELSE ${isOneOf(`lower(${number})`, INFINITIES)} END`,
    bool: `(lower(${text}) IN ('true', 'false')${words.length > 0 ? ` OR ${isOneOf(text, words)}` : ''})`,
  };
}

const isWhole = (number: string) => `regexp_full_match(${number}, '${BLANKS}[+-]?[0-9]+${BLANKS}')`;

/**
 * A number as SQL writes it. Separators of thousands are taken out behind digits of the whole part; anywhere else they
 * make the text one that is no number, as does a point where decimals stand behind another character.
 */
export function plainNumber(text: string, { thousands = '', decimal = '.' }: Spelling): string {
  if (thousands === '' && decimal === '.') return text;
  const group = thousands === '' ? '' : `${escapePattern(thousands)}?`;
  const written = `${BLANKS}[+-]?([0-9]${group})*(${escapePattern(decimal)}[0-9]*)?([eE][+-]?[0-9]+)?${BLANKS}`;
  const whole = thousands === '' ? text : `replace(${text}, ${literal(thousands)}, '')`;
  const number = decimal === '.' || decimal === thousands ? whole : `replace(${whole}, ${literal(decimal)}, '.')`;
  const other =
    decimal === '.' ? text : `CASE WHEN contains(${text}, '.') THEN concat('''', ${text}, '''') ELSE ${text} END`;
  const spelled = `CASE WHEN regexp_full_match(${text}, ${literal(written)}) THEN ${number} ELSE ${other} END`;
  // Without any of these characters nothing changes, and most texts have none.
  const marks = new Set([thousands, ...(decimal === '.' ? [] : [decimal, '.'])].filter((mark) => mark !== ''));
  const hasMark = [...marks].map((mark) => `contains(${text}, ${literal(mark)})`).join(' OR ');
  return `CASE WHEN ${hasMark} THEN ${spelled} ELSE ${text} END`;
}

/** Infinity in words, which pandas takes without blanks around it only; `nan` it takes for a null token or for text. */
const INFINITIES = ['', '+', '-'].flatMap((sign) => [`${sign}inf`, `${sign}infinity`]);

/** A number that no double holds: pandas makes it infinite or zero, DuckDB's cast refuses some of them. */
export function overflows(number: string): string {
  return `(coalesce(isinf(TRY_CAST(${number} AS DOUBLE)), true) AND regexp_full_match(${number}, '${BLANKS}[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?${BLANKS}'))`;
}

/** Text that is known to be a number, as the nearest double. */
export function toDouble(number: string): string {
  return `CASE WHEN ${number} IS NULL THEN NULL ELSE coalesce(TRY_CAST(${number} AS DOUBLE), CASE WHEN regexp_matches(${number}, '[eE]-') THEN 0 ELSE 'inf'::DOUBLE END * CASE WHEN starts_with(trim(${number}), '-') THEN -1 ELSE 1 END) END`;
}

/** Without the numbers that stand for no value. */
export function withoutNulls(double: string, { nullNumbers = [] }: Spelling): string {
  return nullNumbers.reduce((value, number) => `nullif(${value}, ${literal(String(number))}::DOUBLE)`, double);
}

const KINDS = ['bigint', 'anyInteger', 'ubigint', 'double', 'bool'] as const;

/** How many values of a column are of which kind. */
export interface KindCounts {
  rows: number;
  values: number;
  bigint: number;
  anyInteger: number;
  ubigint: number;
  double: number;
  bool: number;
}

const NOTHING: Readonly<KindCounts> = {
  rows: 0,
  values: 0,
  bigint: 0,
  anyInteger: 0,
  ubigint: 0,
  double: 0,
  bool: 0,
};

/** Columns that one statement looks at: a chunk of DuckDB's rows holds as many texts of each. */
const COLUMNS_AT_ONCE = 500;

/**
 * The kinds of the texts of each column, by its key. The columns are laid one below the other, so that the tests stand in
 * the statement once: one with a count for each column takes DuckDB a time that grows with the third power of their number.
 *
 * @param limit of the rows that are looked at, from the beginning
 */
export async function countKinds(
  engine: Engine,
  from: string,
  columns: readonly { key: string; text: string }[],
  options: Spelling,
  limit?: number,
): Promise<Map<string, KindCounts>> {
  const counted = new Map<string, KindCounts>();
  const test = kindTests('t', options, 'w');
  const tests = KINDS.map((kind) => `count(*) FILTER (${test[kind]}) AS ${identifier(kind)}`);
  for (let first = 0; first < columns.length; first += COLUMNS_AT_ONCE) {
    const some = columns.slice(first, first + COLUMNS_AT_ONCE);
    const texts = some.map(({ text }, i) => `${text} AS t${i}`);
    const rows = `SELECT ${texts.join(', ')} FROM ${from}${limit === undefined ? '' : ` LIMIT ${limit}`}`;
    const laid = `SELECT unnest([${some.map((_, i) => `t${i}`).join(', ')}]) AS t, unnest(range(${some.length})) AS place FROM (${rows})`;
    // What several counts ask for is found out once.
    const { number, anyInteger } = kindTests('t', options);
    const looked = `SELECT place, t, CASE WHEN ${number} < ':' THEN ${anyInteger} ELSE false END AS w FROM (${laid})`;
    const found = await engine.rows(
      `SELECT place, count(*) AS "rows", count(t) AS "values", ${tests.join(', ')} FROM (${looked}) GROUP BY place`,
    );
    for (const { key } of some) counted.set(key, { ...NOTHING });
    for (const row of found) counted.set(some[Number(row.place)]!.key, countsIn(row));
  }
  return counted;
}

function countsIn(row: Row): KindCounts {
  const counts = { ...NOTHING };
  for (const kind of Object.keys(NOTHING) as (keyof KindCounts)[]) counts[kind] = Number(row[kind]);
  return counts;
}

/** The kind of a column; undefined where it has no values. */
export function kindOf(counts: KindCounts): Kind | undefined {
  if (counts.values === 0) return undefined;
  if (counts.anyInteger === counts.values) return 'integer';
  if (counts.double === counts.values) return 'double';
  if (counts.bool === counts.values) return 'bool';
  return 'text';
}
