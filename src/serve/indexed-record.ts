import { type IngestRecord, warningsOf } from '../store/ingest-record.ts';
import { describeReasons, isQuarantined } from '../store/quarantine.ts';
import type { ReadVersion } from './record-index.ts';

export const secondsOf = (timings: Readonly<Record<string, number>>) =>
  Math.round(Object.values(timings).reduce((sum, each) => sum + each, 0) * 1000) / 1000;
export const bytesOf = (files: readonly { bytes: number }[]) => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** What an index keeps of the record of a template's version. */
export function indexedRecord(record: IngestRecord): ReadVersion {
  const before = record.datasets.map(({ changes }) => changes?.rows.before);
  return {
    state: isQuarantined(record) ? 'quarantined' : 'published',
    created: record.created,
    rows: record.datasets.reduce((sum, dataset) => sum + dataset.rows, 0),
    rows_before: before.every((each) => each !== undefined) ? before.reduce((sum, each) => sum + each, 0) : null,
    bytes: bytesOf(record.files),
    seconds: secondsOf(record.timings),
    warnings: [
      ...(record.quarantine && isQuarantined(record) ? describeReasons(record.quarantine) : []),
      ...warningsOf(record).map(({ message }) => message),
    ],
  };
}
