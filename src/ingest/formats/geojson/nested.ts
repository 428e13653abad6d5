import type { Engine } from '../../../engine/engine.ts';
import { identifier, literal } from '../../../engine/sql.ts';
import { type Kind, kindOf } from './fields.ts';
import { distinctIgnoringCase, pointerTo } from './names.ts';

/** A type as DuckDB spells it, and as `json_transform` does. */
interface SharedType {
  type: string;
  /** JSON; as text, since a JavaScript object would put keys that are numbers first. */
  structure: string;
}

/**
 * The type that all values of a JSON column share, as Arrow infers it and pandas keeps it: whole numbers are 64 bits,
 * and decimals where one is missing; an object has the keys of all.
 *
 * @returns undefined where there is no such type, or none that DuckDB has
 */
export async function sharedType(engine: Engine, table: string, json: string): Promise<SharedType | undefined> {
  return (await typesOf(engine, table, [json]))?.[0];
}

async function typesOf(engine: Engine, table: string, columns: readonly string[]): Promise<SharedType[] | undefined> {
  const row = await engine.row(
    `SELECT count(*) AS n, ${columns.map((c, i) => `list(DISTINCT ${kindOf(c)}) FILTER (${c} IS NOT NULL) AS kinds${i}, count(${c}) AS values${i}`).join(', ')} FROM ${table}`,
  );
  const types: SharedType[] = [];
  for (const [i, column] of columns.entries()) {
    const kinds = new Set((row[`kinds${i}`] as Kind[] | null) ?? []);
    const hasNulls = Number(row[`values${i}`]) < Number(row.n);
    const type = await typeOf(engine, table, column, kinds, hasNulls);
    if (!type) return undefined;
    types.push(type);
  }
  return types;
}

async function typeOf(
  engine: Engine,
  table: string,
  column: string,
  kinds: ReadonlySet<Kind>,
  hasNulls: boolean,
): Promise<SharedType | undefined> {
  const plain = (type: string) => ({ type, structure: JSON.stringify(type) });
  // Arrow has a type of nulls alone, Parquet none.
  if (kinds.size === 0) return plain('VARCHAR');
  if ([...kinds].every((kind) => kind === 'INT32' || kind === 'INT64' || kind === 'DOUBLE'))
    return plain(hasNulls || kinds.has('DOUBLE') ? 'DOUBLE' : 'BIGINT');
  const [kind] = kinds;
  if (kinds.size > 1) return undefined;
  if (kind === 'ARRAY') return typeOfLists(engine, table, column);
  return kind === 'OBJECT' ? typeOfObjects(engine, table, column) : plain(kind!);
}

async function typeOfLists(engine: Engine, table: string, column: string): Promise<SharedType | undefined> {
  const items = await engine.materialize(
    `SELECT nullif(unnest(CAST(${column} AS JSON[])), 'null') AS c0 FROM ${table} WHERE ${column} IS NOT NULL`,
  );
  const [item] = (await typesOf(engine, items, ['c0'])) ?? [];
  await engine.run(`DROP TABLE ${items}`);
  return item && { type: `${item.type}[]`, structure: `[${item.structure}]` };
}

async function typeOfObjects(engine: Engine, table: string, column: string): Promise<SharedType | undefined> {
  const rows = await engine.rows(
    `SELECT key, count(*) > count(DISTINCT r) AS is_repeated FROM (SELECT unnest(json_keys(${column})) AS key, generate_subscripts(json_keys(${column}), 1) AS place, rowid AS r
     FROM ${table} WHERE ${column} IS NOT NULL) GROUP BY key ORDER BY min((r, place))`,
  );
  const keys = rows.map((row) => String(row.key));
  if (keys.length === 0 || !distinctIgnoringCase(keys) || rows.some((row) => row.is_repeated)) return undefined;
  const values = keys.map((key, i) => `nullif(json_extract(${column}, ${literal(pointerTo(key))}), 'null') AS c${i}`);
  const members = await engine.materialize(`SELECT ${values.join(', ')} FROM ${table}`);
  const types = await typesOf(
    engine,
    members,
    keys.map((_, i) => `c${i}`),
  );
  await engine.run(`DROP TABLE ${members}`);
  return (
    types && {
      type: `STRUCT(${keys.map((key, i) => `${identifier(key)} ${types[i]!.type}`).join(', ')})`,
      structure: `{${keys.map((key, i) => `${JSON.stringify(key)}: ${types[i]!.structure}`).join(', ')}}`,
    }
  );
}
