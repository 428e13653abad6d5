import { LifecycleError } from '../../errors.ts';
import type { SourceContext } from '../source.ts';

/** The department's buckets, which its own variables rename. */
export function publishingBucket({ settings: { env } }: SourceContext): string {
  return env.PUBLISHING_BUCKET || 'edm-publishing';
}

export function recipesBucket({ settings: { env } }: SourceContext): string {
  return env.RECIPES_BUCKET || 'edm-recipes';
}

export function privateBucket({ settings: { env } }: SourceContext): string {
  return env.PRIVATE_BUCKET || 'edm-private';
}

/** Versions as the department sorts them: by code point, greatest first. */
export function newestFirst(versions: readonly string[]): string[] {
  return versions.toSorted((a, b) => (a < b ? 1 : a > b ? -1 : 0));
}

/** @throws LifecycleError SRC_ARGUMENTS when no version is known */
export function versionOf(context: SourceContext, type: string): string {
  if (context.version !== undefined && context.version !== '') return context.version;
  throw new LifecycleError('SRC_ARGUMENTS', `a ${type} source needs a version`, { hint: 'give one' });
}
