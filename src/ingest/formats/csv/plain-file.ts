import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { LifecycleError } from '../../../errors.ts';
import type { FormatContext } from '../format.ts';
import { compressionOf, readText, unpackFile } from './bytes.ts';
import { encodingName } from './encodings.ts';
import type { CsvOptions } from './options.ts';

/** Archives and compressions that there is no reader for. */
const OTHER = /\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|7z|rar|lz4|lzma|lz|z|br)$/i;

/**
 * A CSV file as one that is not compressed and in UTF-8, which is how DuckDB reads it, and the options for that.
 * @throws LifecycleError ING_UNSUPPORTED_COMPRESSION, ING_BAD_ENCODING, and what `unpackFile` throws
 */
export async function plainFile(
  file: string,
  options: CsvOptions,
  context: FormatContext,
): Promise<{ file: string; options: CsvOptions }> {
  const other = OTHER.exec(file)?.[0];
  if (other !== undefined && options.compression === 'infer') {
    throw new LifecycleError('ING_UNSUPPORTED_COMPRESSION', `${other} files cannot be read`, {
      hint: 'use a source that gives the file itself, or one in a zip or compressed with gzip, zstd, bzip2 or xz',
    });
  }
  const compression = options.compression === 'infer' ? compressionOf(file) : options.compression;
  const unpacked = compression ? path.join(context.workDir, 'unpacked.csv') : file;
  if (compression) await unpackFile(file, unpacked, compression, context);
  if (encodingName(options.encoding) === 'utf-8' && options.encodingErrors === 'strict')
    return { file: unpacked, options };
  const decoded = path.join(context.workDir, 'decoded.csv');
  await pipeline(() => readText(unpacked, options), createWriteStream(decoded), { signal: context.signal });
  return { file: decoded, options: { ...options, encoding: 'utf-8', encodingErrors: 'strict' } };
}
