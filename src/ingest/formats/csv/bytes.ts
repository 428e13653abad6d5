import { createReadStream, statSync } from 'node:fs';
import { pipeline, type Readable, Transform } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { LifecycleError } from '../../../errors.ts';
import { type ArchiveLimits, tooLarge, unpackedTooFar } from '../../archive-safety.ts';

/**
 * The bytes of a file, decompressed as its name says (`.gz`, `.zst`); zips are opened before this. What they unpack to is
 * bounded as it is for zips.
 * @throws LifecycleError ING_UNSUPPORTED_COMPRESSION; SRC_ARCHIVE_TOO_LARGE while the bytes come
 */
export function openBytes(file: string, limits: ArchiveLimits): Readable {
  const raw = createReadStream(file, { highWaterMark: 1 << 20 });
  const lower = file.toLowerCase();
  if (lower.endsWith('.gz') || lower.endsWith('.zst')) {
    const unpacking = lower.endsWith('.gz') ? createGunzip() : createZstdDecompress();
    // The reader of the last stream gets the errors of all.
    return pipeline(raw, unpacking, boundedBy(limits, file), () => {});
  }
  if (/\.(bz2|xz)$/.test(lower)) {
    raw.destroy();
    throw new LifecycleError(
      'ING_UNSUPPORTED_COMPRESSION',
      `${lower.slice(lower.lastIndexOf('.'))} files cannot be read`,
      {
        hint: 'compress the file with gzip, zstd or zip',
      },
    );
  }
  return raw;
}

/** Passes bytes on until they are more than a file of its size may unpack to. */
function boundedBy(limits: ArchiveLimits, file: string): Transform {
  const { size } = statSync(file);
  let unpacked = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length;
      const fault = unpackedTooFar(size, unpacked, limits);
      if (fault) done(tooLarge(file, fault));
      else done(null, chunk);
    },
  });
}

export function isCompressed(file: string): boolean {
  return /\.(gz|zst|bz2|xz)$/i.test(file);
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

export interface ChunkDecoder {
  decode(chunk: Uint8Array): string;
  end(): string;
}

/** Bytes that an encoding does not define and the web's decoder takes all the same. */
const UNDEFINED_BYTES: Record<string, (byte: number) => boolean> = {
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

/** The text of a file in chunks, decompressed and decoded, without a byte order mark. */
export async function* readText(file: string, encoding: string, limits: ArchiveLimits): AsyncGenerator<string> {
  const decode = decoder(encodingName(encoding));
  let offset = 0;
  const bytes = openBytes(file, limits);
  try {
    for await (const chunk of bytes) {
      yield decode.decode(chunk as Buffer);
      offset += (chunk as Buffer).length;
    }
    yield decode.end();
  } catch (cause) {
    if (cause instanceof LifecycleError) throw cause;
    if (cause instanceof TypeError) {
      throw new LifecycleError(
        'ING_BAD_ENCODING',
        `the file is not ${encoding}: undecodable bytes after byte ${offset}`,
        {
          cause,
          hint: "set `encoding` in the template's file_format, such as encoding: latin-1 or cp1252",
        },
      );
    }
    throw new LifecycleError('ING_BAD_FILE', 'the compressed file is broken', {
      cause,
      hint: 'download it again, or look at it with gzip -t',
    });
  }
}
