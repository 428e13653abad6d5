import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Engine } from '../engine/engine.ts';
import { atCutOff } from '../processes/cut-off.ts';
import type { Settings } from '../settings/settings.ts';
import { ensureDirectory } from '../store/files.ts';
import { storeLayout } from '../store/layout.ts';

/** A session with a private directory for what does not fit into memory; both go when the work ends, however it ends. */
export async function withEngine<T>(
  { venvDir, storeDir }: Settings,
  signal: AbortSignal,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const temporaryDir = await scratchIn(storeLayout(storeDir).cache);
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

/** On the disk of the store, which has room where the memory has none; that may be somebody else's, and only to be read. */
async function scratchIn(cache: string): Promise<string> {
  try {
    await ensureDirectory(cache);
    return await mkdtemp(path.join(cache, 'scratch-'));
  } catch {
    return mkdtemp(path.join(tmpdir(), 'lifecycle-diff-'));
  }
}
