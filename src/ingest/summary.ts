import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import type { ProcessingStep } from '../project/project.ts';
import type { Fact, Report, Seen, StepDeclaration } from '../project/vocabulary/step.ts';
import { stepArguments } from '../project/vocabulary/step-arguments.ts';
import { STEPS } from '../project/vocabulary/steps.ts';
import {
  columnNames,
  countedRows,
  countRows,
  findColumn,
  INSTANT,
  INSTANT_NS,
  type Relation,
  type RelationColumn,
  rowsKey,
} from '../relation/relation.ts';
import type { Settings } from '../settings/settings.ts';
import { geosupportRelease } from './geosupport/release.ts';

/** What a step did, as config.json tells it. Times are local, without a zone, as the department's tools write them. */
export interface StepSummary {
  name: string;
  description: string;
  start_time: string;
  end_time: string;
  elapsed_seconds: number;
  data_modifications?: Record<string, unknown>;
  column_modifications?: Record<string, unknown>;
  custom?: Record<string, unknown>;
  [key: string]: unknown;
}

/** A step that has run, with what it made of what. */
export interface StepChange {
  step: ProcessingStep;
  before: Relation;
  after: Relation;
  started: Date;
  ended: Date;
  /** What the step itself has to say. */
  notes?: Readonly<Record<string, unknown>>;
}

/**
 * What the steps did. Called when the result has been written, since its number of rows is known then, and mostly is
 * that of every step.
 */
export async function summarise(
  engine: Engine,
  changes: readonly StepChange[],
  written: { relation: Relation; rows: number; file: string },
  env: Settings['env'],
): Promise<StepSummary[]> {
  const known = (await countedRows(engine)).set(rowsKey(written.relation), written.rows);
  const count = async (relation: Relation) => {
    const rows = await countRows(engine, relation, known);
    known.set(rowsKey(relation), rows);
    return rows;
  };
  const summaries: StepSummary[] = [];
  const counts: Counts = {
    rows: count,
    values: (relation, name) => countValues(engine, relation, name, written, count),
  };
  for (const change of changes) summaries.push(await summaryOf(change, counts, env));
  return summaries;
}

type Count = (relation: Relation) => Promise<number>;

interface Counts {
  rows: Count;
  /** Rows that have a value in a column. */
  values(relation: Relation, name: string): Promise<number>;
}

/**
 * How many rows have a value: as the file's statistics have it, if the same values were written or something was made of
 * them that is missing just where they are. Reading the rows once more would take as long as making them.
 */
async function countValues(
  engine: Engine,
  relation: Relation,
  name: string,
  written: { relation: Relation; file: string },
  count: Count,
): Promise<number> {
  const column = findColumn(relation, name);
  const sourceOf = ({ expression, outline }: RelationColumn) => outline ?? expression;
  const same =
    column && rowsKey(relation) === rowsKey(written.relation)
      ? written.relation.columns.find((other) => sourceOf(other) === sourceOf(column))
      : undefined;
  if (same) {
    const { n } = await engine.row(
      `SELECT CASE WHEN count(*) = count(stats_null_count) THEN sum(num_values - stats_null_count) END AS n
       FROM parquet_metadata(${literal(written.file)}) WHERE path_in_schema = ${literal(same.name)}`,
    );
    if (n !== null) return Number(n);
  }
  return count({ ...relation, where: [...relation.where, `${column?.expression ?? 'NULL'} IS NOT NULL`] });
}

