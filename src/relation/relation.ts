import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import type { Crs } from './crs.ts';

/**
 * The rows that a run works on: columns as SQL expressions over one table (or table function). Steps rewrite names and
 * expressions, which costs nothing; the rows are touched when a step needs to see them and when the result is written.
 *
 * A column's public name lives here only. In SQL it goes by `ref`, since DuckDB's identifiers ignore case and public
 * names may be anything.
 */
export interface Relation {
  /** What stands behind FROM. Its rows are in file order. */
  from: string;
  columns: RelationColumn[];
  /** SQL conditions over `from`, joined by AND. */
  where: string[];
  /** The rows of `from` by another name, where SQL was laid around them that leaves them as they are (`rowsKey`). */
  rowsOf?: string | undefined;
  /** The active geometry, as GeoPandas has it. */
  geometry: ActiveGeometry | undefined;
}

export interface RelationColumn {
  name: string;
  /** SQL over `from`. */
  expression: string;
  /** DuckDB's type name; a geometry is `GEOMETRY`, without a CRS in the type. */
  type: string;
  /** Of a geometry: SQL that is null, or an empty point, just where `expression` is, of about its size, and costs less. */
  outline?: string | undefined;
}

interface ActiveGeometry {
  /** Name of a column of the relation. */
  column: string;
  /** Undefined where nobody knows it. */
  crs: Crs | undefined;
}

export const GEOMETRY = 'GEOMETRY';
/** Instants of nanoseconds, which DuckDB has no type for: in SQL they are TIMESTAMP_NS in UTC. */
export const INSTANT_NS = 'TIMESTAMP_NS WITH TIME ZONE';
/** DuckDB's instants, of microseconds. */
export const INSTANT = 'TIMESTAMP WITH TIME ZONE';

/** SQL for a column of moments as one without a zone, in UTC where it has one. */
export function withoutZone({ expression, type }: RelationColumn): string {
  return type === INSTANT ? `timezone('UTC', ${expression})` : expression;
}

export function hasZone({ type }: RelationColumn): boolean {
  return type === INSTANT || type === INSTANT_NS;
}

export function findColumn(relation: Relation, name: string): RelationColumn | undefined {
  return relation.columns.find((column) => column.name === name);
}

/** The column of an active geometry, which is always there. */
export function requireGeometryColumn(relation: Relation, name: string): RelationColumn {
  const column = findColumn(relation, name);
  if (!column) throw new Error(`the active geometry ${name} is no column`);
  return column;
}

export function columnNames(relation: Relation): string[] {
  return relation.columns.map((column) => column.name);
}

const refOf = (index: number) => identifier(`c${index}`);

/** The relation as a SELECT that names its columns `c0`, `c1`, … */
export function selectOf(relation: Relation, extra: readonly string[] = []): string {
  const list = [...relation.columns.map((column, i) => `${column.expression} AS ${refOf(i)}`), ...extra];
  return `SELECT ${list.length > 0 ? list.join(', ') : '1 AS nothing'} FROM ${relation.from}${whereOf(relation)}`;
}

export function whereOf({ where }: Pick<Relation, 'where'>): string {
  return where.length > 0 ? ` WHERE ${where.map((condition) => `(${condition})`).join(' AND ')}` : '';
}

/**
 * Relations over the same rows have the same key, whatever their columns: SQL that may stand behind FROM. Conditions may
 * name what was bound, which the rows by their other name have not.
 */
export function rowsKey({ rowsOf, from, where }: Relation): string {
  return rowsOf !== undefined && where.length === 0 ? rowsOf : `${from}${whereOf({ where })}`;
}

/**
 * The relation with the values of columns bound to names, so that each is computed once a row however often it is written
 * from here on: SQL that repeats an expression computes it again in each branch of a CASE.
 */
export function bound(engine: Engine, relation: Relation, ...names: readonly string[]): Relation {
  return boundBeside(engine, relation, names, []);
}

