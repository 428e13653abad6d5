import path from 'node:path';
import type { Engine, Row } from '../../../engine/engine.ts';
import { identifier, literal } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import type { FileFormat } from '../../../project/project.ts';
import { type Crs, crsFrom } from '../../crs.ts';
import { GEOMETRY, overTable, type Relation } from '../../relation.ts';
import type { FormatContext } from '../format.ts';
import { soleMember } from '../members.ts';
import { cutFeatures, type Envelope } from './cut.ts';
import { mergeKeyOrders, type PropertyFacts, propertyColumn } from './fields.ts';

/** The geometry's name until it becomes `geom`; no property has it. */
const GEOMETRY_COLUMN = '\0geometry';
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

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const { engine } = context;
  const lines = path.join(context.workDir, 'features.ndjson');
  const envelope = await cutFeatures(await soleMember(file, context), lines);
  const crs = await crsOf(engine, format, envelope);
  await engine.load('spatial');
  const features = await readFeatures(engine, lines, envelope);
  const order = await propertyOrder(engine, features);
  const table = await spread(engine, features, order);
  return typedColumns(engine, table, order, crs);
}

/** file_format.crs, else the document's own, else longitude and latitude. It is set, never transformed to. */
async function crsOf(engine: Engine, format: FileFormat, envelope: Envelope): Promise<Crs> {
  if (format.crs !== undefined && format.crs !== null) return crsFrom(engine, String(format.crs));
  const own = envelope.document.crs;
  if (own === undefined || own === null) return crsFrom(engine, 'EPSG:4326');
  const named = (own as { properties?: { name?: unknown } }).properties?.name;
  return crsFrom(engine, String(named ?? own));
}

