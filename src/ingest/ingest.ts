import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import type { DatasetId } from '../ids.ts';
import { maskOutputData } from '../masking/output.ts';
import { rulesOf } from '../project/dataset-checks.ts';
import type { SoundTemplate } from '../project/find.ts';
import type { DatasetDefinition } from '../project/project.ts';
import { configFile, datasourceFile, definitionLock, type Extraction, jsonText } from '../project/serialise.ts';
import type { Reporter } from '../report.ts';
import type { Settings } from '../settings.ts';
import { type Claim, withClaim } from '../store/claim.ts';
import { type FileFact, hashFiles, listFiles, syncFile } from '../store/files.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { DatasetRecord, IngestRecord } from '../store/ingest-record.ts';
import { storeLayout } from '../store/layout.ts';
import type { PublishResult } from '../store/publish-version.ts';
import { withStaging } from '../store/staging.ts';
import { versionBefore } from '../store/version-before.ts';
import { writingStore } from '../store/write-errors.ts';
import { archiveLimits } from './archive-safety.ts';
import { isBrokenAssumption, withAssumptions } from './assumption.ts';
import { atItsGeometry } from './bad-geometry.ts';
import { check } from './check.ts';
import { convert } from './convert.ts';
import type { FormatContext } from './formats/format.ts';
import { geometryOption } from './geometry.ts';
import { lateError } from './late-error.ts';
import { outliersOf } from './outliers.ts';
import { connectorArguments, type IngestPlan, type IngestRequest, plan } from './plan.ts';
import { type PreviousReader, previousReader } from './previous.ts';
import { keepsAllRows, process } from './process.ts';
import { besideOurs, DATASOURCE, DEFINITION_LOCK } from './raw-name.ts';
import { readLimits } from './read-limits.ts';
import { type Reviewed, reportReview, review } from './review.ts';
import { runDetails } from './run-details.ts';
import { sayLatest } from './say-latest.ts';
import { connectorFor } from './sources/index.ts';
import { contentOf, type Fetched } from './sources/source.ts';
import { summarise } from './summary.ts';
import { writeParquet } from './write.ts';

export interface IngestContext {
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
}