/** The same, with further columns that only SQL sees. */
export function boundBeside(
  engine: Engine,
  relation: Relation,
  names: readonly string[],
  beside: readonly string[],
): Relation {
  const wanted = new Set(names);
  const values = new Map<RelationColumn, string>();
  for (const column of relation.columns)
    if (wanted.has(column.name) && !isReference(column.expression)) values.set(column, engine.newColumnName());
  const list = [...[...values].map(([{ expression }, value]) => `${expression} AS ${value}`), ...beside];
  if (list.length === 0) return relation;
  return {
    ...relation,
    columns: relation.columns.map((column) => {
      const value = values.get(column);
      return value === undefined ? column : { ...column, outline: undefined, expression: value };
    }),
    from: `(SELECT *, ${list.join(', ')} FROM ${relation.from}${whereOf(relation)})`,
    where: [],
    rowsOf: rowsKey(relation),
  };
}

/** The relation with a condition on its rows under which reading them ends with an error of that text. */
export function failingWhere(relation: Relation, condition: string, error: string): Relation {
  const check = `CASE WHEN ${condition} THEN error(${literal(error)}) ELSE true END`;
  const where = [...relation.where, check];
  return {
    ...relation,
    from: `(SELECT * FROM ${relation.from}${whereOf({ ...relation, where })})`,
    where: [],
    rowsOf: rowsKey(relation),
  };
}

/** A relation over a table whose columns are `c0`, `c1`, … in the order of `columns`. */
export function overTable(
  table: string,
  columns: readonly Pick<RelationColumn, 'name' | 'type'>[],
  geometry?: ActiveGeometry,
): Relation {
  return {
    from: table,
    columns: columns.map(({ name, type }, i) => ({ name, type, expression: refOf(i) })),
    where: [],
    geometry,
  };
}

/** Whether the relation's values lie in a table as they are. */
function isTable({ from, where, columns }: Relation): boolean {
  return isReference(from) && where.length === 0 && columns.every(({ expression }) => isReference(expression));
}

/** Where the rows of a relation lie too, by its key: in a table, with some others. */
const places = new WeakMap<Engine, Map<string, { table: string; others: number }>>();

/** Takes note that a table holds all rows of a relation, in whatever order, and a number of others. */
export function noteRows(engine: Engine, relation: Relation, table: string, others = 0): void {
  const noted = places.get(engine) ?? new Map<string, { table: string; others: number }>();
  places.set(engine, noted.set(rowsKey(relation), { table, others }));
}

const counters = new WeakMap<Engine, Map<string, () => Promise<number>>>();

/** Takes note of what will have counted a relation's rows when they have been written. */
export function noteCounter(engine: Engine, relation: Relation, count: () => Promise<number>): void {
  const noted = counters.get(engine) ?? new Map<string, () => Promise<number>>();
  counters.set(engine, noted.set(rowsKey(relation), count));
}

/** Numbers of rows by the keys of relations, as they were counted while the rows passed by. */
export async function countedRows(engine: Engine): Promise<Map<string, number>> {
  const counted = new Map<string, number>();
  for (const [key, count] of counters.get(engine) ?? []) counted.set(key, await count());
  return counted;
}

/**
 * How many rows a relation has: by a table that they were put into, where there is one, which takes no reading.
 *
 * @param known numbers of rows by the keys of relations
 */
export async function countRows(
  engine: Engine,
  relation: Relation,
  known: ReadonlyMap<string, number> = new Map(),
): Promise<number> {
  let key = rowsKey(relation);
  let others = 0;
  while (!known.has(key)) {
    const place = places.get(engine)?.get(key);
    if (!place) break;
    key = place.table;
    others += place.others;
  }
  const counted = known.get(key) ?? (await engine.row(`SELECT count(*) AS n FROM ${key}`)).n;
  return Number(counted) - others;
}

/** The relation in a table, so that what comes next reads it instead of computing it again; `rowid` is a row's place. */
export async function materialize(engine: Engine, relation: Relation): Promise<Relation> {
  if (isTable(relation)) return relation;
  const table = await engine.materialize(selectOf(relation));
  noteRows(engine, relation, table);
  return overTable(table, relation.columns, relation.geometry);
}

/** Whether SQL only names a column or a table, which costs nothing to look at. */
export function isReference(sql: string): boolean {
  return /^"?\w+"?$/.test(sql);
}

/** SQL that tells of a geometry what its `outline` tells, and costs little; undefined where only computing it would. */
export function outlineOf({ expression, outline }: RelationColumn): string | undefined {
  return isReference(expression) ? expression : outline;
}

/** A clause behind a SELECT: columns go by the names that `ref` gives, and `place` is a row's place before. */
type Clause = (ref: (name: string) => string, place: string) => string;

