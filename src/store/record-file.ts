import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { getSystemErrorMessage } from 'node:util';
import { LifecycleError } from '../errors.ts';
import type { Shape } from './record-shape.ts';

/** How many records of one kind are read at a time: each holds a file open. */
export const READS_AT_ONCE = 16;

const ABSENT = ['ENOENT', 'ENOTDIR'];
const TOO_MANY_FILES = ['EMFILE', 'ENFILE'];
/** Files that others have open at this moment are closed soon; together not quite two seconds. */
const WAITS_FOR_OTHERS_MS = [10, 30, 100, 300, 1_000];

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** Whether an error says that a file or directory is not there, and nothing else. */
export function isAbsence(error: unknown): boolean {
  return ABSENT.includes(codeOf(error));
}

/** The text of a file; undefined only where there is none. @throws what the file system says otherwise */
export async function readIfThere(file: string): Promise<string | undefined> {
  for (const pause of [...WAITS_FOR_OTHERS_MS, undefined]) {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if (isAbsence(error)) return undefined;
      if (pause === undefined || !TOO_MANY_FILES.includes(codeOf(error))) throw error;
      await wait(pause);
    }
  }
  return undefined;
}

/**
 * A record of the store. One that is there and cannot be used is an error and never counts as absent: what it describes
 * would be replaced or left out in silence.
 *
 * @param format the one that this program writes
 * @param shape what a record of that format has
 * @param isAbout what it has to be about, by field: that which lies in another place is not it
 * @throws LifecycleError STO_UNREADABLE
 */
export async function readRecordFile<T extends { format: number }>(
  file: string,
  format: number,
  shape: Shape,
  isAbout: Partial<T> = {},
): Promise<T | undefined> {
  let text: string | undefined;
  try {
    text = await readIfThere(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (text === undefined) return undefined;
  let record: Partial<T> | null;
  try {
    record = JSON.parse(text) as Partial<T> | null;
  } catch (cause) {
    throw damaged(file, 'it is cut short or damaged', cause);
  }
  const found = record?.format;
  if (typeof found === 'number' && found > format) {
    throw new LifecycleError('STO_UNREADABLE', `${file} cannot be read: a newer lifecycle wrote it (format ${found})`, {
      hint: `use that lifecycle; this one reads format ${format}`,
      details: { file, reason: 'newer' },
    });
  }
  const fault = found === format ? shape(record) : '.format';
  if (fault !== undefined) throw damaged(file, `it is not a whole record${fault && ` (${fault.slice(1)})`}`);
  for (const [field, value] of Object.entries(isAbout)) {
    const says = (record as Record<string, unknown>)[field];
    if (says !== value) throw damaged(file, `it is about another ${field}, ${JSON.stringify(says)}`);
  }
  return record as T;
}

/** The same of a text that has been read, where many are read at once: undefined for whatever `readRecordFile` refuses. */
export function wholeRecord<T extends { format: number }>(
  text: string,
  format: number,
  shape: Shape,
  isAbout: Partial<T>,
): T | undefined {
  try {
    const record = JSON.parse(text) as T | null;
    if (record?.format !== format || shape(record) !== undefined) return undefined;
    return Object.entries(isAbout).every(([field, value]) => record[field as keyof T] === value) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** A file or directory of the store that the file system does not let us read. */
export function unreadable(file: string, cause: unknown): LifecycleError {
  const { errno } = cause as NodeJS.ErrnoException;
  const reason = errno === undefined ? String(cause) : getSystemErrorMessage(errno);
  return new LifecycleError('STO_UNREADABLE', `${file} cannot be read: ${reason}`, {
    cause,
    hint: hintFor(codeOf(cause)),
    details: { file, reason: 'system' },
  });
}

function hintFor(code: string): string {
  if (TOO_MANY_FILES.includes(code)) return 'raise the limit of open files (ulimit -n) or run less at the same time';
  return code === 'EISDIR' ? 'a directory stands in its place: move it away' : 'check who owns it, and the disk';
}

function damaged(file: string, reason: string, cause?: unknown): LifecycleError {
  return new LifecycleError('STO_UNREADABLE', `${file} cannot be read: ${reason}`, {
    cause,
    hint: 'bring it back from a backup, or move its directory away and make it again; --overwrite replaces a version',
    details: { file, reason: 'damaged' },
  });
}

/** Whether a record is there and its content is of no use; not where the file system or its format is in the way. */
export function isDamage(error: unknown): boolean {
  return reasonOf(error) === 'damaged';
}

/** Whether a record's content stands against reading it: then somebody who says so may replace what it describes. */
export function isContent(error: unknown): boolean {
  return reasonOf(error) === 'damaged' || reasonOf(error) === 'newer';
}

function reasonOf(error: unknown): unknown {
  return error instanceof LifecycleError && error.code === 'STO_UNREADABLE' ? error.details?.reason : undefined;
}
