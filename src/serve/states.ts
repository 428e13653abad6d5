import { dagIdFor } from '../ids.ts';
import type { HeldClaim } from '../store/held-claims.ts';
import type { UnfinishedRun } from './airflow-runs.ts';
import type { AssetRow, Kind, VersionSummary } from './api.ts';
import type { IndexedVersion } from './record-index.ts';

/** What is known of attempts at versions, beside the versions. */
export interface Attempts {
  claims: readonly HeldClaim[];
  runs: readonly UnfinishedRun[];
}

const NOTHING = {
  ...{ rows: null, rows_before: null, bytes: null, seconds: null },
  ...{ is_latest: false, stale: [], run: null },
};

/**
 * The versions with those that somebody makes at this moment, or has failed to make; the newest first. What stands counts,
 * whatever runs have failed beside it.
 *
 * @param versions the newest first
 */
export function withAttempts(
  versions: readonly IndexedVersion[],
  { kind, id }: { kind: Kind; id: string },
  { claims, runs }: Attempts,
  latest: string | null,
): VersionSummary[] {
  const subject = `${kind === 'ingest' ? 'ingest' : 'build'} ${id} `;
  const dag = dagIdFor(kind === 'ingest' ? 'ingest' : 'build', id);
  const known = versions.map((version) => ({ ...version, is_latest: version.key === latest, stale: [], run: null }));
  const seen = new Set(versions.map(({ key }) => key));
  const news: VersionSummary[] = [];
  const add = (version: VersionSummary) => {
    if (seen.has(version.key)) return;
    seen.add(version.key);
    news.push(version);
  };
  for (const claim of claims) {
    const key = claim.subject.slice(subject.length);
    if (!claim.subject.startsWith(subject) || key.includes(' ')) continue;
    const { alive, pid, host, since: created } = claim;
    const why = alive ? `process ${pid} on ${host} makes it` : `who made it is gone: ${claim.why}`;
    const run = runs.find((each) => each.dag_id === dag && each.state === 'running' && each.keys.includes(key));
    add({
      ...{ ...NOTHING, key, state: alive ? 'running' : 'failed', created, warnings: [why] },
      run: run ? { dag_id: run.dag_id, dag_run_id: run.dag_run_id } : null,
    });
  }
  for (const { dag_id, dag_run_id, state, keys, at: created, reasons } of runs) {
    if (dag_id !== dag) continue;
    const isOver = state === 'failed';
    const what = isOver ? 'failed' : state === 'queued' ? 'waits for its turn' : 'makes it';
    const warnings = isOver && reasons.length > 0 ? reasons : [`the run ${dag_run_id} of Airflow ${what}`];
    const run = { dag_id, dag_run_id };
    for (const key of keys) add({ ...NOTHING, key, state: isOver ? 'failed' : 'running', created, warnings, run });
  }
  if (news.length === 0) return known;
  const isOlder = (a: string | null, b: string | null) => Date.parse(a ?? '') < Date.parse(b ?? '');
  const running = news.filter(({ state }) => state === 'running');
  const failed = news
    .filter(({ state }) => state === 'failed')
    .sort((a, b) => (isOlder(a.created, b.created) ? 1 : -1));
  for (const version of known) {
    while (failed[0] && isOlder(version.created, failed[0].created)) running.push(failed.shift()!);
    running.push(version);
  }
  return [...running, ...failed];
}

/** @param versions the newest first, without those that are missing */
export function stateOf(broken: boolean, versions: readonly VersionSummary[]): AssetRow['state'] {
  if (broken) return 'broken';
  const [first] = versions;
  if (!first) return 'never';
  if (first.state === 'running' || first.state === 'failed' || first.state === 'quarantined') return first.state;
  if (first.state === 'partial' || first.state === 'unreadable') return 'failed';
  return first.stale.length > 0 ? 'stale' : 'fresh';
}
