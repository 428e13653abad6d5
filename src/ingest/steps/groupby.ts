import type { Engine } from '../../engine/engine.ts';
import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import {
  aggregate,
  isInteger,
  isText,
  materialize,
  overTable,
  type Relation,
  type RelationColumn,
  withColumn,
  withColumns,
} from '../../relation/relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

interface Aggregated {
  expression: string;
  type: string;
  /** What comes out depends on the order in which the values come in. */
  isInOrder?: boolean;
  /** The type it has instead where all values fit. */
  narrow?: string | undefined;
}
type Aggregate = (column: RelationColumn) => Aggregated;

const same =
  (sql: string): Aggregate =>
  (column) => ({ expression: `${sql}(${column.expression})`, type: column.type });
const double =
  (sql: string): Aggregate =>
  (column) => ({ expression: ofValues(column, sql), type: 'DOUBLE', isInOrder: true });
const count =
  (sql: (expression: string) => string): Aggregate =>
  (column) => ({ expression: sql(column.expression), type: 'BIGINT' });

/** Of doubles as a list, which takes them one after another: added up in another order the last digits differ. */
const ofValues = ({ expression }: RelationColumn, sql: string) =>
  `list_aggregate(list(CAST(${expression} AS DOUBLE)), '${sql}')`;

/** As pandas adds doubles up: what an addition loses is kept for the next one, for which infinity is no use. */
const added = (column: RelationColumn) => {
  const exact = ofValues(column, 'fsum');
  return `CASE WHEN isfinite(${exact}) THEN ${exact} ELSE ${ofValues(column, 'sum')} END`;
};

/** What whole numbers and truth values add up to: 64 bits where it does not fit those that each of them has. */
const wholeSum = (column: RelationColumn): Pick<Aggregated, 'type' | 'narrow'> => ({
  type: column.type.startsWith('U') ? 'UBIGINT' : 'BIGINT',
  narrow: isInteger(column) ? column.type : undefined,
});

const truth = ({ expression, type }: RelationColumn) => {
  if (type === 'VARCHAR') return `${expression} <> ''`;
  return type === 'DATE' ? `(${expression} IS NOT NULL OR NULL)` : `CAST(${expression} AS BOOLEAN)`;
};

/** pandas' names for what a group's values become. */
const AGGREGATES: Record<string, Aggregate> = {
  sum: (column) => {
    const { expression, type } = column;
    if (isText(column))
      return { expression: `coalesce(string_agg(${expression}, ''), '')`, type: 'VARCHAR', isInOrder: true };
    if (type === 'DOUBLE' || type === 'FLOAT')
      return { expression: `coalesce(${added(column)}, 0)::DOUBLE`, type: 'DOUBLE', isInOrder: true };
    const whole = wholeSum(column);
    return { expression: `coalesce(sum(CAST(${expression} AS ${whole.type})), 0)::${whole.type}`, ...whole };
  },
  min: same('min'),
  max: same('max'),
  first: (column) => ({
    expression: `arg_min(${column.expression}, rowid)`,
    type: column.type,
  }),
  last: (column) => ({
    expression: `arg_max(${column.expression}, rowid)`,
    type: column.type,
  }),
  mean: (column) => ({
    expression: `(${added(column)}) / count(${column.expression})`,
    type: 'DOUBLE',
    isInOrder: true,
  }),
  median: (column) => ({ expression: `median(${column.expression})`, type: 'DOUBLE' }),
  prod: (column) => {
    const isWhole = isInteger(column) || column.type === 'BOOLEAN';
    const result = isWhole ? wholeSum(column) : { type: 'DOUBLE' };
    return { expression: `coalesce(${ofValues(column, 'product')}, 1)::${result.type}`, ...result, isInOrder: true };
  },
  any: (column) => ({ expression: `coalesce(bool_or(${truth(column)}), false)`, type: 'BOOLEAN' }),
  all: (column) => ({ expression: `coalesce(bool_and(${truth(column)}), true)`, type: 'BOOLEAN' }),
  std: double('stddev_samp'),
  var: double('var_samp'),
  count: count((expression) => `count(${expression})`),
  size: count(() => 'count(*)'),
  nunique: count((expression) => `count(DISTINCT ${expression})`),
};

