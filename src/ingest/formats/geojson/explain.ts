import { open, readFile, stat } from 'node:fs/promises';
import { LifecycleError } from '../../../errors.ts';
import { badEncoding } from '../csv/bad-encoding.ts';
import { notJson } from '../json-error.ts';
import { jsonFault } from '../json-fault.ts';

/** A larger file is not read whole for the sake of a message. */
const READ_WHOLE_BYTES = 256 * 1024 * 1024;
const HINTS = {
  encoding: 'GeoJSON is UTF-8: convert the file, as in iconv -f ENCODING -t UTF-8 IN.geojson',
  lines:
    'the file holds one JSON value a line: make a FeatureCollection of it, as in ogr2ogr OUT.geojson GeoJSONSeq:IN.geojson',
};

/**
 * What is wrong with a file that could not be read, told by its place: that it is in another encoding, or where it stops
 * being JSON. An error of a file that is JSON stays as it is.
 */
export async function explained(error: unknown, file: string): Promise<unknown> {
  if (!(error instanceof LifecycleError) || error.code !== 'ING_BAD_FILE') return error;
  const wide = await wideEncoding(file);
  if (wide) {
    return new LifecycleError('ING_BAD_ENCODING', `the file is ${wide}, not utf-8`, {
      cause: error,
      hint: HINTS.encoding.replace('ENCODING', wide.toUpperCase()),
    });
  }
  const { size } = await stat(file);
  if (size > READ_WHOLE_BYTES) return error;
  const bytes = await readFile(file);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    return badEncoding(file, 'utf-8', cause, HINTS.encoding);
  }
  return jsonFault(text) ? notJson(text, error, { linesHint: HINTS.lines }) : error;
}

/** UTF-16 and UTF-32, by the mark at the beginning or by the zero bytes of a file that begins with ASCII. */
async function wideEncoding(file: string): Promise<string | undefined> {
  const handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0).finally(() => handle.close());
  const [a, b, c, d] = buffer;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32' : 'utf-16';
  if (a === 0xfe && b === 0xff) return 'utf-16';
  if (a === 0 && b === 0) return 'utf-32be';
  if (a === 0) return 'utf-16be';
  if (b === 0) return c === 0 ? 'utf-32le' : 'utf-16le';
  return undefined;
}
