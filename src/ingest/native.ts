import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DEFAULT_LIMITS } from '../archive/limits.ts';
import { Engine } from '../engine/engine.ts';
import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import type { DatasetId } from '../ids.ts';
import { writeParquet } from '../parquet/write.ts';
import { discardsUndeclared, rulesOf } from '../project/dataset-checks.ts';
import type { DatasetDefinition } from '../project/project.ts';
import { FORMATS } from '../project/vocabulary/formats.ts';
import { ASSUMPTION, isBrokenAssumption, withAssumptions } from '../relation/assumption.ts';
import { geometryOption } from '../relation/geometry.ts';
import { isPromising } from '../relation/promise.ts';
import { type Relation, withColumns } from '../relation/relation.ts';
import { connectorFor } from '../sources/index.ts';
import { contentOf, type Fetched } from '../sources/source.ts';
import { type FileFact, syncFile } from '../store/files.ts';
import { atItsGeometry } from './bad-geometry.ts';
import { check } from './check.ts';
import { convert } from './convert.ts';
import { configFile, datasourceFile, definitionLock, type Extraction, jsonText } from './definition-files.ts';
import type { FormatContext } from './formats/format.ts';
import { DEFAULT_READ_LIMITS } from './formats/limits.ts';
import { lateError } from './late-error.ts';
import { outliersOf } from './outliers.ts';
import { connectorArguments } from './plan.ts';
import { type PreviousReader, previousReader } from './previous.ts';
import { process } from './process.ts';
import type { Production, Workshop } from './production.ts';
import { besideOurs, DATASOURCE, DEFINITION_LOCK } from './raw-name.ts';
import type { Reviewed } from './review.ts';
import { runDetails } from './run-details.ts';
import { summarise } from './summary.ts';

/** Makes a version with this program's own engine. */
export function produceNatively(workshop: Workshop): Promise<Production> {
  return new NativeRun(workshop).carryOut();
}

type RawFacts = Pick<FileFact, 'bytes' | 'sha256'>;

class NativeRun {
  readonly #workshop: Workshop;
  readonly #limits: Pick<FormatContext, 'limits' | 'bounds'>;
  #raw: Promise<RawFacts> | undefined;

