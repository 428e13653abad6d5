import type { Engine } from '../../../engine/engine.ts';
import { identifier, literal } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import type { Envelope } from './cut.ts';
import { fieldOrder } from './field-order.ts';
import { pointerTo, structureNames } from './names.ts';

/** What DuckDB's reader takes by itself; it allocates by this number, so a larger one only where it is needed. */
const USUAL_OBJECT_BYTES = 16 * 1024 * 1024;

const sizeOption = (envelope: Envelope) =>
  `maximum_object_size = ${Math.max(USUAL_OBJECT_BYTES, envelope.longest + 2)}`;

/** A scan of features, one a line: `type`, `id`, `properties` and `geometry`, all JSON. */
export function scanOf(lines: string, envelope: Envelope): string {
  return `read_ndjson(${literal(lines)}, columns = {type: 'VARCHAR', id: 'JSON', properties: 'JSON', geometry: 'JSON'}, ${sizeOption(envelope)})`;
}

/** A scan of the same lines, each a JSON value `json`. */
export function wholeScanOf(lines: string, envelope: Envelope): string {
  return `read_ndjson_objects(${literal(lines)}, ${sizeOption(envelope)})`;
}

/** A condition on a row of `scanOf`: a feature as it should be. A look at all of it tells what is wrong with another. */
export const IS_FEATURE = `type = 'Feature' AND properties IS NOT NULL`;

/** The names of all properties, in the order of the fields that they become. What names are given twice is told. */
export async function propertyOrder(
  engine: Engine,
  features: string,
): Promise<{ order: string[]; hasRepeats: boolean }> {
  const rows = await engine.rows(
    `SELECT keys FROM (SELECT json_keys(properties) AS keys, min(rowid) AS first FROM ${features}
     WHERE json_type(properties) = 'OBJECT' GROUP BY ALL) ORDER BY first`,
  );
  const lists = rows.map((row) => row.keys as string[]);
  const distinct = lists.map((keys) => [...new Set(keys)]);
  return { order: fieldOrder(distinct), hasRepeats: distinct.some((keys, i) => keys.length < lists[i]!.length) };
}

/** Of a property that a feature gives twice, the last value counts. */
export async function dropRepeats(engine: Engine, features: string): Promise<void> {
  const members = `SELECT key, min(id) AS place, arg_max(value, id) AS value FROM json_each(properties) GROUP BY key`;
  const object = `'{' || string_agg(to_json(key) || ':' || coalesce(CAST(value AS VARCHAR), 'null'), ',' ORDER BY place) || '}'`;
  await engine.run(
    `UPDATE ${features} SET properties = (SELECT ${object} FROM (${members}))
     WHERE len(json_keys(properties)) > len(list_distinct(json_keys(properties)))`,
  );
}

/** Fields of one structure: what DuckDB does for each of them grows with the number of those beside it. */
export const FIELDS_AT_ONCE = 200;

/**
 * SQL for one JSON column a property (`c0`, `c1`, …) and the geometry.
 *
 * @param orFail for names that a structure can hold: makes, of a condition on a feature, one that ends the work where it
 * does not hold; then a feature with fewer or more properties than these does
 */
export function spreadSql(features: string, order: readonly string[], orFail?: (condition: string) => string): string {
  const transform = orFail ? 'json_transform_strict' : 'json_transform';
  const where = orFail ? ` WHERE ${orFail(isWhole(order))}` : '';
  const { structure, columns } = members(order, 0);
  const inner = [
    'properties',
    `${structure === undefined ? 'NULL' : `${transform}(properties, ${structure})`} AS p`,
    `${GEOMETRY} AS g`,
  ];
  return `SELECT ${[...columns, 'g AS geometry'].join(', ')} FROM (SELECT ${inner.join(', ')} FROM ${features})${where}`;
}

/** SQL for the geometry of a feature. `json` is the SQL of its JSON. */
export function geometryOf(json: string): string {
  return `ST_GeomFromGeoJSON(nullif(nullif(${json}, 'null'), '{}'))`;
}

const GEOMETRY = geometryOf('geometry');

