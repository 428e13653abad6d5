import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureDirectory } from './files.ts';
import type { StoreLayout } from './layout.ts';

/** A private directory on the disk of the store, which has room where the memory has none. Who asked for it removes it. */
export async function scratchDirectory({ cache }: StoreLayout): Promise<string> {
  try {
    await ensureDirectory(cache);
    return await mkdtemp(path.join(cache, 'scratch-'));
  } catch {
    // The store may be somebody else's, and only to be read.
    return mkdtemp(path.join(tmpdir(), 'lifecycle-scratch-'));
  }
}
