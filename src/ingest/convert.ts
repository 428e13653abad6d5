import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { extractZip, listZip } from '../archive/archive.ts';
import { filesOfZip, someNames } from '../archive/contents.ts';
import { LifecycleError } from '../errors.ts';
import { watchMainThread } from '../processes/watchdog.ts';
import type { FileFormat } from '../project/project.ts';
import { FORMATS } from '../project/vocabulary/formats.ts';
import { isBrokenAssumption } from '../relation/assumption.ts';
import { addGeometry, geometryOption, normaliseGeometry } from '../relation/geometry.ts';
import type { Relation } from '../relation/relation.ts';
import type { FormatContext } from './formats/format.ts';
import { readFormat } from './formats/registry.ts';

/** Bytes that take JavaScript more than a moment, by who reads them. */
const LARGE = { JavaScript: 2_000_000, DuckDB: 50_000_000 };

/**
 * Raw file → relation: unpacks what `unzipped_filename` names, reads the format, makes the geometry that the template
 * describes, calls it `geom` and makes it valid.
 *
 * @throws LifecycleError ING_*
 */
export async function convert(rawFile: string, format: FileFormat, context: FormatContext): Promise<Relation> {
  const { unzipped_filename: named } = format;
  const bytes = (await stat(rawFile).catch(() => undefined))?.size ?? 0;
  if (bytes >= LARGE[FORMATS[format.type].readBy]) await watchMainThread();
  context.signal.throwIfAborted();
  // A geodatabase is a folder, which its reader looks for in the archive itself.
  const isMember = typeof named === 'string' && (format.type !== 'geodatabase' || /\.zip$/i.test(named));
  const file = isMember ? await unpacked(rawFile, named, context) : rawFile;
  const table = await readFormat(format.type, file, format, context).catch((error: unknown) => {
    throw asFileError(error, format.type, context.signal);
  });
  const option = geometryOption(format);
  const located = option ? await addGeometry(context.engine, table, option, context.trustSample) : table;
  return normaliseGeometry(located);
}

/** What engines say when they meet what nobody thought of; the words before the colon are DuckDB's. */
const OF_THE_FILE =
  /^(Parser|Binder|Catalog|Constraint|Not implemented|Serialization|INTERNAL|CSV) Error|^Invalid (array|string) length|^Cannot create a string longer|^Invalid typed array length/;

/** A file that a reader does not get through is no defect that stops the others: it is told as one of the file. */
function asFileError(error: unknown, type: string, signal: AbortSignal): unknown {
  if (signal.aborted || error instanceof LifecycleError || !(error instanceof Error) || isBrokenAssumption(error))
    return error;
  if (error instanceof RangeError && /call stack/.test(error.message)) {
    return new LifecycleError('ING_LIMIT', `the ${type} file has parts within each other, deeper than can be read`, {
      cause: error,
      hint: 'look at the file: it is hardly what it should be',
    });
  }
  if (!OF_THE_FILE.test(error.message)) return error;
  return new LifecycleError('ING_BAD_FILE', `the file cannot be read as ${type}: ${error.message.split('\n')[0]}`, {
    cause: error,
    hint: 'see whether another program reads it; if one does, report the file',
  });
}

/** The member, or the folder of members, that a template names. */
async function unpacked(archive: string, name: string, context: FormatContext): Promise<string> {
  await filesOfZip(archive, context.limits);
  const names = (await listZip(archive, context.limits)).map((entry) => entry.name.replace(/\/$/, ''));
  const folders = new Set(names.flatMap((entry) => entry.split('/').map((_, i, parts) => parts.slice(0, i).join('/'))));
  const wanted = name.replace(/\/$/, '');
  if (!names.includes(wanted) && !folders.has(wanted)) {
    throw new LifecycleError('ING_FILE_NOT_FOUND', `the zip holds no ${JSON.stringify(name)}`, {
      hint: `it holds ${someNames(names)}; correct unzipped_filename in file_format`,
    });
  }
  const into = path.join(context.workDir, 'unzipped');
  await mkdir(into, { recursive: true });
  await extractZip(archive, into, context);
  const file = path.join(into, wanted);
  await stat(file);
  return file;
}
