import { type FileHandle, mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
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
  safeParts,
  show,
  tooLarge,
} from './limits.ts';
import { refuseUnreadable, unpackedBy } from './methods.ts';

export interface ZipMember {
  /** As the archive has it, with `/` between its parts. */
  name: string;
  /** Unpacked. */
  bytes: number;
  isDirectory: boolean;
}

interface ExtractOptions {
  /** Which files to extract; all by default. Every entry is checked, wanted or not. */
  only?: (name: string) => boolean;
  signal?: AbortSignal;
  reporter?: Reporter;
  limits?: Partial<ArchiveLimits>;
}

/**
 * What a zip holds, in its own order, without what file managers have left in it.
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
  return withZip(file, limits, async (zip, members, around) => {
    warnOnce(reporter, file, around);
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

/** Archives that have been told of, since some are opened more than once. */
const TOLD = new WeakMap<Reporter, Set<string>>();

function warnOnce(reporter: Reporter, file: string, around: string): void {
  const told = TOLD.get(reporter) ?? new Set<string>();
  TOLD.set(reporter, told);
  if (around === '' || told.has(file)) return;
  told.add(file);
  reporter.log('warning', `${path.basename(file)}: ${around} are no part of it and are passed over`);
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
  work: (zip: ZipFile, members: Member[], around: string) => Promise<T>,
): Promise<T> {
  // Only who reads archives pays for loading the reader.
  const [{ default: yauzl }, { openZip }] = await Promise.all([import('yauzl'), import('./part.ts')]);
  let zip: ZipFile | undefined;
  try {
    const opened = await openZip(file);
    zip = opened.zip;
    const bounds = { ...DEFAULT_LIMITS, ...limits };
    const members: Member[] = [];
    for await (const entry of zip.eachEntry()) {
      if (members.length >= bounds.entries)
        throw tooLarge(file, `it has more than ${bounds.entries} entries (entries)`);
      const name = yauzl.getFileNameLowLevel(
        entry.generalPurposeBitFlag,
        entry.fileName as unknown as Buffer,
        entry.extraFields,
        true,
      );
      const parts = safeParts(name, file);
      if (parts.length > bounds.depth + 1)
        throw tooLarge(file, `${show(name)} lies in more than ${bounds.depth} folders (depth)`);
      members.push({ name, parts, entry, isDirectory: name.endsWith('/') });
    }
    refuseLinks(members, file);
    refuseTwins(members, file);
    refuseOverlaps(members, file);
    refuseBombs(members, bounds, file);
    const places = [
      opened.before > 0 ? `${opened.before} bytes before the archive` : '',
      opened.behind > 0 ? `${opened.behind} bytes behind the archive` : '',
    ];
    const wanted = members.filter(({ parts }) => !isLeftover(parts));
    return await work(zip, wanted, places.filter((place) => place !== '').join(' and '));
  } catch (error) {
    if (error instanceof LifecycleError || isAbort(error) || isFileError(error)) throw error;
    const what = error instanceof Error ? error.message : String(error);
    throw /multi-disk/.test(what) ? partOfMany(file) : corrupt(file, what, error);
  } finally {
    zip?.close();
  }
}

function partOfMany(file: string): LifecycleError {
  return new LifecycleError('SRC_ARCHIVE_METHOD', `${path.basename(file)} is one of several parts of an archive`, {
    hint: 'ask the owner of the source for an archive in one file',
  });
}

/** What file managers put beside files for themselves: a Mac's second halves of files, folders' looks. */
function isLeftover(parts: readonly string[]): boolean {
  return parts[0] === '__MACOSX' || /^(?:\._.*|\.ds_store|thumbs\.db|desktop\.ini)$/i.test(parts.at(-1) ?? '');
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
  for await (const chunk of unpackedBy(entry.compressionMethod, packed, entry.uncompressedSize)) {
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
