import { constants, type Stats } from 'node:fs';
import { copyFile, link, lstat, mkdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncFile } from './files.ts';

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code;

/**
 * Gives a file a second name, which costs no disk and stays when the first one is removed or renamed over. Where the
 * file system has no links, or refuses this one, and across file systems it becomes a copy, which is flushed to the disk as
 * published files are. A name that is taken stays.
 */
export async function linkOrCopy(from: string, to: string): Promise<Stats> {
  await tryLink(from, to);
  let made = await lstat(to);
  if (made.isSymbolicLink()) {
    // One more name of the symbolic link, and not of the file.
    await rm(to);
    await tryLink(await realpath(from), to);
    made = await lstat(to);
  }
  return made;
}

async function tryLink(from: string, to: string): Promise<void> {
  for (let hasFolder = false; ; hasFolder = true) {
    try {
      return await link(from, to);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return;
      if (codeOf(error) === 'ENOENT' && !hasFolder) {
        await mkdir(path.dirname(to), { recursive: true });
        continue;
      }
      await copyFile(from, to, constants.COPYFILE_FICLONE);
      return syncFile(to);
    }
  }
}
