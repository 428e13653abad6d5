import type { FileHandle } from 'node:fs/promises';

/** Where the archive lies in its file, and what stands around it. */
interface ArchiveBounds {
  /** Offset of the archive's first byte: what is before it unpacks it, or was put there by a server. */
  start: number;
  /** Offset behind its comment. */
  end: number;
}

const END = { signature: 0x06054b50, bytes: 22 };
const LOCATOR_64 = { signature: 0x07064b50, bytes: 20 };
const END_64 = { signature: 0x06064b50, bytes: 56 };
const DIRECTORY_ENTRY = 0x02014b50;
/** A comment is no longer than 64 KiB; as much again may have been put behind it. */
const LOOK_BYTES = 2 * 2 ** 16;

/**
 * Finds the archive in a file, by the last end of a directory at which a directory ends. Readers of zip have always
 * allowed bytes around the archive: programs that unpack it before, blanks and zeros of careless servers behind.
 * Undefined where there is none.
 */
export async function archiveBounds(handle: FileHandle): Promise<ArchiveBounds | undefined> {
  const { size } = await handle.stat();
  const from = Math.max(0, size - LOOK_BYTES);
  const tail = await piece(handle, from, size - from);
  for (let i = tail.length - END.bytes; i >= 0; i--) {
    if (tail[i] !== 0x50 || tail.readUInt32LE(i) !== END.signature) continue;
    const start = await startBy(handle, tail.subarray(i, i + END.bytes), from + i);
    if (start === undefined) continue;
    return { start, end: Math.min(size, from + i + END.bytes + tail.readUInt16LE(i + 20)) };
  }
  return undefined;
}

/** The archive's start by an end of a directory, if a directory ends there. */
async function startBy(handle: FileHandle, end: Buffer, at: number): Promise<number | undefined> {
  const locator = at >= LOCATOR_64.bytes ? await piece(handle, at - LOCATOR_64.bytes, LOCATOR_64.bytes) : undefined;
  if (locator?.readUInt32LE(0) === LOCATOR_64.signature) return startBy64(handle, locator, at - LOCATOR_64.bytes);
  const [entries, bytes, offset] = [end.readUInt16LE(10), end.readUInt32LE(12), end.readUInt32LE(16)];
  return startByDirectory(handle, { entries, bytes, offset, end: at });
}

async function startBy64(handle: FileHandle, locator: Buffer, at: number): Promise<number | undefined> {
  const stated = Number(locator.readBigUInt64LE(8));
  for (const place of [stated, at - END_64.bytes]) {
    if (place < 0 || place + END_64.bytes > at) continue;
    const record = await piece(handle, place, END_64.bytes);
    if (record.length < END_64.bytes || record.readUInt32LE(0) !== END_64.signature) continue;
    if (place !== stated && place < stated) continue;
    const [entries, bytes, offset] = [32, 40, 48].map((field) => Number(record.readBigUInt64LE(field)));
    return startByDirectory(handle, { entries: entries!, bytes: bytes!, offset: offset!, end: place });
  }
  return undefined;
}

async function startByDirectory(
  handle: FileHandle,
  directory: { entries: number; bytes: number; offset: number; end: number },
): Promise<number | undefined> {
  const place = directory.end - directory.bytes;
  const start = place - directory.offset;
  if (place < 0 || start < 0) return undefined;
  if (directory.entries === 0) return start;
  const mark = await piece(handle, place, 4);
  return mark.length === 4 && mark.readUInt32LE(0) === DIRECTORY_ENTRY ? start : undefined;
}

async function piece(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
  return buffer.subarray(0, bytesRead);
}
