import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { TextPattern } from '../pandas/pattern.ts';
import { parseStatement } from '../query/statement.ts';
import { type CheckSurroundings, checkFile } from './check-file.ts';
import { logicalTypeOf } from './contract-export.ts';
import type { Asked, ContractRule, ContractTable, Operator } from './contract-read.ts';
import { type GivenValue, isOneOf } from './literals.ts';
import { columnsOf, type LookedAtColumn } from './looked-at.ts';

/** What came of one rule of a contract. */
export interface RuleResult {
  about: string | null;
  rule: string;
  /** `skipped` is one that nobody can carry out here. */
  status: 'passed' | 'warned' | 'failed' | 'skipped';
  message: string;
}

/** A file that is held against a table of a contract. */
export interface ContractedFile {
  file: string;
  columns: readonly string[];
  geometryColumn: string | null;
}

/** Holds a file against what a contract asks of it. */
export async function checkContract(
  engine: Engine,
  table: ContractTable,
  given: ContractedFile,
  around: Omit<CheckSurroundings, 'placeOf'>,
): Promise<RuleResult[]> {
  const columns = await columnsOf(engine, given.file, given.columns);
  if (columns.some(({ kind }) => kind === 'geometry')) await engine.load('spatial');
  const source = `read_parquet(${literal(given.file)})`;
  await engine.run(`CREATE OR REPLACE TEMP VIEW ${identifier(table.name)} AS SELECT * FROM ${source}`);
  const results: RuleResult[] = table.columns
    .filter((name) => !given.columns.includes(name))
    .map((about) => ({ about, rule: 'name', status: 'failed', message: 'there is no such column' }));
  for (const rule of table.rules) {
    // Said once is enough.
    if (rule.about !== null && !given.columns.includes(rule.about)) continue;
    const column = columns.find(({ name }) => name === rule.about);
    results.push(resultOf(rule, await faultOf(engine, rule.how, { table, column, columns, source, given, around })));
  }
  return results;
}

interface At {
  table: ContractTable;
  column: LookedAtColumn | undefined;
  columns: readonly LookedAtColumn[];
  source: string;
  given: ContractedFile;
  around: Omit<CheckSurroundings, 'placeOf'>;
}

function resultOf({ about, says, warnOnly, how }: ContractRule, fault: string | undefined): RuleResult {
  if (how.by === 'nobody') return { about, rule: says, status: 'skipped', message: how.why };
  if (fault === undefined) return { about, rule: says, status: 'passed', message: '' };
  const isMild = warnOnly || (how.by === 'check' && how.wanted.warnOnly);
  return { about, rule: says, status: isMild ? 'warned' : 'failed', message: fault };
}

/** What is wrong; undefined where nothing is. */
async function faultOf(engine: Engine, how: Asked, at: At): Promise<string | undefined> {
  const { table, column, given, around } = at;
  switch (how.by) {
    case 'nobody':
      return undefined;
    case 'type':
      return typeFault(how.logicalType, column!);
    case 'check': {
      const wanted =
        how.wanted.name === 'is_primary_key'
          ? table.rules.flatMap(({ how: each }) =>
              each.by === 'check' && each.wanted.name === 'is_primary_key' ? [each.wanted] : [],
            )
          : [how.wanted];
      const declared = table.columns.map((id) => ({ id, is_required: true }));
      const [result] = await checkFile(engine, { ...given, declared, wanted }, { ...around, placeOf: () => null });
      return result!.status === 'passed' ? undefined : result!.message;
    }
    case 'metric':
    case 'query':
      break;
  }
  try {
    const value =
      how.by === 'metric' ? await metric(engine, how, at) : await queried(engine, how.query, table.name, column);
    return holds(value, how.operator) ? undefined : `is ${shown(value)}, and ${wordsOf(how.operator)}`;
  } catch (error) {
    if (
      !(error instanceof Error) ||
      (error instanceof LifecycleError && !/^(LIF_BAD_QUERY|ING_BAD_EXPRESSION)$/.test(error.code))
    )
      throw error;
    return `cannot be carried out: ${error.message.split('\n')[0]}`;
  }
}

function typeFault(logicalType: string, { type }: LookedAtColumn): string | undefined {
  const found = logicalTypeOf(type);
  // A whole number is a number.
  if (found === logicalType || (found === 'integer' && logicalType === 'number')) return undefined;
  if (logicalType === 'object' && /^(STRUCT|MAP|JSON|GEOMETRY)/.test(type)) return undefined;
  return `is ${type.replace(/\(.*/s, '')}`;
}

type Value = number | boolean | string | null;

