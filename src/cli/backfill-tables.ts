import {
  type BatchRecord,
  RUN_STATES,
  type RunParameters,
  type RunRecord,
  type RunState,
  type SkippedRun,
} from '../backfill/batch-record.ts';
import type { PlannedRun } from '../backfill/plan.ts';
import { counted, plural } from '../counts.ts';
import { EXIT } from '../error-codes.ts';
import { formatTable } from './table.ts';

/** What a screen has room for; `--json` has all of it. */
const MAX_ROWS = 60;

function describeParameters(parameters: RunParameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => (value === true ? name : `${name}: ${Array.isArray(value) ? value.join(' ') : value}`))
    .join(', ');
}

export function runRows(plan: readonly PlannedRun[]) {
  return plan.map(({ template, version, host, parameters, skipped }) => ({
    template,
    version,
    host,
    parameters,
    runs: skipped === null,
    skipped,
  }));
}

/** What would run first, then what would not and why. */
export function planLines(plan: readonly PlannedRun[]): string[] {
  const runs = plan.filter(({ skipped }) => skipped === null);
  const skipped = plan.length - runs.length;
  const sorted = [...runs, ...plan.filter((run) => run.skipped !== null)];
  const rows = sorted
    .slice(0, MAX_ROWS)
    .map((run) => [run.template, run.version, run.skipped ?? 'run', describeParameters(run.parameters)]);
  const headings = ['TEMPLATE', 'VERSION', 'PLAN', 'PARAMETERS'].map((heading) => ({ heading }));
  const left = sorted.length - rows.length;
  return [
    ...(rows.length > 0 ? formatTable(headings, rows) : []),
    ...(left > 0 ? [`… and ${counted(left)} more; --json has them all`] : []),
    runs.length === 0 && skipped === 0
      ? 'nothing to run'
      : `${plural(runs.length, 'version')} to make, ${counted(skipped)} skipped`,
  ];
}

/** What is in no batch since it stands, or cannot be planned. */
export function skippedOf(plan: readonly PlannedRun[]): SkippedRun[] {
  return plan.flatMap(({ template, version, skipped, code }) =>
    skipped === null ? [] : [{ template, version, why: skipped, ...(code === undefined ? {} : { code }) }],
  );
}

const IN_WORDS: Partial<Record<RunState, string>> = { stood: 'stood already' };

function countsOf({ skipped = [] }: BatchRecord, records: readonly RunRecord[]): string {
  const runs = RUN_STATES.flatMap((state) => {
    const number = records.filter((record) => record.state === state).length;
    const same = state === 'made' ? records.filter(({ same_as }) => same_as !== undefined).length : 0;
    const ofThem = same > 0 ? ` (${counted(same)} with the content of the version before)` : '';
    return number > 0 ? [`${counted(number)} ${IN_WORDS[state] ?? state}${ofThem}`] : [];
  });
  return [...runs, ...(skipped.length > 0 ? [`${counted(skipped.length)} skipped`] : [])].join(', ');
}

/** What could not even be planned counts as failed. */
export function exitCodeOf({ skipped = [] }: BatchRecord, records: readonly RunRecord[]): number {
  if (records.some(({ state }) => state === 'failed') || skipped.some(({ code }) => code !== undefined)) {
    return EXIT.failed;
  }
  return records.some(({ state }) => state === 'quarantined') ? EXIT.quarantined : EXIT.done;
}

/** What came of a batch, and what to do about what failed. */
export function summaryLines(batch: BatchRecord, records: readonly RunRecord[]): string[] {
  const ended = (wanted: RunState) => records.filter(({ state }) => state === wanted).map(reasonRow(batch));
  const strange = (batch.skipped ?? []).filter(({ code }) => code !== undefined);
  return [
    ...reasonTable(
      'NOT PLANNED',
      strange.map(({ template, version, why }) => [template, version, why]),
    ),
    ...reasonTable('QUARANTINED', ended('quarantined')),
    ...reasonTable('FAILED', ended('failed')),
    ...nextLines(batch, records),
  ];
}

function nextLines(batch: BatchRecord, records: readonly RunRecord[]): string[] {
  const has = (wanted: RunState) => records.some(({ state }) => state === wanted);
  return [
    `batch ${batch.id}: ${countsOf(batch, records)}`,
    ...(has('failed') ? [`again what failed: lifecycle backfill resume ${batch.id} --failed`] : []),
    ...(has('open') ? [`go on with: lifecycle backfill resume ${batch.id}`] : []),
  ];
}

const reasonRow =
  (batch: BatchRecord) =>
  ({ number, attempts }: RunRecord): string[] => {
    const { template, version } = batch.runs[number - 1]!;
    const { code, message = '', hint } = attempts.at(-1) ?? {};
    const why = [code, message].filter((part) => part).join(': ');
    return [template, version, hint === undefined ? why : `${why} (${hint})`];
  };

function reasonTable(heading: string, rows: readonly string[][]): string[] {
  if (rows.length === 0) return [];
  const headings = [heading, 'VERSION', 'WHY'].map((each) => ({ heading: each }));
  const shown = rows.slice(0, MAX_ROWS);
  const left = rows.length - shown.length;
  return [...formatTable(headings, shown), ...(left > 0 ? [`… and ${counted(left)} more`] : [])];
}

export function showLines(batch: BatchRecord, records: readonly RunRecord[]): string[] {
  const rows = records.map(({ number, state, attempts, same_as }) => {
    const { template, version } = batch.runs[number - 1]!;
    const last = attempts.at(-1);
    const same = same_as === undefined ? '' : `the same content as ${same_as}`;
    const why = ['failed', 'quarantined', 'open'].includes(state) ? (last?.message ?? '') : same;
    const isBegun = state === 'open' && last !== undefined && last.ended === undefined;
    return [String(number), template, version, isBegun ? 'begun' : state, String(attempts.length), why];
  });
  const headings = ['RUN', 'TEMPLATE', 'VERSION', 'STATE', 'TRIES', 'WHY'].map((heading) => ({ heading }));
  return [...formatTable(headings, rows), ...nextLines(batch, records)];
}

export function listLines(found: readonly { batch: BatchRecord; records: readonly RunRecord[] }[]) {
  const rows = found.map(({ batch, records }) => [
    batch.id,
    batch.created.slice(0, 16).replace('T', ' '),
    String(records.length),
    countsOf(batch, records),
  ]);
  const headings = ['BATCH', 'SINCE', 'RUNS', 'STATE'].map((heading) => ({ heading }));
  const documents = found.map(({ batch: { id, created, skipped = [] }, records }) => ({
    id,
    created,
    runs: records.length,
    states: Object.fromEntries(
      RUN_STATES.map((state) => [state, records.filter((record) => record.state === state).length]),
    ),
    skipped: skipped.length,
  }));
  return { documents, text: rows.length > 0 ? formatTable(headings, rows) : ['there is no batch'] };
}
