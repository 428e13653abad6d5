import { asLifecycleError } from '../errors.ts';
import { projectFingerprint } from '../project/fingerprint.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { storeLayout } from '../store/layout.ts';
import { writingStore } from '../store/write-errors.ts';
import { writeManifest } from './manifest-file.ts';

/**
 * How often the project's files are looked at. Looking costs a few milliseconds for some hundred files, and works where
 * notifications do not: network drives, containers with mounted folders, editors that replace files.
 */
const LOOK_EVERY_MS = 1_000;
/** Airflow forgets a request that comes while it is reading the file, so it is asked once more when it is done. */
const TELL_AGAIN_AFTER_MS = 4_000;

/**
 * Rewrites the manifest whenever the project's files change, until the answer is called. `tell` runs when the manifest
 * is another than the one that Airflow knows, at first that with the hash `known`, and once more some seconds later; when
 * it throws, it is tried again.
 */
export function watchProject(
  settings: Settings,
  manifestFile: string,
  known: string,
  reporter: Reporter,
  tell: () => Promise<void>,
): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let seen: string | undefined;
  let current = known;
  let recipes: readonly string[] = [];
  /** The last error, which is told once. */
  let told: string | undefined;
  let tellAgainAt = Number.POSITIVE_INFINITY;
  const look = async () => {
    try {
      const now = await projectFingerprint(settings.projectDir, recipes);
      if (now !== seen) {
        const { manifest, broken, ...report } = await writingStore(storeLayout(settings.airflowHome), () =>
          writeManifest(settings, manifestFile),
        );
        seen = now;
        recipes = report.recipes;
        current = manifest.hash;
        if (current !== known) {
          reporter.log('info', 'the project changed; Airflow shows it within seconds', { broken: broken.length });
        }
      }
      if (current !== known) {
        await tell();
        known = current;
        tellAgainAt = Date.now() + TELL_AGAIN_AFTER_MS;
      } else if (Date.now() >= tellAgainAt) {
        await tell();
        tellAgainAt = Number.POSITIVE_INFINITY;
      }
      told = undefined;
    } catch (error) {
      const failure = asLifecycleError(error);
      if (failure.message !== told) reporter.error(failure);
      told = failure.message;
    }
    // Reading the whole project again is work; what stands against it, a full disk for one, does not go in a second.
    if (!stopped) timer = setTimeout(look, told === undefined ? LOOK_EVERY_MS : LOOK_EVERY_MS * 3);
  };
  void look();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
