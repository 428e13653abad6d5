import { LifecycleError } from '../errors.ts';
import { inParallel } from '../in-parallel.ts';
import { refuseLink, standingDirectories } from './directories.ts';
import { READS_AT_ONCE } from './record-file.ts';

/** What is there and cannot be read, with what stands against it. */
export interface Unreadable {
  name: string;
  error: LifecycleError;
}

export interface Survey<T> {
  found: T[];
  unreadable: Unreadable[];
}

/**
 * Reads every directory that stands in one of the store; what cannot be read does not hide the others, and is not left
 * out in silence. A directory that cannot be read itself stands for all that is in it.
 */
export async function survey<T>(dir: string, read: (name: string) => Promise<T | undefined>): Promise<Survey<T>> {
  const unreadable: Unreadable[] = [];
  let names: string[];
  try {
    refuseLink(dir);
    names = await standingDirectories(dir);
  } catch (error) {
    if (!(error instanceof LifecycleError)) throw error;
    return { found: [], unreadable: [{ name: '*', error }] };
  }
  const results = await inParallel(names, READS_AT_ONCE, async (name) => {
    try {
      return await read(name);
    } catch (error) {
      if (!(error instanceof LifecycleError)) throw error;
      unreadable.push({ name, error });
      return undefined;
    }
  });
  return { found: results.filter((result) => result !== undefined), unreadable };
}

/** What may be one of ours. A directory whose name is none, or that never had a record, is not. */
const MAY_BE_OURS: readonly string[] = ['STO_UNREADABLE', 'STO_SYMBOLIC_LINK'];

/**
 * For somebody who chooses among all that there is.
 *
 * @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK where one is hidden
 */
export function complete<T>({ found, unreadable }: Survey<T>): T[] {
  const hidden = unreadable.find(({ error }) => MAY_BE_OURS.includes(error.code));
  if (hidden) throw hidden.error;
  return found;
}
