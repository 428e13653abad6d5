import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';

/** A coordinate reference system. */
export interface Crs {
  /** What PROJ understands: `EPSG:2263`, or the WKT of one without an authority. */
  definition: string;
  /** `AUTHORITY:CODE`, when there is one. */
  code: string | undefined;
  /** PROJJSON, as GeoParquet keeps it. */
  projjson: Record<string, unknown>;
}

/** The same CRS as pyproj compares them: by authority and code, else by definition. */
export function sameCrs(a: Crs | undefined, b: Crs | undefined): boolean {
  return a !== undefined && b !== undefined && (a.code ?? a.definition) === (b.code ?? b.definition);
}

/** `urn:ogc:def:crs:OGC:1.3:CRS84` and `urn:ogc:def:crs:EPSG::2263`. */
const URN = /^urn:ogc:def:crs:([A-Za-z]+):[^:]*:([A-Za-z0-9]+)$/;

/** @throws LifecycleError ING_UNKNOWN_CRS */
export async function crsFrom(engine: Engine, text: string | number): Promise<Crs> {
  await engine.load('spatial');
  const urn = URN.exec(String(text).trim());
  const wanted = urn ? `${urn[1]}:${urn[2]}` : /^\d+$/.test(String(text)) ? `EPSG:${text}` : String(text).trim();
  const [authority, code] = wanted.split(':');
  const [row] = await engine.rows(
    `SELECT auth_name, auth_code, projjson FROM duckdb_coordinate_systems()
     WHERE upper(auth_name) = ${literal((authority ?? '').toUpperCase())} AND upper(auth_code) = ${literal((code ?? '').toUpperCase())}`,
  );
  if (!row) {
    throw new LifecycleError(
      'ING_UNKNOWN_CRS',
      `${JSON.stringify(String(text))} is no known coordinate reference system`,
      {
        hint: 'write an authority and a code, such as EPSG:4326 or EPSG:2263',
      },
    );
  }
  const name = `${row.auth_name}:${row.auth_code}`;
  return { definition: name, code: name, projjson: JSON.parse(String(row.projjson)) as Record<string, unknown> };
}

interface GdalCrs {
  auth_name?: string | null;
  auth_code?: string | null;
  wkt?: string | null;
  projjson?: string | null;
}

/** A CRS as `ST_Read_Meta` tells it; undefined where the file names none. */
export function crsFromGdal(crs: GdalCrs | null | undefined): Crs | undefined {
  if (!crs?.projjson) return undefined;
  const code = crs.auth_name && crs.auth_code ? `${crs.auth_name}:${crs.auth_code}` : undefined;
  return {
    definition: code ?? crs.wkt ?? '',
    code,
    projjson: JSON.parse(crs.projjson) as Record<string, unknown>,
  };
}
