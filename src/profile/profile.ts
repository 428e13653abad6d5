import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { hashFile } from '../store/files.ts';
import { storeLayout } from '../store/layout.ts';
import { type NamedData, relationOf } from '../store/reference.ts';
import { withEngine } from '../store/scratch.ts';
import { PROFILE_FORMAT, type Profile } from './document.ts';
import { keepProfile, keptProfile } from './kept.ts';
import { measureFile } from './measure.ts';

export interface ProfileContext {
  settings: Pick<Settings, 'storeDir' | 'venvDir'>;
  reporter: Reporter;
  signal: AbortSignal;
}

/**
 * The profile of a table: the one that is kept for a file of the same bytes, else a new one, which is kept.
 *
 * @throws LifecycleError LIF_BAD_DATA_FILE, ENG_OUT_OF_MEMORY
 */
export async function profileOf(data: NamedData, { settings, reporter, signal }: ProfileContext): Promise<Profile> {
  const layout = storeLayout(settings.storeDir);
  const { bytes, sha256 } = data.fact ?? (await hashFile(data.file));
  const kept = await keptProfile(layout, sha256);
  if (kept) return kept;
  try {
    const label = `profile of ${data.name}`;
    const measured = await withEngine(settings, signal, async (engine) => {
      const file = data.format === 'parquet' ? data.file : await asParquet(engine, data);
      return measureFile(engine, file, signal, (n, of) => reporter.progress(label, n, of, 'columns'));
    });
    const profile: Profile = { format: PROFILE_FORMAT, sha256, bytes, ...measured };
    // Not of a version that was replaced meanwhile.
    if ((await stat(data.file)).size === bytes) await keepProfile(layout, profile);
    return profile;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof LifecycleError) throw cause;
    throw new LifecycleError('LIF_BAD_DATA_FILE', `${data.name} cannot be profiled`, {
      cause,
      hint: `its file is ${data.file}`,
    });
  }
}

/** Text is read once; its types are those that DuckDB finds in all of it. */
async function asParquet(engine: Engine, data: NamedData): Promise<string> {
  const file = path.join(engine.temporaryDir, 'table.parquet');
  await engine.run(`COPY (SELECT * FROM ${relationOf(data)}) TO ${literal(file)} (FORMAT parquet)`);
  return file;
}
