import { utimes } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import type { TemplateId, Version } from '../ids.ts';
import type { VersionOrder } from '../version-order.ts';
import { withClaim } from './claim.ts';
import { refuseLink } from './directories.ts';
import { formatJson, writeFileDurably } from './files.ts';
import { type IngestRecord, readIngestRecord } from './ingest-record.ts';
import { type LatestMove, offerLatest } from './latest.ts';
import { RECORD_FILE, type StoreLayout } from './layout.ts';
import type { Release } from './quarantine.ts';
import { isQuarantined } from './quarantine.ts';
import { finishInterruptedReplacement } from './replacement.ts';
import { withStaging } from './staging.ts';
import { writingStore } from './write-errors.ts';

export interface Released {
  record: IngestRecord;
  /** False where it had been released before; the record stays as it was. */
  isNew: boolean;
  latest: LatestMove;
}

/**
 * Lifts the quarantine of a version because somebody says so, and offers it to `latest`. What was said stays in the
 * record. A repetition changes nothing but `latest`, so that one that was killed between the two is completed by it.
 *
 * @throws LifecycleError STO_NO_VERSION, STO_NOT_QUARANTINED, STO_SYMBOLIC_LINK, STO_BUSY, STO_UNREADABLE, STO_WRITE_FAILED
 */
export function releaseVersion(
  layout: StoreLayout,
  id: TemplateId,
  version: Version,
  by: Omit<Release, 'at'>,
  order: VersionOrder | undefined,
): Promise<Released> {
  const dir = layout.ingest.version(id, version);
  return writingStore(layout, async () => {
    const { record, isNew } = await withClaim(layout, `ingest ${id} ${version}`, async (claim) => {
      refuseLink(path.dirname(dir));
      refuseLink(dir);
      await finishInterruptedReplacement(dir, async (each) => (await readIngestRecord(each)) !== undefined);
      const standing = await readIngestRecord(dir);
      if (!standing) {
        throw new LifecycleError('STO_NO_VERSION', `${id} has no version ${version}`, {
          hint: `see those it has: lifecycle show ${id}`,
        });
      }
      if (!standing.quarantine) {
        throw new LifecycleError('STO_NOT_QUARANTINED', `version ${version} of ${id} is not quarantined`, {
          hint: `it can be used as it is; see lifecycle show ${id}@${version}`,
        });
      }
      if (!isQuarantined(standing)) return { record: standing, isNew: false };
      const released: Release = { at: new Date().toISOString(), ...by };
      const fresh = { ...standing, quarantine: { ...standing.quarantine, released } };
      await withStaging(claim, id, async (staging) => {
        await claim.assertHeld();
        await writeFileDurably(path.join(dir, RECORD_FILE), formatJson(fresh), path.join(staging, 'record'));
      });
      // Whoever looks for versions looks into a template's directory again once its time has changed.
      const now = new Date();
      await utimes(layout.ingest.template(id), now, now);
      return { record: fresh, isNew: true };
    });
    return { record, isNew, latest: await offerLatest(layout, id, { version, record, fresh: isNew, order }) };
  });
}
