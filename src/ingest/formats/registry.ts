import type { FileFormat } from '../../project/project.ts';
import { type FormatName, formatArguments } from '../../project/vocabulary/formats.ts';
import type { Relation } from '../../relation/relation.ts';
import type { FormatContext, ReadFormat } from './format.ts';

/** One module a format; only the one that is needed is loaded. */
export const FORMAT_MODULES: { readonly [N in FormatName]: () => Promise<{ read: ReadFormat<N> }> } = {
  csv: () => import('./csv/read.ts'),
  xlsx: () => import('./xlsx.ts'),
  shapefile: () => import('./shapefile.ts'),
  geodatabase: () => import('./geodatabase.ts'),
  json: () => import('./json.ts'),
  geojson: () => import('./geojson/read.ts'),
  html: () => import('./html.ts'),
  parquet: () => import('./parquet.ts'),
};

/** Reads a raw file with the options of a template. */
export async function readFormat<N extends FormatName>(
  name: N,
  file: string,
  given: FileFormat,
  context: FormatContext,
): Promise<Relation> {
  const { read } = await FORMAT_MODULES[name]();
  return read(file, formatArguments(name, given), context);
}
