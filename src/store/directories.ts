import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { isAbsence, unreadable } from './record-file.ts';

const REPLACED = /^\.(.+)\.replaced$/;

/** Where a directory waits while its replacement is renamed into place; readers fall back to it. */
export function replacedDirectory(dir: string): string {
  return path.join(path.dirname(dir), `.${path.basename(dir)}.replaced`);
}

/** The name under which a directory is known, also while it waits to be replaced. */
export function standingName(dir: string): string {
  return path.basename(dir).replace(REPLACED, '$1');
}

/**
 * Names of the directories that stand in a directory of the store, sorted; one that waits while it is replaced stands
 * too. None where there is no such directory. Links have a name here, and are refused by who reads them.
 *
 * @throws LifecycleError STO_UNREADABLE
 */
export async function standingDirectories(dir: string): Promise<string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    const names = entries
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map(({ name }) => name.replace(REPLACED, '$1'))
      .filter((name) => !name.startsWith('.') && name !== 'latest');
    return [...new Set(names)].sort();
  } catch (error) {
    if (isAbsence(error)) return [];
    throw unreadable(dir, error);
  }
}

/**
 * What a link in the store leads to is not the store's: it is neither read nor replaced.
 *
 * @throws LifecycleError STO_SYMBOLIC_LINK, STO_UNREADABLE
 */
export function refuseLink(dir: string): void {
  try {
    if (!lstatSync(dir, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  } catch (error) {
    if (isAbsence(error)) return;
    throw unreadable(dir, error);
  }
  throw new LifecycleError('STO_SYMBOLIC_LINK', `${dir} is a symbolic link, and the store follows none`, {
    hint: 'remove the link, and move what it leads to into its place; LIFECYCLE_HOME moves the store as a whole',
    details: { file: dir },
  });
}

/**
 * A directory that holds something without a record is nobody's to replace.
 *
 * @param ours names in it that this program puts there before there is a record
 * @throws LifecycleError STO_NO_RECORD, STO_UNREADABLE
 */
export async function refuseUnrecorded(
  dir: string,
  hint = 'look at them, then move the directory away, or replace it with --overwrite',
  ours: readonly string[] = [],
): Promise<void> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (isAbsence(error)) return [];
    throw unreadable(dir, error);
  });
  if (names.every((name) => ours.includes(name))) return;
  throw new LifecycleError('STO_NO_RECORD', `${dir} holds files and no record, so nobody knows what they are`, {
    hint,
    details: { file: dir },
  });
}