/** A table of `id`, `properties` and `geometry`, all JSON, one row a feature. */
async function readFeatures(engine: Engine, lines: string, envelope: Envelope): Promise<string> {
  const { document } = envelope;
  if (document.type === 'FeatureCollection') {
    if (!Array.isArray(document.features)) {
      throw new LifecycleError('ING_BAD_FILE', 'the GeoJSON collection has no list of features', {
        hint: 'look at what the source answers; an error message in place of data is the usual reason',
      });
    }
    try {
      return await engine.materialize(
        `SELECT id, properties, geometry FROM read_ndjson(${literal(lines)}, columns = {id: 'JSON', properties: 'JSON', geometry: 'JSON'}, maximum_object_size = ${Math.max(USUAL_OBJECT_BYTES, envelope.longest + 2)})`,
      );
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

async function propertyOrder(engine: Engine, table: string): Promise<string[]> {
  const lists = await engine.rows(
    `SELECT keys FROM (SELECT json_keys(properties) AS keys, min(rowid) AS first FROM ${table}
     WHERE json_type(properties) = 'OBJECT' GROUP BY ALL) ORDER BY first`,
  );
  return mergeKeyOrders(lists.map((row) => row.keys as string[]));
}

/** A table of one JSON column a property (`c0`, `c1`, …), the feature's `id`, and the geometry. */
async function spread(engine: Engine, features: string, order: readonly string[]): Promise<string> {
  const structure = `{${order.map((key) => `${JSON.stringify(key)}: "JSON"`).join(', ')}}`;
  const properties = order.length > 0 ? `json_transform(properties, ${literal(structure)})` : 'NULL';
  const columns = order.map((key, i) => `nullif(p.${identifier(key)}, 'null') AS c${i}`);
  const select = ["nullif(id, 'null') AS id", ...columns, 'g AS geometry'];
  try {
    return await engine.materialize(
      `SELECT ${select.join(', ')} FROM (SELECT id, ${properties} AS p, ST_GeomFromGeoJSON(nullif(geometry, 'null')) AS g FROM ${features})`,
    );
  } catch (cause) {
    throw new LifecycleError('ING_BAD_GEOMETRY', 'a geometry of the file cannot be read', {
      cause,
      hint: 'look at the file at its source: coordinates may be missing or nested wrongly',
    });
  } finally {
    await engine.run(`DROP TABLE ${features}`);
  }
}

const DATE = '[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}';
const CLOCK = '[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?';
const OFFSET = '(Z|[+-][0-9]{2}(:?[0-9]{2})?)';

async function typedColumns(engine: Engine, table: string, order: readonly string[], crs: Crs): Promise<Relation> {
  const expressions = ["count(*) FILTER (json_type(id) = 'VARCHAR') AS text_ids", 'count(*) AS n'];
  order.forEach((_, i) => {
    expressions.push(
      `list(DISTINCT json_type(c${i})) FILTER (c${i} IS NOT NULL) AS kinds${i}`,
      `count(c${i}) AS values${i}`,
      `any_value(c${i} ->> '$') AS example${i}`,
    );
  });
  const row = await engine.row(`SELECT ${expressions.join(', ')} FROM ${table}`);
  const details = await closerLook(engine, table, order.length, row);
  const base = overTable(table, []);
  const columns = order.map((name, i) => {
    const facts: PropertyFacts = {
      kinds: kindsOf(row, i),
      hasNulls: Number(row[`values${i}`]) < Number(row.n),
      fitsInt32: details[`int32_${i}`] === true,
      textShape: details[`stamp${i}`]
        ? details[`offset${i}`]
          ? 'datetime with offset'
          : 'datetime'
        : details[`time${i}`]
          ? 'time'
          : 'text',
    };
    return { name, ...propertyColumn(`c${i}`, facts) };
  });
  const nested = await nestedTypes(engine, table, columns, row);
  // Ids that are numbers only count the features; texts name them.
  const ids =
    Number(row.text_ids) > 0 && !order.includes('id')
      ? [{ name: 'id', expression: "(id ->> '$')", type: 'VARCHAR' }]
      : [];
  return {
    ...base,
    columns: [...ids, ...nested, { name: GEOMETRY_COLUMN, expression: 'geometry', type: GEOMETRY }],
    geometry: { column: GEOMETRY_COLUMN, crs },
  };
}

const kindsOf = (row: Row, i: number) => new Set((row[`kinds${i}`] as string[] | null) ?? []);
const only = (kinds: ReadonlySet<string>, ...allowed: string[]) =>
  kinds.size > 0 && [...kinds].every((kind) => allowed.includes(kind));

/** What takes a look at every value: whether whole numbers are small, and whether texts that begin like dates are. */
async function closerLook(engine: Engine, table: string, columns: number, row: Row): Promise<Row> {
  const expressions: string[] = [];
  for (let i = 0; i < columns; i++) {
    const kinds = kindsOf(row, i);
    const text = `(c${i} ->> '$')`;
    const example = String(row[`example${i}`] ?? '');
    if (only(kinds, 'BIGINT', 'UBIGINT'))
      expressions.push(`bool_and(TRY_CAST(${text} AS INTEGER) IS NOT NULL) AS int32_${i}`);
    if (!only(kinds, 'VARCHAR')) continue;
    const stamp = `${DATE}([T ]${CLOCK})?${OFFSET}?`;
    const shaped = (pattern: string) => `bool_and(regexp_full_match(${text}, ${literal(pattern)}))`;
    if (new RegExp(`^${stamp}$`).test(example)) {
      expressions.push(
        `${shaped(stamp)} AND bool_and(TRY_CAST(replace(${text}, '/', '-') AS TIMESTAMPTZ) IS NOT NULL OR ${text} IS NULL) AS stamp${i}`,
        `bool_or(regexp_full_match(${text}, ${literal(`.*${CLOCK}${OFFSET}`)})) AS offset${i}`,
      );
    } else if (new RegExp(`^${CLOCK}$`).test(example)) expressions.push(`${shaped(CLOCK)} AS time${i}`);
  }
  return expressions.length > 0 ? engine.row(`SELECT ${expressions.join(', ')} FROM ${table}`) : {};
}

/** Lists and objects keep their structure, as far as all values share one. */
async function nestedTypes(
  engine: Engine,
  table: string,
  columns: { name: string; expression: string; type: string }[],
  row: Record<string, unknown>,
): Promise<typeof columns> {
  const result = [...columns];
  for (const [i, column] of columns.entries()) {
    const kinds = (row[`kinds${i}`] as string[] | null) ?? [];
    if (kinds.length !== 1 || (kinds[0] !== 'ARRAY' && kinds[0] !== 'OBJECT')) continue;
    const { s } = await engine.row(`SELECT CAST(json_group_structure(c${i}) AS VARCHAR) AS s FROM ${table}`);
    const type = duckdbType(JSON.parse(String(s)), Number(row[`values${i}`]) < Number(row.n) && kinds[0] === 'OBJECT');
    if (type) result[i] = { ...column, expression: `CAST(c${i} AS ${type})`, type };
  }
  return result;
}

/** A structure as `json_group_structure` tells it, as a type; undefined where values differ too much. */
function duckdbType(structure: unknown, nullable: boolean): string | undefined {
  if (Array.isArray(structure)) {
    const item = structure.length === 1 ? duckdbType(structure[0], false) : undefined;
    return item && `${item}[]`;
  }
  if (structure !== null && typeof structure === 'object') {
    const fields = Object.entries(structure).map(([key, value]) => {
      const type = duckdbType(value, nullable);
      return type && `${identifier(key)} ${type}`;
    });
    return fields.every((field) => field !== undefined) ? `STRUCT(${fields.join(', ')})` : undefined;
  }
  switch (structure) {
    case 'UBIGINT':
    case 'BIGINT':
      return nullable ? 'DOUBLE' : 'INTEGER';
    case 'DOUBLE':
      return 'DOUBLE';
    case 'BOOLEAN':
      return 'BOOLEAN';
    case 'VARCHAR':
      return 'VARCHAR';
    default:
      return undefined;
  }
}
