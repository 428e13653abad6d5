import { execFile } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { identifier, literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import { gdalField } from '../../query/gdal.ts';
import { isGeometry } from '../load/input-columns.ts';
import type { TableSource } from './table-source.ts';

const run = promisify(execFile);

const FAMILIES = { points: 'POINT', lines: 'LINESTRING', polygons: 'POLYGON' } as const;
type Family = keyof typeof FAMILIES;

/** A layer as an export describes it. */
export interface LayerRequest {
  table: string;
  layer: string;
  geometryColumn: string;
  /** Only rows of this family; absent: the table must have one family. */
  family: Family | undefined;
  allowEmpty: boolean;
}

interface Layer {
  select: string;
  /** OGR's name of the type. */
  type: string;
  srid: number;
}

export function familyOf(value: unknown, table: string): Family | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' && value in FAMILIES) return value as Family;
  throw new LifecycleError(
    'BLD_EXPORT_FAILED',
    `the geometry_type of ${table} is ${JSON.stringify(value)}, not points, lines or polygons`,
  );
}

/** One geometry type for all rows: where single and multiple geometries are mixed, all become multiple. */
async function layerOf(source: TableSource, request: LayerRequest): Promise<Layer> {
  const { engine } = source;
  const relation = await source.relation(request.table);
  const columns = await engine.describe(`SELECT * FROM ${relation}`);
  const geometry = columns.find((column) => column.name === request.geometryColumn && isGeometry(column.type));
  if (!geometry) {
    throw new LifecycleError('BLD_EXPORT_FAILED', `${request.table} has no geometry column ${request.geometryColumn}`, {
      hint: 'name it under custom.geom_column of the export',
    });
  }
  const column = identifier(geometry.name);
  const kind = `upper(ST_GeometryType(${column})::VARCHAR)`;
  const family = request.family && FAMILIES[request.family];
  const where = family ? ` WHERE replace(${kind}, 'MULTI', '') = '${family}'` : '';
  const kinds = (
    await engine.rows(
      `SELECT DISTINCT ${kind} AS kind FROM ${relation}${where}${where ? ' AND' : ' WHERE'} ${column} IS NOT NULL`,
    )
  ).map((row) => String(row.kind));
  const families = new Set(kinds.map((name) => name.replace('MULTI', '')));
  if (families.size > 1) {
    throw new LifecycleError(
      'BLD_EXPORT_FAILED',
      `${request.table}.${request.geometryColumn} mixes ${[...families].sort().join(' and ')}; a layer holds one`,
      { hint: 'choose one with custom.geometry_type of the export' },
    );
  }
  const [only] = families;
  if (only === undefined && !request.allowEmpty) {
    throw new LifecycleError('BLD_EXPORT_FAILED', `${request.table} has no rows for the layer ${request.layer}`);
  }
  const multiple = only === undefined || kinds.some((name) => name.startsWith('MULTI'));
  const fields = columns.filter((other) => other !== geometry).map((column) => gdalField(column));
  const shape = `${multiple ? `ST_Multi(${column})` : column} AS ${column}`;
  return {
    select: `SELECT ${[...fields, shape].join(', ')} FROM ${relation}${where}`,
    type: `${multiple ? 'MULTI' : ''}${only ?? 'POLYGON'}`,
    srid: await source.srid(request.table, request.geometryColumn),
  };
}

function reference(srid: number): string {
  return srid === 0 ? '' : `, SRS 'EPSG:${srid}'`;
}

/** Writes a shapefile's parts into `dir`, and gives their names. */
export async function writeShapefile(source: TableSource, request: LayerRequest, dir: string): Promise<string[]> {
  const { select, srid } = await layerOf(source, request);
  await mkdir(dir, { recursive: true });
  const file = path.join(dir, `${request.layer}.shp`);
  const options = `FORMAT GDAL, DRIVER 'ESRI Shapefile', LAYER_CREATION_OPTIONS 'ENCODING=UTF-8'${reference(srid)}`;
  await source.engine.run(`COPY (${select}) TO ${literal(file)} WITH (${options})`);
  return (await readdir(dir)).sort();
}

export interface GeodatabaseLayer extends LayerRequest {
  /** A table without geometry. */
  plain: boolean;
}

/**
 * Writes a file geodatabase. DuckDB's GDAL makes one of a single spatial layer; further layers and plain tables are
 * added by ogr2ogr.
 */
export async function writeGeodatabase(
  source: TableSource,
  layers: readonly GeodatabaseLayer[],
  target: string,
  scratch: string,
  searchPath: string | undefined,
): Promise<void> {
  const [first, ...others] = layers;
  if (first && others.length === 0 && !first.plain) {
    const { select, type, srid } = await layerOf(source, first);
    const layer = `LAYER_NAME ${literal(first.layer)}, GEOMETRY_TYPE '${type}'`;
    const options = `FORMAT GDAL, DRIVER 'OpenFileGDB', ${layer}${reference(srid)}`;
    await source.engine.run(`COPY (${select}) TO ${literal(target)} WITH (${options})`);
    return;
  }
  await mkdir(scratch, { recursive: true });
  for (const [i, request] of layers.entries()) {
    const between = path.join(scratch, `${i}.${request.plain ? 'csv' : 'gpkg'}`);
    const args = ['-f', 'OpenFileGDB', '-nln', request.layer, ...(i > 0 ? ['-update'] : []), target, between];
    if (request.plain) {
      await source.writeCsv(request.table, between, { header: true, crlf: false });
    } else {
      const { select, type, srid } = await layerOf(source, request);
      const options = `FORMAT GDAL, DRIVER 'GPKG', LAYER_NAME 'layer', GEOMETRY_TYPE '${type}'${reference(srid)}`;
      await source.engine.run(`COPY (${select}) TO ${literal(between)} WITH (${options})`);
    }
    try {
      await run('ogr2ogr', args, { env: { PATH: searchPath } });
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
      throw new LifecycleError('BLD_EXPORT_FAILED', `the layer ${request.layer} could not be written`, {
        cause,
        hint: missing
          ? 'a geodatabase of several layers, or of tables without geometry, needs ogr2ogr: install gdal-bin'
          : undefined,
      });
    }
  }
}
