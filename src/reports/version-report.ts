import { readFileSync } from 'node:fs';
import path from 'node:path';
import { counted } from '../counts.ts';
import { html, type Markup, type Part } from '../html/markup.ts';
import { facts, page, table } from '../html/page.ts';
import { loadTemplate } from '../project/load-template.ts';
import type { Definition } from '../project/project.ts';
import { formatBytes } from '../report.ts';
import { shellWord } from '../shell-word.ts';
import { type DatasetRecord, fileOf, type IngestRecord } from '../store/ingest-record.ts';
import { storeLayout } from '../store/layout.ts';
import type { NamedData, NamedVersion } from '../store/reference.ts';
import { profilePart, schemaPart } from './columns.ts';
import { allBuilds, type Use, usesOf } from './lineage.ts';
import {
  changesPart,
  checksPart,
  command,
  filesPart,
  firstRowsPart,
  footer,
  link,
  quarantinePart,
  section,
  sourcePart,
  timingsPart,
  warningsPart,
} from './parts.ts';
import { type DatasetConfig, shownSteps, stepsPart } from './steps.ts';
import { REPORT_STYLE } from './style.ts';
import { diffPart, type ReportContext, tableParts } from './table-parts.ts';
import { moment } from './words.ts';

type VersionData = NamedData & { origin: NamedVersion };

/** The report of a published version, with all of its datasets or those that were named. */
export async function versionReport(datasets: readonly VersionData[], context: ReportContext): Promise<string> {
  const { template, version, record, dir } = datasets[0]!.origin;
  const { definition } = (await loadTemplate(context.settings.projectDir, template)) ?? {};
  const configs = datasets.map(({ origin }) => readConfig(dir, origin.dataset.id));
  const uses = usesOf(
    await allBuilds(storeLayout(context.settings.storeDir)),
    version,
    record.datasets.map(({ id, path: file }) => ({ id, sha256: fileOf(record, file)?.sha256 })),
  );
  const parts: Markup[] = [];
  for (const [i, data] of datasets.entries()) {
    parts.push(await datasetPart(data, configs[i]!, definition, datasets.length > 1, context));
  }
  const about = aboutOf(definition, configs);
  const title = `${datasets.length === 1 ? datasets[0]!.origin.dataset.id : template}@${version}`;
  const body = html`<h1>${about.name ?? template}</h1>
<p class="soft"><code>${title}</code>, made ${moment(record.created)} by ${record.runner}</p>
${about.description && html`<p class="lead">${about.description}</p>`}
${about.url && html`<p>${link(about.url)}</p>`}
${quarantinePart(record)}
${facts([
  ['rows', counted(datasets.reduce((sum, { origin }) => sum + origin.dataset.rows, 0))],
  ['columns', counted(datasets.reduce((sum, { origin }) => sum + origin.dataset.columns.length, 0))],
  ['size', formatBytes(datasets.reduce((sum, { fact }) => sum + (fact?.bytes ?? 0), 0))],
  ['warnings', counted(datasets.reduce((sum, { origin }) => sum + (origin.dataset.warnings?.length ?? 0), 0))],
])}
${parts}
${section('source', 'Source', sourcePart(record))}
${section('used', 'What was built from it', usesPart(uses))}
${section('files', 'Files', html`${filesPart(record.files)}${timingsPart(record.timings)}`)}
${section('again', 'Make it again', againPart(record))}
${footer(new Date())}`;
  return page({ title, body, style: REPORT_STYLE });
}

/** The department's tools may have written it, or somebody by hand: what is not understood is left out. */
export function readConfig(dir: string, dataset: string): DatasetConfig {
  try {
    // A catalogue reads ten thousand of them, one after another: waiting for each would take longer than reading it.
    const config: unknown = JSON.parse(readFileSync(path.join(dir, dataset, 'config.json'), 'utf8'));
    return typeof config === 'object' && config !== null ? (config as DatasetConfig) : {};
  } catch {
    return {};
  }
}

/** What it is, as the version says it itself; else as the template says it today. */
export function aboutOf(definition: Definition | undefined, configs: readonly DatasetConfig[]) {
  const [only, ...others] = configs;
  const own = others.length === 0 ? only?.attributes : undefined;
  const { name, description, url } = { ...definition?.attributes, ...only?.source?.attributes, ...own };
  return { name: name ?? undefined, description: description ?? undefined, url: url ?? undefined };
}

