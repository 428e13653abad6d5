import { LifecycleError } from '../../../errors.ts';
import { type ChunkDecoder, decoder, type EncodingErrors, UNDEFINED_BYTES } from './encodings.ts';

const REPLACEMENT = '\ufffd';
const REPLACEMENT_BYTES = Buffer.from(REPLACEMENT);

/** Decodes what can be decoded; the rest becomes U+FFFD or nothing, as Python's `replace` and `ignore` have it. */
export function lenientDecoder(encoding: string, errors: Exclude<EncodingErrors, 'strict'>): ChunkDecoder {
  const instead = errors === 'replace' ? REPLACEMENT : '';
  if (encoding === 'latin1') return decoder(encoding);
  const isUndefined = UNDEFINED_BYTES[encoding];
  if (isUndefined) return withoutUndefined(encoding, isUndefined, instead);
  let inner: InstanceType<typeof TextDecoder> | undefined;
  const made = (text: string) => (instead === '' ? text.replaceAll(REPLACEMENT, '') : text);
  const decode = (bytes: Uint8Array) => {
    inner ??= open(encoding, bytes);
    return made(inner.decode(bytes, { stream: true }));
  };
  if (encoding !== 'utf-8' || errors === 'replace') return { decode, end: () => made(inner?.decode() ?? '') };
  return keepingReplacements(decode, () => made(inner?.decode() ?? ''));
}

function open(encoding: string, first: Uint8Array): InstanceType<typeof TextDecoder> {
  const isBigEndian = first[0] === 0xfe && first[1] === 0xff;
  const label = encoding === 'utf-16' ? (isBigEndian ? 'utf-16be' : 'utf-16le') : encoding;
  try {
    return new TextDecoder(label);
  } catch (cause) {
    throw new LifecycleError('ING_BAD_OPTION', `encoding ${JSON.stringify(encoding)} is not known`, {
      cause,
      hint: 'write an encoding such as utf-8, latin-1, cp1252 or utf-16',
    });
  }
}

function withoutUndefined(encoding: string, isUndefined: (byte: number) => boolean, instead: string): ChunkDecoder {
  const strict = decoder(encoding);
  return {
    decode(bytes) {
      let text = '';
      let from = 0;
      for (let i = 0; i <= bytes.length; i++) {
        if (i < bytes.length && !isUndefined(bytes[i]!)) continue;
        text += strict.decode(bytes.subarray(from, i));
        if (i < bytes.length) text += instead;
        from = i + 1;
      }
      return text;
    },
    end: () => strict.end(),
  };
}

/** U+FFFD that a file in UTF-8 holds by itself is no fault of it. */
function keepingReplacements(decode: (bytes: Uint8Array) => string, end: () => string): ChunkDecoder {
  let held: Buffer = Buffer.alloc(0);
  return {
    decode(chunk) {
      let bytes: Buffer = Buffer.concat([held, chunk]);
      // The beginning of one, perhaps, whose rest is in the next piece.
      const partial = [2, 1].find((n) => bytes.subarray(-n).equals(REPLACEMENT_BYTES.subarray(0, n))) ?? 0;
      held = bytes.subarray(bytes.length - partial);
      bytes = bytes.subarray(0, bytes.length - partial);
      let text = '';
      for (let at = bytes.indexOf(REPLACEMENT_BYTES); at !== -1; at = bytes.indexOf(REPLACEMENT_BYTES)) {
        text += decode(bytes.subarray(0, at)) + end() + REPLACEMENT;
        bytes = bytes.subarray(at + REPLACEMENT_BYTES.length);
      }
      return text + decode(bytes);
    },
    end: () => decode(held) + end(),
  };
}
