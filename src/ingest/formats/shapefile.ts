import { mkdir, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import type { FileFormat } from '../../project/project.ts';
import { extractZip } from '../archive.ts';
import type { Relation } from '../relation.ts';
import type { FormatContext } from './format.ts';
import { readLayer, readLayers } from './gdal.ts';

/** The first four bytes of every .shp file (ESRI's technical description, 1998). */
const SHAPEFILE_MAGIC = 0x0000270a;

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const shp = await findShapefile(file, context);
  await assertShapefile(shp);
  const [layer] = await readLayers(context.engine, shp);
  if (!layer)
    throw new LifecycleError('ING_BAD_FILE', 'the shapefile has no layer', { hint: 'check the file at its source' });
  const encoding = typeof format.encoding === 'string' ? format.encoding : 'utf-8';
  return readLayer(context.engine, shp, layer, [`ENCODING=${encoding}`]);
}

/** A .shp file, the only one of a folder, or the only one at the top of a zip. */
async function findShapefile(file: string, context: FormatContext): Promise<string> {
  if (file.toLowerCase().endsWith('.shp')) return file;
  let dir = file;
  if (!(await stat(file)).isDirectory()) {
    dir = path.join(context.workDir, 'shapefile');
    await mkdir(dir, { recursive: true });
    await extractZip(file, dir, context);
  }
  const shapefiles = (await readdir(dir)).filter((name) => name.toLowerCase().endsWith('.shp'));
  if (shapefiles.length === 1) return path.join(dir, shapefiles[0]!);
  const below = (await readdir(dir, { recursive: true })).filter((name) => name.toLowerCase().endsWith('.shp'));
  const hint =
    below.length > 0
      ? `name it in file_format: unzipped_filename: ${below[0]!.split(path.sep).join('/')}`
      : 'check what the source gives';
  throw shapefiles.length > 1
    ? new LifecycleError(
        'ING_AMBIGUOUS_ARCHIVE',
        `there are ${shapefiles.length} shapefiles and the template does not say which to read`,
        { hint },
      )
    : new LifecycleError('ING_FILE_NOT_FOUND', 'there is no shapefile at the top of the archive', { hint });
}

async function assertShapefile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    if (bytesRead === 4 && buffer.readUInt32BE(0) === SHAPEFILE_MAGIC) return;
  } finally {
    await handle.close();
  }
  throw new LifecycleError('ING_BAD_FILE', `${path.basename(file)} is no shapefile`, {
    hint: 'check the file at its source',
  });
}
