import { LifecycleError } from '../errors.ts';
import { productIdFrom } from '../ids.ts';
import type { FinishedBuild } from '../store/builds/record.ts';
import { surveyBuilds } from '../store/builds/survey.ts';
import { standingDirectories } from '../store/directories.ts';
import type { StoreLayout } from '../store/layout.ts';

/** A build that took a version of a dataset. */
export interface Use {
  product: string;
  key: string;
  created: string;
  dataset: string;
}

/** Finished builds of every product that has some, also of one that the project no longer lists. */
export async function allBuilds(layout: StoreLayout): Promise<FinishedBuild[]> {
  const builds: FinishedBuild[] = [];
  for (const name of await standingDirectories(layout.builds.root)) {
    const product = productIdFrom(name);
    if (product !== undefined) builds.push(...(await surveyBuilds(layout, product)).found);
  }
  return builds;
}

/** What was built from a version: builds that took a file of one of its datasets, the one made last first. */
export function usesOf(
  builds: readonly FinishedBuild[],
  version: string,
  datasets: readonly { id: string; sha256: string | undefined }[],
): Use[] {
  const hashes = new Map(datasets.map(({ id, sha256 }) => [id, sha256]));
  return builds
    .flatMap(({ record }) =>
      record.inputs
        .filter((input) => input.version === version && hashes.has(input.id))
        // A version that was made again since has other bytes.
        .filter((input) => input.sha256 === null || input.sha256 === hashes.get(input.id))
        .map(({ id }) => ({
          product: record.product,
          key: record.partition_key,
          created: record.created,
          dataset: id,
        })),
    )
    .sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
}

/** A part of a report that cannot be had is told in its place. */
export async function orReason<T>(work: () => Promise<T>): Promise<{ value?: T; reason?: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof LifecycleError) return { reason: error.message };
    throw error;
  }
}
