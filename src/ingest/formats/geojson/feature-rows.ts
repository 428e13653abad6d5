import type { Engine } from '../../../engine/engine.ts';
import { identifier, literal } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import type { Envelope } from './cut.ts';
import { mergeKeyOrders } from './fields.ts';

const GEOMETRY_TYPES = new Set([
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
  'GeometryCollection',
]);
/** What DuckDB's reader takes by itself; it allocates by this number, so a larger one only where it is needed. */
const USUAL_OBJECT_BYTES = 16 * 1024 * 1024;

/** A scan of features, one a line: `id`, `properties` and `geometry`, all JSON. */
export function scanOf(lines: string, envelope: Envelope): string {
  const longest = Math.max(USUAL_OBJECT_BYTES, envelope.longest + 2);
  return `read_ndjson(${literal(lines)}, columns = {id: 'JSON', properties: 'JSON', geometry: 'JSON'}, maximum_object_size = ${longest})`;
}

/** A table of `id`, `properties` and `geometry`, all JSON, one row a feature. */
export async function readFeatures(engine: Engine, lines: string, envelope: Envelope): Promise<string> {
  const { document } = envelope;
  if (document.type === 'FeatureCollection') {
    if (!Array.isArray(document.features)) {
      throw new LifecycleError('ING_BAD_FILE', 'the GeoJSON collection has no list of features', {
        hint: 'look at what the source answers; an error message in place of data is the usual reason',
      });
    }
    try {
      return await engine.materialize(`SELECT id, properties, geometry FROM ${scanOf(lines, envelope)}`);
    } catch (cause) {
      throw new LifecycleError('ING_BAD_FILE', 'a feature of the file is not valid JSON', {
        cause,
        hint: 'look at what the source answers; a cut-off download is the usual reason',
      });
    }
  }
  const geometry = document.type === 'Feature' ? document.geometry : document;
  if (document.type !== 'Feature' && !GEOMETRY_TYPES.has(String(document.type))) {
    throw new LifecycleError(
      'ING_BAD_FILE',
      `the file is JSON but no GeoJSON: its type is ${JSON.stringify(document.type)}`,
      {
        hint: 'look at what the source answers; an error message in place of data is the usual reason',
      },
    );
  }
  const json = (value: unknown) => (value === undefined ? 'NULL::JSON' : `${literal(JSON.stringify(value))}::JSON`);
  const properties = document.type === 'Feature' ? document.properties : undefined;
  const id = document.type === 'Feature' ? document.id : undefined;
  return engine.materialize(
    `SELECT ${json(id)} AS id, ${json(properties)} AS properties, ${json(geometry)} AS geometry`,
  );
}

/** The names of all properties, in the order of the fields that they become. */
export async function propertyOrder(engine: Engine, features: string): Promise<string[]> {
  const lists = await engine.rows(
    `SELECT keys FROM (SELECT json_keys(properties) AS keys, min(rowid) AS first FROM ${features}
     WHERE json_type(properties) = 'OBJECT' GROUP BY ALL) ORDER BY first`,
  );
  return mergeKeyOrders(lists.map((row) => row.keys as string[]));
}

/**
 * SQL for one JSON column a property (`c0`, `c1`, …), the feature's `id`, and the geometry.
 *
 * @param exactly whether a feature with other properties than these ends the work
 */
export function spreadSql(features: string, order: readonly string[], exactly = false): string {
  const structure = literal(`{${order.map((key) => `${JSON.stringify(key)}: "JSON"`).join(', ')}}`);
  const transform = exactly ? 'json_transform_strict' : 'json_transform';
  const properties = order.length > 0 ? `${transform}(properties, ${structure})` : 'NULL';
  const columns = order.map((key, i) => `nullif(p.${identifier(key)}, 'null') AS c${i}`);
  const select = ["nullif(id, 'null') AS id", ...columns, 'g AS geometry'];
  return `SELECT ${select.join(', ')} FROM (SELECT id, ${properties} AS p, ST_GeomFromGeoJSON(nullif(geometry, 'null')) AS g FROM ${features})`;
}

/**
 * A table of what `spreadSql` gives, in place of the table of features.
 *
 * @throws LifecycleError ING_BAD_GEOMETRY
 */
export async function spread(engine: Engine, features: string, order: readonly string[]): Promise<string> {
  try {
    return await engine.materialize(spreadSql(features, order));
  } catch (cause) {
    throw new LifecycleError('ING_BAD_GEOMETRY', 'a geometry of the file cannot be read', {
      cause,
      hint: 'look at the file at its source: coordinates may be missing or nested wrongly',
    });
  } finally {
    await engine.run(`DROP TABLE ${features}`);
  }
}
