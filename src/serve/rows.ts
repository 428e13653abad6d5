import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import type { Filter, Rows } from './api.ts';

export interface RowsWanted {
  offset: number;
  limit: number;
  /** `column` or `-column`. */
  sort: string | undefined;
  filters: readonly Filter[];
}

/** Characters of a text or a geometry that a table shows; the whole of it is in the file. */
const SHOWN = 300;

/**
 * A page of rows, sorted and filtered in DuckDB.
 *
 * @param relation what to read them from, as SQL
 * @throws LifecycleError LIF_USAGE for a column that is not there, or a value that its type does not take
 */
export async function readRows(engine: Engine, relation: string, wanted: RowsWanted): Promise<Rows> {
  const columns = await engine.describe(`SELECT * FROM ${relation}`);
  const typeOf = (name: string) => {
    const column = columns.find((each) => each.name === name);
    if (column) return column.type;
    throw new LifecycleError('LIF_USAGE', `there is no column ${JSON.stringify(name)}`, {
      hint: `the columns are ${columns.map((each) => each.name).join(', ')}`,
    });
  };
  const conditions = wanted.filters.map((filter) => conditionOf(filter, typeOf(filter.column)));
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const order = orderOf(wanted.sort, typeOf);
  const shown = columns.map(({ name, type }) => `${shownValue(identifier(name), type)} AS ${identifier(name)}`);
  const page = `SELECT ${shown.join(', ')} FROM ${relation} ${where} ${order} LIMIT ${wanted.limit} OFFSET ${wanted.offset}`;
  const rows = await engine.rows(page);
  const { n } = await engine.row(`SELECT count(*) AS n FROM ${relation} ${where}`);
  return { columns, rows: rows.map((row) => columns.map(({ name }) => row[name])), total: Number(n) };
}

function orderOf(sort: string | undefined, typeOf: (name: string) => string): string {
  if (sort === undefined || sort === '') return '';
  const name = sort.startsWith('-') ? sort.slice(1) : sort;
  typeOf(name);
  return `ORDER BY ${identifier(name)} ${sort.startsWith('-') ? 'DESC' : 'ASC'} NULLS LAST`;
}

function conditionOf({ column, op, value }: Filter, type: string): string {
  const name = identifier(column);
  if (op === 'is null') return `${name} IS NULL`;
  if (op === 'is not null') return `${name} IS NOT NULL`;
  const text = literal(String(value ?? ''));
  if (op === 'contains') return `contains(lower(${name}::VARCHAR), lower(${text}))`;
  const typed = type.startsWith('GEOMETRY') ? text : `TRY_CAST(${text} AS ${type})`;
  return `${name} ${op} ${typed}`;
}

function shownValue(name: string, type: string): string {
  if (type.startsWith('GEOMETRY')) return `left(ST_AsText(${name}), ${SHOWN})`;
  if (type === 'VARCHAR') return `left(${name}, ${SHOWN})`;
  if (type === 'BLOB') return `left(hex(${name}), ${SHOWN})`;
  return name;
}
