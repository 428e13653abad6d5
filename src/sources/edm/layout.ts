import { LifecycleError } from '../../errors.ts';
import type { SourceContext } from '../source.ts';

/** The department's buckets, which its own variables rename. */
export function publishingBucket({ settings }: SourceContext): string {
  return settings.value('PUBLISHING_BUCKET');
}

export function recipesBucket({ settings }: SourceContext): string {
  return settings.value('RECIPES_BUCKET');
}

export function privateBucket({ settings }: SourceContext): string {
  return settings.value('PRIVATE_BUCKET');
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
