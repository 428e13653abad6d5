import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { tooLarge, unpackedTooFar } from '../../../archive/limits.ts';
import { CHUNK_BYTES, through, type Unpack } from '../../../archive/methods.ts';
import { bunzip2, unxz } from '../../../archive/unpack/on-demand.ts';
import { LifecycleError } from '../../../errors.ts';
import type { FormatContext } from '../format.ts';
import { badEncoding } from './bad-encoding.ts';
import { decoder, type EncodingErrors, encodingName } from './encodings.ts';
import { lenientDecoder } from './lenient.ts';

type Compression = 'gzip' | 'zstd' | 'bz2' | 'xz';

const SUFFIXES: readonly [string, Compression][] = [
  ['.gz', 'gzip'],
  ['.zst', 'zstd'],
  ['.bz2', 'bz2'],
  ['.xz', 'xz'],
];

/** How a file is compressed, by its name. */
export function compressionOf(file: string): Compression | undefined {
  return SUFFIXES.find(([suffix]) => file.toLowerCase().endsWith(suffix))?.[1];
}

const UNPACK: Record<Compression, Unpack> = {
  gzip: through(() => createGunzip({ chunkSize: CHUNK_BYTES })),
  zstd: through(() => createZstdDecompress({ chunkSize: CHUNK_BYTES })),
  bz2: bunzip2,
  xz: unxz,
};

/**
 * Unpacks a compressed file, so that it is read as any other. What it may unpack to is bounded as it is for zips.
 * @throws LifecycleError SRC_ARCHIVE_TOO_LARGE, ING_BAD_FILE
 */
export async function unpackFile(
  file: string,
  target: string,
  compression: Compression,
  { limits, signal }: Pick<FormatContext, 'limits' | 'signal'>,
): Promise<void> {
  const { size } = await stat(file);
  let unpacked = 0;
  const bound = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      unpacked += chunk.length;
      const fault = unpackedTooFar(size, unpacked, limits);
      if (fault) throw tooLarge(file, fault);
      yield chunk;
    }
  };
  try {
    await pipeline(
      () => bound(UNPACK[compression](createReadStream(file), Number.POSITIVE_INFINITY)),
      createWriteStream(target),
      { signal },
    );
  } catch (cause) {
    if (cause instanceof LifecycleError || !(cause instanceof Error) || 'syscall' in cause) throw cause;
    signal.throwIfAborted();
    const tool = compression === 'bz2' ? 'bzip2' : compression;
    throw new LifecycleError(
      'ING_BAD_FILE',
      `the compressed file ${path.basename(file)} is broken behind byte ${unpacked} of its contents`,
      { cause, hint: `fetch it again; ${tool} -t tells whether a file is sound` },
    );
  }
}

/**
 * The text of a file in chunks, decoded, without a byte order mark.
 * @throws LifecycleError ING_BAD_ENCODING, ING_BAD_OPTION
 */
export async function* readText(
  file: string,
  { encoding, encodingErrors = 'strict' }: { encoding: string; encodingErrors?: EncodingErrors },
  pieceBytes = 1 << 20,
): AsyncGenerator<string> {
  const name = encodingName(encoding);
  const decode = encodingErrors === 'strict' ? decoder(name) : lenientDecoder(name, encodingErrors);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: pieceBytes }))
      yield decode.decode(chunk as Buffer);
    yield decode.end();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw await badEncoding(file, encoding, cause);
  }
}
