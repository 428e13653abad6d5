import { isDeepStrictEqual } from 'node:util';
import { formatPlace, LifecycleError } from '../errors.ts';
import { parseVersion, type Version } from '../ids.ts';
import { inParallel } from '../in-parallel.ts';
import { findTemplate, type SoundTemplate } from '../project/find.ts';
import { makersOf } from '../project/makers.ts';
import type { IngestTemplate, Project } from '../project/project.ts';
import { resolveTemplate } from '../project/template.ts';
import type { SourceContext } from '../sources/source.ts';
import { type IngestStore, openIngestStore } from '../store/ingest.ts';
import type { StoreLayout } from '../store/layout.ts';
import { isQuarantined } from '../store/quarantine.ts';
import { isContent } from '../store/record-file.ts';
import type { BatchRun, RunParameters } from './batch-record.ts';
import { failedRuns } from './failed-runs.ts';
import { hostOf } from './host.ts';
import { recipePins } from './pins.ts';
import type { RunRow } from './runs-csv.ts';
import { selectTemplates, type TemplateSelection } from './select-templates.ts';
import { lacks } from './standing.ts';
import { askSource, type Told, templateVersions, unknownMissing } from './versions-report.ts';

/** Which templates, and which of their versions. */
export interface Selection extends TemplateSelection {
  versions: readonly string[] | 'missing' | 'failed';
  /** Ask sources for what should exist. */
  remote: boolean;
  parameters: RunParameters;
}

export interface PlannedRun extends BatchRun {
  /** Why it is not run; null where it is. */
  skipped: string | null;
  /** The code of the error that this is. */
  code?: string;
}

type Context = Omit<SourceContext, 'version'>;

/** Sources that are asked for their versions at a time. */
const ASKED_AT_ONCE = 4;

interface Wanted {
  template: IngestTemplate;
  version: string;
  parameters: RunParameters;
}

async function wantedVersions(
  context: Context,
  project: Project,
  layout: StoreLayout,
  selection: Selection,
): Promise<Wanted[]> {
  const { versions, remote, parameters } = selection;
  const templates = await selectTemplates(project, selection);
  if (versions === 'failed') {
    const failed = await failedRuns(layout, context.reporter);
    return templates.flatMap((template) =>
      failed
        .filter((run) => run.template === template.id)
        .map(({ version, parameters: own }) => ({ template, version, parameters: { ...own, ...parameters } })),
    );
  }
  if (versions !== 'missing') {
    return templates.flatMap((template) => versions.map((version) => ({ template, version, parameters })));
  }
  const pins = await recipePins(project, context.settings.env);
  for (const { product, reason } of pins.unknown) {
    context.reporter.log('warning', `what the recipe of ${product} pins is not known: ${reason}`);
  }
  const now = new Date();
  const wanted = await inParallel(templates, ASKED_AT_ONCE, async (template) => {
    if (!template.definition) {
      context.reporter.log('warning', unknownMissing(template));
      return [];
    }
    const declared = template.definition.versions;
    if (!remote && declared && 'from_source' in declared) {
      context.reporter.log('warning', `which versions of ${template.id} should be, its source knows: --remote asks it`);
    }
    const told = remote ? await askedSource(template, context) : undefined;
    const { missing } = await templateVersions(layout, template, { pins, told, now });
    return missing.map((version) => ({ template, version, parameters }));
  });
  return wanted.flat();
}

/** One source that does not answer hides nothing of the others. */
async function askedSource(template: IngestTemplate, context: Context): Promise<Told | undefined> {
  try {
    const told = await askSource(template, context);
    if (told?.versions.length === 0) context.reporter.log('warning', `the source of ${template.id} lists no versions`);
    return told;
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof LifecycleError)) throw error;
    context.reporter.log('warning', `the source of ${template.id} tells no versions: ${error.message}`);
    return undefined;
  }
}

/**
 * What a batch would run, and what it would not. Nothing is fetched, and nothing written.
 *
 * @throws LifecycleError LIF_UNKNOWN_ID, LIF_BAD_VERSION, SRC_* where sources are asked
 */
export async function planSelection(
  context: Context,
  project: Project,
  layout: StoreLayout,
  selection: Selection,
): Promise<PlannedRun[]> {
  return planned(layout, await wantedVersions(context, project, layout, selection));
}

