import { LifecycleError } from '../../../errors.ts';

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
