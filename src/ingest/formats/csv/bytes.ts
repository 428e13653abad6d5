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
import { lenientDecoder } from './lenient.ts';

export type Compression = 'gzip' | 'zstd' | 'bz2' | 'xz';

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

/** Python's names for encodings where the web's differ or do not exist. */
const ENCODINGS: Record<string, string> = {
  latin1: 'latin1',
  'latin-1': 'latin1',
  'iso-8859-1': 'latin1',
  iso8859_1: 'latin1',
  'iso8859-1': 'latin1',
  l1: 'latin1',
  cp1252: 'windows-1252',
  cp1251: 'windows-1251',
  cp1250: 'windows-1250',
  'utf-8-sig': 'utf-8',
  utf_8: 'utf-8',
  utf8: 'utf-8',
  'utf-16': 'utf-16',
  utf16: 'utf-16',
  ascii: 'ascii',
  'us-ascii': 'ascii',
  mac_roman: 'macintosh',
  macroman: 'macintosh',
  'utf-16-le': 'utf-16le',
  utf_16_le: 'utf-16le',
  'utf-16-be': 'utf-16be',
  utf_16_be: 'utf-16be',
};

/** The name by which `decoder` knows an encoding; `utf-8` for the usual one. */
export function encodingName(encoding: string): string {
  const lower = encoding.toLowerCase();
  return ENCODINGS[lower] ?? lower;
}

export type EncodingErrors = 'strict' | 'replace' | 'ignore';

export interface ChunkDecoder {
  decode(chunk: Uint8Array): string;
  end(): string;
}

/** Bytes that an encoding does not define and the web's decoder takes all the same. */
export const UNDEFINED_BYTES: Record<string, (byte: number) => boolean> = {
  ascii: (byte) => byte > 0x7f,
  'windows-1252': (byte) => byte > 0x80 && [0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte),
};

/** @throws LifecycleError ING_BAD_OPTION for an encoding that nobody knows */
export function decoder(encoding: string): ChunkDecoder {
  if (encoding === 'latin1') {
    // The web calls windows-1252 by this name; Python's latin-1 maps every byte to itself.
    return {
      decode: (chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1'),
      end: () => '',
    };
  }
  const undefinedByte = UNDEFINED_BYTES[encoding];
  let inner: InstanceType<typeof TextDecoder> | undefined;
  const open = (label: string) => {
    try {
      return new TextDecoder(label, { fatal: true });
    } catch (cause) {
      throw new LifecycleError('ING_BAD_OPTION', `encoding ${JSON.stringify(encoding)} is not known`, {
        cause,
        hint: 'write an encoding such as utf-8, latin-1, cp1252 or utf-16',
      });
    }
  };
  // ASCII is what it has in common with UTF-8.
  if (encoding !== 'utf-16') inner = open(encoding === 'ascii' ? 'utf-8' : encoding);
  return {
    decode(chunk) {
      // Python's utf-16 goes by the byte order mark.
      if (undefinedByte && chunk.some(undefinedByte)) throw new TypeError(`a byte that ${encoding} does not define`);
      inner ??= open(chunk[0] === 0xfe && chunk[1] === 0xff ? 'utf-16be' : 'utf-16le');
      return inner.decode(chunk, { stream: true });
    },
    end: () => inner?.decode() ?? '',
  };
}

/**
 * The text of a file in chunks, decoded, without a byte order mark.
 * @throws LifecycleError ING_BAD_ENCODING, ING_BAD_OPTION
 */
export async function* readText(
  file: string,
  { encoding, encodingErrors = 'strict' }: { encoding: string; encodingErrors?: EncodingErrors },
): AsyncGenerator<string> {
  const name = encodingName(encoding);
  const decode = encodingErrors === 'strict' ? decoder(name) : lenientDecoder(name, encodingErrors);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) yield decode.decode(chunk as Buffer);
    yield decode.end();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw await badEncoding(file, encoding, cause);
  }
}
