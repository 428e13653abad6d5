import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { crsProblem } from '../project/crs-field.ts';

/** A coordinate reference system. */
export interface Crs {
  /** What PROJ understands: `EPSG:2263`, or the WKT of one without an authority. */
  definition: string;
  /** `AUTHORITY:CODE`, when there is one. */
  code: string | undefined;
  /** PROJJSON, as GeoParquet keeps it, where it has been looked up already. */
  projjson?: Record<string, unknown> | undefined;
}

/** The same CRS as pyproj compares them: by authority and code, else by definition. */
export function sameCrs(a: Crs | undefined, b: Crs | undefined): boolean {
  return a !== undefined && b !== undefined && (a.code ?? a.definition) === (b.code ?? b.definition);
}

/** `urn:ogc:def:crs:OGC:1.3:CRS84` and `urn:ogc:def:crs:EPSG::2263`. */
const URN = /^urn:(?:x-)?ogc:def:crs:([A-Za-z]+):(?:[^:]*:)?([A-Za-z0-9]+)$/;
/** `http://www.opengis.net/def/crs/EPSG/0/2263`, the same as OGC writes it now. */
const ADDRESS = /^https?:\/\/(?:www\.)?opengis\.net\/def\/crs\/([A-Za-z]+)\/[^/]+\/([A-Za-z0-9]+)$/;
const AUTHORITY_CODE = /^([A-Za-z]+):([A-Za-z0-9]+)$/;
/** Nearly every dataset names these; asking PROJ takes longer than the rest of a small run. */
const WELL_KNOWN = new Set(['EPSG:4326', 'OGC:CRS84', 'EPSG:2263', 'EPSG:3857']);

/** @throws LifecycleError ING_UNKNOWN_CRS */
export async function crsFrom(engine: Engine, text: string | number): Promise<Crs> {
  const given = String(text).trim();
  const match =
    URN.exec(given) ?? ADDRESS.exec(given) ?? AUTHORITY_CODE.exec(/^\d+$/.test(given) ? `EPSG:${given}` : given);
  if (!match) throw unknownCrs(given);
  const code = `${match[1]!.toUpperCase()}:${match[2]!.toUpperCase()}`;
  if (!WELL_KNOWN.has(code) && !(await isKnown(engine, code))) throw unknownCrs(given);
  return { definition: code, code };
}

function unknownCrs(text: string): LifecycleError {
  const problem = crsProblem(text);
  return new LifecycleError('ING_UNKNOWN_CRS', `${JSON.stringify(text)} is no known coordinate reference system`, {
    hint: problem
      ? `did you mean ${problem.suggestion}?`
      : 'write an authority and a code, such as EPSG:4326 or EPSG:2263',
  });
}

/** Whether PROJ can reproject from and to a CRS, by its code or its WKT. */
export async function isKnown(engine: Engine, code: string): Promise<boolean> {
  await engine.load('spatial');
  try {
    await engine.row(`SELECT ST_Transform(ST_Point(0, 0), 'EPSG:4326', ${literal(code)}, always_xy := true)`);
    return true;
  } catch (error) {
    // A point outside of the projection's range is refused too, with other words.
    return !/Could not create projection/.test(String(error));
  }
}

/** The CRS as PROJJSON. GDAL knows it once a file in that CRS exists; DuckDB's own list takes seconds to read. */
export async function projjsonOf(engine: Engine, crs: Crs): Promise<Record<string, unknown>> {
  if (crs.projjson) return crs.projjson;
  await engine.load('spatial');
  const file = path.join(engine.temporaryDir, `crs-${crs.definition.replace(/[^A-Za-z0-9]/g, '_').slice(0, 40)}.fgb`);
  await engine.run(
    `COPY (SELECT ST_Point(0, 0) AS geom) TO ${literal(file)} (FORMAT gdal, DRIVER 'FlatGeobuf', SRS ${literal(crs.definition)})`,
  );
  try {
    const [row] = await engine.rows(
      `SELECT layers[1].geometry_fields[1].crs.projjson AS p FROM ST_Read_Meta(${literal(file)})`,
    );
    return JSON.parse(String(row?.p)) as Record<string, unknown>;
  } finally {
    await rm(file, { force: true });
  }
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
