import { statfsSync } from 'node:fs';
import path from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { LifecycleError } from '../errors.ts';
import type { StoreLayout } from './layout.ts';

/** A disk with less than this is what a failed command failed at, most likely. */
const NEXT_TO_NOTHING_BYTES = 64 * 1024;
const FULL = ['ENOSPC', 'EDQUOT'];
const TOO_MANY_FILES = ['EMFILE', 'ENFILE'];
const WHO_OWNS_IT = 'check who owns it and how it is mounted';
/** What stands against writing below a directory, and what to do about it. */
const CLOSED: Record<string, string> = {
  EACCES: WHO_OWNS_IT,
  EPERM: WHO_OWNS_IT,
  EROFS: WHO_OWNS_IT,
  ENOTDIR: 'a file stands where a directory is to be: move it away, or set LIFECYCLE_HOME',
  EEXIST: 'a file, or a link that leads nowhere, stands where a directory is to be: move it away',
  ENOENT: 'a directory, or what a link leads to, is gone: make it, or set LIFECYCLE_HOME',
  ELOOP: 'a link leads to itself: remove it',
  ENAMETOOLONG: 'choose a shorter version, or a shorter path for the store (LIFECYCLE_HOME)',
  EXDEV: 'a directory in the store lies on another file system: the store has to be on one',
  EIO: 'the disk does not work: see the log of the machine',
};

/** What had been done when a write failed, and the command that does the rest. */
interface Done {
  done: string;
  rest: string;
}

/**
 * Runs work that writes into the store; errors of the file system, also those that DuckDB tells or that stand behind an
 * error of ours, become one that says what to do.
 *
 * @param after what is done already; nothing, unless it is said
 * @throws LifecycleError STO_WRITE_FAILED
 */
export async function writingStore<T>({ root }: StoreLayout, work: () => Promise<T>, after?: Done): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // It comes from a part of the work, which knows better what had been done.
    if (error instanceof LifecycleError && error.details?.store === root) throw error;
    const cause = error instanceof LifecycleError ? error.cause : error;
    const next = after ? `then run: ${after.rest}` : 'then run the same command again';
    if (isFull(cause)) {
      const hint = 'free some space and run the same command again; nothing was changed';
      throw failed(`the disk of ${root} is full`, after ? `free some space, ${next}` : hint);
    }
    if (areTooManyFiles(error)) {
      throw failed('too many files are open', `raise the limit (ulimit -n) or run less at the same time, ${next}`);
    }
    // An error of ours knows better than this what could not be read or run.
    if (error instanceof LifecycleError) throw error;
    const hint = CLOSED[codeOf(error)];
    if (hint !== undefined && concerns(error, root)) {
      throw failed(`${root} cannot be written: ${describe(error)}`, `${hint}, ${next}`);
    }
    throw error;

    function failed(message: string, hint: string): LifecycleError {
      const text = after ? `${message}; ${after.done}` : message;
      return new LifecycleError('STO_WRITE_FAILED', text, { cause: error, hint, details: { store: root } });
    }
  }
}

/** A foreign error that names no path is taken for one of the store, where the work writes. */
function concerns(error: unknown, root: string): boolean {
  const { path: from, dest } = error as { path?: unknown; dest?: unknown };
  const named = [from, dest].filter((file) => typeof file === 'string');
  const isInside = (file: string, dir: string) => file === dir || file.startsWith(dir + path.sep);
  return named.length === 0 || named.some((file) => isInside(file, root) || isInside(root, file));
}

function describe(error: unknown): string {
  const { errno, path: file } = error as NodeJS.ErrnoException;
  const reason = errno === undefined ? String(error) : getSystemErrorMessage(errno);
  return file === undefined ? reason : `${reason} (${file})`;
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

/** What an error of ours says of a file that it names is better than this; of DuckDB's it repeats the text alone. */
function areTooManyFiles(error: unknown): boolean {
  if (TOO_MANY_FILES.includes(codeOf(error))) return !(error instanceof LifecycleError);
  const cause = error instanceof LifecycleError ? error.cause : error;
  return codeOf(cause) === '' && cause instanceof Error && /too many open files/i.test(cause.message);
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
