import { readFile } from 'node:fs/promises';
import { LifecycleError } from '../../errors.ts';
import type { FileFormat } from '../../project/project.ts';
import { parseDateColumn } from '../dates/coerce.ts';
import { inferTypes } from '../infer.ts';
import { findColumn, type Relation, withColumn } from '../relation.ts';
import type { FormatContext } from './format.ts';
import { type NormalizeOptions, normalize } from './json-normalize.ts';
import { soleMember } from './members.ts';
import { isObject, type PythonJson, parseJson, pythonDumps } from './python-json.ts';
import { relationOf, type ValueColumn } from './value-columns.ts';
import type { Value } from './values.ts';

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const source = await soleMember(file, context);
  const data = parseJson((await readFile(source, 'utf8')).replace(/^\uFEFF/, ''));
  const options = (format.json_read_kwargs ?? {}) as Record<string, unknown>;
  return format.json_read_fn === 'normalize'
    ? table(normalize(data, options as NormalizeOptions), context)
    : readJson(data, options, context);
}

/** Columns in the order in which their names first appear; what nests is kept as JSON text. */
async function table(records: readonly Map<string, PythonJson>[], context: FormatContext): Promise<Relation> {
  const columns = new Map<string, ValueColumn>();
  records.forEach((record, row) => {
    for (const [name, value] of record) {
      let column = columns.get(name);
      if (!column) {
        column = { name, values: new Array<Value>(records.length).fill(null) };
        columns.set(name, column);
      }
      column.values[row] = Array.isArray(value) || isObject(value) ? pythonDumps(value) : value;
    }
  });
  return relationOf([...columns.values()], records.length, context);
}

interface ReadJsonOptions {
  orient?: string;
  dtype?: boolean | Record<string, string>;
  convert_dates?: boolean | string[];
  lines?: boolean;
}

const READ_JSON_OPTIONS = ['orient', 'dtype', 'convert_dates', 'lines'];
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
/** pandas takes numbers for dates only above one year after 1970, in whichever unit puts them there. */
const SECONDS_IN_A_YEAR = 31_536_000;

async function readJson(data: PythonJson, raw: Record<string, unknown>, context: FormatContext): Promise<Relation> {
  for (const key of Object.keys(raw)) {
    if (!READ_JSON_OPTIONS.includes(key)) {
      throw new LifecycleError('ING_BAD_OPTION', `json_read_kwargs ${JSON.stringify(key)} is not known`, {
        hint: `use ${READ_JSON_OPTIONS.join(', ')}`,
      });
    }
  }
  const options = raw as ReadJsonOptions;
  let relation = await table(recordsOf(data), context);
  if (options.dtype !== false) {
    const texts = relation.columns.filter((column) => column.type === 'VARCHAR').map((column) => column.name);
    const inferred = await inferTypes(context.engine, relation, texts);
    // Only numbers are looked for in text: `true` and `false` stay words.
    relation = {
      ...inferred,
      columns: inferred.columns.map((column, i) => (column.type === 'BOOLEAN' ? relation.columns[i]! : column)),
    };
  }
  if (options.convert_dates !== false) {
    const wanted = Array.isArray(options.convert_dates) ? options.convert_dates : [];
    for (const { name } of relation.columns) {
      if (wanted.includes(name) || looksLikeDate(name)) relation = await convertDate(relation, name, context);
    }
  }
  return relation;
}

async function convertDate(relation: Relation, name: string, context: FormatContext): Promise<Relation> {
  const column = findColumn(relation, name)!;
  if (column.type === 'VARCHAR') return parseDateColumn(context.engine, relation, name);
  if (column.type !== 'BIGINT' && column.type !== 'DOUBLE') return relation;
  const { expression } = column;
  const row = await context.engine.row(
    `SELECT min(${expression}) AS low, max(${expression}) AS high FROM ${relation.from}`,
  );
  if (row.low === null || Number(row.low) <= SECONDS_IN_A_YEAR) return relation;
  for (const perSecond of [1, 1e3, 1e6, 1e9]) {
    // The first unit in which the latest value still is a year that nanoseconds reach.
    if (Number(row.high) / perSecond < 9_223_372_036) {
      return withColumn(relation, name, {
        expression: `make_timestamp(CAST(${expression} * ${1e6 / perSecond} AS BIGINT))`,
        type: 'TIMESTAMP',
      });
    }
  }
  return relation;
}

/** A list of records, or an object of columns whose values are objects by row. */
function recordsOf(data: PythonJson): Map<string, PythonJson>[] {
  if (Array.isArray(data)) {
    return data.map((record) => {
      if (isObject(record)) return new Map(Object.entries(record));
      throw new LifecycleError('ING_BAD_FILE', 'the JSON list holds values that are no objects', {
        hint: 'read it with json_read_fn: normalize',
      });
    });
  }
  if (!isObject(data))
    throw new LifecycleError('ING_BAD_FILE', 'the JSON is neither a list nor an object', {
      hint: 'look at what the source answers',
    });
  const columns = Object.entries(data);
  const keys = [
    ...new Set(
      columns.flatMap(([, values]) =>
        isObject(values) ? Object.keys(values) : Array.isArray(values) ? [...values.keys()].map(String) : [],
      ),
    ),
  ];
  return keys.map(
    (key) =>
      new Map(
        columns.map(([name, values]): [string, PythonJson] => [
          name,
          (isObject(values) ? values[key] : Array.isArray(values) ? values[Number(key)] : null) ?? null,
        ]),
      ),
  );
}
