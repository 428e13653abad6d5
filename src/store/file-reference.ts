import { open } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import type { NamedData } from './reference.ts';

/** A Parquet file outside the store, or one in it by its path. */
export interface NamedFile {
  kind: 'file';
}

/** Both ends of a Parquet file. */
const MAGIC = 'PAR1';

/** Whether a text is the path of a file and no id: ids hold no separators, and none of them ends so. */
export function isPathOfData(text: string): boolean {
  return !/^builds\.[^/\\]*@/.test(text) && (/[/\\]/.test(text) || /\.parquet$/i.test(text));
}

/** @throws LifecycleError LIF_BAD_DATA_FILE where it is no Parquet file that can be read */
export async function namedFile(cwd: string, text: string): Promise<NamedData> {
  const file = path.resolve(cwd, text);
  let ends: string[];
  try {
    ends = await endsOf(file);
  } catch (cause) {
    throw refused(`${file} cannot be read`, 'name a Parquet file, or a dataset as ID@VERSION', cause);
  }
  if (ends.some((end) => end !== MAGIC)) throw refused(`${file} is no Parquet file`, 'ingest it first, or convert it');
  return { name: text, file, format: 'parquet', fact: undefined, origin: { kind: 'file' } };
}

async function endsOf(file: string): Promise<string[]> {
  const handle = await open(file, 'r');
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw new Error('it is no regular file');
    const read = async (at: number) => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, at);
      return buffer.toString('latin1', 0, bytesRead);
    };
    return [await read(0), await read(Math.max(0, status.size - MAGIC.length))];
  } finally {
    await handle.close();
  }
}

function refused(message: string, hint: string, cause?: unknown): LifecycleError {
  return new LifecycleError('LIF_BAD_DATA_FILE', message, { cause, hint });
}
