import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { maskOutputData } from '../masking/output.ts';
import { checkPlaces } from '../project/check-places.ts';
import { wantedChecks } from '../project/dataset-checks.ts';
import type { SoundTemplate } from '../project/find.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { type Claim, withClaim } from '../store/claim.ts';
import { type FileFact, hashFiles, listFiles } from '../store/files.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { DatasetRecord, IngestRecord } from '../store/ingest-record.ts';
import { storeLayout } from '../store/layout.ts';
import type { PublishResult } from '../store/publish-version.ts';
import { quarantineOf } from '../store/quarantine.ts';
import { withStaging } from '../store/staging.ts';
import { versionBefore } from '../store/version-before.ts';
import { writingStore } from '../store/write-errors.ts';
import { type IngestPlan, type IngestRequest, plan } from './plan.ts';
import type { Production, Workshop } from './production.ts';
import { type Reviewed, refuseQuarantined, reportReview, review } from './review.ts';
import { runners } from './runners.ts';
import { sayLatest } from './say-latest.ts';

export interface IngestContext {
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
  /** From which size on a CSV file is read as a large one (`FormatContext.lookThroughBytes`). */
  lookThroughBytes?: number | undefined;
}

/**
 * One version of one template, from its source into the store: plan → extract → convert → process → check → publish.
 * Nothing is visible before it is whole; a second run of the same version at the same time is refused.
 *
 * @throws LifecycleError PRJ_*, SRC_*, ING_*, STO_*; ING_QUARANTINED after it has been published
 */
export async function ingest(
  template: SoundTemplate,
  request: IngestRequest,
  context: IngestContext,
): Promise<PublishResult & { plan: IngestPlan }> {
  const started = new Date();
  const planned = await plan(template, request, context);
  const layout = storeLayout(context.settings.storeDir);
  context.reporter.log('info', `ingesting ${planned.template} version ${planned.version}`, {
    source: planned.source.type,
    ...(planned.runner === 'native' ? {} : { runner: planned.runner }),
  });
  return writingStore(layout, () =>
    withClaim(layout, `ingest ${planned.template} ${planned.version}`, async (claim) => {
      const { template: id, version } = planned;
      await openIngestStore(layout).refuse({ id, version, overwrite: request.overwrite ?? false });
      return withStaging(claim, planned.template, async (staging) => {
        const timings: Record<string, number> = {};
        const workshop = await openWorkshop(
          { template, plan: planned, request, context, started },
          claim,
          staging,
          timings,
        );
        const result = await publish(workshop, await produce(workshop), claim, timings);
        sayLatest(context.reporter, id, version, result.latest);
        refuseQuarantined(result);
        return { ...result, plan: planned };
      });
    }),
  );
}

/** A place inside a staging directory to make a version in. */
export async function openWorkshop(
  what: Pick<Workshop, 'template' | 'plan' | 'request' | 'context' | 'started'>,
  { layout }: Pick<Claim, 'layout'>,
  dir: string,
  timings: Record<string, number> = {},
): Promise<Workshop> {
  const [versionDir, workDir] = [path.join(dir, 'version'), path.join(dir, 'work')];
  for (const made of [versionDir, workDir]) await mkdir(made, { recursive: true });
  return {
    ...what,
    store: openIngestStore(layout),
    versionDir,
    workDir,
    async timed(stage, work) {
      const start = performance.now();
      const value = await what.context.reporter.step(stage, work);
      timings[stage] = Math.round((timings[stage] ?? 0) * 1000 + performance.now() - start) / 1000;
      return value;
    },
  };
}

/** Makes the version in its workshop; nothing of it is published. */
export async function produce(workshop: Workshop): Promise<Production> {
  const production = await (await runners[workshop.plan.runner]())(workshop);
  workshop.context.signal.throwIfAborted();
  return production;
}

async function publish(
  workshop: Workshop,
  production: Production,
  claim: Claim,
  timings: Record<string, number>,
): Promise<PublishResult> {
  const { plan: planned, request, context, store, versionDir } = workshop;
  const { template, version } = planned;
  const order = planned.definition.version_order ?? undefined;
  const before = await versionBefore(store, template, version, order);
  const made = await examine(workshop, production.made);
  const { datasets, refusal } = review(made, before?.record, request.accept === true);
  const result = await workshop.timed('publish', async () => {
    const record = await recordOf(workshop, production, datasets, timings);
    await claim.assertHeld();
    return store.publish({
      id: template,
      version,
      dir: versionDir,
      record,
      overwrite: request.overwrite === true,
      latest: request.latest !== false,
      refusal,
      order,
    });
  });
  reportReview(
    result,
    datasets.map((dataset) => dataset.id),
    context.reporter,
  );
  return result;
}

/** Carries out what the template asks of rows and columns; what nothing is asked of costs nothing. */
async function examine(workshop: Workshop, made: readonly Reviewed[]): Promise<Reviewed[]> {
  const { plan: planned, template, context, versionDir, workDir, started } = workshop;
  const examined = made.map((reviewed) => {
    const dataset = planned.datasets.find(({ id }) => id === reviewed.dataset.id)!;
    return { reviewed, columns: dataset.columns, wanted: wantedChecks(dataset, planned.projectChecks) };
  });
  if (examined.every(({ wanted }) => wanted.length === 0)) return [...made];
  const { carryOutChecks } = await import('./carry-out-checks.ts');
  const placeOf = await checkPlaces(context.settings.projectDir, template, planned.version);
  return workshop.timed('check', () => carryOutChecks(examined, { versionDir, workDir, started, placeOf }, context));
}

async function recordOf(
  { plan: planned, request, started, versionDir }: Workshop,
  { raw, content, facts, previous }: Production,
  datasets: DatasetRecord[],
  timings: Record<string, number>,
): Promise<IngestRecord> {
  const rawFacts = await content();
  // DuckDB comes with it, which other commands that are loaded with this one do without.
  const { madeWith } = await import('../engine/made-with.ts');
  return {
    format: 1,
    template: planned.template,
    version: planned.version,
    created: started.toISOString(),
    runner: planned.runner,
    made_with: madeWith(),
    mode: planned.mode,
    previous,
    source: maskOutputData({
      type: planned.source.type,
      ...(request.file === undefined ? {} : { given: true }),
      ...rawFacts,
      ...facts,
    }),
    raw,
    datasets,
    files: await factsOfFiles(versionDir, { path: raw, ...rawFacts }),
    timings: { ...timings },
    ...quarantineOf(datasets),
  };
}

async function factsOfFiles(dir: string, raw: FileFact): Promise<FileFact[]> {
  const others = (await listFiles(dir)).filter((file) => file !== raw.path);
  return [...(await hashFiles(dir, others)), raw].sort((a, b) => (a.path < b.path ? -1 : 1));
}
