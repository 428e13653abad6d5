import path from 'node:path';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createInflateRaw, createZstdDecompress } from 'node:zlib';
import { LifecycleError } from '../errors.ts';
import { type Member, show } from './limits.ts';
import { bunzip2, inflate64, unlzma, unxz } from './unpack/on-demand.ts';

/** Chunks that deflate gives; its usual 16 KiB cost more in turns of the event loop than in work. */
export const CHUNK_BYTES = 2 ** 18;

/** @param size of what comes out, for methods that do not mark its end */
export type Unpack = (packed: Readable, size: number) => AsyncIterable<Buffer>;

export function through(transform: () => Transform): Unpack {
  // The reader of the last stream gets the errors of both.
  return (packed) => pipeline(packed, transform(), () => {}) as AsyncIterable<Buffer>;
}

const ZSTD = through(() => createZstdDecompress({ chunkSize: CHUNK_BYTES }));
/** By their numbers in the format's specification (APPNOTE.TXT, 4.4.5). */
const METHODS = new Map<number, Unpack>([
  [0, (packed) => packed as AsyncIterable<Buffer>],
  [8, through(() => createInflateRaw({ chunkSize: CHUNK_BYTES }))],
  [9, (packed) => inflate64(packed as AsyncIterable<Buffer>)],
  [12, (packed) => bunzip2(packed as AsyncIterable<Buffer>)],
  [14, (packed, size) => unlzma(packed as AsyncIterable<Buffer>, size)],
  [20, ZSTD],
  [93, ZSTD],
  [95, (packed) => unxz(packed as AsyncIterable<Buffer>)],
]);
const NAMES: Readonly<Record<number, string>> = {
  1: 'Shrink',
  2: 'Reduce',
  3: 'Reduce',
  4: 'Reduce',
  5: 'Reduce',
  6: 'Implode',
  10: 'PKWARE Implode',
  16: 'IBM CMPSC',
  18: 'IBM TERSE',
  19: 'LZ77',
  94: 'MP3',
  96: 'JPEG',
  97: 'WavPack',
  98: 'PPMd',
  99: 'AES',
};

/** An entry's bytes, unpacked by its method. */
export function unpackedBy(method: number, packed: Readable, size: number): AsyncIterable<Buffer> {
  const unpack = METHODS.get(method);
  if (!unpack) throw new Error(`method ${method} has no reader`);
  return unpack(packed, size);
}

/** @throws LifecycleError SRC_ARCHIVE_ENCRYPTED, SRC_ARCHIVE_METHOD */
export function refuseUnreadable({ name, entry }: Member, file: string): void {
  const where = `${path.basename(file)}: ${show(name)}`;
  if (entry.isEncrypted()) {
    throw new LifecycleError('SRC_ARCHIVE_ENCRYPTED', `${where} is encrypted`, {
      hint: 'ask the owner of the source for a plain archive',
    });
  }
  const { compressionMethod: method } = entry;
  if (METHODS.has(method)) return;
  throw new LifecycleError(
    'SRC_ARCHIVE_METHOD',
    `${where} is packed by ${NAMES[method] ?? 'a method that is not known'} (method ${method}), which is not supported`,
    { hint: 'ask the owner of the source for an archive packed by Deflate, the usual method of zip' },
  );
}
