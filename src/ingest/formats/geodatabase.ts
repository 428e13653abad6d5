import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import type { FileFormat } from '../../project/project.ts';
import { extractZip } from '../archive.ts';
import { filesOfZip, innerArchiveHint, someNames } from '../archive-contents.ts';
import type { Relation } from '../relation.ts';
import type { FormatContext } from './format.ts';
import { type Layer, readLayer, readLayers } from './gdal.ts';

/**
 * A layer of a zipped file geodatabase. It unpacks the archive itself: `ST_Read` is fast on the unpacked folder only,
 * and `ST_Read_Meta` takes no folder but one inside an archive.
 */
export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const folder = await findGeodatabase(file, format.unzipped_filename);
  const layers = await readLayers(context.engine, `/vsizip/${file}${folder === '' ? '' : `/${folder}`}`);
  const layer = chooseLayer(layers, format.layer, context);
  const declared = String(format.crs);
  const actual = layer.geometry?.crs?.code;
  if (layer.geometry && actual !== declared) {
    throw new LifecycleError(
      'ING_WRONG_CRS',
      `layer ${layer.name} is in ${actual ?? 'an unknown CRS'}, not in ${declared} as the template says`,
      { hint: actual ? `write crs: ${actual} in file_format` : 'check the layer at its source' },
    );
  }
  const into = path.join(context.workDir, 'geodatabase');
  await extractZip(file, into, context);
  return readLayer(context.engine, path.join(into, folder), layer, [], 'UTC');
}

function chooseLayer(layers: readonly Layer[], wanted: unknown, context: FormatContext): Layer {
  const names = layers.map((layer) => layer.name).join(', ');
  if (wanted === undefined || wanted === null) {
    const [first] = layers;
    if (!first) {
      throw new LifecycleError('ING_FILE_NOT_FOUND', 'the geodatabase has no layers', {
        hint: 'check the file at its source',
      });
    }
    if (layers.length > 1) {
      context.reporter.log('warning', `the template names no layer; ${first.name} is read of ${names}`);
    }
    return first;
  }
  // As GDAL looks layers up: by the name as it is written, else in any letter case.
  const layer =
    layers.find((candidate) => candidate.name === wanted) ??
    layers.find((candidate) => candidate.name.toLowerCase() === String(wanted).toLowerCase());
  if (layer) return layer;
  throw new LifecycleError('ING_FILE_NOT_FOUND', `the geodatabase has no layer ${JSON.stringify(wanted)}`, {
    hint: `its layers are ${names || 'none'}`,
  });
}

/** The table of tables that every file geodatabase holds. */
const CATALOGUE = 'a00000001.gdbtable';

/** The folder of the archive that is a geodatabase: the one that is named, or the only one. */
async function findGeodatabase(archive: string, named: unknown): Promise<string> {
  const members = (await filesOfZip(archive)).map((entry) => entry.name);
  const folders = members
    .filter((name) => path.posix.basename(name) === CATALOGUE)
    .map((name) => path.posix.dirname(name));
  const found = folders.map((folder) => (folder === '.' ? '' : folder));
  // An archive that is named has been unpacked before: this is it.
  const isFolder = typeof named === 'string' && !named.toLowerCase().endsWith('.zip');
  const wanted = isFolder ? found.filter((folder) => folder === named.replace(/\/$/, '')) : found;
  if (wanted.length === 1) return wanted[0]!;
  const hint =
    found.length > 0
      ? `the archive holds ${found.map((folder) => JSON.stringify(folder)).join(', ')}: name one with unzipped_filename in file_format`
      : (innerArchiveHint(members) ?? `the archive holds ${someNames(members)}`);
  const what = isFolder
    ? `no geodatabase ${JSON.stringify(named)}`
    : found.length === 0
      ? 'no geodatabase'
      : 'several geodatabases';
  throw new LifecycleError('ING_FILE_NOT_FOUND', `there ${found.length > 1 ? 'are' : 'is'} ${what} in the archive`, {
    hint,
  });
}
