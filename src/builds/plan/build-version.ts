import { LifecycleError } from '../../errors.ts';
import type { InputDataset, Recipe } from '../../project/recipe-model.ts';
import { ARCHIVE_SOURCE, type Catalog, InputProblem, RELEASES, sourceFailed } from './catalog.ts';
import {
  bumpRelease,
  compareReleases,
  labelOf,
  parseReleaseVersion,
  type ReleaseVersion,
  VersionProblem,
} from './versions.ts';

export interface BuildVersion {
  version: string;
  /** How it came about, in a few words. */
  why: string;
}

const GIVE_ONE = 'give the version with --version';

/**
 * The version by the recipe's strategy.
 *
 * @param datasets the recipe's own datasets, before those of its base recipe
 * @throws LifecycleError BLD_VERSION_STRATEGY, of which `details.kind` says which rule stands against it; BLD_SOURCE_FAILED
 */
export async function versionByStrategy(recipe: Recipe, catalog: Catalog, today: string): Promise<BuildVersion> {
  const strategy = recipe.version_strategy!;
  if (strategy === 'today') return { version: today, why: 'strategy today' };
  if (strategy === 'first_of_month') {
    return { version: `${today.slice(0, 8)}01`, why: 'strategy first_of_month' };
  }
  if (typeof strategy === 'object' && 'pin_to_source_dataset' in strategy) {
    return pinnedTo(strategy.pin_to_source_dataset, recipe, catalog);
  }
  const amount = strategy === 'bump_latest_release' ? 1 : Number(strategy.bump_latest_release);
  const previous = greatestText(await publishedOf(recipe.product, catalog));
  if (previous === undefined) {
    const unasked = catalog.unasked?.(RELEASES);
    throw refuse(
      'nothing_published',
      `nothing of ${recipe.product} has been published yet, so no release can be bumped`,
      unasked === undefined ? GIVE_ONE : `${GIVE_ONE}; ${unasked}`,
    );
  }
  try {
    const bumped = bumpRelease(parseReleaseVersion(previous), recipe.version_type, amount);
    return { version: labelOf(bumped), why: `the release after ${previous}` };
  } catch (error) {
    if (error instanceof VersionProblem) throw refuse(error.kind, error.message);
    throw error;
  }
}

async function publishedOf(product: string, catalog: Catalog): Promise<string[]> {
  try {
    return await catalog.published(product);
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    throw sourceFailed(`the releases of ${product}, of which the last is bumped, could not be asked for`, error);
  }
}

function refuse(kind: string, message: string, hint = GIVE_ONE): LifecycleError {
  return new LifecycleError('BLD_VERSION_STRATEGY', message, { hint, details: { kind } });
}

/** The department's planner compares folder names as text: 24v9 is greater than 24v10. */
function greatestText(versions: readonly string[]): string | undefined {
  return versions
    .filter((version) => version !== 'latest')
    .sort()
    .at(-1);
}

async function pinnedTo(id: string, recipe: Recipe, catalog: Catalog): Promise<BuildVersion> {
  const dataset: InputDataset | undefined = recipe.inputs.datasets.findLast((candidate) => candidate.id === id);
  if (!dataset) {
    throw refuse('pin_not_an_input', `the version is pinned to ${id}, which is not among the recipe's datasets`);
  }
  const why = `that of the input ${id}`;
  if (dataset.version !== null) return { version: dataset.version, why };
  if (dataset.version_env_var !== null || recipe.inputs.missing_versions_strategy !== 'find_latest') {
    throw refuse(
      'pin_unresolvable',
      `the version is pinned to ${id}, which has neither a version nor the strategy find_latest`,
    );
  }
  try {
    const latest = await catalog.latest(ARCHIVE_SOURCE, id);
    if (latest !== null) return { version: latest, why };
    throw refuse('pin_unresolvable', `the version is pinned to ${id}, which has no versions`);
  } catch (error) {
    if (error instanceof InputProblem) {
      if (error.code !== undefined && !error.isMissing) throw sourceFailed(`the version is pinned to ${id}`, error);
      throw new LifecycleError('BLD_VERSION_STRATEGY', `the version is pinned to ${id}: ${error.message}`, {
        hint: `run: lifecycle ingest ${id}`,
        details: { kind: error.kind, missing: error.isMissing },
      });
    }
    throw error;
  }
}

/**
 * The release before `version`, by its label: undefined when there is none, or when one of the versions involved cannot
 * be read or compared. The reason is given then.
 */
export function previousVersion(
  version: string,
  published: readonly string[],
): { previous: string } | { previous: undefined; reason: string } {
  const none = (reason: string) => ({ previous: undefined, reason });
  const names = published.filter((name) => name !== 'latest');
  if (names.length === 0) return none('nothing has been published');
  try {
    const current = parseReleaseVersion(version);
    const releases = names.map(parseReleaseVersion).sort(compareReleases);
    const same = (other: ReleaseVersion) => other.kind === current.kind && compareReleases(other, current) === 0;
    const place = releases.findIndex(same);
    if (place > 0) return { previous: labelOf(releases[place - 1]!) };
    if (place === 0) return none(`${version} is the first release`);
    const last = releases.at(-1)!;
    return compareReleases(current, last) > 0
      ? { previous: labelOf(last) }
      : none(`${version} is older than the last release, ${labelOf(last)}`);
  } catch (error) {
    if (error instanceof VersionProblem) return none(error.message);
    throw error;
  }
}
