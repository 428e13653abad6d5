import { literal } from '../../src/engine/sql.ts';
import { type Case, type CaseDataset, isGeographic } from './case.ts';

/** What DuckDB alone is to do. */
export interface Floor {
  output: string;
  geographic: boolean;
  previous: string | undefined;
  queries: { reader: string; query: string }[];
}

/** Undefined where DuckDB has no reader or no word for it. */
export function floorOf(of: Case, file: string, output: string, previous: string | undefined): Floor | undefined {
  if (of.floor === null) return undefined;
  const query = of.floor ?? 'SELECT * FROM raw';
  return {
    output,
    previous,
    geographic: isGeographic(of),
    queries: (of.datasets ?? [of]).map((dataset) => ({ reader: readerOf(dataset, file), query })),
  };
}

/** Types are found as pandas finds them: dates stay text. */
const FOUND = "auto_type_candidates = ['BOOLEAN', 'BIGINT', 'DOUBLE', 'VARCHAR']";

/** The raw file as a table, as far as DuckDB reads the format without help. */
export function readerOf({ format }: CaseDataset, file: string): string {
  if (format.type === 'parquet') return `read_parquet(${literal(file)})`;
  if (format.type === 'json') return `read_json(${literal(file)})`;
  if (format.type !== 'csv') {
    const layer = typeof format.layer === 'string' ? `, layer = ${literal(format.layer)}` : '';
    return `ST_Read(${literal(zipped(String(format.type), file))}${layer})`;
  }
  const options = [
    format.dtype === 'str' ? 'all_varchar = true' : FOUND,
    `header = ${!('names' in format)}`,
    ...(typeof format.delimiter === 'string' ? [`delim = ${literal(format.delimiter)}`] : []),
    ...(format.encoding ? ["encoding = 'latin-1'"] : []),
    ...(typeof format.skiprows === 'number' ? [`skip = ${format.skiprows}`] : []),
  ];
  return `read_csv(${literal(file)}, ${options.join(', ')})`;
}

/** GDAL reads archives in place; `inputs.py` names what lies in them. */
function zipped(type: string, file: string): string {
  if (type === 'geojson') return file;
  if (type === 'shapefile') return `/vsizip/${file}/lots.shp`;
  return `/vsizip/${file}/${file.endsWith('layers.gdb.zip') ? 'layers.gdb' : 'lots.gdb'}`;
}