/** Keys sorted, null keys left out, keys first; the result has no geometry. */
export const apply: ApplyStep<'groupby'> = async (relation, args, context) => {
  const by = [args.by].flat();
  const wanted = [...by, ...namesOf(args.agg)];
  requireColumns(relation, wanted);
  const read = isForAll(args.agg) ? relation.columns : relation.columns.filter(({ name }) => wanted.includes(name));
  const base = await materialize(context.engine, withColumns(relation, read));
  const keys = requireColumns(base, by);
  const results = aggregated(base, by, args.agg);
  // A key that is aggregated too is in the result as its aggregate only.
  const itself = namesOf(args.agg);
  const shown = keys
    .filter((key) => !itself.includes(key.name))
    .map((key) => (hasTwoLevels(args.agg) ? { ...key, name: tupleName(key.name, '') } : key));
  const columns: (RelationColumn & Partial<Aggregated>)[] = [...shown, ...results];
  const list = columns.map((column, i) => `${column.expression} AS c${i}`);
  const present = keys.map((key) => `${key.expression} IS NOT NULL`).join(' AND ');
  const group = () =>
    context.engine.materialize(
      `SELECT ${list.join(', ')} FROM ${base.from} WHERE ${present} GROUP BY ${keys.map((key) => key.expression).join(', ')} ORDER BY ${keys.map((key) => `${base.from}.${key.expression}`).join(', ')}`,
    );
  // One thread goes through a table from its first row to its last, and each group gets its values in that order. To sort
  // each group's values takes ten times as long.
  const table = await (results.some(({ isInOrder }) => isInOrder) ? context.engine.onOneThread(group) : group());
  return narrowed(context.engine, overTable(table, columns), columns);
};

/** As pandas does: sums of 32 bits where all of a column fit them. */
async function narrowed(engine: Engine, table: Relation, columns: readonly Pick<Aggregated, 'type' | 'narrow'>[]) {
  const narrowable = table.columns.flatMap(({ name, expression }, i) => {
    const { type, narrow = type } = columns[i]!;
    return narrow === type
      ? []
      : [{ name, expression: `CAST(${expression} AS ${narrow})`, type: narrow, whole: expression }];
  });
  if (narrowable.length === 0) return table;
  const tests = narrowable.map(({ whole, type }, i) => [`f${i}`, `count(TRY_CAST(${whole} AS ${type})) = count(*)`]);
  const fits = await aggregate(engine, table, Object.fromEntries(tests));
  return narrowable
    .filter((_, i) => fits[`f${i}`])
    .reduce((rows, { name, expression, type }) => withColumn(rows, name, { expression, type }), table);
}

/** Whether all columns but the keys are aggregated; else only those that `agg` names, or none. */
const isForAll = (agg: unknown) => Array.isArray(agg) || (typeof agg === 'string' && agg !== 'size');
const namesOf = (agg: unknown) => (isForAll(agg) || agg === 'size' ? [] : Object.keys(agg as object));

function aggregated(base: Relation, by: readonly string[], agg: unknown): (RelationColumn & Aggregated)[] {
  const others = base.columns.filter((column) => !by.includes(column.name));
  if (agg === 'size') return [{ name: 'size', expression: 'count(*)', type: 'BIGINT' }];
  if (typeof agg === 'string') return others.map((column) => ({ name: column.name, ...one(agg, column, base.from) }));
  if (Array.isArray(agg)) {
    return others.flatMap((column) =>
      agg.map((name) => ({ name: tupleName(column.name, String(name)), ...one(String(name), column, base.from) })),
    );
  }
  const map = agg as Record<string, string | string[]>;
  const nested = hasTwoLevels(agg);
  return Object.entries(map).flatMap(([name, wanted]) => {
    const [column] = requireColumns(base, [name]);
    return [wanted]
      .flat()
      .map((word) => ({ name: nested ? tupleName(name, word) : name, ...one(word, column!, base.from) }));
  });
}

function hasTwoLevels(agg: unknown): boolean {
  return Array.isArray(agg) || (typeof agg === 'object' && agg !== null && Object.values(agg).some(Array.isArray));
}

/** pandas' names of columns with two levels, as they are written to parquet. */
const tupleName = (column: string, word: string) => `('${column}', '${word}')`;

function one(word: string, column: RelationColumn, table: string): Aggregated {
  const aggregate = AGGREGATES[word];
  if (!aggregate) {
    throw new LifecycleError('ING_BAD_OPTION', `groupby: aggregate ${JSON.stringify(word)} is not known`, {
      hint: `use ${Object.keys(AGGREGATES).join(', ')}`,
    });
  }
  if (['mean', 'median', 'prod', 'std', 'var'].includes(word) && isText(column)) {
    throw new LifecycleError('ING_BAD_VALUE', `groupby: column ${literal(column.name)} is text, which has no ${word}`, {
      hint: 'name the columns to aggregate: agg: {column: sum}',
    });
  }
  const result = aggregate(column);
  if (word !== 'sum' || column.type !== 'BOOLEAN') return result;
  // pandas keeps truth values with gaps as Python's objects, whose sums are of no type.
  const gaps = `(SELECT count(*) - count(${column.expression}) FROM ${table})`;
  const what = literal(
    `groupby: column ${JSON.stringify(column.name)} holds truth values with gaps, which have no sum`,
  );
  return { ...result, expression: `CASE WHEN ${gaps} > 0 THEN error(${what}) ELSE ${result.expression} END` };
}
