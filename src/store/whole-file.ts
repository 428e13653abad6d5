import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { syncFile } from './files.ts';

/**
 * Makes a file that somebody named: it is there whole or not at all, and one that stands is not replaced unasked.
 *
 * @param make writes the file at a path beside it, with the same ending
 * @throws LifecycleError LIF_FILE_EXISTS, STO_WRITE_FAILED
 */
export async function makeWhole<T>(file: string, overwrite: boolean, make: (beside: string) => Promise<T>): Promise<T> {
  const standing = await stat(file).catch(() => undefined);
  if (standing && (!overwrite || !standing.isFile())) {
    throw new LifecycleError('LIF_FILE_EXISTS', `${file} stands already`, {
      hint: standing.isFile() ? 'name another, or replace it with --overwrite' : 'it is no regular file: name another',
    });
  }
  const beside = besideOf(file);
  try {
    const made = await make(beside);
    await syncFile(beside);
    await rename(beside, file);
    return made;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (cause instanceof LifecycleError || code === undefined || !/^E[A-Z]+$/.test(code)) throw cause;
    throw new LifecycleError('STO_WRITE_FAILED', `${file} cannot be written`, { cause, hint: 'see the cause' });
  } finally {
    await rm(beside, { force: true });
  }
}

/** Where a file is made before it has its name: hidden, and with the same ending, by which writers choose the format. */
export function besideOf(file: string): string {
  return path.join(path.dirname(file), `.${process.pid}.${path.basename(file)}`);
}
