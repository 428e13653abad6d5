import type { Engine } from '../../../engine/engine.ts';
import { literal } from '../../../engine/sql.ts';
import { type Kind, kindOf, type PropertyFacts, scalarType } from './fields.ts';
import { sharedType } from './nested.ts';

/** The kinds of a list's items, and `NULL` for one that is missing. */
type Items = ReadonlySet<Kind | 'NULL'>;

/**
 * The column that GDAL and pandas make of a property with lists or objects. `json` names a JSON column of `table`.
 *
 * @returns undefined where the values have no type in common; then all that is left is text
 */
export async function structuredColumn(
  engine: Engine,
  table: string,
  json: string,
  facts: PropertyFacts,
): Promise<{ expression: string; type: string } | undefined> {
  const { kinds } = facts;
  if (kinds.has('ARRAY') && !kinds.has('OBJECT')) {
    const lists = await listsOf(engine, table, json);
    const type = itemType(lists, kinds);
    if (type) return listColumn(json, type, kinds);
  }
  if (kinds.size > 1) return undefined;
  const shared = await sharedType(engine, table, json);
  return shared && { expression: `json_transform(${json}, ${literal(shared.structure)})`, type: shared.type };
}

/** What the lists of a column hold, each combination once, in order of appearance. */
async function listsOf(engine: Engine, table: string, json: string): Promise<Items[]> {
  const kind = `coalesce(${kindOf('item')}, 'NULL')`;
  const rows = await engine.rows(
    `SELECT items, min(rowid) AS first_row FROM (
       SELECT list_sort(list_distinct(list_transform(CAST(${json} AS JSON[]), lambda item: ${kind}))) AS items, rowid
       FROM ${table} WHERE json_type(${json}) = 'ARRAY') GROUP BY items ORDER BY first_row`,
  );
  return rows.map((row) => new Set(row.items as Kind[]));
}

/**
 * The type of the items where all lists hold plain values, of one family each. A single value among lists is a list of
 * one, and strings make strings of all.
 */
function itemType(lists: readonly Items[], kinds: ReadonlySet<Kind>): string | undefined {
  // GDAL takes an empty list for JSON of any kind, unless it has met others before.
  if (lists[0]!.size === 0 || !lists.every(isPlain)) return undefined;
  const scalars = [...kinds].filter((kind) => kind !== 'ARRAY');
  const all = new Set([...scalars, ...lists.flatMap((items) => [...items] as Kind[])]);
  if (!all.has('VARCHAR')) return scalarType(all);
  return lists.some((items) => items.has('VARCHAR')) ? 'VARCHAR' : undefined;
}

function isPlain(items: Items): boolean {
  if (items.has('NULL') || items.has('ARRAY') || items.has('OBJECT')) return false;
  return items.size <= 1 || !(items.has('VARCHAR') || items.has('BOOLEAN'));
}

function listColumn(json: string, item: string, kinds: ReadonlySet<Kind>): { expression: string; type: string } {
  const type = `${item}[]`;
  const list = `CAST(${json} AS ${type})`;
  if (kinds.size === 1) return { expression: list, type };
  // A JSON value becomes a list by its brackets.
  const wrapped = `CAST(CAST('[' || ${json} || ']' AS JSON) AS ${type})`;
  return { expression: `CASE WHEN json_type(${json}) = 'ARRAY' THEN ${list} ELSE ${wrapped} END`, type };
}
