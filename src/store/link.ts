import { constants } from 'node:fs';
import { copyFile, link, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';

/**
 * Gives a file a second name, which costs no disk and stays when the first one is removed or renamed over. Where the
 * file system has no links, or refuses this one, and across file systems it becomes a copy. A name that is taken stays.
 */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  // A link to a symbolic link would be one more name of that, and not of the file.
  const file = await realpath(from);
  try {
    await link(file, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    await copyFile(file, to, constants.COPYFILE_FICLONE);
  }
}
