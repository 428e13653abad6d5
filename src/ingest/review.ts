import { LifecycleError } from '../errors.ts';
import type { DatasetRules, RuleName } from '../project/dataset-checks.ts';
import { PROJECT_FILE } from '../project/project-file.ts';
import type { Reporter } from '../report.ts';
import { changesBetween, type DatasetChanges, describeChanges, percent } from '../store/changes.ts';
import type { CheckResult } from '../store/check-result.ts';
import type { DatasetRecord, DatasetWarning, IngestRecord } from '../store/ingest-record.ts';
import type { PublishResult } from '../store/publish-version.ts';
import { describeReasons, isQuarantined } from '../store/quarantine.ts';

/** Coordinates outside the area that a CRS is made for. */
export interface Outliers {
  /** `AUTHORITY:CODE` of that CRS. */
  crs: string;
  rows: number;
  /** Rows with a geometry. */
  of: number;
  /** West, south, east, north in degrees. */
  area: readonly [number, number, number, number];
  /** The first such row, counted from 1, and its bounding box in the CRS of the file. */
  first: { row: number; bbox: readonly number[] };
}

/** What a review needs to know of one dataset. */
export interface Reviewed {
  dataset: DatasetRecord;
  outliers: readonly Outliers[];
  /** Of the template, and of the project for what the template leaves open. */
  rules: DatasetRules;
  /** What came of the checks of its rows and columns; absent where the template asks for none. */
  checks?: CheckResult[];
}

interface Review {
  datasets: DatasetRecord[];
  /** Why the version must not be published, where the template or the project refuses what was found. */
  refusal: LifecycleError | undefined;
}

interface Remark {
  check: RuleName;
  message: string;
  isRefused: boolean;
}

/** Below half of the rows nobody should find out by accident. */
const USUAL_MAX_DECREASE = 50;

/**
 * Compares datasets that are about to be published with the version before and with their CRS. What is found goes into
 * their records; what the rules refuse is an error, unless somebody has accepted it.
 */
