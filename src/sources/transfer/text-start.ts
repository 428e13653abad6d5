import { type FileHandle, open } from 'node:fs/promises';

/** Error documents are smaller than this. */
const LOOK_BYTES = 2 ** 16;
/** Blanks of ASCII, and the empty halves that they have in UTF-16. */
const BLANK = new Set([0x00, 0x09, 0x0a, 0x0c, 0x0d, 0x20]);
const MARKS = [
  { mark: [0xff, 0xfe], utf16: 'utf-16le' },
  { mark: [0xfe, 0xff], utf16: 'utf-16be' },
  { mark: [0xef, 0xbb, 0xbf], utf16: undefined },
];

export interface FileStart {
  /** The very first bytes, in which formats have their marks. */
  bytes: Buffer;
  /** The text behind all blanks and byte order marks. */
  text: string;
  /** Whether the text goes to the end of the file. */
  whole: boolean;
}

/** How a file begins, however many blanks stand before it. */
export async function startOf(file: string): Promise<FileStart> {
  const handle = await open(file, 'r');
  try {
    const bytes = await piece(handle, 0, LOOK_BYTES);
    const mark = MARKS.find(({ mark: wanted }) => wanted.every((byte, i) => bytes[i] === byte));
    const at = await firstByte(handle, bytes, mark?.mark.length ?? 0);
    // Letters of UTF-16 begin at even places.
    const even = at - (at % 2);
    const found = even === 0 ? bytes : await piece(handle, even, LOOK_BYTES);
    const encoding = mark?.utf16 ?? utf16Of(found);
    const text = new TextDecoder(encoding ?? 'utf-8').decode(encoding ? found : found.subarray(at - even));
    return { bytes, text: text.replace(/^[\s\ufeff\0]+/, ''), whole: found.length < LOOK_BYTES };
  } finally {
    await handle.close();
  }
}

async function piece(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
  return buffer.subarray(0, bytesRead);
}

/** Where the first byte lies that is no blank, or the end. */
async function firstByte(handle: FileHandle, start: Buffer, mark: number): Promise<number> {
  let from = 0;
  for (let bytes = start; bytes.length > 0; bytes = await piece(handle, from, LOOK_BYTES)) {
    for (let i = from === 0 ? mark : 0; i < bytes.length; i++) if (!BLANK.has(bytes[i]!)) return from + i;
    from += bytes.length;
  }
  return from;
}

/** UTF-16 without a mark: `<` and `{` have an empty half. */
function utf16Of(bytes: Buffer): string | undefined {
  const [first, second, third, fourth] = bytes;
  if (bytes.length < 4) return undefined;
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'utf-16le';
  if (first === 0 && second !== 0 && third === 0 && fourth !== 0) return 'utf-16be';
  return undefined;
}
