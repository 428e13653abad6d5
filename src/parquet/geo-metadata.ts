import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import type { DatasetRecord } from '../store/ingest-record.ts';

/** The part of a record that GeoParquet's metadata tells. */
export type GeoFacts = Pick<DatasetRecord, 'crs' | 'geometry_column' | 'geometry_types' | 'bbox'>;

export const NO_GEOMETRY: GeoFacts = { crs: null, geometry_column: null, geometry_types: [], bbox: null };

interface GeoColumn {
  geometry_types: string[];
  bbox?: number[];
  crs?: { id?: { authority: string; code: string | number } } | null;
}

/** What a parquet file's `geo` metadata says of its primary geometry (GeoParquet 1.0). */
export async function geoFacts(engine: Engine, file: string): Promise<GeoFacts> {
  const [row] = await engine.rows(
    `SELECT decode(value) AS geo FROM parquet_kv_metadata(${literal(file)}) WHERE decode(key) = 'geo'`,
  );
  if (!row) return NO_GEOMETRY;
  const geo = JSON.parse(String(row.geo)) as { primary_column: string; columns: Record<string, GeoColumn> };
  const column = geo.columns[geo.primary_column];
  if (!column) return NO_GEOMETRY;
  const id = column.crs?.id;
  // A CRS that is left out is longitude and latitude; null is an unknown one.
  const crs = column.crs === undefined ? 'OGC:CRS84' : id ? `${id.authority}:${id.code}` : null;
  return {
    crs,
    geometry_column: geo.primary_column,
    geometry_types: column.geometry_types,
    bbox: flatBox(column.bbox),
  };
}

/** xmin, ymin, xmax, ymax of a box that may have a third dimension. */
function flatBox(bbox: number[] | undefined): GeoFacts['bbox'] {
  if (!bbox || bbox.some((n) => !Number.isFinite(n))) return null;
  const half = bbox.length / 2;
  return [bbox[0]!, bbox[1]!, bbox[half]!, bbox[half + 1]!];
}
