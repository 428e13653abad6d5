import { type BatchRecord, RUN_STATES, type RunParameters, type RunRecord } from '../backfill/batch-record.ts';
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

function countsOf(records: readonly RunRecord[]): string {
  return RUN_STATES.flatMap((state) => {
    const number = records.filter((record) => record.state === state).length;
    return number > 0 ? [`${counted(number)} ${state}`] : [];
  }).join(', ');
}

export function exitCodeOf(records: readonly RunRecord[]): number {
  if (records.some(({ state }) => state === 'failed')) return EXIT.failed;
  return records.some(({ state }) => state === 'quarantined') ? EXIT.quarantined : EXIT.done;
}

/** What came of a batch, and what to do about what failed. */
export function summaryLines(batch: BatchRecord, records: readonly RunRecord[]): string[] {
  const failed = records.filter(({ state }) => state === 'failed');
  return [
    ...(failed.length > 0 ? failureTable(batch, failed) : []),
    `batch ${batch.id}: ${countsOf(records)}`,
    ...(failed.length > 0 ? [`again what failed: lifecycle backfill resume ${batch.id} --failed`] : []),
  ];
}

function failureTable(batch: BatchRecord, failed: readonly RunRecord[]): string[] {
  const rows = failed.slice(0, MAX_ROWS).map(({ number, attempts }) => {
    const { template, version } = batch.runs[number - 1]!;
    const { code, message = '', hint } = attempts.at(-1) ?? {};
    const why = [code, message].filter((part) => part).join(': ');
    return [template, version, hint === undefined ? why : `${why} (${hint})`];
  });
  const headings = ['FAILED', 'VERSION', 'WHY'].map((heading) => ({ heading }));
  const left = failed.length - rows.length;
  return [...formatTable(headings, rows), ...(left > 0 ? [`… and ${left} more`] : [])];
}

export function showLines(batch: BatchRecord, records: readonly RunRecord[]): string[] {
  const rows = records.map(({ number, state, attempts }) => {
    const { template, version } = batch.runs[number - 1]!;
    const last = attempts.at(-1);
    const why = state === 'failed' || state === 'open' ? (last?.message ?? '') : '';
    return [String(number), template, version, state, String(attempts.length), why];
  });
  const headings = ['RUN', 'TEMPLATE', 'VERSION', 'STATE', 'TRIES', ''].map((heading) => ({ heading }));
  const open = records.some(({ state }) => state === 'open');
  return [
    ...formatTable(headings, rows),
    ...summaryLines(batch, records).slice(-1),
    ...(open ? [`go on with: lifecycle backfill resume ${batch.id}`] : []),
  ];
}

export function listLines(found: readonly { batch: BatchRecord; records: readonly RunRecord[] }[]) {
  const rows = found.map(({ batch, records }) => [
    batch.id,
    batch.created.slice(0, 16).replace('T', ' '),
    String(records.length),
    countsOf(records),
  ]);
  const headings = ['BATCH', 'SINCE', 'RUNS', 'STATE'].map((heading) => ({ heading }));
  const documents = found.map(({ batch: { id, created }, records }) => ({
    id,
    created,
    runs: records.length,
    states: Object.fromEntries(
      RUN_STATES.map((state) => [state, records.filter((record) => record.state === state).length]),
    ),
  }));
  return { documents, text: rows.length > 0 ? formatTable(headings, rows) : ['there is no batch'] };
}
