import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { dagIdFor } from '../ids.ts';
import type { Reporter } from '../report.ts';
import { INSTALLATION, type Settings } from '../settings/settings.ts';
import { listFiles } from '../store/files.ts';
import { storeLayout } from '../store/layout.ts';
import type { AirflowClient, DagRun, RunRequest } from './client.ts';

/** What the first start of the sample project makes, through Airflow itself. */
interface DemoRun {
  kind: 'ingest' | 'build';
  id: string;
  /** For people. */
  label: string;
  request: RunRequest;
}

const MONTHS = ['2024-01', '2024-02', '2024-03'];

/** The build waits for these. */
const INGESTS: readonly DemoRun[] = [
  { kind: 'ingest', id: 'nyc_boroughs', label: '16a', request: { partitionKey: '16a' } },
  { kind: 'ingest', id: 'borough_tables', label: '2020', request: { partitionKey: '2020' } },
  // Several versions in one run, so that there is a mapped run to look at.
  { kind: 'ingest', id: 'library_visits', label: MONTHS.join(', '), request: { params: { versions: MONTHS } } },
];
const BUILD: DemoRun = { kind: 'build', id: 'boroughs', label: '2020-first', request: { partitionKey: '2020-first' } };

export interface DemoOutcome {
  kind: 'ingest' | 'build';
  id: string;
  label: string;
  state: DagRun['state'];
}

/** Only the sample project is known well enough to make something of it unasked, and only as long as it is untouched. */
export async function isUntouchedSample(settings: Settings): Promise<boolean> {
  const sample = await realpath(path.join(INSTALLATION, 'examples', 'nyc')).catch(() => undefined);
  const project = await realpath(settings.projectDir).catch(() => undefined);
  if (sample === undefined || sample !== project) return false;
  const { ingest, builds } = storeLayout(settings.storeDir);
  const files = await Promise.all([ingest.root, builds.root].map((dir) => listFiles(dir).catch(() => [])));
  return files.flat().length === 0;
}

async function runToEnd(
  { kind, id, label, request }: DemoRun,
  client: AirflowClient,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<DemoOutcome> {
  const { state } = await reporter.step(`${kind} ${id} ${label}`, async () =>
    client.waitForRun(await client.trigger(dagIdFor(kind, id), request), signal, 500),
  );
  return { kind, id, label, state };
}

/** Makes the first assets of the sample project; what fails is told in the outcome. */
export async function runDemo(client: AirflowClient, reporter: Reporter, signal: AbortSignal): Promise<DemoOutcome[]> {
  const ingests = await Promise.all(INGESTS.map((run) => runToEnd(run, client, reporter, signal)));
  return [...ingests, await runToEnd(BUILD, client, reporter, signal)];
}
