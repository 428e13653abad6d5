import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../../engine/engine.ts';
import type { FormatArguments } from '../../../project/vocabulary/formats.ts';
import type { Crs } from '../../../relation/crs.ts';
import { GEOMETRY, overTable, type Relation, type RelationColumn } from '../../../relation/relation.ts';
import type { FormatContext } from '../format.ts';
import { checkColumns } from '../limits.ts';
import { soleMember } from '../members.ts';
import { cutFeatures } from './cut.ts';
import { crsOf } from './document-crs.ts';
import { explained } from './explain.ts';
import { dropRepeats, propertyOrder, spread } from './feature-rows.ts';
import { readFeatures } from './features.ts';
import { type PropertyFacts, propertyColumn } from './fields.ts';
import { takeIds } from './ids.ts';
import { lookAtProperties } from './properties.ts';
import { tableOfFeatures } from './sampled.ts';
import { structuredColumn } from './structured.ts';
import { wideFeatures } from './wide.ts';

const QUICK_LINES = 'lines.ndjson';
/** The geometry's name until it becomes `geom`; no property has it. */
const GEOMETRY_COLUMN = '\0geometry';

export async function read(
  file: string,
  format: FormatArguments<'geojson'>,
  context: FormatContext,
): Promise<Relation> {
  const source = await soleMember(file, context);
  await context.engine.load('spatial');
  const quick = await readQuickly(source, format, context);
  if (quick) return quick;
  // The thorough look writes lines of its own, and the disk need not hold both.
  await rm(path.join(context.workDir, QUICK_LINES), { force: true });
  try {
    return await readThoroughly(source, format, context);
  } catch (error) {
    throw await explained(error, source);
  }
}

/** Features that tell the fields of all. */
const SAMPLE_FEATURES = 8_000;

/**
 * One look at every row: the lines of the file are taken for its features, and the fields of the first features for those
 * of all. Undefined where something is not so; what exactly, and whether the file is to blame, a thorough look tells.
 */
export async function readQuickly(
  file: string,
  format: FormatArguments<'geojson'>,
  context: FormatContext,
  sampleFeatures: number = SAMPLE_FEATURES,
): Promise<Relation | undefined> {
  const { engine, reporter, signal } = context;
  const lines = path.join(context.workDir, QUICK_LINES);
  try {
    const envelope = await cutFeatures(file, lines, true, context.bounds);
    const found = await tableOfFeatures(engine, lines, envelope, sampleFeatures);
    if (!found) return undefined;
    const columns = overTable(found.table, found.columns).columns;
    return geographic(found.table, columns, await crsOf(engine, format.crs, envelope));
  } catch (error) {
    signal.throwIfAborted();
    reporter.log('debug', 'the GeoJSON file is looked through first', { reason: String(error).split('\n')[0] });
    return undefined;
  }
}

export async function readThoroughly(
  file: string,
  format: FormatArguments<'geojson'>,
  context: FormatContext,
): Promise<Relation> {
  const { engine } = context;
  const lines = path.join(context.workDir, 'features.ndjson');
  const envelope = await cutFeatures(file, lines, false, context.bounds);
  const crs = await crsOf(engine, format.crs, envelope);
  const wide = await wideFeatures(lines, envelope, context);
  if (wide) return geographic(wide.from, overTable(wide.from, wide.columns).columns, crs);
  const features = await readFeatures(engine, lines, envelope);
  const ids = await takeIds(engine, features);
  const { order, hasRepeats } = await propertyOrder(engine, features);
  checkColumns({ names: order }, context.bounds);
  if (hasRepeats) await dropRepeats(engine, features);
  const table = await spread(engine, features, order);
  return geographic(table, await columnsOf(engine, table, order, ids.areTexts), crs);
}

/** @param areIdsTexts whether `id` is text, and no date, whatever it looks like */
async function columnsOf(
  engine: Engine,
  table: string,
  order: readonly string[],
  areIdsTexts = false,
): Promise<RelationColumn[]> {
  const facts = await lookAtProperties(engine, table, order.length);
  if (areIdsTexts) facts[order.indexOf('id')]!.textShape = 'text';
  const columns: RelationColumn[] = [];
  for (const [i, name] of order.entries())
    columns.push({ name, ...(await columnOf(engine, table, `c${i}`, facts[i]!)) });
  return columns;
}

async function columnOf(engine: Engine, table: string, json: string, facts: PropertyFacts) {
  const isStructured = facts.kinds.has('ARRAY') || facts.kinds.has('OBJECT');
  const structured = isStructured ? await structuredColumn(engine, table, json, facts) : undefined;
  return structured ?? propertyColumn(json, facts);
}

function geographic(table: string, columns: RelationColumn[], crs: Crs): Relation {
  const geometry: RelationColumn = { name: GEOMETRY_COLUMN, expression: 'geometry', type: GEOMETRY };
  return {
    ...overTable(table, []),
    columns: [...columns, geometry],
    geometry: { column: GEOMETRY_COLUMN, crs },
  };
}
