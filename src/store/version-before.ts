import type { TemplateId, Version } from '../ids.ts';
import type { IngestStore } from './ingest.ts';
import type { IngestRecord } from './ingest-record.ts';

/**
 * The version that a new one is compared with: of those made before it the newest. A version that is made again has the
 * same one before it as the first time.
 */
export async function versionBefore(
  store: IngestStore,
  id: TemplateId,
  version: Version,
): Promise<{ version: Version; record: IngestRecord } | undefined> {
  // One that cannot be read is shown by every listing; it must not stand in the way of a new one.
  const { found: versions } = await store.survey(id);
  const standing = versions.find((entry) => entry.version === version);
  return versions.find(
    (entry) =>
      entry.version !== version &&
      (standing === undefined || Date.parse(entry.record.created) < Date.parse(standing.record.created)),
  );
}
