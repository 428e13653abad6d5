import { open } from 'node:fs/promises';
import { LifecycleError } from '../../../errors.ts';
import { startsAsHtml } from './html-start.ts';

/** Extensions of formats that begin with a fixed mark. */
const MAGIC: Record<string, { bytes: readonly number[]; noun: string }> = {
  zip: { bytes: [0x50, 0x4b], noun: 'a zip archive' },
  xlsx: { bytes: [0x50, 0x4b], noun: 'an xlsx workbook' },
  gz: { bytes: [0x1f, 0x8b], noun: 'a gzip file' },
  parquet: { bytes: [0x50, 0x41, 0x52, 0x31], noun: 'a parquet file' },
};
/** What a template's formats look like when they arrive; those that come in archives or plain alike are left out. */
const MAGIC_OF_FORMAT: Record<string, string> = { xlsx: 'xlsx', parquet: 'parquet' };

const ARCGIS_ERROR = /^\s*\{\s*"error"\s*:\s*\{\s*"code"\s*:/;
const JSON_ERROR = /^\s*\{\s*"error"\s*:\s*(?:\{|true|")/;

async function startOf(file: string): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2048), 0, 2048, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function textOf(start: Buffer): string {
  if (start[0] === 0xff && start[1] === 0xfe) return start.toString('utf16le').slice(1);
  return start.toString('utf8').replace(/^\ufeff/, '');
}

function extensionOf(filename: string): string {
  return /\.([A-Za-z0-9]+)$/.exec(filename)?.[1]?.toLowerCase() ?? '';
}

/**
 * Refuses what is plainly not the file that was asked for: nothing at all, an HTML page in place of data, or a file
 * without the mark of its kind. Judged by its first bytes, because servers get Content-Type wrong far more often.
 * @param from where it came from, fit to be shown
 * @throws LifecycleError SRC_EMPTY, SRC_UNEXPECTED_CONTENT
 */
export async function checkContent(
  file: string,
  filename: string,
  from: string,
  format: string | undefined,
): Promise<void> {
  const start = await startOf(file);
  if (start.length === 0) {
    throw new LifecycleError('SRC_EMPTY', `${from} is empty`, {
      hint: 'open it in a browser: the dataset may have moved or not be published yet',
    });
  }
  const extension = extensionOf(filename);
  const text = textOf(start);
  const htmlWanted = format === 'html' || (format === undefined && /^html?$/.test(extension));
  if (!htmlWanted && startsAsHtml(text)) {
    const title = /<title[^>]*>\s*([^<]{1,80})/i.exec(text)?.[1]?.trim();
    throw new LifecycleError(
      'SRC_UNEXPECTED_CONTENT',
      `${from} gave an HTML page${title ? ` (“${title}”)` : ''} in place of ${format ?? (extension || 'data')}`,
      { hint: 'open it in a browser: it may ask for a login, or have moved' },
    );
  }
  // ArcGIS and others answer an error with status 200.
  const error = (format === 'json' ? ARCGIS_ERROR : JSON_ERROR).exec(text);
  if (error) {
    throw new LifecycleError('SRC_ANSWER', `${from} gave an error in place of data: ${text.trim().slice(0, 200)}`, {
      hint: 'open the address in a browser: the dataset may have been changed or withdrawn',
    });
  }
  // Old .xls workbooks are often named .xlsx and begin with the mark of an OLE file instead.
  const isOle = start.length > 4 && start.readUInt32BE(0) === 0xd0cf11e0;
  const magic = MAGIC[extension] ?? MAGIC[MAGIC_OF_FORMAT[format ?? ''] ?? ''];
  if (magic && !isOle && !magic.bytes.every((byte, i) => start[i] === byte)) {
    throw new LifecycleError(
      'SRC_UNEXPECTED_CONTENT',
      `${from} is not ${magic.noun}: it begins with ${JSON.stringify(text.slice(0, 40))}`,
      { hint: 'open it in a browser: it may be an error message, or a file under a wrong name' },
    );
  }
}