/** The same for the rows of a file. @throws LifecycleError LIF_BAD_RUNS_FILE with the row that is wrong */
export async function planRows(
  project: Project,
  layout: StoreLayout,
  rows: readonly RunRow[],
  file: string,
): Promise<PlannedRun[]> {
  const found = new Map<string, SoundTemplate>();
  const first = new Map<string, RunRow>();
  const wanted = rows.map((row) => {
    const { template: id, version, parameters, line } = row;
    const place = { file, line, column: 1 };
    const before = first.get(`${id} ${version}`);
    if (before && !isDeepStrictEqual(before.parameters, parameters)) {
      const message = `${id} ${version} stands in line ${before.line} too, with other parameters`;
      const hint = 'a version is made once: say in one row how; several `datasets` have blanks between';
      throw new LifecycleError('LIF_BAD_RUNS_FILE', message, { place, hint });
    }
    first.set(`${id} ${version}`, before ?? row);
    try {
      const template = found.get(id) ?? findTemplate(project, id);
      found.set(id, template);
      return { template, version, parameters };
    } catch (error) {
      if (!(error instanceof LifecycleError)) throw error;
      const at = error.place ? `${formatPlace(error.place)}: ` : '';
      throw new LifecycleError('LIF_BAD_RUNS_FILE', at + error.message, { place, hint: error.hint, cause: error });
    }
  });
  return planned(layout, wanted);
}

/** The same for versions that are known. @throws LifecycleError LIF_UNKNOWN_ID, LIF_BAD_VERSION */
export async function planVersions(
  project: Project,
  layout: StoreLayout,
  versions: readonly { template: string; version: string }[],
): Promise<PlannedRun[]> {
  return planned(
    layout,
    versions.map(({ template, version }) => ({ template: findTemplate(project, template), version, parameters: {} })),
  );
}

async function planned(layout: StoreLayout, wanted: readonly Wanted[]): Promise<PlannedRun[]> {
  const store = openIngestStore(layout);
  const seen = new Set<string>();
  const runs: PlannedRun[] = [];
  for (const { template, version, parameters } of wanted) {
    const run = { template: template.id, version, host: null, parameters };
    const key = `${template.id} ${version}`;
    if (seen.has(key)) {
      runs.push({ ...run, skipped: 'it stands twice in the plan' });
      continue;
    }
    seen.add(key);
    try {
      runs.push({ ...run, ...(await whetherToRun(store, template, parseVersion(version), parameters)) });
    } catch (error) {
      if (!(error instanceof LifecycleError)) throw error;
      const place = error.place ? `${formatPlace(error.place)}: ` : '';
      runs.push({ ...run, skipped: `${error.code}: ${place}${error.message}`, code: error.code });
    }
  }
  return runs;
}

async function whetherToRun(
  store: IngestStore,
  template: IngestTemplate,
  version: Version,
  parameters: RunParameters,
): Promise<Pick<PlannedRun, 'host' | 'replaces' | 'skipped'>> {
  const { source } = await resolveTemplate(template, version);
  const host = parameters.file === undefined ? hostOf(source) : null;
  const record = await store.read(template.id, version).catch((error: unknown) => {
    if (parameters.overwrite && isContent(error)) return undefined;
    throw error;
  });
  if (!record || lacks(record, parameters)) return { host, skipped: null };
  if (parameters.overwrite) return { host, replaces: record.created, skipped: null };
  const stands = isQuarantined(record) ? 'stands quarantined' : 'stands';
  return { host, skipped: `${stands} since ${record.created.slice(0, 10)}` };
}

/** Templates of a plan by those that are made after them: what one depends on, at once or by way of others. */
export function dependenciesWithin(project: Project, plan: readonly PlannedRun[]): Record<string, string[]> {
  const makers = makersOf(project);
  const definitions = new Map(project.templates.map(({ id, definition }) => [id as string, definition]));
  const planned = new Set(plan.filter(({ skipped }) => skipped === null).map(({ template }) => template));
  const found: Record<string, string[]> = {};
  for (const template of planned) {
    const inputs = new Set<string>();
    const toLookAt = [template];
    for (let id = toLookAt.pop(); id !== undefined; id = toLookAt.pop()) {
      for (const name of definitions.get(id)?.depends_on ?? []) {
        const maker = makers.get(name);
        if (maker === undefined || inputs.has(maker)) continue;
        inputs.add(maker);
        toLookAt.push(maker);
      }
    }
    const within = [...inputs].filter((id) => planned.has(id) && id !== template);
    if (within.length > 0) found[template] = within;
  }
  return found;
}
