import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Engine } from '../engine/engine.ts';
import { atCutOff } from '../processes/cut-off.ts';
import type { Settings } from '../settings/settings.ts';
import { ensureDirectory } from './files.ts';
import { type StoreLayout, storeLayout } from './layout.ts';

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

/**
 * A session with a private directory for what does not fit into memory; both go when the work ends, however it ends.
 *
 * @throws what `work` throws; the signal's reason where that is why
 */
export async function withEngine<T>(
  { venvDir, storeDir }: Pick<Settings, 'venvDir' | 'storeDir'>,
  signal: AbortSignal,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const temporaryDir = await scratchDirectory(storeLayout(storeDir));
  const forget = atCutOff({ path: () => temporaryDir });
  try {
    const engine = await Engine.open({ venvDir, temporaryDir });
    using _stopping = engine.stoppedBy(signal);
    try {
      return await work(engine);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      engine.close();
    }
  } finally {
    forget();
    await rm(temporaryDir, { recursive: true, force: true });
  }
}