/** Descriptions of columns: those of one-to-one templates stand in the template alone. */
export function descriptionsOf(definition: Definition | undefined, dataset: string): Map<string, string> {
  const columns = definition?.datasets.find(({ id }) => id === dataset)?.columns ?? [];
  return new Map(columns.flatMap(({ id, description }) => (description ? [[id, description] as const] : [])));
}

async function datasetPart(
  data: VersionData,
  config: DatasetConfig,
  definition: Definition | undefined,
  isOneOfSeveral: boolean,
  context: ReportContext,
): Promise<Markup> {
  const { dataset } = data.origin;
  const { profile, first, map, problems } = await tableParts(data, context);
  const compared = await diffPart(data, context).catch((error: unknown) => {
    context.signal.throwIfAborted();
    problems.push(`what changed row by row cannot be shown: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  });
  const id = (name: string) => (isOneOfSeveral ? `${dataset.id}-${name}` : name);
  const title = (name: string) => (isOneOfSeveral ? `${dataset.id}: ${name.toLowerCase()}` : name);
  const part = (name: string, heading: string, body: Part) => section(id(name), title(heading), body);
  return html`${problems.map((problem) => html`<p class="note bad">${problem}</p>`)}
${part('map', 'Map', map)}
${part('columns', 'Columns', schemaPart(dataset.columns, descriptionsOf(definition, dataset.id), profile))}
${part('profile', 'Values', profile && profilePart(profile))}
${part('rows', 'First rows', first && firstRowsPart(first, dataset.rows))}
${part('checks', 'Checks', checkedPart(dataset))}
${part('changes', 'Changes', html`${changesPart(dataset.changes)}${compared}`)}
${part('steps', 'Steps', stepsOf(config, dataset.rows))}`;
}

/** Checks and warnings; that there are none is said as well. */
export function checkedPart({ checks = [], warnings = [] }: DatasetRecord): Markup {
  const failing = checks.filter(({ status }) => status !== 'passed').length;
  const said =
    checks.length === 0
      ? 'The template asks for no checks of its rows and columns.'
      : `${counted(checks.length - failing)} of ${counted(checks.length)} checks passed.`;
  return html`<p>${said}${warnings.length === 0 && ' No warnings.'}</p>${warningsPart(warnings)}${checksPart(checks)}`;
}

export function stepsOf(config: DatasetConfig, rows: number): Part {
  const mode = config.transformation?.processing_mode;
  return html`${mode && html`<p>In the mode <code>${mode}</code>.</p>`}${stepsPart(shownSteps(config, rows))}
<p class="soft">Steps are put together into one query, which runs while the file is written: the seconds of a step are those until its part of it was ready.</p>`;
}

export function usesPart(uses: readonly Use[], linkTo?: (use: Use) => string): Markup {
  if (uses.length === 0) return html`<p class="soft">No finished build took this version.</p>`;
  const named = (use: Use) => html`<code>builds.${use.product}@${use.key}</code>`;
  const rows = uses.map((use) => [
    linkTo ? html`<a href="${linkTo(use)}">${named(use)}</a>` : named(use),
    html`<code>${use.dataset}</code>`,
    moment(use.created),
  ]);
  return table([{ heading: 'build' }, { heading: 'took' }, { heading: 'made' }], rows);
}

export function againPart({ template, version, mode, runner, source }: IngestRecord): Markup {
  if (runner === 'adopted')
    return html`<p>It was adopted: a file made elsewhere.</p>${command(`lifecycle adopt ${shellWord(template)} ${shellWord(version)} FILE --overwrite`)}`;
  const words = [
    `lifecycle ingest ${shellWord(template)} ${shellWord(version)} --overwrite`,
    ...(mode === null ? [] : [`--mode ${shellWord(mode)}`]),
    ...(source.given === true ? ['--file RAW'] : []),
    ...(runner === 'native' ? [] : [`--runner ${runner}`]),
  ];
  return html`${command(words.join(' '))}<p class="soft">The same content again is “unchanged, verified”; other content replaces it.</p>`;
}
