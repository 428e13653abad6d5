import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import {
  isInteger,
  isText,
  materialize,
  overTable,
  type Relation,
  type RelationColumn,
  withColumns,
} from '../../relation/relation.ts';
import { type ApplyStep, requireColumns } from './step.ts';

/** `isInOrder`: what comes out depends on the order in which the values come in. */
type Aggregated = { expression: string; type: string; isInOrder?: boolean };
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

const truth = (column: RelationColumn) =>
  isText(column) ? `${column.expression} <> ''` : `CAST(${column.expression} AS BOOLEAN)`;

/** pandas' names for what a group's values become. */
const AGGREGATES: Record<string, Aggregate> = {
  sum: (column) => {
    const { expression, type } = column;
    if (isText(column))
      return { expression: `coalesce(string_agg(${expression}, ''), '')`, type: 'VARCHAR', isInOrder: true };
    if (type === 'DOUBLE' || type === 'FLOAT')
      return { expression: `coalesce(${added(column)}, 0)::DOUBLE`, type: 'DOUBLE', isInOrder: true };
    const whole = isInteger(column) ? type : 'BIGINT';
    return { expression: `coalesce(sum(CAST(${expression} AS BIGINT)), 0)::${whole}`, type: whole };
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
  prod: (column) => ({
    expression: `coalesce(${ofValues(column, 'product')}, 1)::${isInteger(column) ? column.type : 'DOUBLE'}`,
    type: isInteger(column) ? column.type : 'DOUBLE',
    isInOrder: true,
  }),
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
  // A key that is aggregated too is in the result as its aggregate only; with two levels of names a key has both.
  const shown = hasTwoLevels(args.agg)
    ? keys.map((key) => ({ ...key, name: tupleName(key.name, '') }))
    : keys.filter((key) => !results.some((result) => result.name === key.name));
  const columns = [...shown, ...results];
  const list = columns.map((column, i) => `${column.expression} AS c${i}`);
  const present = keys.map((key) => `${key.expression} IS NOT NULL`).join(' AND ');
  const group = () =>
    context.engine.materialize(
      `SELECT ${list.join(', ')} FROM ${base.from} WHERE ${present} GROUP BY ${keys.map((key) => key.expression).join(', ')} ORDER BY ${keys.map((key) => `${base.from}.${key.expression}`).join(', ')}`,
    );
  // One thread goes through a table from its first row to its last, and each group gets its values in that order. To sort
  // each group's values takes ten times as long.
  const table = await (results.some(({ isInOrder }) => isInOrder) ? context.engine.onOneThread(group) : group());
  return overTable(table, columns);
};

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
