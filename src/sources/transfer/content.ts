import { open } from 'node:fs/promises';
import { archiveBounds } from '../../archive/bounds.ts';
import { LifecycleError } from '../../errors.ts';
import type { Content } from '../../project/vocabulary/format.ts';
import { FORMATS, isFormatName } from '../../project/vocabulary/formats.ts';
import { binaryKind } from './binary-kind.ts';
import { jsonDocumentIn } from './json-document.ts';
import { markupIn } from './markup.ts';
import { type FileStart, startOf } from './text-start.ts';

/** Extensions of formats that begin with a fixed mark. */
const MAGIC: Record<string, { bytes: readonly number[]; noun: string }> = {
  zip: { bytes: [0x50, 0x4b], noun: 'a zip archive' },
  xlsx: { bytes: [0x50, 0x4b], noun: 'an xlsx workbook' },
  gz: { bytes: [0x1f, 0x8b], noun: 'a gzip file' },
  parquet: { bytes: [0x50, 0x41, 0x52, 0x31], noun: 'a parquet file' },
};
/** What files of other endings may well be a document of. */
const DOCUMENTS: Record<string, 'HTML' | 'XML' | 'JSON'> = {
  htm: 'HTML',
  xhtml: 'HTML',
  xml: 'XML',
  kml: 'XML',
  gml: 'XML',
  rss: 'XML',
  topojson: 'JSON',
};
/** What is certainly no document of these. */
const OTHERS = new Set('tsv xls xlsm zip gz zst bz2 xz shp dbf gdb gpkg pdf'.split(' '));

/** By the template's format or else the name's ending, which for most formats are the same word. */
function contentOf(kind: string): Content | undefined {
  if (isFormatName(kind)) return FORMATS[kind].content;
  return kind === 'tsv' ? 'text' : undefined;
}

/** What a file may well be a document of. */
function documentOf(kind: string): 'HTML' | 'XML' | 'JSON' | undefined {
  const content = contentOf(kind);
  return content === 'HTML' || content === 'JSON' ? content : own(DOCUMENTS, kind);
}

const isText = (kind: string) => ['text', 'JSON', 'HTML'].includes(contentOf(kind) ?? '');

/** Those of formats that come in archives or plain alike are left out. */
const MAGIC_OF_CONTENT: Partial<Record<Content, string>> = { 'a workbook': 'xlsx', parquet: 'parquet' };

/** As services begin an error, however it goes on. */
const JSON_ERROR = /^\{\s*"error"\s*:\s*(?:\{|true|")/;

function extensionOf(filename: string): string {
  return /\.([A-Za-z0-9]+)$/.exec(filename)?.[1]?.toLowerCase() ?? '';
}

/**
 * Refuses what is plainly not the file that was asked for: nothing at all, a page, an error or another document in place
 * of data, or a file without the mark of its kind. Judged by its first bytes, because servers get Content-Type wrong far
 * more often.
 * @param from where it came from, fit to be shown
 * @throws LifecycleError SRC_EMPTY, SRC_ANSWER, SRC_UNEXPECTED_CONTENT
 */
export async function checkContent(
  file: string,
  filename: string,
  from: string,
  format: string | undefined,
): Promise<void> {
  const start = await startOf(file);
  if (start.bytes.length === 0) {
    throw new LifecycleError('SRC_EMPTY', `${from} is empty`, {
      hint: 'open it in a browser: the dataset may have moved or not be published yet',
    });
  }
  const extension = extensionOf(filename);
  refuseDocuments(start, from, format ?? extension);
  const kind = binaryKind(start.bytes);
  if (kind?.isNeverText && isText(format ?? extension)) {
    throw inPlace(from, kind.noun, format ?? extension, 'it may be a file under a wrong name');
  }
  await refuseUnmarked(file, start, from, extension, format);
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function refuseDocuments({ text, whole }: FileStart, from: string, kind: string): void {
  const wanted = documentOf(kind);
  const expected = kind || 'data';
  const markup = markupIn(text, whole);
  if (markup?.error !== undefined && wanted !== 'XML') throw errorInPlace(from, markup.error);
  if (markup?.kind === 'HTML' && wanted !== 'HTML') {
    const title = markup.title ? ` (“${markup.title}”)` : '';
    throw inPlace(from, `an HTML page${title}`, expected, 'it may ask for a login, or have moved');
  }
  const isCertain = wanted !== undefined || isFormatName(kind) || OTHERS.has(kind);
  if (markup?.kind === 'XML' && isCertain && wanted !== 'XML' && wanted !== 'HTML') {
    throw inPlace(from, 'an XML document', expected, 'it may be an error message, or ask for other parameters');
  }
  const json = jsonDocumentIn(text, whole);
  // A service's error with status 200.
  if (json?.isError || (wanted !== 'JSON' && JSON_ERROR.test(text))) throw errorInPlace(from, text);
  if (json && isCertain && wanted !== 'JSON') {
    throw inPlace(
      from,
      `a JSON document (${shown(text)})`,
      expected,
      'it may be an error message, or ask for other parameters',
    );
  }
}

async function refuseUnmarked(
  file: string,
  { bytes, text }: FileStart,
  from: string,
  extension: string,
  format: string | undefined,
): Promise<void> {
  // Old .xls workbooks are often named .xlsx and begin with the mark of an OLE file instead.
  const isOle = bytes.length > 4 && bytes.readUInt32BE(0) === 0xd0cf11e0;
  const magic = own(MAGIC, extension) ?? own(MAGIC, MAGIC_OF_CONTENT[contentOf(format ?? '') ?? 'text'] ?? '');
  if (!magic || isOle || magic.bytes.every((byte, i) => bytes[i] === byte)) return;
  // A program that unpacks it, or what a server has put there, may stand before an archive.
  if (magic === MAGIC.zip && (await holdsArchive(file))) return;
  const kind = binaryKind(bytes);
  const what = kind ? ` but ${kind.noun}` : `: it begins with ${JSON.stringify(text.slice(0, 40))}`;
  throw new LifecycleError('SRC_UNEXPECTED_CONTENT', `${from} is not ${magic.noun}${what}`, {
    hint: 'open it in a browser: it may be an error message, or a file under a wrong name',
  });
}

async function holdsArchive(file: string): Promise<boolean> {
  const handle = await open(file, 'r');
  try {
    return (await archiveBounds(handle)) !== undefined;
  } finally {
    await handle.close();
  }
}

function inPlace(from: string, what: string, expected: string, hint: string): LifecycleError {
  return new LifecycleError('SRC_UNEXPECTED_CONTENT', `${from} gave ${what} in place of ${expected}`, {
    hint: `open it in a browser: ${hint}`,
  });
}

function errorInPlace(from: string, what: string): LifecycleError {
  return new LifecycleError('SRC_ANSWER', `${from} gave an error in place of data: ${shown(what)}`, {
    hint: 'open the address in a browser: the dataset may have been changed or withdrawn',
  });
}

function shown(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 200);
}
