import { LifecycleError } from '../errors.ts';
import { parseVersion, type TemplateId, type Version } from '../ids.ts';
import { newYorkDate } from '../new-york-time.ts';
import type { DatasetRules } from '../project/dataset-checks.ts';
import type { SoundTemplate } from '../project/find.ts';
import type { DatasetDefinition, Definition, Source } from '../project/project.ts';
import { projectSettings } from '../project/project-file.ts';
import type { Runner } from '../project/runner.ts';
import { otherArguments } from '../project/source.ts';
import { resolveTemplate } from '../project/template.ts';
import { connectorFor } from '../sources/index.ts';
import type { SourceContext } from '../sources/source.ts';
import { closest } from '../suggest.ts';
import { plannedSteps } from './process.ts';

/** What somebody asks for of a template; everything may be left out. */
export interface IngestRequest {
  version?: string | undefined;
  /** A raw file that takes the place of the source. */
  file?: string | undefined;
  mode?: string | undefined;
  /** Only these datasets of a one-to-many template. */
  datasets?: readonly string[] | undefined;
  /** Move the `latest` pointer; on unless said otherwise. */
  latest?: boolean | undefined;
  overwrite?: boolean | undefined;
  /** Publish although checks refuse it. */
  accept?: boolean | undefined;
  csv?: boolean | undefined;
  /** What makes the version, whatever template and project say. */
  runner?: Runner | undefined;
}

export interface IngestPlan {
  template: TemplateId;
  version: Version;
  definition: Definition;
  datasets: DatasetDefinition[];
  /** The definition's own source, or the local file that takes its place. */
  source: Source;
  mode: string | null;
  runner: Runner;
  /** What the project asks of every dataset. */
  projectRules: DatasetRules;
  /** The same, as it was read. */
  projectChecks: unknown;
}

/** Settles everything that can be settled before a byte is fetched. */
export async function plan(
  template: SoundTemplate,
  request: IngestRequest,
  context: Omit<SourceContext, 'version'>,
): Promise<IngestPlan> {
  const given = request.version === undefined ? undefined : parseVersion(request.version);
  const version = given ?? (await versionFromSource(template.definition.source, request, context));
  const definition = await resolveTemplate(template, version);
  const mode = request.mode ?? null;
  const datasets = selectDatasets(definition, request.datasets);
  for (const dataset of datasets) plannedSteps(dataset, mode);
  const source = request.file === undefined ? definition.source : localFile(request.file);
  const ofProject = projectSettings(context.settings.projectDir);
  const runner = request.runner ?? definition.runner ?? ofProject.runner ?? 'native';
  return {
    template: template.id,
    version,
    definition,
    datasets,
    source,
    mode,
    runner,
    projectRules: ofProject.rules,
    projectChecks: ofProject.checks,
  };
}

async function versionFromSource(
  source: Source,
  request: IngestRequest,
  context: Omit<SourceContext, 'version'>,
): Promise<Version> {
  if (request.file === undefined) {
    const connector = await connectorFor(source.type);
    const told = await connector.latestVersion?.(connectorArguments(source), { ...context, version: undefined });
    if (told !== undefined) return parseVersion(told);
  }
  return parseVersion(newYorkDate(new Date()));
}

/** What the template wrote, without `type`, and with the key as `key` in place of the name that it had. */
export function connectorArguments(source: Source): Record<string, unknown> {
  const others = otherArguments(source);
  return source.key === null ? others : { ...others, key: source.key };
}

function localFile(file: string): Source {
  return { type: 'local_file', key: file, arguments: { type: 'local_file', key: file } };
}

function selectDatasets(definition: Definition, wanted: readonly string[] | undefined): DatasetDefinition[] {
  if (!wanted || wanted.length === 0) return definition.datasets;
  const ids = definition.datasets.map((dataset) => dataset.id as string);
  for (const id of wanted) {
    if (ids.includes(id)) continue;
    const near = closest(id, ids);
    throw new LifecycleError('LIF_UNKNOWN_ID', `template ${definition.id} has no dataset ${JSON.stringify(id)}`, {
      hint: near ? `did you mean ${near}?` : `its datasets are ${ids.join(', ')}`,
    });
  }
  return definition.datasets.filter((dataset) => wanted.includes(dataset.id));
}
