import { statfsSync } from 'node:fs';
import { LifecycleError } from '../errors.ts';
import type { StoreLayout } from './layout.ts';

/** A disk with less than this is what a failed command failed at, most likely. */
const NEXT_TO_NOTHING_BYTES = 64 * 1024;
const FULL = ['ENOSPC', 'EDQUOT'];
const CLOSED = ['EACCES', 'EPERM', 'EROFS'];
const TOO_MANY_FILES = ['EMFILE', 'ENFILE'];

/**
 * Runs work that writes into the store; errors of the file system, also those that DuckDB tells or that stand behind an
 * error of ours, become one that says what to do.
 *
 * @throws LifecycleError STO_WRITE_FAILED
 */
export async function writingStore<T>({ root }: StoreLayout, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof LifecycleError ? error.cause : error;
    const code = codeOf(cause);
    if (isFull(cause)) {
      throw failed(
        `the disk of ${root} is full`,
        'free some space and run the same command again; nothing was changed',
      );
    }
    // An error of ours knows better than this what could not be read or run.
    if (error instanceof LifecycleError) throw error;
    if (CLOSED.includes(code)) throw failed(`${root} cannot be written`, 'check who owns it and how it is mounted');
    if (TOO_MANY_FILES.includes(code)) {
      throw failed('too many files are open', 'raise the limit (ulimit -n) or run less at the same time');
    }
    throw error;

    function failed(message: string, hint: string): LifecycleError {
      return new LifecycleError('STO_WRITE_FAILED', message, { cause: error, hint });
    }
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** A database server's disk is not ours; its errors have codes of five letters and digits (SQLSTATE). */
function isFull(error: unknown): boolean {
  const code = codeOf(error);
  if (FULL.includes(code)) return true;
  return code === '' && error instanceof Error && /no space left on device/i.test(error.message);
}

/** Whether the disk of the store has no space that is worth mentioning. */
export function diskIsFull({ root }: StoreLayout): boolean {
  try {
    const { bavail, bsize } = statfsSync(root);
    return bavail * bsize < NEXT_TO_NOTHING_BYTES;
  } catch {
    return false;
  }
}
