import { LifecycleError } from '../../errors.ts';
import { entriesOf, isObject, memberOf, type PythonJson } from './python-json.ts';

const ORIENTS = ['records', 'columns', 'index', 'split', 'values'] as const;
export type Orient = (typeof ORIENTS)[number];

export type JsonRecord = Map<string, PythonJson>;

/**
 * Rows of a JSON document, by pandas' `orient`; without one a list is of rows and an object of columns.
 *
 * @throws LifecycleError ING_BAD_FILE, ING_BAD_OPTION
 */
export function jsonRecords(data: PythonJson, orient: Orient | null | undefined): JsonRecord[] {
  if (orient !== undefined && orient !== null && !ORIENTS.includes(orient)) {
    throw new LifecycleError('ING_BAD_OPTION', `json_read_kwargs orient is ${JSON.stringify(orient)}`, {
      hint: `use one of ${ORIENTS.join(', ')}`,
    });
  }
  if (orient === 'split') return split(data);
  if (orient === 'index' && isObject(data)) return byIndex(entriesOf(data).map(([, row]) => row));
  if (Array.isArray(data)) {
    if (!data.some(isObject) || data.every(isObject)) return data.map(rowOf);
    throw new LifecycleError('ING_BAD_FILE', 'the JSON list holds objects beside values that are none', {
      hint: 'look at what the source answers',
    });
  }
  if (isObject(data)) return columns(data);
  throw new LifecycleError('ING_BAD_FILE', 'the JSON is neither a list nor an object', {
    hint: 'look at what the source answers',
  });
}

/** An object by its keys, a list by its positions, anything else as the only column. */
function rowOf(row: PythonJson): JsonRecord {
  if (isObject(row)) return new Map(entriesOf(row));
  return new Map((Array.isArray(row) ? row : [row]).map((value, i) => [String(i), value]));
}

/**
 * pandas makes columns of such rows, and takes rows as the columns name them: first those that have the first column. One
 * that names none is none.
 */
function byIndex(data: readonly PythonJson[]): JsonRecord[] {
  const rows = data.map(rowOf);
  if (!data.every(isObject)) return rows;
  const places = new Map<string, number>();
  for (const name of rows.flatMap((row) => [...row.keys()])) if (!places.has(name)) places.set(name, places.size);
  const first = (row: JsonRecord) =>
    [...row.keys()].reduce((least, name) => Math.min(least, places.get(name)!), Infinity);
  return rows
    .filter((row) => row.size > 0)
    .map((row) => ({ row, place: first(row) }))
    .sort((a, b) => a.place - b.place)
    .map(({ row }) => row);
}

function split(data: PythonJson): JsonRecord[] {
  const part = (name: string) => (isObject(data) ? memberOf(data, name) : undefined);
  const [names, rows] = [part('columns'), part('data')];
  if (!Array.isArray(names) || !Array.isArray(rows)) {
    throw new LifecycleError('ING_BAD_FILE', 'the JSON has no lists `columns` and `data`', {
      hint: 'orient: split needs both; leave orient out for a list of records',
    });
  }
  return rows.map((row) => new Map((Array.isArray(row) ? row : [row]).map((value, i) => [String(names[i]), value])));
}

/** Columns whose values are objects or lists by row; what is neither stands in every row. */
function columns(data: { [key: string]: PythonJson }): JsonRecord[] {
  const entries = entriesOf(data);
  const nested = entries.map(([, values]) => values).filter((values) => isObject(values) || Array.isArray(values));
  if (nested.some(isObject) && nested.some(Array.isArray)) {
    throw new LifecycleError('ING_BAD_FILE', 'the JSON object holds lists beside objects, which make no table', {
      hint: 'read it with json_read_fn: normalize and a record_path',
    });
  }
  if (entries.length > 0 && nested.length === 0) {
    throw new LifecycleError('ING_BAD_FILE', 'the JSON object holds no columns, only single values', {
      hint: 'read it with json_read_fn: normalize',
    });
  }
  const keysOf = (values: PythonJson) =>
    isObject(values)
      ? entriesOf(values).map(([key]) => key)
      : Array.isArray(values)
        ? [...values.keys()].map(String)
        : [];
  const keys = new Set(nested.flatMap(keysOf));
  const value = (values: PythonJson, key: string): PythonJson | undefined =>
    isObject(values) ? memberOf(values, key) : Array.isArray(values) ? values[Number(key)] : values;
  return [...keys].map((key) => new Map(entries.map(([name, values]) => [name, value(values, key) ?? null])));
}
