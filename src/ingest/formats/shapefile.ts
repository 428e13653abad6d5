import { mkdir, open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import type { FileFormat } from '../../project/project.ts';
import { extractZip } from '../archive.ts';
import { aggregate, isText, type Relation } from '../relation.ts';
import { type DbfHeader, readDbfHeader, zeroBlankDates } from './dbf.ts';
import type { FormatContext } from './format.ts';
import { readLayer, readLayers } from './gdal.ts';

/** The first four bytes of every .shp file (ESRI's technical description, 1998). */
const SHAPEFILE_MAGIC = 0x0000270a;

export async function read(file: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const shp = await findShapefile(file, context);
  await assertShapefile(shp);
  const dbf = await beside(shp, '.dbf');
  const header = dbf && (await readDbfHeader(dbf));
  // What has been unpacked is a copy.
  if (dbf && header && shp.startsWith(context.workDir + path.sep)) await zeroBlankDates(dbf, header);
  const [layer] = await readLayers(context.engine, shp);
  if (!layer)
    throw new LifecycleError('ING_BAD_FILE', 'the shapefile has no layer', { hint: 'check the file at its source' });
  const encoding = typeof format.encoding === 'string' ? format.encoding : 'utf-8';
  const relation = await readLayer(context.engine, shp, layer, [`ENCODING=${gdalEncoding(encoding)}`]);
  return header ? withTruthValues(context.engine, relation, header) : relation;
}

/** Names of encodings that the department's GDAL has from iconv, which DuckDB's lacks. `latin-1` is none of them. */
const ICONV_NAMES: Readonly<Record<string, readonly string[]>> = {
  'ISO-8859-1': ['latin1', 'l1', 'iso8859-1', 'iso_8859-1', 'iso-8859-1', 'cp819'],
  CP1252: ['cp1252', 'windows-1252'],
};

function gdalEncoding(name: string): string {
  const known = Object.entries(ICONV_NAMES).find(([, names]) => names.includes(name.toLowerCase()));
  return known?.[0] ?? name;
}

/** DuckDB's GDAL gives a field of truth values as text; with a gap pandas makes doubles of them. */
async function withTruthValues(engine: Engine, relation: Relation, header: DbfHeader): Promise<Relation> {
  // The geometry takes the name from a field that has it.
  const fields = header.fields.filter(({ name }) => name !== 'geometry');
  const columns = await Promise.all(
    relation.columns.map(async (column, i) => {
      if (fields[i]?.type !== 'L' || !isText(column)) return column;
      const truth = `CASE WHEN upper(${column.expression}) IN ('T', 'Y') THEN true WHEN upper(${column.expression}) IN ('F', 'N') THEN false END`;
      const { gaps } = await aggregate(engine, relation, { gaps: `count(*) - count(${truth})` });
      return Number(gaps) === 0
        ? { ...column, expression: truth, type: 'BOOLEAN' }
        : { ...column, expression: `CAST(${truth} AS DOUBLE)`, type: 'DOUBLE' };
    }),
  );
  return { ...relation, columns };
}

/** The part of a shapefile with another ending, in whichever case it is written. */
async function beside(shp: string, ending: string): Promise<string | undefined> {
  const wanted = `${path.basename(shp).slice(0, -4)}${ending}`.toLowerCase();
  const name = (await readdir(path.dirname(shp))).find((candidate) => candidate.toLowerCase() === wanted);
  return name && path.join(path.dirname(shp), name);
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
  // GDAL ends the process over a shapefile without its index.
  if (!(await beside(file, '.shx'))) {
    throw new LifecycleError('ING_BAD_FILE', `${path.basename(file)} has no .shx file beside it`, {
      hint: 'a shapefile is at least a .shp, a .shx and a .dbf file: check what the source gives',
    });
  }
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
