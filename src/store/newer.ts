import { compareVersions, type VersionOrder } from '../version-order.ts';

/** A version, and the ISO time at which it was made. */
export interface MadeVersion {
  version: string;
  created: string;
}

/**
 * Whether one version is newer than another: by what the two say, else by the time at which they were made. There a
 * version counts as made no later than one of its kind that stands and says that it is newer, so that an old one that is
 * brought in late is not taken for the newest. That makes it one order over all that stands, without circles: without it
 * 24v1 < 24v2 by what they say, 24v2 < 2024-07 < 24v1 by time.
 *
 * @param standing at least those that say that they are newer than one of the two
 */
export function isNewer(
  a: MadeVersion,
  b: MadeVersion,
  standing: readonly MadeVersion[],
  order: VersionOrder | undefined,
): boolean {
  const byName = compareVersions(a.version, b.version, order);
  if (byName) return byName > 0;
  const says = (other: MadeVersion, than: MadeVersion) =>
    (compareVersions(other.version, than.version, order) ?? 0) > 0;
  const counts = (of: MadeVersion, against: MadeVersion) => {
    const later = standing.filter((other) => says(other, of) && !says(other, against));
    return Math.min(...[of, ...later].map(({ created }) => Date.parse(created)));
  };
  const byTime = counts(a, b) - counts(b, a) || Date.parse(a.created) - Date.parse(b.created);
  return byTime === 0 ? a.version > b.version : byTime > 0;
}

/** The newest of several; `standing` as `isNewer` takes it. */
export function newestOf<T extends MadeVersion>(
  versions: readonly T[],
  standing: readonly MadeVersion[],
  order: VersionOrder | undefined,
): T | undefined {
  const [first, ...others] = versions;
  return first && others.reduce((best, each) => (isNewer(each, best, standing, order) ? each : best), first);
}
