import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { LifecycleError } from '../errors.ts';
import { type Reporter, silentReporter } from '../report.ts';
import {
  type ArchiveLimits,
  corrupt,
  DEFAULT_LIMITS,
  type Member,
  refuseBombs,
  refuseLinks,
  refuseOverlaps,
  refuseTwins,
  refuseUnreadable,
  safeParts,
  show,
  tooLarge,
} from './archive-safety.ts';

export interface ZipMember {
  /** As the archive has it, with `/` between its parts. */
  name: string;
  /** Unpacked. */
  bytes: number;
  isDirectory: boolean;
}

export interface ExtractOptions {
  /** Which files to extract; all by default. Every entry is checked, wanted or not. */
  only?: (name: string) => boolean;
  signal?: AbortSignal;
  reporter?: Reporter;
  limits?: Partial<ArchiveLimits>;
}

/**
 * What a zip holds, in its own order.
 * @throws LifecycleError SRC_ARCHIVE_*
 */
export async function listZip(file: string, limits: Partial<ArchiveLimits> = {}): Promise<ZipMember[]> {
  return withZip(file, limits, async (_zip, members) =>
    members.map(({ name, entry, isDirectory }) => ({ name, bytes: entry.uncompressedSize, isDirectory })),
  );
}

/**
 * Extracts files of a zip below the existing or new directory `into`, in bounded memory. Sizes and CRCs are verified;
 * nothing is ever overwritten or written elsewhere.
 * @returns the names of the files that were extracted; each lies at `path.join(into, name)`
 * @throws LifecycleError SRC_ARCHIVE_*, STO_WRITE_FAILED
 */
export async function extractZip(file: string, into: string, options: ExtractOptions = {}): Promise<string[]> {
  const { only = () => true, signal, reporter = silentReporter, limits = {} } = options;
  return withZip(file, limits, async (zip, members) => {
    const wanted = members.filter(({ name, isDirectory }) => !isDirectory && only(name));
    for (const member of wanted) refuseUnreadable(member, file);
    const total = wanted.reduce((sum, { entry }) => sum + entry.uncompressedSize, 0);
    let done = 0;
    for (const { name, parts, entry } of wanted) {
      signal?.throwIfAborted();
      const target = path.join(into, ...parts);
      const handle = await writing(name, async () => {
        await mkdir(path.dirname(target), { recursive: true });
        // Exclusive: a link or file that is already there is never written through.
        return open(target, 'wx');
      });
      try {
        done = await extractEntry(zip, entry, handle, { name, file, signal, done, total, reporter });
      } finally {
        await handle.close();
      }
    }
    return wanted.map(({ name }) => name);
  });
}

/** The files of an archive, to be read one at a time where they are. */
export interface ZipFiles {
  members: readonly ZipMember[];
  /**
   * Unpacks a file while it is read.
   * @throws LifecycleError SRC_ARCHIVE_*
   */
  read(name: string): AsyncIterable<Buffer>;
}

/**
 * Lets `work` read files of a zip without extracting them, in bounded memory. Every entry is checked, read or not.
 * @throws LifecycleError SRC_ARCHIVE_*
 */
export async function readZip<T>(
  file: string,
  work: (files: ZipFiles) => Promise<T>,
  limits: Partial<ArchiveLimits> = {},
): Promise<T> {
  return withZip(file, limits, (zip, members) =>
    work({
      members: members.map(({ name, entry, isDirectory }) => ({ name, bytes: entry.uncompressedSize, isDirectory })),
      read(name) {
        const member = members.find((candidate) => candidate.name === name);
        if (!member) throw corrupt(file, `it has no file ${show(name)}`);
        refuseUnreadable(member, file);
        return unpacked(zip, member.entry, name, file);
      },
    }),
  );
}

async function withZip<T>(
  file: string,
  limits: Partial<ArchiveLimits>,
  work: (zip: ZipFile, members: Member[]) => Promise<T>,
): Promise<T> {
  const { default: yauzl } = await import('yauzl');
  let zip: ZipFile | undefined;
  try {
    // Names stay bytes here, since yauzl would turn backslashes into slashes before we see them.
    zip = await yauzl.openPromise(file, { autoClose: false, decodeStrings: false, lazyEntries: true });
    const bounds = { ...DEFAULT_LIMITS, ...limits };
    const members: Member[] = [];
    for await (const entry of zip.eachEntry()) {
      if (members.length >= bounds.entries) throw tooLarge(file, `it has more than ${bounds.entries} entries`);
      const name = yauzl.getFileNameLowLevel(
        entry.generalPurposeBitFlag,
        entry.fileName as unknown as Buffer,
        entry.extraFields,
        true,
      );
      members.push({ name, parts: safeParts(name, file), entry, isDirectory: name.endsWith('/') });
    }
    refuseLinks(members, file);
    refuseTwins(members, file);
    refuseOverlaps(members, file);
    refuseBombs(members, bounds, file);
    return await work(zip, members);
  } catch (error) {
    if (error instanceof LifecycleError || isAbort(error) || isFileError(error)) throw error;
    throw corrupt(file, error instanceof Error ? error.message : String(error), error);
  } finally {
    zip?.close();
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

interface Progress {
  name: string;
  file: string;
  signal: AbortSignal | undefined;
  done: number;
  total: number;
  reporter: Reporter;
}

/** Chunks that deflate gives; its usual 16 KiB cost more in turns of the event loop than in work. */
const CHUNK_BYTES = 2 ** 18;
const DEFLATE = 8;

async function extractEntry(zip: ZipFile, entry: Entry, handle: FileHandle, progress: Progress): Promise<number> {
  const { name, file, signal, total, reporter, done } = progress;
  let position = 0;
  for await (const chunk of unpacked(zip, entry, name, file)) {
    signal?.throwIfAborted();
    for (let written = 0; written < chunk.length; ) {
      const { bytesWritten } = await writing(name, () =>
        handle.write(chunk, written, chunk.length - written, position + written),
      );
      written += bytesWritten;
    }
    position += chunk.length;
    reporter.progress(`unpack ${path.basename(file)}`, done + position, total);
  }
  return done + position;
}

/** An entry's bytes. More than it declares, fewer, or other ones by its CRC are an error as soon as that is certain. */
async function* unpacked(zip: ZipFile, entry: Entry, name: string, file: string): AsyncGenerator<Buffer> {
  let checksum = 0;
  let position = 0;
  const packed = await zip.openReadStreamPromise(entry, { decodeFileData: false });
  const plain: Readable =
    entry.compressionMethod === DEFLATE
      ? // The reader of the last stream gets the errors of both.
        pipeline(packed, createInflateRaw({ chunkSize: CHUNK_BYTES }), () => {})
      : packed;
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    if (position + chunk.length > entry.uncompressedSize) {
      throw corrupt(file, `${show(name)} unpacks to more than its ${entry.uncompressedSize} bytes`);
    }
    checksum = crc32(chunk, checksum);
    position += chunk.length;
    yield chunk;
  }
  if (position !== entry.uncompressedSize) {
    throw corrupt(file, `${show(name)} unpacks to ${position} of its ${entry.uncompressedSize} bytes`);
  }
  if (checksum !== entry.crc32 >>> 0) throw corrupt(file, `the CRC of ${show(name)} is wrong`);
}

async function writing<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new LifecycleError('STO_WRITE_FAILED', `${show(name)} of the archive could not be written`, {
      hint: 'see the cause: free space, permissions, a read-only file system',
      cause: error,
    });
  }
}
