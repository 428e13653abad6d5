import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ensureDirectory } from './files.ts';

const NAME = '.gitignore';

/**
 * Makes a directory, with its parents, that holds what is made and not written by hand. One that is new says to git that
 * nothing in it is to be added: secrets lie there, and data. What a person did about that later stays.
 */
export async function makeIgnoredDirectory(dir: string): Promise<void> {
  await ensureDirectory(dir);
  if ((await readdir(dir)).some((name) => name !== NAME)) return;
  const file = path.join(dir, NAME);
  // A run that was killed here may have left the file without its line.
  if ((await readFile(file, 'utf8').catch(() => '')) === '') await writeFile(file, '*\n');
}
