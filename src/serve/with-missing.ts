import { compareVersions, type VersionOrder } from '../version-order.ts';
import type { VersionSummary } from './api.ts';

const NOTHING: Omit<VersionSummary, 'key'> = {
  ...{ state: 'missing', created: null, rows: null, rows_before: null, bytes: null, seconds: null },
  ...{ is_latest: false, warnings: [], stale: [], run: null },
};

/**
 * Versions with those that should exist and do not, each before the first one that it is newer than; where names tell
 * nothing, at the end.
 *
 * @param versions the newest first
 */
export function withMissing(
  versions: readonly VersionSummary[],
  missing: readonly string[],
  order: VersionOrder | undefined,
): VersionSummary[] {
  const known = new Set(versions.map(({ key }) => key));
  const newestFirst = missing
    .filter((key) => !known.has(key))
    .toSorted((a, b) => compareVersions(b, a, order) ?? (a < b ? 1 : -1));
  const all: VersionSummary[] = [];
  let next = 0;
  for (const key of newestFirst) {
    while (next < versions.length && !((compareVersions(key, versions[next]!.key, order) ?? 0) > 0)) {
      all.push(versions[next++]!);
    }
    all.push({ key, ...NOTHING });
  }
  return [...all, ...versions.slice(next)];
}
