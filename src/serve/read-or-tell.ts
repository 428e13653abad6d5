import { stat } from 'node:fs/promises';
import { asLifecycleError } from '../errors.ts';
import type { IndexedFolder, ReadVersion } from './record-index.ts';

/** When a file or folder was written, in milliseconds. */
export async function writtenAt(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).mtimeMs;
  } catch {
    return undefined;
  }
}

/** A record that cannot be read is a version all the same, and says why. */
export async function readOrTell(
  read: IndexedFolder['read'],
  key: string,
  writtenMs: number | undefined,
): Promise<ReadVersion | undefined> {
  try {
    return await read(key);
  } catch (error) {
    const { message } = asLifecycleError(error);
    const created = writtenMs === undefined ? null : new Date(writtenMs).toISOString();
    const nothing = { created, rows: null, rows_before: null, bytes: null, seconds: null };
    return { ...nothing, state: 'unreadable', warnings: [message] };
  }
}