export function review(
  all: readonly Reviewed[],
  before: Pick<IngestRecord, 'version' | 'datasets'> | undefined,
  accept: boolean,
): Review {
  const refused: string[] = [];
  const datasets = all.map(({ dataset, outliers, rules, checks }) => {
    const old = before?.datasets.find((candidate) => candidate.id === dataset.id);
    const changes = old && before ? changesBetween(old, dataset, before.version) : undefined;
    const remarks = [...(changes ? remarksOnChanges(changes, rules) : []), ...remarksOnPlace(outliers, rules)];
    const results = checks?.map(
      (result): CheckResult => (accept && result.status === 'failed' ? { ...result, accepted: true } : result),
    );
    for (const { isRefused, check, message } of remarks)
      if (isRefused) refused.push(`${dataset.id}: ${message} (${check})`);
    const warnings = remarks.map(
      ({ check, message, isRefused }): DatasetWarning => ({
        check,
        message,
        ...(isRefused && accept ? { accepted: true } : {}),
      }),
    );
    // What fails and is not accepted is the reason of a quarantine, and said there.
    for (const { check, message, status, accepted } of results ?? []) {
      if (status === 'warned' || accepted) warnings.push({ check, message, ...(accepted ? { accepted } : {}) });
    }
    return {
      ...dataset,
      ...(changes ? { changes } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(results ? { checks: results } : {}),
    };
  });
  return { datasets, refusal: refused.length > 0 && !accept ? refusalOf(refused) : undefined };
}

function refusalOf(reasons: readonly string[]): LifecycleError {
  return new LifecycleError('ING_CHECK_FAILED', `not published, since checks refuse it: ${reasons.join('; ')}`, {
    hint: `look at the source; if it is right as it is, repeat the command with --accept, or change \`checks\` in the template or in ${PROJECT_FILE}`,
    details: { reasons },
  });
}

function remarksOnChanges(changes: DatasetChanges, rules: DatasetRules): Remark[] {
  const { since, crs } = changes;
  const remarks: Remark[] = [];
  const remark = (check: RuleName, message: string) =>
    remarks.push({ check, message, isRefused: refuses(rules, check) });

  const rows = rowsRemark(changes, rules.row_count);
  // The usual bound only warns: a rule that names none for a fall says nothing of it.
  if (rows)
    remarks.push({ check: 'row_count', message: rows.message, isRefused: rows.isRule && refuses(rules, 'row_count') });
  const lost = (changes.dropped ?? []).map((name) => `${name} is gone`);
  const renamed = (changes.renamed ?? []).map(({ before, now }) => `${before} is gone, perhaps now called ${now}`);
  const retyped = (changes.retyped ?? []).map(({ column, before, now }) => `${column} was ${before} and is ${now}`);
  const columns = [...lost, ...renamed, ...retyped];
  if (columns.length > 0) remark('same_columns', `columns are not those of version ${since}: ${columns.join('; ')}`);
  if (crs)
    remark('same_crs', `the CRS was ${crs.before ?? 'unknown'} in version ${since} and is ${crs.now ?? 'unknown'}`);
  return remarks;
}

function refuses(rules: DatasetRules, check: RuleName): boolean {
  return rules[check]?.warn_only === false;
}

function rowsRemark(
  { rows, since }: DatasetChanges,
  rule: DatasetRules['row_count'],
): { message: string; isRule: boolean } | undefined {
  const { before, now } = rows;
  if (before === 0) return undefined;
  const share = Math.abs(now - before) / before;
  const isRule = (now < before ? rule?.max_decrease : rule?.max_increase) !== undefined;
  const most = now < before ? (rule?.max_decrease ?? USUAL_MAX_DECREASE) : (rule?.max_increase ?? Infinity);
  if (share * 100 <= most) return undefined;
  const counts = `version ${since} had ${before.toLocaleString('en-US')} rows, this one has ${now.toLocaleString('en-US')}`;
  return { message: `${counts}: ${percent(share)} ${now < before ? 'fewer' : 'more'}`, isRule };
}

function remarksOnPlace(outliers: readonly Outliers[], rules: DatasetRules): Remark[] {
  const most = rules.within_crs_area?.max_share ?? 0;
  return outliers
    .filter(({ rows, of }) => (rows / of) * 100 > most)
    .map(({ crs, rows, of, area, first }) => {
      const [west, south, east, north] = area;
      const counts = `${rows.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} rows (${percent(rows / of)})`;
      const where = `longitude ${west} to ${east}, latitude ${south} to ${north}`;
      const example = `row ${first.row} at ${first.bbox.slice(0, 2).map(coordinate).join(', ')}`;
      const message = `${counts} lie outside the area of use of ${crs} (${where}), first ${example}`;
      return { check: 'within_crs_area', message, isRefused: refuses(rules, 'within_crs_area') };
    });
}

/** What could not be transformed lies at infinity, which some functions give as the largest number. */
function coordinate(n: number): string {
  return Math.abs(n) < 1e300 ? String(Number(n.toPrecision(8))) : 'infinity';
}

/** Says what a published version changed. A repetition that changed nothing says nothing again. */
export function reportReview({ state, record }: PublishResult, made: readonly string[], reporter: Reporter): void {
  if (state === 'unchanged') return;
  for (const { id, changes, warnings = [] } of record.datasets) {
    if (!made.includes(id)) continue;
    if (changes) reporter.log('info', `${id} since ${changes.since}: ${describeChanges(changes).join('; ')}`);
    for (const { check, message, accepted } of warnings) {
      reporter.log('warning', `${id}: ${message}`, { check, ...(accepted ? { accepted } : {}) });
    }
  }
}

/**
 * What a version that is quarantined ends with, whether it was published now or stood so already.
 *
 * @throws LifecycleError ING_QUARANTINED
 */
export function refuseQuarantined({ state, record, dir }: PublishResult): void {
  if (!isQuarantined(record)) return;
  const { template, version, quarantine } = record;
  const reasons = describeReasons(quarantine!);
  const is = state === 'unchanged' ? 'stands' : 'is published';
  throw new LifecycleError(
    'ING_QUARANTINED',
    `${template}@${version} ${is} as quarantined, since checks fail: ${reasons.join('; ')}`,
    {
      hint: `look at it: lifecycle show ${template}@${version}; if it is right: lifecycle release ${template}@${version} --reason TEXT`,
      details: { template, version, path: dir, reasons: quarantine!.reasons },
    },
  );
}
