import path from 'node:path';
import type { Entry } from 'yauzl';
import { LifecycleError } from '../errors.ts';
import { escapeControls } from '../report.ts';
import { ARCHIVE_LIMITS } from '../settings/archive-limits.ts';
import { defaultsOf, type Numbers } from '../settings/limits.ts';

export type ArchiveLimits = Numbers<typeof ARCHIVE_LIMITS>;
export const DEFAULT_LIMITS: ArchiveLimits = defaultsOf(ARCHIVE_LIMITS);

/** An entry of a zip whose name is safe. */
export interface Member {
  name: string;
  /** The parts of its path, safe to join. */
  parts: string[];
  entry: Entry;
  isDirectory: boolean;
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
export function safeParts(name: string, file: string): string[] {
  const fault = NAME_FAULTS.find(([pattern]) => pattern.test(name));
  if (fault) throw unsafe(file, `the name ${show(name)}: ${fault[1]}`);
  return name.split('/').filter((part) => part !== '' && part !== '.');
}

const UNIX_HOSTS = new Set([3, 19]);
const FILE_TYPE = 0xf000;
const PLAIN_TYPES = new Set([0, 0x4000, 0x8000]);

/** Symbolic links, devices and pipes, which Unix archivers mark in the upper half of the external attributes. */
export function refuseLinks(members: readonly Member[], file: string): void {
  for (const { name, entry } of members) {
    const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
    if (UNIX_HOSTS.has(entry.versionMadeBy >>> 8) && !PLAIN_TYPES.has(type)) {
      throw unsafe(file, `${show(name)} is ${type === 0xa000 ? 'a symbolic link' : 'no plain file'}`);
    }
  }
}

/** Names that some file system takes for one, and files that are also directories. */
export function refuseTwins(members: readonly Member[], file: string): void {
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
  const seen = new Set<string>();
  for (const { name, parts, isDirectory } of members) {
    // From the inside: what lies around a folder that was looked at was looked at with it.
    for (let depth = parts.length - (isDirectory ? 0 : 1); depth > 0; depth--) {
      const folder = folded(parts.slice(0, depth));
      if (seen.has(folder)) break;
      seen.add(folder);
      if (files.has(folder)) {
        throw unsafe(file, `${show(parts.slice(0, depth).join('/'))} is a file and, in ${show(name)}, a directory`);
      }
    }
  }
}

/** The length of a local header without its names, by the format's specification. */
const LOCAL_HEADER = 30;

/** Entries that share bytes make a small archive unpack to any size. */
export function refuseOverlaps(members: readonly Member[], file: string): void {
  const byOffset = members.toSorted(
    (a, b) => a.entry.relativeOffsetOfLocalHeader - b.entry.relativeOffsetOfLocalHeader,
  );
  let end = 0;
  for (const { name, entry } of byOffset) {
    if (entry.relativeOffsetOfLocalHeader < end) throw unsafe(file, `${show(name)} overlaps the entry before it`);
    end = entry.relativeOffsetOfLocalHeader + LOCAL_HEADER + entry.fileNameLength + entry.compressedSize;
  }
}

/** What is wrong with bytes that unpack to so many, if anything is. */
export function unpackedTooFar(packed: number, unpacked: number, limits: ArchiveLimits): string | undefined {
  if (unpacked > limits.totalBytes) return `it unpacks to more than ${limits.totalBytes} bytes (totalBytes)`;
  if (unpacked <= limits.harmlessBytes || unpacked <= limits.ratio * packed) return undefined;
  return `it unpacks to more than ${limits.ratio} times its size (ratio)`;
}

/** Declared sizes can be believed here: an entry that unpacks to another size is refused while it is read. */
export function refuseBombs(members: readonly Member[], limits: ArchiveLimits, file: string): void {
  let [packed, unpacked] = [0, 0];
  for (const { name, entry } of members) {
    packed += entry.compressedSize;
    unpacked += entry.uncompressedSize;
    const ofAll = unpackedTooFar(packed, unpacked, limits);
    if (ofAll) throw tooLarge(file, ofAll);
    const ofOne = unpackedTooFar(entry.compressedSize, entry.uncompressedSize, limits);
    if (ofOne) throw tooLarge(file, `${show(name)}: ${ofOne}`);
  }
}

export function show(name: string): string {
  return JSON.stringify(escapeControls(name.slice(0, 120)));
}

function unsafe(file: string, what: string): LifecycleError {
  return new LifecycleError('SRC_ARCHIVE_UNSAFE', `${path.basename(file)} is not unpacked: ${what}`, {
    hint: 'tell the owner of the source; a sound archive has plain relative names and no links',
  });
}

export function tooLarge(file: string, what: string): LifecycleError {
  return new LifecycleError('SRC_ARCHIVE_TOO_LARGE', `${path.basename(file)} is not unpacked: ${what}`, {
    hint: 'if it is genuine, raise the limits, as in LIFECYCLE_ARCHIVE_LIMITS=ratio=1000,totalBytes=200000000000',
  });
}

export function corrupt(file: string, what: string, cause?: unknown): LifecycleError {
  return new LifecycleError('SRC_ARCHIVE_CORRUPT', `${path.basename(file)} is damaged: ${what}`, {
    hint: 'fetch it again; if it stays, tell the owner of the source',
    cause,
  });
}