async function metric(
  engine: Engine,
  { metric: name, args, isPercent }: Extract<Asked, { by: 'metric' }>,
  { column, columns, source }: At,
): Promise<Value> {
  const row = await engine.row(
    `SELECT CAST(${counted(name, args, column, columns)} AS DOUBLE) AS value, count(*) AS n FROM ${source}`,
  );
  const value = Number(row.value);
  return isPercent ? (Number(row.n) === 0 ? 0 : (value / Number(row.n)) * 100) : value;
}

function counted(
  name: string,
  args: Record<string, unknown>,
  column: LookedAtColumn | undefined,
  columns: readonly LookedAtColumn[],
): string {
  if (name === 'rowCount') return 'count(*)';
  if (!column) {
    const names = (Array.isArray(args.properties) ? args.properties : []).map(String);
    const found = names.map((each) => columns.find((candidate) => candidate.name === each));
    const missing = names.filter((_, i) => !found[i]);
    if (name !== 'duplicateValues' || names.length === 0) throw new Error(`${name} is a metric of a property`);
    if (missing.length > 0) throw new Error(`there is no column ${missing.join(', ')}`);
    return `count(*) - count(DISTINCT row(${found.map((each) => each!.sql).join(', ')}))`;
  }
  const { sql, present } = column;
  const list = (value: unknown) => (Array.isArray(value) ? (value as (GivenValue | null)[]) : []);
  const without = (values: readonly (GivenValue | null)[]) =>
    values.filter((each): each is GivenValue => each !== null);
  switch (name) {
    case 'nullValues':
      return `count(*) FILTER (NOT ${present})`;
    case 'missingValues': {
      const missing = list(args.missingValues);
      const isNull = missing.length === 0 || missing.includes(null) ? `NOT ${present} OR ` : '';
      return `count(*) FILTER (${isNull}coalesce(${isOneOf(column, without(missing))}, false))`;
    }
    case 'invalidValues': {
      const pattern =
        typeof args.pattern === 'string'
          ? TextPattern.arrow(args.pattern).search(`CAST(${sql} AS VARCHAR)`)
          : undefined;
      const valid = Array.isArray(args.validValues) ? isOneOf(column, without(list(args.validValues))) : undefined;
      const conditions = [pattern, valid].filter((each) => each !== undefined);
      if (conditions.length === 0) throw new Error('invalidValues needs validValues or pattern');
      return `count(*) FILTER (${present} AND NOT (${conditions.join(' AND ')}))`;
    }
    default:
      return `count(${sql}) - count(DISTINCT ${sql})`;
  }
}

/** A query of a contract: one SELECT of its own table, that reads nothing else. */
async function queried(
  engine: Engine,
  text: string,
  table: string,
  column: LookedAtColumn | undefined,
): Promise<Value> {
  const filled = text
    .replaceAll(/\$?\{(?:object|table|model)\}/g, () => identifier(table))
    .replaceAll(/\$?\{(?:property|column|field)\}/g, () => column?.sql ?? 'NULL');
  const { sql, tables } = await parseStatement(engine, filled.trim().replace(/;$/, ''));
  const strange = tables.find((name) => name.length !== 1 || name[0]!.toLowerCase() !== table.toLowerCase());
  if (strange) throw new Error(`${strange.join('.')} is another table than ${table}`);
  const [row] = await engine.rows(`SELECT * FROM (${sql}) LIMIT 1`);
  const [value] = Object.values(row ?? {});
  const number = typeof value === 'boolean' ? Number.NaN : Number(value);
  return Number.isNaN(number) || value === null ? ((value ?? null) as Value) : number;
}

function holds(value: Value, { name, value: wanted }: Operator): boolean {
  const number = typeof value === 'boolean' ? Number(value) : (value as number);
  const bounds = (Array.isArray(wanted) ? wanted : []) as number[];
  switch (name) {
    case 'mustBe':
      return value === wanted || number === Number(wanted);
    case 'mustNotBe':
      return value !== wanted && number !== Number(wanted);
    case 'mustBeGreaterThan':
      return number > Number(wanted);
    case 'mustBeGreaterOrEqualTo':
      return number >= Number(wanted);
    case 'mustBeLessThan':
      return number < Number(wanted);
    case 'mustBeLessOrEqualTo':
      return number <= Number(wanted);
    case 'mustBeBetween':
      return number >= bounds[0]! && number <= bounds[1]!;
    case 'mustNotBeBetween':
      return number < bounds[0]! || number > bounds[1]!;
  }
}

const shown = (value: Value) => (typeof value === 'number' ? String(Number(value.toPrecision(10))) : String(value));

function wordsOf({ name, value }: Operator): string {
  return `${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${JSON.stringify(value)}`;
}
