import type { Engine } from '../engine/engine.ts';
import { identifier, literal, literalList } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { ASSUMPTION } from '../relation/assumption.ts';
import { isText, type Relation, type RelationColumn, whereOf } from '../relation/relation.ts';
import {
  countKinds,
  type Kind,
  type KindCounts,
  kindOf,
  kindTests,
  overflows,
  type Spelling,
  toDouble,
  withoutNulls,
} from './text-kinds.ts';

/**
 * Type inference as pandas' CSV reader has it: the first of int64, uint64, double, bool, string that every non-null
 * text of the column fits. Integers with nulls become doubles.
 */
export interface InferenceOptions extends Spelling {
  /**
   * Take the types of the first rows for those of all, and let a value that does not fit end the work: one pass over a
   * large file where it holds, as it nearly always does. The caller starts again without it when the assumption is broken.
   */
  trustSample?: boolean;
  /** A table of the first rows, with the columns of the relation's `from`; by default they are read from there. */
  sample?: string | undefined;
  /** How many the first rows are. */
  sampleRows?: number;
}

/** Rows that settle most columns; what they cannot settle is looked at in all rows. */
export const SAMPLE_ROWS = 8_000;

/**
 * Gives the named text columns the types that pandas would infer for them.
 *
 * @param inferred names of columns to look at; the others, and what is no text, stay as they are
 * @throws LifecycleError ING_NUMBER_TOO_LARGE for a column of integers that 64 bits do not hold
 */
export async function inferTypes(
  engine: Engine,
  relation: Relation,
  inferred: readonly string[],
  options: InferenceOptions = {},
): Promise<Relation> {
  const { sampleRows = SAMPLE_ROWS } = options;
  const wanted = new Set(inferred);
  const candidates = relation.columns.flatMap((column, i) =>
    wanted.has(column.name) && isText(column) ? [{ key: String(i), text: column.expression }] : [],
  );
  if (candidates.length === 0) return relation;

  // A text that is neither number nor truth value settles its column: it is text. Only the rest needs all rows.
  const everything = `${relation.from}${whereOf(relation)}`;
  const sample = await countKinds(engine, options.sample ?? everything, candidates, options, sampleRows);
  const rowsSeen = sample.get(candidates[0]!.key)!.rows;

  const settled = new Map<string, KindCounts>();
  const open: typeof candidates = [];
  for (const candidate of candidates) {
    const counts = sample.get(candidate.key)!;
    if (rowsSeen < sampleRows || kindOf(counts) === 'text') settled.set(candidate.key, counts);
    else open.push(candidate);
  }
  const trusted = new Map<string, RelationColumn>();
  if (options.trustSample) {
    for (const { key } of open)
      trusted.set(key, promisedColumn(relation.columns[Number(key)]!, sample.get(key)!, options));
  } else await settleOverAllRows(engine, everything, open, sample, options, settled);

  const columns: RelationColumn[] = [];
  for (const [i, column] of relation.columns.entries()) {
    const counts = settled.get(String(i));
    if (!counts) columns.push(trusted.get(String(i)) ?? column);
    else if (counts.anyInteger > counts.bigint && !options.onlyDecimals)
      columns.push(await beyondInt64(engine, everything, column, counts, options));
    else columns.push(typed(column, counts, options));
  }
  return { ...relation, columns };
}

/** A column of the type that its first rows have; a later value that does not fit ends the work. */
function promisedColumn(column: RelationColumn, counts: KindCounts, options: InferenceOptions): RelationColumn {
  const text = column.expression;
  const test = kindTests(text, options);
  const hasNulls = counts.values < counts.rows;
  const broken = `error(${literal(ASSUMPTION)})`;
  const orNull = `WHEN ${text} IS NULL THEN NULL`;
  switch (kindOf(counts)) {
    case undefined:
      return { ...column, expression: `CASE ${orNull} ELSE ${broken} END::DOUBLE`, type: 'DOUBLE' };
    case 'integer': {
      if (options.onlyDecimals) return promisedDouble(column, options);
      const whole = `TRY_CAST(${test.number} AS BIGINT)`;
      const fitting = `CASE WHEN ${test.canonical} THEN ${whole} WHEN ${test.bigint} THEN ${whole}`;
      if (!hasNulls && counts.bigint === counts.values)
        return { ...column, expression: `${fitting} ELSE ${broken} END`, type: 'BIGINT' };
      // Whole numbers with gaps become doubles; one too large for int64 needs the rules for those.
      return { ...column, expression: `CAST(${fitting} ${orNull} ELSE ${broken} END AS DOUBLE)`, type: 'DOUBLE' };
    }
    case 'double':
      return promisedDouble(column, options);
    case 'bool': {
      const bool = typed(column, counts, options);
      return { ...bool, expression: `CASE WHEN ${test.bool} THEN ${bool.expression} ${orNull} ELSE ${broken} END` };
    }
    default:
      return column;
  }
}

function promisedDouble(column: RelationColumn, options: InferenceOptions): RelationColumn {
  const text = column.expression;
  const test = kindTests(text, options);
  const finite = `WHEN ${test.finite} THEN TRY_CAST(${test.number} AS DOUBLE)`;
  const infinite = `WHEN ${overflows(test.number)} THEN ${toDouble(test.number)}`;
  const number = `CASE ${finite} WHEN ${text} IS NULL THEN NULL ${infinite} ELSE error(${literal(ASSUMPTION)}) END`;
  return { ...column, expression: withoutNulls(number, options), type: 'DOUBLE' };
}

/** Columns that DuckDB's planner takes at once with a count of their own each; it is slow with many. */
const FEW_COLUMNS = 50;

