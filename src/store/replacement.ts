import { lstat, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { refuseLink, replacedDirectory } from './directories.ts';
import { syncDirectory } from './files.ts';

/**
 * Reads a directory that another process may be replacing at this moment.
 *
 * @param read gives undefined for a directory that is not there
 * @throws LifecycleError STO_SYMBOLIC_LINK where it or its parent is a link, and what `read` throws
 */
export async function readStanding<T>(
  dir: string,
  read: (dir: string) => Promise<T | undefined>,
): Promise<{ dir: string; content: T | undefined }> {
  refuseLink(path.dirname(dir));
  // The second look at `dir`: a replacement may have come to its end between the first two.
  for (const candidate of [dir, replacedDirectory(dir), dir]) {
    refuseLink(candidate);
    const content = await read(candidate);
    if (content !== undefined) return { dir: candidate, content };
  }
  return { dir, content: undefined };
}

/** Renames a directory to `target`. One that stands there goes once the new one has its place. */
export async function renameIntoPlace(from: string, target: string): Promise<void> {
  const parent = path.dirname(target);
  const old = replacedDirectory(target);
  const replaces = await exists(target);
  if (replaces) {
    await rename(target, old);
    await syncDirectory(parent);
  }
  await rename(from, target);
  await syncDirectory(parent);
  if (replaces) await rm(old, { recursive: true, force: true });
}

/**
 * A run was killed between the two renames of a replacement: the old directory comes back, or its copy goes.
 *
 * @param isWhole tells whether the new one is of use
 */
export async function finishInterruptedReplacement(
  target: string,
  isWhole: (dir: string) => Promise<boolean>,
): Promise<void> {
  const old = replacedDirectory(target);
  if (!(await exists(old))) return;
  if (await isWhole(target)) {
    await rm(old, { recursive: true, force: true });
  } else {
    await rm(target, { recursive: true, force: true });
    await rename(old, target);
  }
  await syncDirectory(path.dirname(target));
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}
