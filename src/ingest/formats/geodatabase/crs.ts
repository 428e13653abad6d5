import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Crs, crsFrom } from '../../../relation/crs.ts';
import type { FormatContext } from '../format.ts';
import { projectionOf } from '../shapefile/projection.ts';
import { elementText, type GdbLayer } from './catalogue.ts';

/** EPSG's codes end here; what is above is ESRI's. */
const LAST_EPSG_CODE = 32_767;

/**
 * The coordinate system of a layer, as GDAL finds it: that of the feature dataset that the layer lies in, else its own;
 * by code, else by its words.
 *
 * @param tableWkt what the table itself says, for a layer that is described nowhere
 */
export async function layerCrs(layer: GdbLayer, tableWkt: string, context: FormatContext): Promise<Crs | undefined> {
  for (const definition of [layer.datasetDefinition, layer.definition]) {
    const start = definition?.indexOf('<SpatialReference') ?? -1;
    const end = definition?.indexOf('</SpatialReference>', start) ?? -1;
    const crs = start >= 0 && end > start ? await crsOf(definition!.slice(start, end), context) : undefined;
    if (crs) return crs;
  }
  return layer.definition === undefined && !tableWkt.startsWith('{') ? crsByWords(tableWkt, context) : undefined;
}

async function crsOf(reference: string, context: FormatContext): Promise<Crs | undefined> {
  const number = (name: string) => Number(elementText(reference, name) ?? 0);
  const words = elementText(reference, 'WKT');
  // With a vertical system there is no one code.
  if (number('VCSWKID') > 0 || number('LatestVCSWKID') > 0) return crsByWords(words, context);
  for (const code of [number('LatestWKID'), number('WKID')]) {
    if (!(code > 0)) continue;
    const name = `${code > LAST_EPSG_CODE ? 'ESRI' : 'EPSG'}:${code}`;
    const crs = await crsFrom(context.engine, name).catch(() => undefined);
    if (crs) return crs;
  }
  return crsByWords(words, context);
}

async function crsByWords(wkt: string | undefined, context: FormatContext): Promise<Crs | undefined> {
  if (!wkt) return undefined;
  const file = path.join(context.workDir, `${context.engine.newTableName().replaceAll('"', '')}.prj`);
  await writeFile(file, wkt);
  return projectionOf(file, context);
}
