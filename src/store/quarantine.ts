import type { DatasetRecord, IngestRecord } from './ingest-record.ts';
import { fields, list, orAbsent, orNull, text, time } from './record-shape.ts';

/** Why a version is kept apart: it is never `latest`, and nobody takes it who has not asked for it by its name. */
export interface Quarantine {
  /** The checks that fail. */
  reasons: QuarantineReason[];
  /** Who has lifted it all the same; absent while it holds. */
  released?: Release;
}

/** One check that fails. */
export interface QuarantineReason {
  dataset: string;
  check: string;
  message: string;
  /** Where the template asks for it. */
  place: string | null;
}

/** That somebody has looked, and takes the version as it is. */
export interface Release {
  /** ISO time. */
  at: string;
  /** Who says so: a name of this machine, unless another was given. */
  by: string;
  reason: string;
}

export const QUARANTINE = fields({
  reasons: list(fields({ dataset: text, check: text, message: text, place: orNull(text) })),
  released: orAbsent(fields({ at: time, by: text, reason: text })),
});

/** Whether a version is kept apart at this moment. */
export function isQuarantined({ quarantine }: Pick<IngestRecord, 'quarantine'>): boolean {
  return quarantine !== undefined && quarantine.released === undefined;
}

/** What fails and was not accepted, as a record has it; nothing where all is well. */
export function quarantineOf(datasets: readonly DatasetRecord[]): Pick<IngestRecord, 'quarantine'> {
  const reasons = datasets.flatMap(({ id, checks = [] }) =>
    checks
      .filter(({ status, accepted }) => status === 'failed' && !accepted)
      .map(({ check, message, place }) => ({ dataset: id, check, message, place })),
  );
  return reasons.length === 0 ? {} : { quarantine: { reasons } };
}

/**
 * That of a version of which a run made some datasets and kept the others as they stood. What has been released stays so,
 * unless the run brings something new that fails.
 */
export function mergedQuarantine(
  existing: IngestRecord,
  fresh: IngestRecord,
  datasets: readonly DatasetRecord[],
): Pick<IngestRecord, 'quarantine'> {
  if (fresh.quarantine) return quarantineOf(datasets);
  const kept = quarantineOf(datasets).quarantine;
  const { released } = existing.quarantine ?? {};
  return kept ? { quarantine: { ...kept, ...(released ? { released } : {}) } } : {};
}

/** `nyc_boroughs: boro_code: 1 of 5 rows …` of each; the dataset only where there are several. */
export function describeReasons({ reasons }: Quarantine): string[] {
  const isOne = new Set(reasons.map(({ dataset }) => dataset)).size === 1;
  return reasons.map(({ dataset, check, message, place }) => {
    const about = isOne ? '' : `${dataset}: `;
    return `${about}${message} (${check}${place === null ? '' : `, ${place}`})`;
  });
}