/** Puts some of the relation's rows into a table: `clause` says which, and in which order (`WHERE …`, `LIMIT …`). */
export async function rearrange(engine: Engine, relation: Relation, clause: Clause): Promise<Relation> {
  const { rows, sql } = arranged(relation, clause);
  return overTable(await engine.materialize(sql), rows.columns, rows.geometry);
}

/** All rows of the relation, in the order that `order` gives (`ORDER BY …`). They are put into a table if that is read twice. */
export function reordered(engine: Engine, relation: Relation, order: Clause): Relation {
  const { rows, sql } = arranged(relation, order);
  const table = engine.defer(sql);
  noteRows(engine, relation, table);
  return overTable(table, rows.columns, rows.geometry);
}

function arranged(relation: Relation, clause: Clause): { rows: Relation; sql: string } {
  const numbered = () => `(${selectOf(relation, ['row_number() OVER () AS place'])})`;
  const rows = isTable(relation) ? relation : overTable(numbered(), relation.columns, relation.geometry);
  const ref = (name: string) => findColumn(rows, name)!.expression;
  return { rows, sql: `${selectOf(rows)} ${clause(ref, isTable(rows) ? 'rowid' : 'place')}` };
}

/** A copy with one column's expression and type replaced. A geometry that becomes something else is no geometry any more. */
export function withColumn(relation: Relation, name: string, change: Partial<RelationColumn>): Relation {
  const isLost = relation.geometry?.column === name && (change.type ?? GEOMETRY) !== GEOMETRY;
  return {
    ...relation,
    geometry: isLost ? undefined : relation.geometry,
    columns: relation.columns.map((column) =>
      column.name === name ? { ...column, outline: undefined, ...change } : column,
    ),
  };
}

/** A copy with columns renamed; the active geometry keeps being active under its new name. */
export function renamed(relation: Relation, newName: (name: string) => string): Relation {
  return {
    ...relation,
    columns: relation.columns.map((column) => ({ ...column, name: newName(column.name) })),
    geometry: relation.geometry && { ...relation.geometry, column: newName(relation.geometry.column) },
  };
}

/** A copy with just these columns; without its column the geometry is no longer active. */
export function withColumns(relation: Relation, columns: RelationColumn[]): Relation {
  const { geometry } = relation;
  const kept = geometry && columns.some((column) => column.name === geometry.column);
  return { ...relation, columns, geometry: kept ? geometry : undefined };
}

export function isText(column: RelationColumn): boolean {
  return column.type === 'VARCHAR';
}

export function isNumeric(column: RelationColumn): boolean {
  return /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)$/.test(column.type);
}

export function isInteger(column: RelationColumn): boolean {
  return /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(column.type);
}

export function isGeometry(column: RelationColumn): boolean {
  return column.type === GEOMETRY;
}

/** Some value of the relation that meets a condition, as text, with its 1-based row number; for error messages. */
export async function firstOffender(
  engine: Engine,
  relation: Pick<Relation, 'from' | 'where'>,
  expression: string,
  condition: string,
): Promise<{ value: string; row: number } | undefined> {
  // Nearly always there is none. A count of an aggregate needs neither the values nor their order, so all threads look.
  const any = await engine.row(
    `SELECT coalesce(bool_or(${condition}), false) AS bad FROM ${relation.from}${whereOf(relation)}`,
  );
  if (any.bad !== true) return undefined;
  const numbered = `SELECT (${condition}) AS bad, CAST(${expression} AS VARCHAR) AS value, row_number() OVER () AS row_number FROM ${relation.from}${whereOf(relation)}`;
  const [row] = await engine.rows(`SELECT value, row_number FROM (${numbered}) WHERE bad ORDER BY row_number LIMIT 1`);
  return row && { value: String(row.value), row: Number(row.row_number) };
}

/** An aggregate over the relation's rows. */
export async function aggregate(
  engine: Engine,
  relation: Relation,
  expressions: Record<string, string>,
): Promise<Record<string, unknown>> {
  const list = Object.entries(expressions).map(([alias, sql]) => `${sql} AS ${identifier(alias)}`);
  return engine.row(`SELECT ${list.join(', ')} FROM ${relation.from}${whereOf(relation)}`);
}

export function describeNames(names: readonly string[]): string {
  return names.map((name) => literal(name)).join(', ');
}