/** A geometry whose every coordinate says that there is none, as servers write an empty one. */
const WITHOUT_NUMBERS = '(?:[\\[\\],]*(?:"NaN"|NaN|null))+[\\[\\],]*';
const TYPE = '"type":"[A-Za-z]+"';
const IS_NOWHERE = `regexp_full_match(geometry, ${literal(
  `\\{(?:${TYPE},"coordinates":${WITHOUT_NUMBERS}|"coordinates":${WITHOUT_NUMBERS},${TYPE})\\}`,
)})`;

/** The structure that holds members of an object, and a column for each of them, counted from `first`. */
function members(names: readonly string[], first: number): { structure: string | undefined; columns: string[] } {
  const fields = structureNames(names);
  const structure = literal(`{${[...fields].map((key) => `${JSON.stringify(key)}: "JSON"`).join(', ')}}`);
  const memberOf = (key: string) =>
    fields.has(key) ? `p.${identifier(key)}` : `json_extract(properties, ${literal(pointerTo(key))})`;
  const columns = names.map((key, i) => `nullif(${memberOf(key)}, 'null') AS c${first + i}`);
  return { structure: fields.size > 0 ? structure : undefined, columns };
}

/**
 * A condition on a feature that has all these properties: it has no others. `json_transform_strict` passes over those.
 * Counting the bytes costs a tenth of looking at the names; DuckDB's JSON has no blanks.
 */
function isWhole(order: readonly string[]): string {
  const around = order.reduce((sum, key) => sum + Buffer.byteLength(JSON.stringify(key)) + 2, 1);
  const values = order.map((key) => ` + coalesce(strlen(p.${identifier(key)}), 4)`);
  return `strlen(properties) = ${Math.max(around, 2)}${values.join('')}`;
}

/**
 * A table of what `spreadSql` gives, in place of the table of features.
 *
 * @throws LifecycleError ING_BAD_GEOMETRY
 */
export async function spread(engine: Engine, features: string, order: readonly string[]): Promise<string> {
  const attempt = async () =>
    order.length > FIELDS_AT_ONCE
      ? spreadInParts(engine, features, order)
      : engine.materialize(spreadSql(features, order));
  try {
    return await attempt().catch(async (cause) => {
      if (!(await badGeometry(engine, features, cause))) throw cause;
      await engine.run(`UPDATE ${features} SET geometry = NULL WHERE ${IS_NOWHERE}`);
      return attempt();
    });
  } catch (cause) {
    throw (await badGeometry(engine, features, cause)) ?? cause;
  } finally {
    await engine.run(`DROP TABLE ${features}`);
  }
}

/** Some columns at a time, each part in a table of its own, and then all of them side by side. */
async function spreadInParts(engine: Engine, features: string, order: readonly string[]): Promise<string> {
  // First what may fail.
  const geometries = await engine.materialize(`SELECT ${GEOMETRY} AS geometry FROM ${features}`);
  const parts: string[] = [];
  for (let first = 0; first < order.length; first += FIELDS_AT_ONCE) {
    const { structure, columns } = members(order.slice(first, first + FIELDS_AT_ONCE), first);
    const transformed = structure === undefined ? 'NULL' : `json_transform(properties, ${structure})`;
    parts.push(
      await engine.materialize(
        `SELECT ${columns.join(', ')} FROM (SELECT properties, ${transformed} AS p FROM ${features})`,
      ),
    );
  }
  parts.push(geometries);
  const table = await engine.materialize(`SELECT * FROM ${parts.join(' POSITIONAL JOIN ')}`);
  for (const part of parts) await engine.run(`DROP TABLE ${part}`);
  return table;
}

async function badGeometry(engine: Engine, features: string, cause: unknown): Promise<LifecycleError | undefined> {
  const [bad] = await engine.rows(
    `SELECT rowid + 1 AS feature, left(geometry, 100) AS text FROM ${features}
     WHERE geometry NOT IN ('null', '{}') AND TRY(${GEOMETRY}) IS NULL ORDER BY rowid LIMIT 1`,
  );
  if (!bad) return undefined;
  const message = `the geometry of feature ${bad.feature} cannot be read: ${bad.text}`;
  return new LifecycleError('ING_BAD_GEOMETRY', message, {
    cause,
    hint: 'look at the file at its source: coordinates may be missing or nested wrongly',
  });
}
