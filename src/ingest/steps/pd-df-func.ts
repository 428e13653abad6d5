import type { Engine } from '../../engine/engine.ts';
import { literalOf } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { filled } from '../../pandas/fillna.ts';
import { queryToSql } from '../../pandas/query.ts';
import { type ReplaceArguments, replaceIn } from '../../pandas/replace.ts';
import type { DataframeMethod } from '../../project/vocabulary/methods.ts';
import { filtered } from '../../relation/promise.ts';
import {
  aggregate,
  bound,
  columnNames,
  findColumn,
  isGeometry,
  isNumeric,
  isText,
  type Relation,
  rearrange,
  renamed,
  reordered,
  withColumn,
  withColumns,
} from '../../relation/relation.ts';
import { withoutDuplicates } from './deduplicate.ts';
import { reprojected } from './reproject.ts';
import { directionsOf } from './sort.ts';
import { type ApplyStep, requireColumns, requireGeometry, type StepContext } from './step.ts';

type Method = (relation: Relation, args: Record<string, unknown>, context: StepContext) => Promise<Relation> | Relation;

/** Methods of a pandas DataFrame by name; what each takes is declared. */
const METHODS: { readonly [N in DataframeMethod]: Method } = {
  query: (relation, args, { engine }) => filtered(engine, relation, (rows) => queryToSql(String(args.expr), rows)),
  replace: (relation, args, { engine }) => {
    // Geometries are nothing that is replaced.
    const named = bound(
      engine,
      relation,
      ...relation.columns.filter((column) => !isGeometry(column)).map(({ name }) => name),
    );
    return { ...named, columns: named.columns.map((column) => replaceIn(column, args as ReplaceArguments)) };
  },
  rename: (relation, args) => {
    const map = (args.columns ?? args.mapper ?? {}) as Record<string, string>;
    if (args.errors === 'raise') requireColumns(relation, Object.keys(map));
    return renamed(relation, (name) => map[name] ?? name);
  },
  add_prefix: (relation, { prefix }) => renamed(relation, (name) => `${prefix}${name}`),
  add_suffix: (relation, { suffix }) => renamed(relation, (name) => `${name}${suffix}`),
  copy: (relation) => relation,
  drop: (relation, args) => {
    const byColumn = args.columns !== undefined || args.axis === 1 || args.axis === 'columns';
    if (!byColumn) throw unsupported('drop', 'leaving rows out by their labels', 'columns');
    const names = [(args.columns ?? args.labels) as string | string[]].flat();
    if (args.errors !== 'ignore') requireColumns(relation, names);
    return withColumns(
      relation,
      relation.columns.filter((column) => !names.includes(column.name)),
    );
  },
  head: (relation, { n = 5 }, { engine }) => {
    if (typeof n !== 'number' || n < 0) throw unsupported('head', `n: ${JSON.stringify(n)}`, 'a number of rows');
    return rearrange(engine, relation, (_, place) => `ORDER BY ${place} LIMIT ${Math.trunc(n)}`);
  },
  fillna,
  dropna,
  drop_duplicates: (relation, args, context) => {
    const keep = args.keep ?? 'first';
    if (keep !== 'first' && keep !== 'last' && keep !== false)
      throw unsupported('drop_duplicates', `keep: ${JSON.stringify(keep)}`, 'keep: first, last or false');
    const subset = args.subset === undefined || args.subset === null ? null : [args.subset as string | string[]].flat();
    return withoutDuplicates(relation, subset, keep === false ? 'none' : keep, context);
  },
  astype: async (relation, args, context) => {
    const { castTo } = await import('../../pandas/astype.ts');
    const { dtype } = args;
    const targets: [string, string][] =
      typeof dtype === 'string'
        ? columnNames(relation).map((name) => [name, dtype])
        : Object.entries(dtype as Record<string, string>);
    requireColumns(
      relation,
      targets.map(([name]) => name),
    );
    let result = relation;
    try {
      for (const [name, word] of targets) result = await castTo(context.engine, result, name, word);
    } catch (error) {
      // One column that does not fit leaves all as they were.
      if (args.errors === 'ignore' && error instanceof LifecycleError && error.code === 'ING_BAD_VALUE')
        return relation;
      throw error;
    }
    return result;
  },
  sort_values: (relation, args, context) => {
    const by = [args.by as string | string[]].flat();
    requireColumns(relation, by);
    const directions = directionsOf(args.ascending, by.length);
    const nulls = args.na_position === 'first' ? 'NULLS FIRST' : 'NULLS LAST';
    return reordered(context.engine, relation, (ref, place) => {
      const keys = by.map((name, i) => `${ref(name)} ${directions[i]} ${nulls}`);
      return `ORDER BY ${[...keys, place].join(', ')}`;
    });
  },
  reset_index: (relation, args) => {
    if (args.drop === true) return relation;
    throw unsupported('reset_index', 'keeping the row labels as a column', 'drop: true');
  },
  to_crs: (relation, args, context) =>
    reprojected(relation, args.epsg ? `EPSG:${args.epsg}` : String(args.crs), context),
  rename_geometry: (relation, args) => {
    const { column } = requireGeometry(relation);
    return renamed(relation, (name) => (name === column ? String(args.col) : name));
  },
};

