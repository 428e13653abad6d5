import type { IncomingHttpHeaders } from 'node:http';

interface DecodedText {
  text: string;
  /** The bytes are not UTF-8, and not what the headers say either: what they were taken for. */
  guessed?: string;
}

const LATIN = 'windows-1252';

/**
 * The text of an answer. UTF-8 is what services mean, and bytes that are UTF-8 are hardly anything else; only where they
 * are not does the `charset` of Content-Type count, which many servers write without looking.
 */
export function decodeText(bytes: Buffer, headers: IncomingHttpHeaders): DecodedText {
  const marked = utf16Of(bytes);
  if (marked !== undefined) return { text: new TextDecoder(marked).decode(bytes) };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    const declared = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '')?.[1];
    const decoder = declared === undefined ? undefined : decoderOf(declared);
    if (decoder && decoder.encoding !== 'utf-8') return { text: decoder.decode(bytes) };
    const damaged = new TextDecoder('utf-8').decode(bytes);
    // Letters of several bytes among them: it is UTF-8 with a few bytes that are wrong.
    if (/[\u0080-\ufffc]/.test(damaged)) return { text: damaged, guessed: 'damaged UTF-8' };
    return { text: new TextDecoder(LATIN).decode(bytes), guessed: LATIN };
  }
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}

/** UTF-16 by its mark, or by the empty half that the first letter of JSON, XML and HTML has. */
function utf16Of(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return undefined;
}
