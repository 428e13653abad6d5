import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Engine } from '../../engine/engine.ts';
import { asLifecycleError, type LifecycleError } from '../../errors.ts';
import type { SoundTemplate } from '../../project/find.ts';
import { RUNNERS, type Runner } from '../../project/runner.ts';
import { withClaim } from '../../store/claim.ts';
import type { DatasetRecord } from '../../store/ingest-record.ts';
import { storeLayout } from '../../store/layout.ts';
import { withStaging } from '../../store/staging.ts';
import { writingStore } from '../../store/write-errors.ts';
import { type IngestContext, openWorkshop, produce } from '../ingest.ts';
import { type IngestRequest, plan } from '../plan.ts';
import type { Production, Workshop } from '../production.ts';
import { DATASOURCE, DEFINITION_LOCK } from '../raw-name.ts';
import { TOLERANCE } from './columns.ts';
import { documentDifferences } from './documents.ts';
import { compareTables, type TableComparison } from './tables.ts';

export interface DatasetComparison extends TableComparison {
  id: string;
  equal: boolean;
  /** What the files' own metadata and the JSON beside them say otherwise. */
  metadata: string[];
  crs: string | null;
}

export interface RunnerComparison {
  template: string;
  version: string;
  equal: boolean;
  /** Seconds of each runner, and its error where it made nothing. */
  runs: Record<Runner, { seconds: number; error: LifecycleError | undefined }>;
  /** The source gave each of them other bytes, so that differences may be its own. */
  otherRaw: boolean;
  /** What the files of the version as a whole say otherwise. */
  metadata: string[];
  datasets: DatasetComparison[];
}

type Made = { workshop: Workshop; production: Production };

/**
 * Makes a version with both runners, side by side and out of everybody's sight, and says how the results differ. Nothing
 * is published.
 */
export async function compareRunners(
  template: SoundTemplate,
  request: Pick<IngestRequest, 'version' | 'file'>,
  context: IngestContext,
): Promise<RunnerComparison> {
  const planned = await plan(template, request, context);
  const layout = storeLayout(context.settings.storeDir);
  const { template: id, version } = planned;
  return writingStore(layout, () =>
    withClaim(layout, `compare ${id} ${version}`, (claim) =>
      withStaging(claim, id, async (staging) => {
        const runs = {} as RunnerComparison['runs'];
        const made: Made[] = [];
        for (const runner of RUNNERS) {
          const start = performance.now();
          const what = { template, plan: { ...planned, runner }, request, context, started: new Date() };
          let error: LifecycleError | undefined;
          try {
            const workshop = await openWorkshop(what, claim, path.join(staging, runner));
            made.push({ workshop, production: await produce(workshop) });
          } catch (thrown) {
            context.signal.throwIfAborted();
            error = asLifecycleError(thrown);
          }
          runs[runner] = { seconds: Math.round(performance.now() - start) / 1000, error };
        }
        const [native, dcpy] = made;
        if (!native || !dcpy)
          return { template: id, version, equal: false, runs, otherRaw: false, metadata: [], datasets: [] };
        return {
          template: id,
          version,
          runs,
          ...(await compareMade([native, dcpy], path.join(staging, 'work'), context)),
        };
      }),
    ),
  );
}

async function compareMade(
  both: [Made, Made],
  workDir: string,
  { settings, signal }: IngestContext,
): Promise<Pick<RunnerComparison, 'equal' | 'otherRaw' | 'metadata' | 'datasets'>> {
  await mkdir(workDir);
  const engine = await Engine.open({ venvDir: settings.venvDir, temporaryDir: workDir });
  using _stopping = engine.stoppedBy(signal);
  try {
    const [ours, theirs] = await Promise.all(both.map(({ production }) => production.content()));
    const metadata = await documents(both, [DEFINITION_LOCK, DATASOURCE]);
    const datasets: DatasetComparison[] = [];
    for (const { dataset } of both[0].production.made) {
      const other = both[1].production.made.find((each) => each.dataset.id === dataset.id)!.dataset;
      datasets.push(await compareDataset(engine, dataset, other, both));
    }
    const equal = metadata.length === 0 && datasets.every((dataset) => dataset.equal);
    return { equal, otherRaw: ours!.sha256 !== theirs!.sha256, metadata, datasets };
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    engine.close();
  }
}

async function compareDataset(
  engine: Engine,
  ours: DatasetRecord,
  theirs: DatasetRecord,
  both: [Made, Made],
): Promise<DatasetComparison> {
  const files = both.map(({ workshop }) => path.join(workshop.versionDir, ours.path)) as [string, string];
  const table = await compareTables(engine, files);
  const metadata = [...placeDifferences(ours, theirs), ...(await documents(both, [`${ours.id}/config.json`]))];
  const equal =
    table.rows[0] === table.rows[1] &&
    table.schema.length === 0 &&
    table.values.every(({ different }) => different === 0) &&
    metadata.length === 0;
  return { id: ours.id, equal, crs: ours.crs, ...table, metadata };
}

/** What the GeoParquet metadata say. */
function placeDifferences(ours: DatasetRecord, theirs: DatasetRecord): string[] {
  const facts = ({ crs, geometry_column, geometry_types }: DatasetRecord) => ({
    crs,
    geometry_column,
    geometry_types: [...geometry_types].sort(),
  });
  const found = documentDifferences(facts(ours), facts(theirs));
  const [a, b] = [ours.bbox, theirs.bbox];
  const isNear = a && b ? a.every((n, i) => Math.abs(n - b[i]!) <= TOLERANCE * Math.max(1, Math.abs(n))) : a === b;
  return isNear ? found : [...found, ...documentDifferences({ bbox: a }, { bbox: b })];
}

async function documents(both: [Made, Made], names: readonly string[]): Promise<string[]> {
  const found = names.map(async (name) => {
    const texts = await Promise.all(both.map(({ workshop }) => readFile(path.join(workshop.versionDir, name), 'utf8')));
    const [ours, theirs] = texts.map((text) => JSON.parse(text) as unknown);
    return documentDifferences(ours, theirs).map((difference) => `${path.basename(name)} ${difference}`);
  });
  return (await Promise.all(found)).flat();
}
