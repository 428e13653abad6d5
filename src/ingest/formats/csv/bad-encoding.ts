import { createReadStream } from 'node:fs';
import { LifecycleError } from '../../../errors.ts';
import { type ChunkDecoder, decoder, encodingName } from './encodings.ts';

const LINE_FEED = 0x0a;
/** Bytes shown of what cannot be read, and of what stands before it. */
const SHOWN = 20;

interface Place {
  line: number;
  /** From 0. */
  byte: number;
  before: Buffer;
  bad: Buffer;
}

/**
 * The error of a file that is not in its encoding: at which line and byte, and in which encoding it may be instead.
 * The file is read a second time, since nobody counts lines where nothing is wrong.
 *
 * @param given what to do about it, for formats without an option for it
 */
export async function badEncoding(
  file: string,
  encoding: string,
  cause: unknown,
  given?: string,
): Promise<LifecycleError> {
  const { line, byte, before, bad } = await findPlace(file, encodingName(encoding));
  const hex = [...bad.subarray(0, 3)].map((value) => value.toString(16).padStart(2, '0')).join(' ');
  const held = bad.length > 0 ? `holds ${hex}` : 'ends within a character';
  const where = `line ${line} (byte ${byte} of the file, behind ${JSON.stringify(before.toString('latin1'))}) ${held}`;
  return new LifecycleError('ING_BAD_ENCODING', `the file is not ${encoding}: ${where}`, {
    cause,
    hint: given ?? `set \`encoding\` in the template's file_format to what the file is in${guess(before, bad)}`,
    details: { line, byte },
  });
}

/** Which encoding a byte speaks for. */
function guess(before: Buffer, bad: Buffer): string {
  if (before.includes(0) || bad.includes(0)) return ', if it is text at all: it holds zero bytes here';
  const [byte = 0, next = 0] = bad;
  if ((byte === 0xff && next === 0xfe) || (byte === 0xfe && next === 0xff))
    return ', such as encoding: utf-16, as its beginning says';
  if (byte >= 0x80 && byte <= 0x9f && ![0x81, 0x8d, 0x8f, 0x90, 0x9d].includes(byte))
    return `, such as encoding: cp1252, in which this byte is ${JSON.stringify(new TextDecoder('windows-1252').decode(bad.subarray(0, 1)))}`;
  if (byte >= 0xa0)
    return `, such as encoding: latin-1, in which this byte is ${JSON.stringify(bad.toString('latin1', 0, 1))}`;
  return '';
}

async function findPlace(file: string, encoding: string): Promise<Place> {
  const ahead = decoder(encoding);
  // One piece behind, so that it can take the piece with the fault byte by byte.
  const behind = decoder(encoding);
  let line = 1;
  let offset = 0;
  let last: Buffer = Buffer.alloc(0);
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 16 })) {
    const bytes = piece as Buffer;
    try {
      ahead.decode(bytes);
    } catch {
      const within = firstUnsound(behind, bytes);
      const before = Buffer.concat([last, bytes.subarray(0, within)]).subarray(-SHOWN);
      line += count(bytes.subarray(0, within));
      return { line, byte: offset + within, before, bad: bytes.subarray(within, within + SHOWN) };
    }
    behind.decode(bytes);
    line += count(bytes);
    offset += bytes.length;
    last = bytes;
  }
  return { line, byte: offset, before: last.subarray(-SHOWN), bad: Buffer.alloc(0) };
}

function firstUnsound(decode: ChunkDecoder, bytes: Buffer): number {
  let pending: number | undefined;
  for (let i = 0; i < bytes.length; i++) {
    try {
      const isPart = decode.decode(bytes.subarray(i, i + 1)) === '';
      pending = isPart ? (pending ?? i) : undefined;
    } catch {
      return pending ?? i;
    }
  }
  return pending ?? bytes.length;
}

function count(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) lines++;
  return lines;
}
