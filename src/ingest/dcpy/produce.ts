import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { LifecycleError } from '../../errors.ts';
import { maskOutputData, maskPartOf } from '../../masking/output.ts';
import { rulesOf } from '../../project/dataset-checks.ts';
import { OWN_FIELDS } from '../../project/definition.ts';
import type { DatasetDefinition } from '../../project/project.ts';
import { renderedTemplate } from '../../project/template.ts';
import { hashFile } from '../../store/files.ts';
import { RECORD_FILE } from '../../store/layout.ts';
import { jsonText } from '../definition-files.ts';
import { describeParquet } from '../describe-parquet.ts';
import { plannedSteps } from '../process.ts';
import type { Production, Workshop } from '../production.ts';
import { DATASOURCE, DEFINITION_LOCK } from '../raw-name.ts';
import type { Reviewed } from '../review.ts';
import { callDcpy } from './call.ts';
import { withoutFields } from './template-copy.ts';

/** Steps that look for the version before in a bucket of the department's, never in this store. */
const READ_PREVIOUS = new Set(['append_prev', 'upsert_column_of_previous_version']);
/** What a dataset is before its steps; the department keeps it, and nobody reads it. */
const BEFORE_STEPS = '_init.parquet';

/**
 * Makes a version with the department's own engine: the same call, nothing pushed, and its files as it wrote them, but
 * for secrets.
 *
 * @throws LifecycleError ING_DCPY
 */
export async function produceWithDcpy(workshop: Workshop): Promise<Production> {
  const { plan, request, context, versionDir, workDir, timed } = workshop;
  tellOfPrevious(workshop);
  const definitions = path.join(workDir, 'definitions');
  await mkdir(definitions);
  await writeFile(path.join(definitions, `${plan.template}.yml`), await templateFor(workshop));
  // The package makes it, and complains of one that is there.
  await rm(versionDir, { recursive: true });
  await timed('dcpy', () =>
    callDcpy(
      {
        template: plan.template,
        version: plan.version,
        options: {
          mode: plan.mode,
          datasets_filter: request.datasets?.length ? request.datasets : null,
          output_csv: request.csv === true,
        },
        paths: { staging_dir: versionDir, definition_dir: definitions, local_file_path: request.file ?? null },
      },
      workDir,
      context,
    ),
  );
  const raw = await rawNameIn(versionDir);
  const made: Reviewed[] = [];
  for (const dataset of plan.datasets) made.push(await timed('check', () => datasetOf(dataset, workshop)));
  for (const name of [DEFINITION_LOCK, DATASOURCE]) await maskFile(name, workshop);
  const content = hashFile(path.join(versionDir, raw));
  return { raw, content: () => content, facts: {}, made, previous: null };
}

function tellOfPrevious({ plan, context }: Workshop): void {
  const names = plan.datasets.flatMap((dataset) => plannedSteps(dataset, plan.mode).map((step) => step.name));
  for (const name of new Set(names.filter((each) => READ_PREVIOUS.has(each)))) {
    context.reporter.log(
      'warning',
      `${name} reads the version before as dcpy does, from the department's bucket (RECIPES_BUCKET), not from this store`,
    );
  }
}

/** The template's text; without our own fields, which the department's models refuse. */
async function templateFor({ template, plan }: Workshop): Promise<string> {
  const rendered = await renderedTemplate(template, plan.version);
  const cut = withoutFields(rendered, OWN_FIELDS);
  return cut === rendered ? template.text : cut;
}

async function rawNameIn(versionDir: string): Promise<string> {
  const { raw_filename: name } = await readJson(path.join(versionDir, DATASOURCE), DATASOURCE);
  const isName = typeof name === 'string' && path.basename(name) === name && name.toLowerCase() !== RECORD_FILE;
  if (isName && (await isFile(path.join(versionDir, name)))) return name;
  throw incomplete(`its ${DATASOURCE} names the raw file ${JSON.stringify(name)}, which cannot be kept`);
}

async function datasetOf(dataset: DatasetDefinition, workshop: Workshop): Promise<Reviewed> {
  const { plan, context, versionDir, workDir } = workshop;
  const { id } = dataset;
  const relative = `${id}/${id}.parquet`;
  const config = `${id}/config.json`;
  const { version } = await readJson(path.join(versionDir, config), config);
  if (version !== undefined && version !== plan.version) {
    throw incomplete(`${config} says version ${JSON.stringify(version)}, and ${plan.version} was asked for`);
  }
  const { facts, outliers } = await describeParquet(path.join(versionDir, relative), workDir, context).catch(
    (cause) => {
      throw incomplete(`it left no ${relative} that can be read`, cause);
    },
  );
  await maskFile(config, workshop);
  await rm(path.join(versionDir, id, BEFORE_STEPS), { force: true });
  return {
    dataset: { id, path: relative, ...facts },
    outliers,
    rules: { ...plan.projectRules, ...rulesOf(dataset.checks) },
  };
}

/** Takes secrets out of a file of the department's; one without any keeps its bytes. */
async function maskFile(name: string, { plan, versionDir }: Workshop): Promise<void> {
  const file = path.join(versionDir, name);
  const written = await readJson(file, name);
  const masked = maskOutputData(maskPartOf(plan.definition, written));
  if (!isDeepStrictEqual(masked, written)) await writeFile(file, jsonText(masked));
}

async function readJson(file: string, name: string): Promise<Record<string, unknown>> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw incomplete(`it left no ${name} that can be read`, cause);
  }
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
}

function incomplete(what: string, cause?: unknown): LifecycleError {
  return new LifecycleError('ING_DCPY', `dcpy ended well, but ${what}`, {
    cause,
    hint: 'the package in that Python may be another version than this program knows; `--runner native` does without it',
  });
}
