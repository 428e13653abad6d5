import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { syncDirectory } from './files.ts';

/** Where a directory waits while its replacement is renamed into place; readers fall back to it. */
function replacedDirectory(dir: string): string {
  return path.join(path.dirname(dir), `.${path.basename(dir)}.replaced`);
}

/** Names of directories that stand, given all names beside them: one that waits stands too. */
export function standingNames(names: readonly string[]): Set<string> {
  return new Set(names.map((name) => name.replace(/^\.(.+)\.replaced$/, '$1')));
}

/**
 * Reads a directory that another process may be replacing at this moment.
 *
 * @param read gives undefined for a directory that is not there or not whole
 */
export async function readStanding<T>(
  dir: string,
  read: (dir: string) => Promise<T | undefined>,
): Promise<{ dir: string; content: T | undefined }> {
  // The second look at `dir`: a replacement may have come to its end between the first two.
  for (const candidate of [dir, replacedDirectory(dir), dir]) {
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
  return stat(file).then(
    () => true,
    () => false,
  );
}
