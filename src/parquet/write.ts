import type { Engine } from '../engine/engine.ts';
import { identifier, literal } from '../engine/sql.ts';
import { projjsonOf } from '../relation/crs.ts';
import { averageSize } from '../relation/geometry-size.ts';
import { GEOMETRY, INSTANT_NS, type Relation, type RelationColumn, whereOf } from '../relation/relation.ts';
import type { DatasetRecord } from '../store/ingest-record.ts';
import { markAsInstants, renameColumns, setGeoMetadata } from './footer.ts';
import { geoFacts, NO_GEOMETRY } from './geo-metadata.ts';

/** What was written, for the record; the dataset's id and path are the caller's. */
export type Written = Omit<DatasetRecord, 'id' | 'path'>;

/**
 * Writes a relation as (Geo)Parquet 1.0: snappy, rows in order, geometry as little-endian WKB.
 */
export async function writeParquet(engine: Engine, relation: Relation, file: string): Promise<Written> {
  const { geometry } = relation;
  if (!geometry) {
    await copyTo(engine, relation, file, (column) =>
      column.type === GEOMETRY ? `ST_AsWKB(${column.expression})` : column.expression,
    );
    return { ...(await plainFacts(engine, relation, file)), ...NO_GEOMETRY };
  }
  const { column, crs } = geometry;
  const { code } = crs ?? {};
  if (code?.startsWith('EPSG:')) {
    await copyTo(engine, relation, file, (each) => nativeExpression(each, column, code));
    const geo = await geoFacts(engine, file);
    if (geo.geometry_column !== null) return { ...(await plainFacts(engine, relation, file)), ...geo, crs: code };
  }
  return writeWithOwnMetadata(engine, relation, file);
}

/**
 * DuckDB takes names that differ by case alone for one, and an empty one or one with a NUL for none; such columns are
 * written under names of their own, and get their real ones in the file's footer.
 */
function writableNames(columns: readonly RelationColumn[]): { names: string[]; real: Map<string, string> } {
  const taken = new Set<string>();
  const real = new Map<string, string>();
  const names = columns.map(({ name }, i) => {
    const isUnwritable = name === '' || name.includes('\0') || taken.has(name.toLowerCase());
    const written = isUnwritable ? `column ${i} \u0001` : name;
    taken.add(written.toLowerCase());
    if (written !== name) real.set(written, name);
    return written;
  });
  return { names, real };
}

function nativeExpression(column: RelationColumn, active: string, crs: string): string {
  if (column.name === active) return `ST_SetCRS(${column.expression}, ${literal(crs)})`;
  return column.type === GEOMETRY ? `ST_AsWKB(${column.expression})` : column.expression;
}

async function copyTo(
  engine: Engine,
  relation: Relation,
  file: string,
  expressionOf: (column: RelationColumn) => string,
): Promise<void> {
  const geometries = relation.columns.filter((column) => column.type === GEOMETRY);
  if (geometries.length > 0) await engine.load('spatial');
  const rows = await rowsOfGroup(engine, relation, geometries);
  const { names, real } = writableNames(relation.columns);
  const list = relation.columns.map((column, i) => `${expressionOf(column)} AS ${identifier(names[i]!)}`);
  // A condition on them might be put below what their SQL computes.
  const from = relation.where.length === 0 ? engine.deferredRows(relation.from) : relation.from;
  await engine.makeRoomFor(list.length);
  await engine.run(
    `COPY (SELECT ${list.join(', ')} FROM ${from}${whereOf(relation)}) TO ${literal(file)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${rows})`,
  );
  const instants = names.filter((_, i) => relation.columns[i]!.type === INSTANT_NS);
  if (instants.length > 0) await markAsInstants(file, new Set(instants));
  if (real.size > 0) await renameColumns(file, real);
}

/** DuckDB's own size of a row group, and the step by which others may differ. */
const USUAL_GROUP_ROWS = 122_880;
const GROUP_STEP = 2_048;
/** What a row group's geometries may take: DuckDB keeps several groups in memory, one a thread and more. */
const GROUP_BYTES = 16 * 1024 * 1024;
/** Where nobody has looked at the geometries: as many as are small for what is usually large. */
const UNSEEN_GROUP_ROWS = 10 * GROUP_STEP;

/**
 * Rows of a row group: as many as usual, and fewer of large geometries. The same rows always give the same number, so that
 * the same data makes the same file.
 */
async function rowsOfGroup(engine: Engine, relation: Relation, geometries: readonly RelationColumn[]): Promise<number> {
  const sized = geometries.filter(({ expression }) => !expression.startsWith('ST_Point('));
  if (sized.length === 0) return USUAL_GROUP_ROWS;
  const average = await averageSize(engine, relation, sized);
  if (average === undefined) return UNSEEN_GROUP_ROWS;
  const fitting = Math.floor(GROUP_BYTES / Math.max(1, average) / GROUP_STEP) * GROUP_STEP;
  return Math.min(USUAL_GROUP_ROWS, Math.max(GROUP_STEP, fitting));
}

async function plainFacts(
  engine: Engine,
  relation: Relation,
  file: string,
): Promise<Pick<Written, 'rows' | 'columns'>> {
  const { rows } = await engine.row(`SELECT num_rows AS rows FROM parquet_file_metadata(${literal(file)})`);
  return {
    rows: Number(rows),
    columns: relation.columns.map((column) => ({ name: column.name, type: column.type })),
  };
}

/**
 * DuckDB finds out types and box while it writes the rows, unless there is no geometry at all, but has no words for a CRS
 * that is not on its list: those are put into the footer.
 */
async function writeWithOwnMetadata(engine: Engine, relation: Relation, file: string): Promise<Written> {
  const { column: name, crs } = relation.geometry!;
  await copyTo(engine, relation, file, (each) => nativeExpression(each, name, ''));
  const found = await geoFacts(engine, file);
  const geometry_types = found.geometry_types.toSorted();
  const column = {
    encoding: 'WKB',
    crs: crs ? await projjsonOf(engine, crs) : null,
    geometry_types,
    ...(found.bbox ? { bbox: found.bbox } : {}),
  };
  await setGeoMetadata(file, { version: '1.0.0', primary_column: name, columns: { [name]: column } });
  const facts = await plainFacts(engine, relation, file);
  return { ...facts, ...found, geometry_types, geometry_column: name, crs: crs?.code ?? null };
}
