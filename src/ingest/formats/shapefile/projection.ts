import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Crs } from '../../crs.ts';
import type { FormatContext } from '../format.ts';
import { readLayers } from '../gdal.ts';

/** What a .prj file may take: WKT of a coordinate system. */
const MOST_BYTES = 256 * 1024;

/** An empty header of a .shp or .shx file of points. */
function emptyHeader(): Buffer {
  const header = Buffer.alloc(100);
  header.writeUInt32BE(0x0000270a, 0);
  header.writeUInt32BE(50, 24);
  header.writeUInt32LE(1000, 28);
  header.writeUInt32LE(1, 32);
  return header;
}

/**
 * The coordinate system of a .prj file, as GDAL makes it out of ESRI's words. GDAL gets to see a shapefile of ours with
 * these words, and nothing else of the source's.
 */
export async function projectionOf(prj: string | undefined, context: FormatContext): Promise<Crs | undefined> {
  if (!prj || (await stat(prj)).size > MOST_BYTES) return undefined;
  const dir = path.join(context.workDir, `projection-${context.engine.newTableName().replaceAll('"', '')}`);
  await mkdir(dir);
  await writeFile(path.join(dir, 'empty.shp'), emptyHeader());
  await writeFile(path.join(dir, 'empty.shx'), emptyHeader());
  await copyFile(prj, path.join(dir, 'empty.prj'));
  const [layer] = await readLayers(context.engine, path.join(dir, 'empty.shp'));
  return layer?.geometry?.crs;
}
