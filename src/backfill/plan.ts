import { manifestOf } from '../airflow/manifest.ts';
import { LifecycleError } from '../errors.ts';
import { parseVersion, type TemplateId } from '../ids.ts';
import { findProduct, findTemplate } from '../project/find.ts';
import type { IngestTemplate, Project } from '../project/project.ts';
import { firstError, resolveTemplate } from '../project/template.ts';
import type { SourceContext } from '../sources/source.ts';
import { openIngestStore } from '../store/ingest.ts';
import type { StoreLayout } from '../store/layout.ts';
import { suggestionHint } from '../suggest.ts';
import type { BatchRun, RunParameters } from './batch-record.ts';
import { failedRuns } from './failed-runs.ts';
import { hostOf } from './host.ts';
import { inputTemplates, recipePins } from './pins.ts';
import type { RunRow } from './runs-csv.ts';
import { lacks } from './standing.ts';
import { askSource, templateVersions } from './versions-report.ts';

/** Which templates, and which of their versions. */
export interface Selection {
  /** Ids with `*` and `?`. */
  ingest: readonly string[];
  tags: readonly string[];
  products: readonly string[];
  versions: readonly string[] | 'missing' | 'failed';
  /** Ask sources for what should exist. */
  remote: boolean;
  parameters: RunParameters;
}

export interface PlannedRun extends BatchRun {
  /** Why it is not run; null where it is. */
  skipped: string | null;
}

type Context = Omit<SourceContext, 'version'>;

interface Wanted {
  template: IngestTemplate;
  version: string;
  parameters: RunParameters;
}

/** @throws LifecycleError LIF_UNKNOWN_ID where a part of the selection finds nothing */
async function templatesOf(project: Project, { ingest, tags, products }: Selection): Promise<IngestTemplate[]> {
  const found = new Set<TemplateId>();
  const take = (ids: readonly TemplateId[], nothing: () => LifecycleError) => {
    if (ids.length === 0) throw nothing();
    for (const id of ids) found.add(id);
  };
  for (const pattern of ingest) {
    const source = pattern
      .replace(/[\\^$.+()[\]{}|/-]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    const matches = new RegExp(`^${source}$`);
    const ids = project.templates.map(({ id }) => id);
    take(
      ids.filter((id) => matches.test(id)),
      () =>
        new LifecycleError('LIF_UNKNOWN_ID', `no template is called ${JSON.stringify(pattern)}`, {
          hint: suggestionHint(pattern, ids) ?? 'quote a pattern, so that the shell leaves it alone',
        }),
    );
  }
  if (tags.length > 0) {
    const entries = (await manifestOf(project)).ingest;
    for (const tag of tags) {
      const ids = new Set(entries.filter((entry) => entry.tags.includes(tag)).map(({ id }) => id));
      take(
        project.templates.filter(({ id }) => ids.has(id)).map(({ id }) => id),
        () => {
          const all = [...new Set(entries.flatMap((entry) => entry.tags))];
          const hint = suggestionHint(tag, all) ?? 'tags are those that Airflow shows';
          return new LifecycleError('LIF_UNKNOWN_ID', `no template has the tag ${JSON.stringify(tag)}`, { hint });
        },
      );
    }
  }
  for (const id of products) {
    const product = findProduct(project, id);
    take(
      await inputTemplates(project, product),
      () => new LifecycleError('LIF_UNKNOWN_ID', `no template here makes an input of ${id}`),
    );
  }
  return project.templates.filter(({ id }) => found.has(id));
}

async function wantedVersions(
  context: Context,
  project: Project,
  layout: StoreLayout,
  selection: Selection,
): Promise<Wanted[]> {
  const { versions, remote, parameters } = selection;
  const templates = await templatesOf(project, selection);
  if (versions === 'failed') {
    const failed = await failedRuns(layout);
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
  const wanted: Wanted[] = [];
  for (const template of templates) {
    const declared = template.definition?.versions;
    if (!remote && declared && 'from_source' in declared) {
      context.reporter.log('warning', `which versions of ${template.id} should be, its source knows: --remote asks it`);
    }
    const told = remote ? await askSource(template, context) : undefined;
    const { missing } = await templateVersions(layout, template, { pins, told, now });
    wanted.push(...missing.map((version) => ({ template, version, parameters })));
  }
  return wanted;
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
  const wanted = rows.map(({ template, version, parameters, line }) => {
    try {
      return { template: findTemplate(project, template), version, parameters };
    } catch (error) {
      if (!(error instanceof LifecycleError)) throw error;
      const place = { file, line, column: 1 };
      throw new LifecycleError('LIF_BAD_RUNS_FILE', error.message, { place, hint: error.hint, cause: error });
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
    const parsed = parseVersion(version);
    const key = `${template.id} ${version}`;
    const skip = async (): Promise<[host: string | null, why: string | null]> => {
      if (seen.has(key)) return [null, 'it stands twice in the plan'];
      try {
        if (!template.definition) throw firstError(template);
        const host = parameters.file === undefined ? hostOf((await resolveTemplate(template, parsed)).source) : null;
        const record = await store.read(template.id, parsed);
        const stands = record !== undefined && !parameters.overwrite && !lacks(record, parameters);
        return [host, stands ? `stands since ${record.created.slice(0, 10)}` : null];
      } catch (error) {
        if (!(error instanceof LifecycleError)) throw error;
        return [null, `${error.code}: ${error.message}`];
      }
    };
    const [host, skipped] = await skip();
    seen.add(key);
    runs.push({ template: template.id, version, host, parameters, skipped });
  }
  return runs;
}