/** Looks for what the sample promised first; a column that breaks the promise is looked at in full. */
async function settleOverAllRows(
  engine: Engine,
  from: string,
  open: readonly { key: string; text: string }[],
  sample: Map<string, KindCounts>,
  options: InferenceOptions,
  settled: Map<string, KindCounts>,
): Promise<void> {
  const surprising: (typeof open)[number][] = [];
  const promised: Record<Exclude<Kind, 'text'>, keyof KindCounts> = {
    integer: 'bigint',
    double: 'double',
    bool: 'bool',
  };
  const groups = new Map<keyof KindCounts, { key: string; text: string }[]>();
  for (const column of open) {
    const kind = kindOf(sample.get(column.key)!);
    if (kind === undefined || open.length > FEW_COLUMNS) surprising.push(column);
    else if (kind !== 'text') groups.set(promised[kind], [...(groups.get(promised[kind]) ?? []), column]);
  }
  const expressions = [...groups].flatMap(([kind, columns]) =>
    columns.flatMap(({ key, text }) => {
      const test = kindTests(text, options);
      const fits =
        kind === 'bigint'
          ? `CASE WHEN ${test.canonical} THEN true ELSE ${test.bigint} END`
          : test[kind as 'double' | 'bool'];
      return [
        `count(${text}) AS ${identifier(`${key}.values`)}`,
        `count(*) FILTER (${fits}) AS ${identifier(`${key}.fit`)}`,
      ];
    }),
  );
  if (expressions.length > 0) {
    const row = await engine.row(`SELECT count(*) AS "rows", ${expressions.join(', ')} FROM ${from}`);
    for (const [kind, columns] of groups) {
      for (const column of columns) {
        const values = Number(row[`${column.key}.values`]);
        const fit = Number(row[`${column.key}.fit`]);
        const rows = Number(row.rows);
        const none: KindCounts = { rows, values, bigint: 0, anyInteger: 0, ubigint: 0, double: 0, bool: 0 };
        if (fit < values) surprising.push(column);
        else if (kind === 'bigint') settled.set(column.key, { ...none, bigint: fit, anyInteger: fit, double: fit });
        else settled.set(column.key, { ...none, [kind]: fit });
      }
    }
  }
  if (surprising.length > 0) {
    for (const [key, counts] of await countKinds(engine, from, surprising, options)) settled.set(key, counts);
  }
}

function typed(column: RelationColumn, counts: KindCounts, options: InferenceOptions): RelationColumn {
  const text = column.expression;
  const { number } = kindTests(text, options);
  const hasNulls = counts.values < counts.rows;
  const asDouble = { ...column, expression: withoutNulls(toDouble(number), options), type: 'DOUBLE' };
  switch (kindOf(counts)) {
    case undefined:
      return { ...column, expression: 'NULL::DOUBLE', type: 'DOUBLE' };
    case 'integer':
      if (options.onlyDecimals) return asDouble;
      return hasNulls
        ? { ...column, expression: `CAST(${number} AS DOUBLE)`, type: 'DOUBLE' }
        : { ...column, expression: `CAST(${number} AS BIGINT)`, type: 'BIGINT' };
    case 'double':
      return asDouble;
    case 'bool': {
      const words = options.trueValues ?? [];
      const isWord = words.length > 0 ? ` OR list_contains(${literalList(words)}, ${text})` : '';
      return { ...column, expression: `(lower(${text}) = 'true'${isWord})`, type: 'BOOLEAN' };
    }
    default:
      return column;
  }
}

/**
 * A column with whole numbers that int64 does not hold. pandas goes by the first value that fails: one that is no whole
 * number leads on to doubles, one that is too large to uint64 (negative numbers pass here, whatever their size), and one
 * too large even for that to text. uint64 beside nulls or negative numbers becomes text too, with nulls as empty text.
 *
 * @throws LifecycleError ING_NUMBER_TOO_LARGE
 */
async function beyondInt64(
  engine: Engine,
  from: string,
  column: RelationColumn,
  counts: KindCounts,
  options: InferenceOptions,
): Promise<RelationColumn> {
  const text = column.expression;
  const test = kindTests(text, options);
  const negative = `(${test.anyInteger} AND starts_with(trim(${test.number}), '-'))`;
  const first = async (...kinds: string[]): Promise<boolean | undefined> => {
    const failing = kinds.map((kind) => `NOT ${kind}`).join(' AND ');
    const [row] = await engine.rows(
      `SELECT whole FROM (SELECT ${text} IS NOT NULL AND ${failing} AS failing, ${test.anyInteger} AS whole FROM ${from}) WHERE failing LIMIT 1`,
    );
    return row && row.whole === true;
  };
  const asDouble = typed(column, { ...counts, anyInteger: 0, bigint: 0 }, options);
  const asText = { ...column, expression: `coalesce(${text}, '')` };
  if (!(await first(test.bigint))) return asDouble;
  const tooLarge = await first(negative, test.ubigint);
  if (tooLarge === false) return asDouble;
  const { unsigned, negatives } = await engine.row(
    `SELECT count(*) FILTER (${test.ubigint} AND NOT ${test.bigint}) AS unsigned, count(*) FILTER (${negative}) AS negatives FROM ${from}`,
  );
  if (tooLarge === undefined && Number(unsigned) > 0) {
    const plain = counts.values === counts.rows && Number(negatives) === 0;
    return plain ? { ...column, expression: `CAST(${test.number} AS UBIGINT)`, type: 'UBIGINT' } : asText;
  }
  if (counts.anyInteger < counts.values) return asText;
  throw new LifecycleError(
    'ING_NUMBER_TOO_LARGE',
    `column ${JSON.stringify(column.name)} holds whole numbers that 64 bits do not hold`,
    { hint: `keep them as text: set \`dtype: {${column.name}: str}\` in the template's file_format` },
  );
}
