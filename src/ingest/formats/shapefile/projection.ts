import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { literal } from '../../../engine/sql.ts';
import { LifecycleError } from '../../../errors.ts';
import { type Crs, crsFromGdal } from '../../../relation/crs.ts';
import type { FormatContext } from '../format.ts';

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
 *
 * @throws LifecycleError ING_UNKNOWN_CRS
 */
export async function projectionOf(prj: string | undefined, context: FormatContext): Promise<Crs | undefined> {
  if (!prj) return undefined;
  if ((await stat(prj)).size > MOST_BYTES) throw unreadable();
  const { engine } = context;
  const dir = path.join(context.workDir, `projection-${engine.newTableName().replaceAll('"', '')}`);
  const file = path.join(dir, 'empty.shp');
  await mkdir(dir);
  await writeFile(file, emptyHeader());
  await writeFile(path.join(dir, 'empty.shx'), emptyHeader());
  await copyFile(prj, path.join(dir, 'empty.prj'));
  await engine.load('spatial');
  try {
    const [row] = await engine.rows(
      `SELECT to_json(layers[1].geometry_fields[1].crs) AS crs FROM ST_Read_Meta(${literal(file)})`,
    );
    return crsFromGdal(row?.crs ? (JSON.parse(String(row.crs)) as Parameters<typeof crsFromGdal>[0]) : undefined);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function unreadable(cause?: unknown): LifecycleError {
  return new LifecycleError('ING_UNKNOWN_CRS', 'the coordinate system of the data (a .prj file) cannot be understood', {
    cause,
    hint: 'ask the source for a right one; it is one line of text such as GEOGCS["GCS_WGS_1984",…]',
  });
}
