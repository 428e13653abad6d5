import path from 'node:path';
import type { Engine } from '../../../engine/engine.ts';
import type { FileFormat } from '../../../project/project.ts';
import { type Crs, crsFrom } from '../../crs.ts';
import { GEOMETRY, overTable, type Relation, type RelationColumn } from '../../relation.ts';
import type { FormatContext } from '../format.ts';
import { soleMember } from '../members.ts';
import { cutFeatures, type Envelope } from './cut.ts';
import { propertyOrder, readFeatures, spread } from './feature-rows.ts';
import { propertyColumn } from './fields.ts';
import { lookAtProperties, nestedTypes } from './properties.ts';
import { tableOfFeatures } from './sampled.ts';

/** The geometry's name until it becomes `geom`; no property has it. */
const GEOMETRY_COLUMN = '\0geometry';

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const source = await soleMember(file, context);
  await context.engine.load('spatial');
  return (await readQuickly(source, format, context)) ?? readThoroughly(source, format, context);
}

/**
 * One look at every row: the lines of the file are taken for its features, and the fields of the first features for those
 * of all. Undefined where something is not so; what exactly, and whether the file is to blame, a thorough look tells.
 */
async function readQuickly(file: string, format: FileFormat, context: FormatContext): Promise<Relation | undefined> {
  const { engine, reporter, signal } = context;
  const lines = path.join(context.workDir, 'lines.ndjson');
  try {
    const envelope = await cutFeatures(file, lines, true);
    const found = await tableOfFeatures(engine, lines, envelope);
    if (!found) return undefined;
    const columns = overTable(found.table, found.columns).columns;
    return geographic(found.table, columns, await crsOf(engine, format, envelope));
  } catch (error) {
    signal.throwIfAborted();
    reporter.log('debug', 'the GeoJSON file is looked through first', { reason: String(error).split('\n')[0] });
    return undefined;
  }
}

async function readThoroughly(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const { engine } = context;
  const lines = path.join(context.workDir, 'features.ndjson');
  const envelope = await cutFeatures(file, lines);
  const crs = await crsOf(engine, format, envelope);
  const features = await readFeatures(engine, lines, envelope);
  const order = await propertyOrder(engine, features);
  const table = await spread(engine, features, order);
  const look = await lookAtProperties(engine, table, order.length);
  const columns = order.map((name, i) => ({ name, ...propertyColumn(`c${i}`, look.facts[i]!) }));
  const ids = look.hasTextIds && !order.includes('id') ? [TEXT_ID] : [];
  return geographic(table, [...ids, ...(await nestedTypes(engine, table, columns, look.facts))], crs);
}

/** Ids that are numbers only count the features; texts name them. */
const TEXT_ID: RelationColumn = { name: 'id', expression: "(id ->> '$')", type: 'VARCHAR' };

function geographic(table: string, columns: RelationColumn[], crs: Crs): Relation {
  const geometry: RelationColumn = { name: GEOMETRY_COLUMN, expression: 'geometry', type: GEOMETRY };
  return {
    ...overTable(table, []),
    columns: [...columns, geometry],
    geometry: { column: GEOMETRY_COLUMN, crs },
  };
}

/** file_format.crs, else the document's own, else longitude and latitude. It is set, never transformed to. */
async function crsOf(engine: Engine, format: FileFormat, envelope: Envelope): Promise<Crs> {
  if (format.crs !== undefined && format.crs !== null) return crsFrom(engine, String(format.crs));
  const own = envelope.document.crs;
  if (own === undefined || own === null) return crsFrom(engine, 'EPSG:4326');
  const named = (own as { properties?: { name?: unknown } }).properties?.name;
  return crsFrom(engine, String(named ?? own));
}
