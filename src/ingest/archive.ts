import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw } from 'node:zlib';
import type { Entry, ZipFile } from 'yauzl';
import { LifecycleError } from '../errors.ts';
import { escapeControls, type Reporter, silentReporter } from '../report.ts';
import { numbersFrom } from './numbers.ts';

/** Every byte of an archive is a stranger's; these bound what it can make us do. Sizes in bytes. */
export interface ArchiveLimits {
  /** @default 100000 */
  entries: number;
  /** Of all entries together, unpacked. @default 68719476736 */
  totalBytes: number;
  /** Unpacked size over packed size, of an entry and of the whole, once above `harmlessBytes`. @default 300 */
  ratio: number;
  /** @default 67108864 */
  harmlessBytes: number;
}

export const DEFAULT_LIMITS: ArchiveLimits = {
  entries: 100_000,
  totalBytes: 64 * 2 ** 30,
  ratio: 300,
  harmlessBytes: 64 * 2 ** 20,
};

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
 * The limits, with what `LIFECYCLE_ARCHIVE_LIMITS` says (`totalBytes=200000000000,entries=5`).
 * @throws LifecycleError SRC_ARGUMENTS
 */
export function archiveLimits(environment: string | undefined, overrides: Partial<ArchiveLimits> = {}): ArchiveLimits {
  return { ...numbersFrom(environment, DEFAULT_LIMITS, 'LIFECYCLE_ARCHIVE_LIMITS'), ...overrides };
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

interface Member {
  name: string;
  /** The parts of its path, safe to join. */
  parts: string[];
  entry: Entry;
  isDirectory: boolean;
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

const NAME_FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^$/, 'it is empty'],
  [/^\//, 'it is absolute'],
  [/^[A-Za-z]:/, 'it has a drive letter'],
  [/\\/, 'it holds a backslash'],
  [/\p{Cc}/u, 'it holds a control character'],
  [/(?:^|\/)\.\.(?:\/|$)/, 'it leads upwards'],
  [/[^/]{256}/, 'it is too long'],
];

/** @throws LifecycleError SRC_ARCHIVE_UNSAFE when the name could lead out of the directory that it is extracted to */
function safeParts(name: string, file: string): string[] {
  const fault = NAME_FAULTS.find(([pattern]) => pattern.test(name));
  if (fault) throw unsafe(file, `the name ${show(name)}: ${fault[1]}`);
  return name.split('/').filter((part) => part !== '' && part !== '.');
}

const UNIX_HOSTS = new Set([3, 19]);
const FILE_TYPE = 0xf000;
const PLAIN_TYPES = new Set([0, 0x4000, 0x8000]);

/** Symbolic links, devices and pipes, which Unix archivers mark in the upper half of the external attributes. */
function refuseLinks(members: readonly Member[], file: string): void {
  for (const { name, entry } of members) {
    const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
    if (UNIX_HOSTS.has(entry.versionMadeBy >>> 8) && !PLAIN_TYPES.has(type)) {
      throw unsafe(file, `${show(name)} is ${type === 0xa000 ? 'a symbolic link' : 'no plain file'}`);
    }
  }
}

/** Names that some file system takes for one, and files that are also directories. */
function refuseTwins(members: readonly Member[], file: string): void {
  const files = new Map<string, string>();
  const folded = (parts: readonly string[]) => parts.join('/').normalize('NFC').toLowerCase();
  for (const { name, parts, isDirectory } of members) {
    if (isDirectory) continue;
    const twin = files.get(folded(parts));
    if (twin !== undefined) {
      throw unsafe(
        file,
        twin === name ? `${show(name)} is there twice` : `${show(twin)} and ${show(name)} differ by case only`,
      );
    }
    files.set(folded(parts), name);
  }
  for (const { name, parts, isDirectory } of members) {
    for (let depth = 1; depth < parts.length + (isDirectory ? 1 : 0); depth++) {
      if (files.has(folded(parts.slice(0, depth)))) {
        throw unsafe(file, `${show(parts.slice(0, depth).join('/'))} is a file and, in ${show(name)}, a directory`);
      }
    }
  }
}

/** The length of a local header without its names, by the format's specification. */
const LOCAL_HEADER = 30;

/** Entries that share bytes make a small archive unpack to any size. */
function refuseOverlaps(members: readonly Member[], file: string): void {
  const byOffset = members.toSorted(
    (a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader,
  );
  let end = 0;
  for (const { name, entry } of byOffset) {
    if (entry.relativeOffsetOfLocalHeader < end) throw unsafe(file, `${show(name)} overlaps the entry before it`);
    end = entry.relativeOffsetOfLocalHeader + LOCAL_HEADER + entry.fileNameLength + entry.compressedSize;
  }
}

/** Declared sizes can be believed here: an entry that unpacks to another size is refused while it is read. */
function refuseBombs(members: readonly Member[], limits: ArchiveLimits, file: string): void {
  let [packed, unpacked] = [0, 0];
  const exceeds = (from: number, to: number) => to > limits.harmlessBytes && to > limits.ratio * from;
  for (const { name, entry } of members) {
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
    if (unpacked > limits.totalBytes) throw tooLarge(file, `it unpacks to more than ${limits.totalBytes} bytes`);
    if (exceeds(entry.compressedSize, entry.uncompressedSize) || exceeds(packed, unpacked)) {
      throw tooLarge(file, `${show(name)} unpacks to more than ${limits.ratio} times its size`);
    }
  }
}

function refuseUnreadable({ name, entry }: Member, file: string): void {
  if (entry.isEncrypted()) {
    throw new LifecycleError('SRC_ARCHIVE_ENCRYPTED', `${path.basename(file)}: ${show(name)} is encrypted`, {
      hint: 'ask the owner of the source for a plain archive',
    });
  }
  if (!entry.canDecodeFileData()) {
    throw new LifecycleError(
      'SRC_ARCHIVE_CORRUPT',
      `${path.basename(file)}: ${show(name)} is packed by method ${entry.compressionMethod}, which is not supported`,
      { hint: 'ask the owner of the source for an archive packed by “deflate”' },
    );
  }
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
  let checksum = 0;
  let position = 0;
  const take = async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      if (position + chunk.length > entry.uncompressedSize) {
        throw corrupt(file, `${show(name)} unpacks to more than its ${entry.uncompressedSize} bytes`);
      }
      checksum = crc32(chunk, checksum);
      for (let written = 0; written < chunk.length; ) {
        const { bytesWritten } = await writing(name, () =>
          handle.write(chunk, written, chunk.length - written, position + written),
        );
        written += bytesWritten;
      }
      position += chunk.length;
      reporter.progress(`unpack ${path.basename(file)}`, done + position, total);
    }
  };
  const packed = await zip.openReadStreamPromise(entry, { decodeFileData: false });
  if (entry.compressionMethod === DEFLATE) await pipeline(packed, createInflateRaw({ chunkSize: CHUNK_BYTES }), take);
  else await pipeline(packed, take);
  if (position !== entry.uncompressedSize) {
    throw corrupt(file, `${show(name)} unpacks to ${position} of its ${entry.uncompressedSize} bytes`);
  }
  if (checksum !== entry.crc32 >>> 0) throw corrupt(file, `the CRC of ${show(name)} is wrong`);
  return done + position;
}

function show(name: string): string {
  return JSON.stringify(escapeControls(name.slice(0, 120)));
}

function unsafe(file: string, what: string): LifecycleError {
  return new LifecycleError('SRC_ARCHIVE_UNSAFE', `${path.basename(file)} is not unpacked: ${what}`, {
    hint: 'tell the owner of the source; a sound archive has plain relative names and no links',
  });
}

function tooLarge(file: string, what: string): LifecycleError {
  return new LifecycleError('SRC_ARCHIVE_TOO_LARGE', `${path.basename(file)} is not unpacked: ${what}`, {
    hint: 'if it is genuine, raise the limits, as in LIFECYCLE_ARCHIVE_LIMITS=ratio=1000,totalBytes=200000000000',
  });
}

function corrupt(file: string, what: string, cause?: unknown): LifecycleError {
  return new LifecycleError('SRC_ARCHIVE_CORRUPT', `${path.basename(file)} is damaged: ${what}`, {
    hint: 'fetch it again; if it stays, tell the owner of the source',
    cause,
  });
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
