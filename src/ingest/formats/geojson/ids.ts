import type { Engine } from '../../../engine/engine.ts';
import { type Kind, kindOf, textOf } from './fields.ts';

/**
 * The ids that stand beside the properties. GDAL takes whole numbers for the numbers that it gives to features itself,
 * and drops them; if the first id is something else, or any is negative, ids are values of a property `id`. A feature's
 * own property of that name goes before.
 *
 * @param features a table of `id`, `properties` and `geometry`; where ids are values, `properties` gets them
 * @returns whether the values are texts, which are never taken for dates
 */
export async function takeIds(engine: Engine, features: string): Promise<{ areTexts: boolean }> {
  const id = "nullif(id, 'null')";
  // Most files have none, and then no property need be looked at.
  const [any] = await engine.rows(`SELECT 1 FROM ${features} WHERE ${id} IS NOT NULL LIMIT 1`);
  if (!any) return { areTexts: false };
  const own = `coalesce(json_exists(properties, '$.id'), false)`;
  const first = (condition: string) => `min(rowid) FILTER (${condition})`;
  const row = await engine.row(
    `SELECT list(DISTINCT ${kindOf('id')}) FILTER (${id} IS NOT NULL AND NOT ${own}) AS kinds,
     ${first(`${id} IS NOT NULL`)} AS first_id, arg_min(json_type(id), rowid) FILTER (${id} IS NOT NULL) AS first_type,
     ${first(`${id} IS NOT NULL AND NOT ${own}`)} AS first_taken, ${first(`json_type(properties, '$.id') <> 'NULL'`)} AS first_own,
     bool_or(json_type(id) = 'BIGINT') AS has_negative FROM ${features}`,
  );
  const kinds = new Set((row.kinds as Kind[] | null) ?? []);
  if (kinds.size === 0) return { areTexts: false };
  const isBefore = (a: unknown, b: unknown) => a !== null && (b === null || Number(a) < Number(b));
  const areNumbersOfFeatures = row.first_type === 'UBIGINT' && !isBefore(row.first_own, row.first_id);
  if (areNumbersOfFeatures && row.has_negative !== true) return { areTexts: false };
  const isText = [...kinds].some((kind) => kind !== 'INT32' && kind !== 'INT64');
  const value = isText ? `to_json(${textOf('id', kinds)})` : 'id';
  const others = `CASE WHEN coalesce(properties, '{}') = '{}' THEN '}' ELSE ',' || substr(properties, 2) END`;
  await engine.run(
    `UPDATE ${features} SET properties = '{"id":' || ${value} || ${others} WHERE ${id} IS NOT NULL AND NOT ${own}`,
  );
  return { areTexts: isText && isBefore(row.first_taken, row.first_own) };
}

/** A condition on ids that are dropped, whatever others there are. */
export const IS_DROPPED = "id IS NULL OR json_type(id) IN ('UBIGINT', 'NULL')";
