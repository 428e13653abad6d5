import type { Engine } from '../../../engine/engine.ts';
import { literal } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import type { Envelope } from './cut.ts';
import { IS_FEATURE, scanOf, wholeScanOf } from './feature-rows.ts';
import { mendSurrogates } from './surrogates.ts';

const GEOMETRY_TYPES = new Set([
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
  'GeometryCollection',
]);
/** Members of a feature that never become properties. */
const OWN_MEMBERS = ['type', 'geometry', 'properties', 'bbox', 'center', 'centroid'];
const LOOK_AT_SOURCE = 'look at what the source answers; an error message in place of data is the usual reason';

export const isCollection = ({ document }: Envelope) => String(document.type).toLowerCase() === 'featurecollection';

/**
 * A table of `id`, `properties` and `geometry`, all JSON, one row a feature.
 *
 * @throws LifecycleError ING_BAD_FILE
 */
export async function readFeatures(engine: Engine, lines: string, envelope: Envelope): Promise<string> {
  const { document } = envelope;
  if (!isCollection(envelope)) {
    return readWhole(engine, `(SELECT ${literal(JSON.stringify(soleFeature(document)))}::JSON AS json)`);
  }
  if (!Array.isArray(document.features)) {
    throw new LifecycleError('ING_BAD_FILE', 'the GeoJSON collection has no list of features', {
      hint: LOOK_AT_SOURCE,
    });
  }
  try {
    return await readLines(engine, lines, envelope);
  } catch (error) {
    if (!/surrogate in string/.test(String((error as Error).cause))) throw error;
    const mended = `${lines}.mended`;
    await mendSurrogates(lines, mended);
    return readLines(engine, mended, envelope);
  }
}

async function readLines(engine: Engine, lines: string, envelope: Envelope): Promise<string> {
  const usual = await readUsual(engine, scanOf(lines, envelope));
  return usual ?? readWhole(engine, wholeScanOf(lines, envelope));
}

/** Undefined where some feature is not as it should be. */
async function readUsual(engine: Engine, scan: string): Promise<string | undefined> {
  let table: string;
  try {
    table = await engine.materialize(`SELECT type, id, properties, geometry FROM ${scan}`);
  } catch {
    return undefined;
  }
  const { odd } = await engine.row(
    `SELECT count(*) FILTER ((${IS_FEATURE} AND json_type(properties) = 'OBJECT') IS NOT TRUE) AS odd FROM ${table}`,
  );
  if (Number(odd) === 0) return table;
  await engine.run(`DROP TABLE ${table}`);
  return undefined;
}

/**
 * Reads features of which some have no `properties`: then their other members are taken for such. A null in place of a
 * feature is passed over.
 */
async function readWhole(engine: Engine, scan: string): Promise<string> {
  let whole: string;
  try {
    whole = await engine.materialize(`SELECT json AS feature FROM ${scan}`);
  } catch (cause) {
    throw new LifecycleError('ING_BAD_FILE', 'a feature of the file is not valid JSON', {
      cause,
      hint: 'put the file right at its source',
    });
  }
  await refuseOthers(engine, whole);
  const patch = literal(`{${OWN_MEMBERS.map((name) => `"${name}": null`).join(', ')}}`);
  const properties = `CASE WHEN json_exists(feature, '$.properties') THEN nullif(feature -> '$.properties', 'null') ELSE json_merge_patch(feature, ${patch}) END`;
  try {
    return await engine.materialize(
      `SELECT feature -> '$.id' AS id, ${properties} AS properties, feature -> '$.geometry' AS geometry
       FROM ${whole} WHERE feature <> 'null'`,
    );
  } finally {
    await engine.run(`DROP TABLE ${whole}`);
  }
}

async function refuseOthers(engine: Engine, whole: string): Promise<void> {
  const inOtherCase = (name: string) =>
    `NOT json_exists(feature, '$.${name}') AND list_contains(list_transform(json_keys(feature), lambda key: lower(key)), '${name}')`;
  const faults = {
    'is no object': "json_type(feature) <> 'OBJECT'",
    'is none by its type': "(feature ->> '$.type') IS DISTINCT FROM 'Feature'",
    'has properties that are no object': "json_type(feature, '$.properties') NOT IN ('OBJECT', 'NULL')",
    'has its properties under a name in other case': inOtherCase('properties'),
    'has its geometry under a name in other case': inOtherCase('geometry'),
    'has two members of one name': 'len(json_keys(feature)) > len(list_distinct(json_keys(feature)))',
  };
  const fault = `CASE ${Object.entries(faults)
    .map(([what, condition]) => `WHEN ${condition} THEN ${literal(what)}`)
    .join(' ')} END`;
  const [bad] = await engine.rows(
    `SELECT rowid + 1 AS number, ${fault} AS fault, left(feature, 100) AS text FROM ${whole}
     WHERE feature <> 'null' AND fault IS NOT NULL ORDER BY rowid LIMIT 1`,
  );
  if (!bad) return;
  throw new LifecycleError('ING_BAD_FILE', `feature ${bad.number} of the file ${bad.fault}: ${bad.text}`, {
    hint: 'every item of `features` is {"type": "Feature", "properties": {…}, "geometry": …}: put the file right at its source',
  });
}

/** A document that is one feature or one geometry, as a feature. */
function soleFeature(document: Envelope['document']): object {
  if (document.type === 'Feature') return document;
  if (GEOMETRY_TYPES.has(String(document.type))) return { type: 'Feature', properties: null, geometry: document };
  const message = `the file is JSON but no GeoJSON: its type is ${JSON.stringify(document.type)}`;
  throw new LifecycleError('ING_BAD_FILE', message, { hint: LOOK_AT_SOURCE });
}
