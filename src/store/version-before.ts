import { LifecycleError } from '../errors.ts';
import type { TemplateId, Version } from '../ids.ts';
import { compareVersions, type VersionOrder } from '../version-order.ts';
import type { IngestStore, StoredVersion } from './ingest.ts';
import { isQuarantined } from './quarantine.ts';

/**
 * The version that a new one is compared with: the newest that is older by what versions say; where nothing of the kind
 * can be said of any other, the one made last before it. A version that is made again has the same one before it as the
 * first time. One that is quarantined is nobody's measure. One that cannot be read is shown by every listing, and does not stand in the way of a new one.
 */
export async function versionBefore(
  store: IngestStore,
  id: TemplateId,
  version: Version,
  order: VersionOrder | undefined,
): Promise<StoredVersion | undefined> {
  const placed = (await store.names(id))
    .filter((other) => other !== version)
    .map((other) => ({ other, place: compareVersions(other, version, order) }))
    .filter(({ place }) => place !== undefined);
  if (placed.length === 0) return madeBefore(store, id, version);
  const older = placed.filter(({ place }) => place! < 0).map(({ other }) => other);
  older.sort((a, b) => (compareVersions(b, a, order) ?? 0) || (a < b ? 1 : -1));
  for (const other of older) {
    const record = await store.read(id, other).catch((error: unknown) => {
      if (error instanceof LifecycleError) return undefined;
      throw error;
    });
    if (record && !isQuarantined(record)) return { version: other, record };
  }
  return undefined;
}

async function madeBefore(store: IngestStore, id: TemplateId, version: Version): Promise<StoredVersion | undefined> {
  const { found } = await store.survey(id);
  const standing = found.find((entry) => entry.version === version);
  return found.find(
    (entry) =>
      entry.version !== version &&
      !isQuarantined(entry.record) &&
      (standing === undefined || Date.parse(entry.record.created) < Date.parse(standing.record.created)),
  );
}