/** One step's summary, as its declaration says what is told of it. */
async function summaryOf(change: StepChange, counts: Counts, env: Settings['env']): Promise<StepSummary> {
  const { name } = change.step;
  const declared: StepDeclaration = STEPS[name];
  const args = stepArguments(name, change.step.args);
  const seen = seenOf(change, counts);
  const report = typeof declared.reports === 'function' ? declared.reports(args, seen) : declared.reports;
  const told = async (entries: Report['data'] = {}) => {
    const values: Record<string, unknown> = {};
    for (const [key, entry] of Object.entries(entries)) {
      values[key] = await (typeof entry === 'function' ? entry(args, seen) : FACTS[entry](change, counts.rows, env));
    }
    return values;
  };
  const { description } = report;
  return {
    description: typeof description === 'function' ? description(args, seen) : description,
    elapsed_seconds: (change.ended.getTime() - change.started.getTime()) / 1000,
    end_time: change.ended.toISOString().slice(0, -1),
    name: declared.writtenName ?? name,
    start_time: change.started.toISOString().slice(0, -1),
    ...(report.data ? { data_modifications: await told(report.data) } : {}),
    ...(report.columns ? { column_modifications: await told(report.columns) } : {}),
    ...(report.custom ? { custom: { ...(await told(report.custom)), ...change.notes } } : {}),
  };
}

function seenOf({ before, after }: StepChange, counts: Counts): Seen {
  return {
    columnsRemoved: namesMissing(before, after),
    crsBefore: before.geometry?.crs,
    crsAfter: after.geometry?.crs,
    rowsWithValue: (column) => counts.values(after, column),
    rowsWithOneOf: (column, values) => {
      const value = findColumn(after, column)?.expression ?? 'NULL';
      return counts.rows({ ...after, where: [...after.where, `${value} IN (${values.map(literal).join(', ')})`] });
    },
  };
}

/** Old and new names of columns, position by position. */
function renames(before: Relation, after: Relation): Record<string, string> {
  const pairs = before.columns.map((column, i) => [column.name, after.columns[i]?.name ?? column.name] as const);
  return Object.fromEntries(pairs.filter(([old, fresh]) => old !== fresh));
}

/** pandas' names of types, as the department's config.json shows changes of type. */
function pandasType(type: string): string {
  const names: Record<string, string> = {
    VARCHAR: 'str',
    BIGINT: 'int64',
    INTEGER: 'int32',
    DOUBLE: 'float64',
    BOOLEAN: 'bool',
    DATE: 'object',
  };
  if (type === INSTANT) return 'datetime64[us, UTC]';
  if (type === INSTANT_NS) return 'datetime64[ns, UTC]';
  return names[type] ?? (type.startsWith('TIMESTAMP') ? 'datetime64[us]' : type.toLowerCase());
}

/** Names of columns that one relation has and the other has not. */
function namesMissing(from: Relation, other: Relation): string[] {
  const names = columnNames(other);
  return columnNames(from).filter((name) => !names.includes(name));
}

function retyped(before: Relation, after: Relation): Record<string, { from: string; to: string }> {
  const pairs = before.columns.map(({ name, type }, i) => {
    return [name, { from: pandasType(type), to: pandasType(after.columns[i]?.type ?? type) }] as const;
  });
  return Object.fromEntries(pairs.filter(([, { from, to }]) => from !== to));
}

type TellFact = (change: StepChange, count: Count, env: Settings['env']) => unknown;

const FACTS: { readonly [F in Fact]: TellFact } = {
  'rows before': ({ before }, count) => count(before),
  'rows after': ({ after }, count) => count(after),
  'rows removed': async ({ before, after }, count) => (await count(before)) - (await count(after)),
  'rows added': async ({ before, after }, count) => (await count(after)) - (await count(before)),
  'columns before': ({ before }) => before.columns.length,
  'columns after': ({ after }) => after.columns.length,
  'columns added': ({ before, after }) => namesMissing(after, before),
  'columns added, by name': ({ before, after }) => namesMissing(after, before).sort(),
  'columns removed': ({ before, after }) => namesMissing(before, after),
  'columns renamed': ({ before, after }) => renames(before, after),
  'columns retyped': ({ before, after }) => retyped(before, after),
  'release of Geosupport': (_change, _count, env) => geosupportRelease(env),
};