/**
 * One version of one template, from its source into the store: plan → extract → convert → process → check → publish.
 * Nothing is visible before it is whole; a second run of the same version at the same time is refused.
 *
 * @throws LifecycleError PRJ_*, SRC_*, ING_*, STO_*
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
  });
  return writingStore(layout, () =>
    withClaim(layout, `ingest ${planned.template} ${planned.version}`, async (claim) => {
      const { template: id, version } = planned;
      await openIngestStore(layout).refuse({ id, version, overwrite: request.overwrite ?? false });
      return withStaging(claim, planned.template, async (staging) => {
        const run = new IngestRun(planned, request, context, claim, staging, started);
        const result = await run.carryOut();
        sayLatest(context.reporter, id, version, result.latest);
        return { ...result, plan: planned };
      });
    }),
  );
}

type RawFacts = Pick<FileFact, 'bytes' | 'sha256'>;

class IngestRun {
  readonly #plan: IngestPlan;
  readonly #request: IngestRequest;
  readonly #context: IngestContext;
  readonly #claim: Claim;
  readonly #started: Date;
  /** Becomes the version's directory. */
  readonly #versionDir: string;
  /** Intermediate files and what DuckDB spills. */
  readonly #workDir: string;
  readonly #limits: Pick<FormatContext, 'limits' | 'bounds'>;
  readonly #timings: Record<string, number> = {};
  #raw: Promise<RawFacts> | undefined;

  constructor(
    planned: IngestPlan,
    request: IngestRequest,
    context: IngestContext,
    claim: Claim,
    staging: string,
    started: Date,
  ) {
    this.#plan = planned;
    this.#request = request;
    this.#context = context;
    this.#claim = claim;
    this.#started = started;
    this.#versionDir = path.join(staging, 'version');
    this.#workDir = path.join(staging, 'work');
    const { env } = context.settings;
    this.#limits = {
      limits: archiveLimits(env.LIFECYCLE_ARCHIVE_LIMITS),
      bounds: readLimits(env.LIFECYCLE_READ_LIMITS),
    };
  }

  async carryOut(): Promise<PublishResult> {
    const { template, version } = this.#plan;
    await mkdir(this.#versionDir, { recursive: true });
    await mkdir(this.#workDir, { recursive: true });
    const store = openIngestStore(this.#claim.layout);
    const engine = await Engine.open({
      venvDir: this.#context.settings.venvDir,
      temporaryDir: this.#workDir,
      memoryLimit: this.#limits.bounds.memoryBytes,
    });
    const interrupt = () => engine.interrupt();
    this.#context.signal.addEventListener('abort', interrupt);
    const previous = previousReader(engine, store, template, version);
    const warming = this.#warmUp(engine);
    let fetched: Fetched;
    const made: Reviewed[] = [];
    try {
      fetched = await this.#timed('extract', () => this.#extract());
      const extraction = await this.#describeExtraction(fetched);
      for (const dataset of this.#plan.datasets) {
        made.push(await this.#transform(dataset, fetched, extraction, engine, previous));
      }
    } catch (error) {
      throw this.#context.signal.aborted ? this.#context.signal.reason : error;
    } finally {
      this.#context.signal.removeEventListener('abort', interrupt);
      await warming;
      engine.close();
    }
    this.#context.signal.throwIfAborted();
    const order = this.#plan.definition.version_order ?? undefined;
    const before = await versionBefore(store, template, version, order);
    const { datasets, refusal } = review(made, before?.record, this.#request.accept === true);
    const result = await this.#timed('publish', async () => {
      const record = await this.#record(fetched, datasets, previous);
      await this.#claim.assertHeld();
      return store.publish({
        id: template,
        version,
        dir: this.#versionDir,
        record,
        overwrite: this.#request.overwrite === true,
        latest: this.#request.latest !== false,
        refusal,
        order,
      });
    });
    reportReview(
      result,
      datasets.map((dataset) => dataset.id),
      this.#context.reporter,
    );
    return result;
  }

  /** Loads what the formats need while the raw file comes in. Where it fails, it fails again when it is needed. */
  async #warmUp(engine: Engine): Promise<void> {
    const isGeographic = ({ file_format }: DatasetDefinition) =>
      GEOGRAPHIC_FORMATS.has(file_format.type) || geometryOption(file_format) !== undefined;
    if (this.#plan.datasets.some(isGeographic)) await engine.load('spatial').catch(() => {});
  }

  async #timed<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const value = await this.#context.reporter.step(stage, work);
    this.#timings[stage] = Math.round((this.#timings[stage] ?? 0) * 1000 + performance.now() - start) / 1000;
    return value;
  }

  /** Publishing flushes the whole directory; until then nobody sees it. */
  #writeJson(name: string, value: unknown): Promise<void> {
    return writeFile(path.join(this.#versionDir, name), jsonText(value));
  }

  async #extract(): Promise<Fetched> {
    const { source, version, datasets } = this.#plan;
    const connector = await connectorFor(source.type);
    const fetched = await connector.fetch(connectorArguments(source), this.#versionDir, {
      ...this.#context,
      version,
      format: datasets[0]?.file_format.type,
    });
    const ids = this.#plan.definition.datasets.map((dataset) => dataset.id);
    return besideOurs(fetched, ids);
  }

  async #describeExtraction(fetched: Fetched): Promise<Extraction> {
    const details = runDetails(this.#context.settings, this.#started);
    const extraction: Extraction = {
      version: this.#plan.version,
      rawFilename: fetched.filename,
      runDetails: details,
      timestamp: String(details.timestamp),
      source: this.#plan.source,
    };
    const { definition, version, source } = this.#plan;
    await this.#writeJson(DEFINITION_LOCK, definitionLock(definition, version, source));
    await this.#writeJson(DATASOURCE, datasourceFile(definition, extraction));
    return extraction;
  }

  async #transform(
    dataset: DatasetDefinition,
    fetched: Fetched,
    extraction: Extraction,
    engine: Engine,
    previous: PreviousReader,
  ): Promise<Reviewed> {
    const { settings, reporter, signal } = this.#context;
    const { definition, mode } = this.#plan;
    const workDir = path.join(this.#workDir, dataset.id);
    await mkdir(workDir, { recursive: true });
    await mkdir(path.join(this.#versionDir, dataset.id), { recursive: true });

    const relative = `${dataset.id}/${dataset.id}.parquet`;
    const file = path.join(this.#versionDir, relative);
    const carryOut = (trustSample: boolean) =>
      withAssumptions(async (assume) => {
        const context = { engine, settings, reporter, signal, workDir, ...this.#limits, trustSample, assume };
        const raw = await this.#timed('convert', () => convert(fetched.path, dataset.file_format, context));
        // From here on the database works and JavaScript waits.
        void this.#settle(fetched);
        const previousVersion = (wanted: string) => previous.read(dataset.id, wanted);
        try {
          const processed = await this.#timed('process', () =>
            process(raw, dataset, mode, { ...context, previousVersion }),
          );
          check(processed.relation, dataset, definition);
          const written = await this.#timed('write', () => writeParquet(engine, processed.relation, file));
          return { ...processed, written };
        } catch (error) {
          signal.throwIfAborted();
          const noun = dataset.file_format.type === 'geojson' ? 'feature' : 'row';
          throw await atItsGeometry(engine, raw, noun, error);
        }
      });
    const { relation, changes, written } = await carryOut(keepsAllRows(dataset))
      .catch((error: unknown) => {
        if (!keepsAllRows(dataset) || !isBrokenAssumption(error)) throw error;
        reporter.log('info', `${dataset.id}: later rows are not like the first ones; all rows are looked at first`);
        return carryOut(false);
      })
      .catch((error: unknown) => {
        throw lateError(error, dataset.id);
      });
    const summaries = await summarise(engine, changes, { relation, rows: written.rows }, settings.env);
    if (this.#request.csv) await this.#writeCsv(engine, dataset.id, file);
    await this.#writeJson(
      `${dataset.id}/config.json`,
      configFile(definition, dataset, { ...extraction, steps: changes.map((change) => change.step), mode, summaries }),
    );
    const passed = changes.flatMap(({ before }) => before.geometry?.crs?.code ?? []);
    return {
      dataset: { id: dataset.id, path: relative, ...written },
      outliers: await outliersOf(engine, file, written, passed),
      rules: { ...this.#plan.projectRules, ...rulesOf(dataset.checks) },
    };
  }

  async #writeCsv(engine: Engine, dataset: DatasetId, parquet: string): Promise<void> {
    const target = path.join(this.#versionDir, dataset, `${dataset}.csv`);
    await engine.run(
      `COPY (SELECT * FROM read_parquet(${literal(parquet)})) TO ${literal(target)} (FORMAT csv, HEADER)`,
    );
  }

  async #record(fetched: Fetched, datasets: DatasetRecord[], previous: PreviousReader): Promise<IngestRecord> {
    const raw = await this.#settle(fetched);
    return {
      format: 1,
      template: this.#plan.template,
      version: this.#plan.version,
      created: this.#started.toISOString(),
      runner: 'native',
      mode: this.#plan.mode,
      previous: previous.used(),
      source: maskOutputData({
        type: this.#plan.source.type,
        ...(this.#request.file === undefined ? {} : { given: true }),
        ...raw,
        ...fetched.facts,
      }),
      raw: fetched.filename,
      datasets,
      files: await this.#hashFiles({ path: fetched.filename, ...raw }),
      timings: { ...this.#timings },
    };
  }

  /**
   * The raw file's size and hash, where the connector has not hashed it while it came in, and its bytes on the disk: begun
   * beside the work of the database, so that publishing need not wait for them.
   */
  #settle(fetched: Fetched): Promise<RawFacts> {
    if (this.#raw) return this.#raw;
    this.#raw = Promise.all([contentOf(fetched), syncFile(fetched.path)]).then(([content]) => content);
    // The record awaits it and gets its error; until then nobody may be there to take it.
    this.#raw.catch(() => {});
    return this.#raw;
  }

  async #hashFiles(raw: FileFact): Promise<FileFact[]> {
    const others = (await listFiles(this.#versionDir)).filter((file) => file !== raw.path);
    return [...(await hashFiles(this.#versionDir, others)), raw].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

const GEOGRAPHIC_FORMATS: ReadonlySet<string> = new Set(['shapefile', 'geodatabase', 'geojson']);
