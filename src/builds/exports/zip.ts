import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import yazl from 'yazl';

interface ZipEntry {
  /** The name in the archive, with `/`. */
  name: string;
  /** Absolute path. */
  file: string;
}

/** Zip has no earlier date; one for all makes equal contents equal archives. */
const DATE = new Date(1980, 0, 1);
const MODE = 0o100_644;

/** Writes an archive of files, in their order. */
export async function writeZip(target: string, entries: readonly ZipEntry[]): Promise<void> {
  const zip = new yazl.ZipFile();
  const failed = new Promise<never>((_resolve, reject) => zip.on('error', reject));
  for (const { name, file } of entries) zip.addFile(file, name, { mtime: DATE, mode: MODE, forceDosTimestamp: true });
  zip.end();
  await Promise.race([failed, pipeline(zip.outputStream, createWriteStream(target))]);
}

/** All files below a folder as entries under `prefix`, sorted by name. */
export async function entriesOf(dir: string, prefix: string): Promise<ZipEntry[]> {
  const found = await readdir(dir, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return { name: [prefix, ...path.relative(dir, file).split(path.sep)].filter(Boolean).join('/'), file };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
