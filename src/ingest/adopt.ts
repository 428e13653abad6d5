import { copyFile, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { madeWith } from '../engine/made-with.ts';
import { LifecycleError } from '../errors.ts';
import { type DatasetId, parseVersion, type TemplateId } from '../ids.ts';
import { checkPlaces } from '../project/check-places.ts';
import { type DatasetRules, wantedChecks } from '../project/dataset-checks.ts';
import type { DatasetDefinition, IngestTemplate } from '../project/project.ts';
import { type Claim, withClaim } from '../store/claim.ts';
import { hashFiles } from '../store/files.ts';
import { openIngestStore } from '../store/ingest.ts';
import { storeLayout } from '../store/layout.ts';
import type { PublishResult } from '../store/publish-version.ts';
import { quarantineOf } from '../store/quarantine.ts';
import { withStaging } from '../store/staging.ts';
import { versionBefore } from '../store/version-before.ts';
import { writingStore } from '../store/write-errors.ts';
import type { VersionOrder } from '../version-order.ts';
import { describeParquet } from './describe-parquet.ts';
import type { IngestContext } from './ingest.ts';
import { type Reviewed, refuseQuarantined, reportReview, review } from './review.ts';
import { sayLatest } from './say-latest.ts';

interface AdoptRequest {
  template: TemplateId;
  dataset: DatasetId;
  version: string;
  /** Absolute path of a parquet file. */
  file: string;
  latest: boolean;
  /** What the template names in place of the common comparison of versions. */
  order?: VersionOrder | undefined;
  overwrite: boolean;
  /** Publish although checks refuse it. */
  accept?: boolean | undefined;
  /** What is asked of the dataset. */
  rules?: DatasetRules;
  /** What is asked of its rows and columns: by the template that makes the dataset, and by the project. */
  asked?: { template: IngestTemplate; dataset: DatasetDefinition; ofProject: unknown } | undefined;
}

/**
 * A parquet file made elsewhere becomes a version of a dataset, byte for byte.
 *
 * @throws LifecycleError ING_BAD_FILE, STO_*; ING_QUARANTINED after it has been published
 */
export async function adopt(request: AdoptRequest, context: IngestContext): Promise<PublishResult> {
  const version = parseVersion(request.version);
  const { template, dataset } = request;
  const layout = storeLayout(context.settings.storeDir);
  const started = new Date();
  await stat(request.file).catch((cause: unknown) => {
    throw new LifecycleError('ING_BAD_FILE', `there is no file ${request.file}`, {
      cause,
      hint: 'give the path of a parquet file',
    });
  });
  const store = openIngestStore(layout);
  const adoptClaimed = async (claim: Claim) => {
    await store.refuse({ id: template, version, overwrite: request.overwrite });
    return withStaging(claim, template, async (staging) => {
      const dir = path.join(staging, 'version');
      const relative = `${dataset}/${dataset}.parquet`;
      await mkdir(path.join(dir, dataset), { recursive: true });
      await copyFile(request.file, path.join(dir, relative));
      const { facts, outliers } = await describeParquet(path.join(dir, relative), staging, context);
      const before = await versionBefore(store, template, version, request.order);
      const made: Reviewed = {
        dataset: { id: dataset, path: relative, ...facts },
        outliers,
        rules: request.rules ?? {},
      };
      const checked = await examine(made, request, { versionDir: dir, workDir: staging, started }, context);
      const { datasets, refusal } = review(checked, before?.record, request.accept === true);
      await claim.assertHeld();
      const result = await store.publish({
        id: template,
        version,
        dir,
        record: {
          format: 1,
          template,
          version,
          created: started.toISOString(),
          runner: 'adopted',
          made_with: madeWith(),
          mode: null,
          previous: null,
          source: { type: 'adopted', file: path.basename(request.file) },
          raw: null,
          datasets,
          files: await hashFiles(dir),
          timings: {},
          ...quarantineOf(datasets),
        },
        overwrite: request.overwrite,
        latest: request.latest,
        refusal,
        order: request.order,
      });
      reportReview(result, [dataset], context.reporter);
      return result;
    });
  };
  const result = await writingStore(layout, () => withClaim(layout, `ingest ${template} ${version}`, adoptClaimed));
  sayLatest(context.reporter, template, version, result.latest);
  refuseQuarantined(result);
  return result;
}

/** Carries out what is asked of the file's rows and columns. */
async function examine(
  reviewed: Reviewed,
  { asked, version }: AdoptRequest,
  where: { versionDir: string; workDir: string; started: Date },
  context: IngestContext,
): Promise<Reviewed[]> {
  const wanted = asked ? wantedChecks(asked.dataset, asked.ofProject) : [];
  if (!asked || wanted.length === 0) return [reviewed];
  const { carryOutChecks } = await import('./carry-out-checks.ts');
  const placeOf = await checkPlaces(context.settings.projectDir, asked.template, version);
  return carryOutChecks([{ reviewed, columns: asked.dataset.columns, wanted }], { ...where, placeOf }, context);
}
