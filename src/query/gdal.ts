import type { ColumnInfo } from '../engine/engine.ts';
import { identifier } from '../engine/sql.ts';

/** GDAL writes these types; everything else goes as text. */
const WRITABLE = /^(BOOLEAN|TINYINT|SMALLINT|INTEGER|BIGINT|FLOAT|DOUBLE|VARCHAR|DATE|TIME|TIMESTAMP)$/;

/** A column without geometry as SQL that GDAL's drivers can write, under a name of its own. */
export function gdalField({ name, type }: ColumnInfo, as = name): string {
  const column = identifier(name);
  if (type.startsWith('GEOMETRY')) return `ST_AsText(${column}) AS ${identifier(as)}`;
  if (WRITABLE.test(type)) return as === name ? column : `${column} AS ${identifier(as)}`;
  // Wide integers as numbers as far as they are: a driver has no wider ones.
  if (/^(UTINYINT|USMALLINT)$/.test(type)) return `CAST(${column} AS INTEGER) AS ${identifier(as)}`;
  if (type === 'UINTEGER') return `CAST(${column} AS BIGINT) AS ${identifier(as)}`;
  return `CAST(${column} AS VARCHAR) AS ${identifier(as)}`;
}