export const apply: ApplyStep<'pd_df_func'> = async (relation, args, context) => {
  const { function_name: name, geo, ...rest } = args;
  if (geo) requireGeometry(relation);
  const method = Object.hasOwn(METHODS, name) ? METHODS[name as DataframeMethod] : undefined;
  if (!method) throw unsupported(name, 'this function', Object.keys(METHODS).join(', '));
  return method(relation, rest, context);
};

function unsupported(name: string, what: string, instead: string): LifecycleError {
  return new LifecycleError('ING_BAD_OPTION', `pd_df_func ${name}: ${what} is not supported`, {
    hint: `use ${instead}`,
  });
}

function fillna(relation: Relation, args: Record<string, unknown>): Relation {
  const { value } = args;
  const map = value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined;
  return columnNames(relation).reduce((result, name) => {
    const column = findColumn(result, name)!;
    const fill = map ? map[name] : value;
    if (fill === undefined || (map && !(name in map))) return result;
    const fits = typeof fill === 'string' ? isText(column) : isNumeric(column) || column.type === 'BOOLEAN';
    if (fits) return withColumn(result, name, { expression: filled(column, fill) });
    // Text put among numbers: pandas keeps both and cannot write the column; one without gaps stays as it is.
    return withColumn(result, name, {
      expression: `CASE WHEN ${column.expression} IS NULL THEN error(${literalOf(`fillna: column ${name} holds ${column.type}, ${String(fill)} does not fit`)}) ELSE ${column.expression} END`,
    });
  }, relation);
}

async function dropna(relation: Relation, args: Record<string, unknown>, { engine }: StepContext): Promise<Relation> {
  if (args.axis === 1 || args.axis === 'columns') return withoutGaps(engine, relation, args);
  const names =
    args.subset === undefined || args.subset === null
      ? columnNames(relation)
      : [args.subset as string | string[]].flat();
  const needed = typeof args.thresh === 'number' ? args.thresh : args.how === 'all' ? 1 : names.length;
  return filtered(engine, relation, (rows) => {
    const columns = requireColumns(rows, names);
    const present = columns.map((column) => `CASE WHEN ${column.expression} IS NOT NULL THEN 1 ELSE 0 END`).join(' + ');
    return `(${present}) >= ${needed}`;
  });
}

/** Just the columns that have enough values. */
async function withoutGaps(engine: Engine, relation: Relation, args: Record<string, unknown>): Promise<Relation> {
  if (args.subset !== undefined && args.subset !== null)
    throw unsupported('dropna', 'axis: columns with subset', 'filter_columns');
  const counts = await aggregate(engine, relation, {
    rows: 'count(*)',
    ...Object.fromEntries(relation.columns.map((column, i) => [`c${i}`, `count(${column.expression})`])),
  });
  const rows = Number(counts.rows);
  const needed = typeof args.thresh === 'number' ? args.thresh : args.how === 'all' ? Math.min(rows, 1) : rows;
  return withColumns(
    relation,
    relation.columns.filter((_, i) => Number(counts[`c${i}`]) >= needed),
  );
}
