import type { ErrorCode } from '../error-codes.ts';
import type { Finding, Place } from '../errors.ts';
import { type FieldIssue, formatLocation, hintOf, type Reading } from './fields.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  missing: 'PRJ_MISSING_FIELD',
  extra_forbidden: 'PRJ_UNKNOWN_KEY',
  invalid_key: 'PRJ_UNKNOWN_KEY',
  dropped: 'PRJ_UNKNOWN_KEY',
  both_forms: 'PRJ_BOTH_FORMS',
  unknown_format: 'PRJ_UNKNOWN_FORMAT',
  unknown_source: 'PRJ_UNKNOWN_SOURCE',
  unknown_step: 'PRJ_UNKNOWN_STEP',
  unknown_method: 'PRJ_UNKNOWN_STEP',
  bad_id: 'PRJ_BAD_ID',
  duplicate_id: 'PRJ_REPEATED_ID',
  unknown_crs: 'PRJ_UNKNOWN_CRS',
  unknown_check: 'PRJ_UNKNOWN_CHECK',
};

/** What stands on a reading's lists, as findings in the order of the file, each only once. */
export function findingsOf(reading: Reading, subject: string, placeOf: (offset: number) => Place): Finding[] {
  const all = [
    ...reading.issues.map((issue) => ({ issue, severity: 'error' as const })),
    ...reading.dropped.map((issue) => ({ issue, severity: 'warning' as const })),
  ];
  const once = new Map(all.map((each) => [`${each.issue.offset} ${each.issue.message}`, each]));
  return [...once.values()]
    .sort((a, b) => a.issue.offset - b.issue.offset)
    .map(({ issue, severity }) => ({
      severity,
      code: CODES[issue.type] ?? 'PRJ_WRONG_VALUE',
      message: messageOf(issue),
      place: placeOf(issue.offset),
      hint: hintOf(issue),
      subject,
    }));
}

function messageOf(issue: FieldIssue): string {
  return issue.location.length === 0 ? issue.message : `${formatLocation(issue.location)}: ${issue.message}`;
}