  constructor(workshop: Workshop) {
    this.#workshop = workshop;
    const { settings } = workshop.context;
    this.#limits = {
      limits: { ...DEFAULT_LIMITS, ...settings.value('LIFECYCLE_ARCHIVE_LIMITS') },
      bounds: { ...DEFAULT_READ_LIMITS, ...settings.value('LIFECYCLE_READ_LIMITS') },
    };
  }

  async carryOut(): Promise<Production> {
    const { plan, context, store, workDir, timed } = this.#workshop;
    const { signal, settings } = context;
    const engine = await Engine.open({
      venvDir: settings.venvDir,
      temporaryDir: workDir,
      memoryLimit: this.#limits.bounds.memoryBytes,
    });
    using _stopping = engine.stoppedBy(signal);
    const previous = previousReader(engine, store, plan.template, plan.version);
    const warming = this.#warmUp(engine);
    const made: Reviewed[] = [];
    try {
      const fetched = await timed('extract', () => this.#extract());
      const extraction = await this.#describeExtraction(fetched);
      for (const dataset of plan.datasets) {
        made.push(await this.#transform(dataset, fetched, extraction, engine, previous));
      }
      return {
        raw: fetched.filename,
        content: () => this.#settle(fetched),
        facts: fetched.facts,
        made,
        previous: previous.used(),
      };
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    } finally {
      await warming;
      engine.close();
    }
  }

  /** Loads what the formats need while the raw file comes in. Where it fails, it fails again when it is needed. */
  async #warmUp(engine: Engine): Promise<void> {
    const isGeographic = ({ file_format }: DatasetDefinition) =>
      FORMATS[file_format.type].isGeographic || geometryOption(file_format) !== undefined;
    if (this.#workshop.plan.datasets.some(isGeographic)) await engine.load('spatial').catch(() => {});
  }

  /** Publishing flushes the whole directory; until then nobody sees it. */
  #writeJson(name: string, value: unknown): Promise<void> {
    return writeFile(path.join(this.#workshop.versionDir, name), jsonText(value));
  }

  async #extract(): Promise<Fetched> {
    const { source, version, datasets } = this.#workshop.plan;
    const connector = await connectorFor(source.type);
    const fetched = await connector.fetch(connectorArguments(source), this.#workshop.versionDir, {
      ...this.#workshop.context,
      version,
      format: datasets[0]?.file_format.type,
    });
    const ids = this.#workshop.plan.definition.datasets.map((dataset) => dataset.id);
    return besideOurs(fetched, ids);
  }

  async #describeExtraction(fetched: Fetched): Promise<Extraction> {
    const details = runDetails(this.#workshop.context.settings, this.#workshop.started);
    const extraction: Extraction = {
      version: this.#workshop.plan.version,
      rawFilename: fetched.filename,
      runDetails: details,
      timestamp: String(details.timestamp),
      source: this.#workshop.plan.source,
    };
    const { definition, version, source } = this.#workshop.plan;
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
    const { settings, reporter, signal, lookThroughBytes } = this.#workshop.context;
    const { definition, mode } = this.#workshop.plan;
    const workDir = path.join(this.#workshop.workDir, dataset.id);
    await mkdir(path.join(this.#workshop.versionDir, dataset.id), { recursive: true });

    const relative = `${dataset.id}/${dataset.id}.parquet`;
    const file = path.join(this.#workshop.versionDir, relative);
    let leftOut = 0;
    const carryOut = (trustSample: boolean) =>
      withAssumptions(async (assume) => {
        // What is unpacked is never written over; of an attempt before this one nothing is needed.
        await rm(workDir, { recursive: true, force: true });
        await mkdir(workDir, { recursive: true });
        const outside = { settings, reporter, signal, workDir, lookThroughBytes, ...this.#limits };
        leftOut = 0;
        const count = (rows: number) => {
          leftOut = rows;
        };
        const context = { ...outside, engine, trustSample, assume, leftOut: count };
        const raw = await this.#workshop.timed('convert', () => convert(fetched.path, dataset.file_format, context));
        // From here on the database works and JavaScript waits.
        void this.#settle(fetched);
        const previousVersion = (wanted: string) => previous.read(dataset.id, wanted);
        try {
          const processed = await this.#workshop
            .timed('process', () => process(raw, dataset, mode, { ...context, previousVersion }))
            .catch((error: unknown) => {
              // A step that finds columns of another kind may have been told so by the first rows alone.
              const mayBeMisled = trustSample && isPromising(raw) && !isBrokenAssumption(error);
              throw mayBeMisled && error instanceof LifecycleError ? new Error(ASSUMPTION, { cause: error }) : error;
            });
          const relation = this.#declaredOf(processed.relation, dataset);
          check(relation, dataset, definition);
          const written = await this.#workshop.timed('write', () => writeParquet(engine, relation, file));
          return { ...processed, relation, written };
        } catch (error) {
          signal.throwIfAborted();
          throw await atItsGeometry(engine, raw, FORMATS[dataset.file_format.type].record, error);
        }
      });
    const { relation, changes, written } = await carryOut(true)
      .catch((error: unknown) => {
        if (!(error instanceof Error) || !isBrokenAssumption(error)) throw error;
        const why =
          error.cause instanceof LifecycleError
            ? 'a step fails by what the first rows are like'
            : 'later rows are not like the first ones';
        reporter.log('info', `${dataset.id}: ${why}; all rows are looked at first`);
        return carryOut(false);
      })
      .catch((error: unknown) => {
        throw lateError(error, dataset.id);
      });
    const summaries = await summarise(engine, changes, { relation, rows: written.rows, file }, settings.env);
    if (this.#workshop.request.csv) await this.#writeCsv(engine, dataset.id, file);
    await this.#writeJson(
      `${dataset.id}/config.json`,
      configFile(definition, dataset, { ...extraction, steps: changes.map((change) => change.step), mode, summaries }),
    );
    const passed = changes.flatMap(({ before }) => before.geometry?.crs?.code ?? []);
    return {
      dataset: { id: dataset.id, path: relative, ...(leftOut > 0 ? { rows_left_out: leftOut } : {}), ...written },
      outliers: await outliersOf(engine, file, written, passed),
      rules: { ...this.#workshop.plan.projectRules, ...rulesOf(dataset.checks) },
    };
  }

  /** Without the columns that nobody has declared, where the template wants them left out. */
  #declaredOf(relation: Relation, dataset: DatasetDefinition): Relation {
    if (!discardsUndeclared(dataset, this.#workshop.plan.projectChecks)) return relation;
    const declared = new Set(dataset.columns.map(({ id }) => id));
    return withColumns(
      relation,
      relation.columns.filter(({ name }) => declared.has(name)),
    );
  }

  async #writeCsv(engine: Engine, dataset: DatasetId, parquet: string): Promise<void> {
    const target = path.join(this.#workshop.versionDir, dataset, `${dataset}.csv`);
    await engine.run(
      `COPY (SELECT * FROM read_parquet(${literal(parquet)})) TO ${literal(target)} (FORMAT csv, HEADER)`,
    );
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
}
