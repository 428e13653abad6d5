import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** A file below some directory; `path` is relative to it, with `/`. `bytes` is its size, `sha256` in hex. */
export interface FileFact {
  path: string;
  bytes: number;
  sha256: string;
}

export const PIECE_BYTES = 1 << 20;

/**
 * A file's bytes, piece by piece, all in the same memory: a piece is to be used or copied before the next one is asked
 * for. A stream's fresh buffers cost more in garbage collection than hashing them does.
 */
export async function* readPieces(file: string, pieceBytes = PIECE_BYTES): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(pieceBytes);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, pieceBytes);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

export async function hashFile(file: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of readPieces(file)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** When a file or directory was changed, in milliseconds; undefined where there is none. @throws what the file system says otherwise */
export async function modifiedAt(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function hashText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** All regular files below `dir`, sorted by path. */
export async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

export async function hashFiles(dir: string, files?: readonly string[]): Promise<FileFact[]> {
  const facts: FileFact[] = [];
  for (const file of files ?? (await listFiles(dir))) {
    facts.push({ path: file, ...(await hashFile(path.join(dir, file))) });
  }
  return facts;
}

/** Makes a file's content survive a power cut. */
export async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the entries of a directory (creations, renames) survive a power cut. */
export const syncDirectory = syncFile;

/**
 * Makes a directory and those above it. Node's own recursive `mkdir` takes a read-only file system for an absent
 * directory, and asks without end where the file system makes none (/proc).
 */
export async function ensureDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path.dirname(dir) !== dir) {
      await ensureDirectory(path.dirname(dir));
      await mkdir(dir).catch((second: NodeJS.ErrnoException) => {
        if (second.code !== 'EEXIST') throw second;
      });
    } else if (!(await stat(dir).catch(() => undefined))?.isDirectory()) throw error;
  }
}

/**
 * Makes a directory, and its entry and those above it survive a power cut. Above the first one that was made here an
 * earlier run may have made others and not have come to this; so an empty one counts as new.
 *
 * @param root where the store begins; the directory that holds it is flushed too
 */
export async function makeDirectory(dir: string, root: string): Promise<void> {
  await ensureDirectory(dir);
  if ((await readdir(dir)).length > 0) return;
  for (let above = path.dirname(dir); above.length >= root.length; above = path.dirname(above)) {
    await syncDirectory(above);
  }
  await syncDirectory(path.dirname(root));
}

/**
 * Flushes every file and directory below `dir`, and `dir` itself.
 *
 * @param linked absolute paths of files that have been flushed under another name
 */
export async function syncTree(dir: string, linked: ReadonlySet<string> = new Set()): Promise<void> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    const place = path.join(entry.parentPath, entry.name);
    if ((entry.isFile() && !linked.has(place)) || entry.isDirectory()) await syncFile(place);
  }
  await syncDirectory(dir);
}

/**
 * Replaces a file so that readers see the old content or the new, never a part, even after a crash.
 *
 * @param beside where it is written first, on the same file system; a killed process leaves it there
 */
export async function writeFileDurably(
  file: string,
  content: string,
  beside = `${file}.${process.pid}.tmp`,
): Promise<void> {
  await ensureDirectory(path.dirname(file));
  try {
    const handle = await open(beside, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncDirectory(path.dirname(file));
}

export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
