import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../../errors.ts';
import type { FileFormat } from '../../project/project.ts';
import { extractZip } from '../archive.ts';
import type { Relation } from '../relation.ts';
import type { FormatContext } from './format.ts';
import { type Layer, readLayer, readLayers } from './gdal.ts';

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const database = await findGeodatabase(file, context);
  const layers = await readLayers(context.engine, database);
  const layer = chooseLayer(layers, format.layer, context);
  const declared = String(format.crs);
  const actual = layer.geometry?.crs?.code;
  if (layer.geometry && actual !== declared) {
    throw new LifecycleError(
      'ING_WRONG_CRS',
      `layer ${layer.name} is in ${actual ?? 'an unknown CRS'}, not in ${declared} as the template says`,
      {
        hint: actual ? `write crs: ${actual} in file_format` : 'check the layer at its source',
      },
    );
  }
  return readLayer(context.engine, database, layer, []);
}

function chooseLayer(layers: readonly Layer[], wanted: unknown, context: FormatContext): Layer {
  const names = layers.map((layer) => layer.name).join(', ');
  if (wanted === undefined || wanted === null) {
    const [first] = layers;
    if (!first)
      throw new LifecycleError('ING_FILE_NOT_FOUND', 'the geodatabase has no layers', {
        hint: 'check the file at its source',
      });
    if (layers.length > 1)
      context.reporter.log('warning', `the template names no layer; ${first.name} is read of ${names}`);
    return first;
  }
  const layer = layers.find((candidate) => candidate.name === wanted);
  if (layer) return layer;
  throw new LifecycleError('ING_FILE_NOT_FOUND', `the geodatabase has no layer ${JSON.stringify(wanted)}`, {
    hint: `its layers are ${names || 'none'}`,
  });
}

/** The table of tables that every file geodatabase holds. */
const CATALOGUE = 'a00000001.gdbtable';

/** A `.gdb` folder, or the one inside a zip or folder. */
async function findGeodatabase(file: string, context: FormatContext): Promise<string> {
  let dir = file;
  if (!(await stat(file)).isDirectory()) {
    dir = path.join(context.workDir, 'geodatabase');
    await extractZip(file, dir, { signal: context.signal, reporter: context.reporter });
  }
  const entries = await readdir(dir, { recursive: true });
  const catalogues = entries.filter((name) => path.basename(name) === CATALOGUE);
  if (catalogues.length === 1) return path.join(dir, path.dirname(catalogues[0]!));
  throw new LifecycleError(
    'ING_FILE_NOT_FOUND',
    `there ${catalogues.length === 0 ? 'is no' : 'is more than one'} geodatabase in the archive`,
    {
      hint: 'name it in file_format: unzipped_filename: name.gdb',
    },
  );
}
