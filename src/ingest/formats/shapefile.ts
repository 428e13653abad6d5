import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { extractZip } from '../../archive/archive.ts';
import { filesOfZip, innerArchiveHint, someNames } from '../../archive/contents.ts';
import { LifecycleError } from '../../errors.ts';
import type { FormatArguments } from '../../project/vocabulary/formats.ts';
import type { Relation } from '../../relation/relation.ts';
import { DbfTable } from './dbf/table.ts';
import type { FormatContext } from './format.ts';
import { projectionOf } from './shapefile/projection.ts';
import { ShapeFile } from './shapefile/shape-file.ts';
import { ShapeReader } from './shapefile/shapes.ts';
import { type StagedLayer, stagedRelation } from './staged/relation.ts';
import { StagedRows } from './staged/rows.ts';

export async function read(
  file: string,
  format: FormatArguments<'shapefile'>,
  context: FormatContext,
): Promise<Relation> {
  return stagedRelation(context.engine, await stageShapefile(file, format.encoding, context));
}

/**
 * Reads the parts of a shapefile by ourselves and leaves to GDAL nothing but the words of the .prj file: GDAL dies over
 * damaged files, loses rows without a word and knows few encodings (ADR 18).
 *
 * @param encoding undefined for what the file itself says, else Latin-1
 * @throws LifecycleError ING_*
 */
export async function stageShapefile(
  file: string,
  encoding: string | undefined,
  context: FormatContext,
): Promise<StagedLayer> {
  const shp = await findShapefile(file, context);
  const shapes = await ShapeFile.open(shp, await required(shp, '.shx'));
  try {
    const dbf = await required(shp, '.dbf');
    const table = await DbfTable.open(dbf, encoding, await codePageOf(shp));
    try {
      if (table.header.records !== shapes.count)
        throw new LifecycleError(
          'ING_BAD_FILE',
          `${path.basename(shp)} has ${shapes.count} shapes by its index, ${path.basename(dbf)} has ${table.header.records} records by its header`,
          {
            hint: 'the parts of the shapefile do not belong together: fetch it again, or tell the owner of the source',
          },
        );
      warnOfMemos(table, context);
      const staged = await stageRows(shapes, table, context);
      const crs = await projectionOf(await beside(shp, '.prj'), context);
      await context.engine.load('spatial');
      return { staged, geometry: { name: 'geom', crs }, instants: new Set() };
    } finally {
      await table.close();
    }
  } finally {
    await shapes.close();
  }
}

async function stageRows(shapes: ShapeFile, table: DbfTable, context: FormatContext): Promise<StagedRows> {
  const geometry = { name: 'geometry', type: 'bytes' as const };
  const staged = await StagedRows.create(context, [...table.fields, geometry]);
  try {
    const { columns } = staged;
    const shapeColumn = columns.at(-1)!;
    const reader = new ShapeReader(shapes.file, shapes.type);
    for (let i = 0; i < shapes.count; i++) {
      // To await what is there already takes longer than most records do.
      const isThere = table.read(i, columns);
      if (!(typeof isThere === 'boolean' ? isThere : await isThere)) continue;
      const place = shapes.read(i);
      reader.put(i, 'then' in place ? await place : place, shapeColumn);
      if (!staged.endRow()) continue;
      context.signal.throwIfAborted();
      await staged.flush();
    }
  } finally {
    await staged.close();
  }
  return staged;
}

function warnOfMemos(table: DbfTable, context: FormatContext): void {
  const memos = table.fields.filter(({ isMemo }) => isMemo).map(({ name }) => name);
  if (memos.length === 0) return;
  context.reporter.log(
    'warning',
    `the text of ${memos.join(', ')} lies in a memo file, which is not read: the column has the numbers of its blocks`,
  );
}

/** What the .cpg file says. */
async function codePageOf(shp: string): Promise<string | undefined> {
  const file = await beside(shp, '.cpg');
  if (!file || (await stat(file)).size > 256) return undefined;
  return (await readFile(file, 'latin1')).trim() || undefined;
}

/** @throws LifecycleError ING_BAD_FILE */
async function required(shp: string, ending: string): Promise<string> {
  const file = await beside(shp, ending);
  if (file) return file;
  throw new LifecycleError('ING_BAD_FILE', `${path.basename(shp)} has no ${ending} file beside it`, {
    hint: 'a shapefile is at least a .shp, a .shx and a .dbf file: check what the source gives',
  });
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
    await filesOfZip(file, context.limits);
    await extractZip(file, dir, context);
  }
  const shapefiles = (await readdir(dir)).filter((name) => name.toLowerCase().endsWith('.shp'));
  if (shapefiles.length === 1) return path.join(dir, shapefiles[0]!);
  const all = (await readdir(dir, { recursive: true })).map((name) => name.split(path.sep).join('/'));
  const below = all.find((name) => name.toLowerCase().endsWith('.shp'));
  const hint =
    below === undefined
      ? (innerArchiveHint(all) ?? `check what the source gives: it holds ${someNames(all)}`)
      : `name it in file_format: unzipped_filename: ${below}`;
  throw shapefiles.length > 1
    ? new LifecycleError(
        'ING_AMBIGUOUS_ARCHIVE',
        `there are ${shapefiles.length} shapefiles and the template does not say which to read`,
        { hint },
      )
    : new LifecycleError('ING_FILE_NOT_FOUND', 'there is no shapefile at the top of the archive', { hint });
}
