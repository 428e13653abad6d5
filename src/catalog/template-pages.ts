import { counted } from '../counts.ts';
import { html, type Part } from '../html/markup.ts';
import { facts, table } from '../html/page.ts';
import type { Profile } from '../profile/document.ts';
import type { Definition } from '../project/project.ts';
import { formatBytes } from '../report.ts';
import { profilePart, schemaPart } from '../reports/columns.ts';
import type { Use } from '../reports/lineage.ts';
import { changesPart, filesPart, link, quarantinePart, section, sourcePart, timingsPart } from '../reports/parts.ts';
import type { DatasetConfig } from '../reports/steps.ts';
import { aboutOf, againPart, checkedPart, descriptionsOf, stepsOf, usesPart } from '../reports/version-report.ts';
import { moment } from '../reports/words.ts';
import type { IngestRecord } from '../store/ingest-record.ts';
import { href, sitePath, type TemplateEntry, type VersionFacts } from './model.ts';
import { badge, date, sitePage } from './parts.ts';

/** What the page of a version is made of. */
export interface VersionContent {
  facts: VersionFacts;
  record: IngestRecord;
  /** By dataset. */
  configs: ReadonlyMap<string, DatasetConfig>;
  /** Those that have been made and are kept. */
  profiles: ReadonlyMap<string, Profile>;
  uses: readonly Use[];
}

export function versionPage(
  name: string,
  entry: TemplateEntry,
  content: VersionContent,
  definition?: Definition,
): string {
  const { id } = entry;
  const title = `${id}@${content.facts.version}`;
  const body = html`<h1>${title}</h1>
${content.facts.version === entry.latest && html`<p><span class="badge ok">latest</span></p>`}
${versionParts(name, entry, content, definition)}`;
  return sitePage(name, { title, trail: [[id, sitePath.template(id)]], body });
}

/** The parts of a report that need no look at the data. */
function versionParts(name: string, { id }: TemplateEntry, content: VersionContent, definition?: Definition): Part {
  const { facts: own, record, configs, profiles, uses } = content;
  const several = record.datasets.length > 1;
  const datasets = record.datasets.map((dataset) => {
    const profile = profiles.get(dataset.id);
    const part = (key: string, heading: string, body: Part) =>
      section(
        several ? `${dataset.id}-${key}` : key,
        several ? `${dataset.id}: ${heading.toLowerCase()}` : heading,
        body,
      );
    return html`${part('columns', 'Columns', schemaPart(dataset.columns, descriptionsOf(definition, dataset.id), profile))}
${part('profile', 'Values', profile && profilePart(profile))}
${part('checks', 'Checks', checkedPart(dataset))}
${part('changes', 'Changes', changesPart(dataset.changes))}
${part('steps', 'Steps', stepsOf(configs.get(dataset.id) ?? {}, dataset.rows))}`;
  });
  return html`<p class="soft">Made ${moment(record.created)} by ${record.runner}.${
    own.report &&
    html` <a href="${href(name, sitePath.versionReport(id, own.version))}">Its report</a> shows the rows themselves.`
  }</p>
${quarantinePart(record)}
${facts([
  ['rows', counted(own.rows)],
  ['columns', counted(record.datasets.reduce((sum, dataset) => sum + dataset.columns.length, 0))],
  ['size', formatBytes(own.bytes)],
  ['state', own.state],
])}
${datasets}
${section('source', 'Source', sourcePart(record))}
${section(
  'used',
  'What was built from it',
  usesPart(uses, (use) => href(name, sitePath.build(use.product, use.key))),
)}
${section('files', 'Files', html`${filesPart(record.files)}${timingsPart(record.timings)}`)}
${section('again', 'Make it again', againPart(record))}`;
}

export function templatePage(
  name: string,
  entry: TemplateEntry,
  newest: VersionContent | undefined,
  uses: readonly Use[],
  definition?: Definition,
): string {
  const about = aboutOf(definition, newest ? [...newest.configs.values()] : []);
  const body = html`<h1>${about.name ?? entry.id}</h1>
<p class="soft"><code>${entry.id}</code>${entry.source !== null && html`, ${entry.formats.join(', ')} from ${entry.source}`}</p>
${about.description && html`<p class="lead">${about.description}</p>`}
${about.url && html`<p>${link(about.url)}</p>`}
${entry.problem !== null && html`<p class="note bad">${entry.problem}</p>`}
${definition && definition.depends_on.length > 0 && html`<p>It is made after ${definition.depends_on.join(', ')}.</p>`}
${section('versions', 'Versions', versionsPart(name, entry))}
${section('products', 'What was built from it', entry.versions.length > 0 && lineagePart(name, uses))}
${newest && html`<h2>${newest.facts.version === entry.latest ? 'The latest version' : 'The newest version'}, ${newest.facts.version}</h2>${versionParts(name, entry, newest, definition)}`}`;
  return sitePage(name, { title: entry.id, body });
}

function versionsPart(name: string, { id, versions, latest }: TemplateEntry): Part {
  if (versions.length === 0) return html`<p class="soft">None yet: <code>lifecycle ingest ${id}</code></p>`;
  const rows = versions.map((each) => [
    html`<a href="${href(name, sitePath.version(id, each.version))}">${each.version}</a>${each.version === latest && html` <span class="badge ok">latest</span>`}`,
    badge(each.state),
    date(each.created),
    counted(each.rows),
    formatBytes(each.bytes),
    each.report && html`<a href="${href(name, sitePath.versionReport(id, each.version))}">report</a>`,
  ]);
  return table(
    [
      { heading: 'version' },
      { heading: 'state' },
      { heading: 'made' },
      { heading: 'rows', align: 'right' },
      { heading: 'size', align: 'right' },
      { heading: 'page' },
    ],
    rows,
  );
}

/** Of each product the build that took a version last. */
function lineagePart(name: string, uses: readonly Use[]): Part {
  if (uses.length === 0) return html`<p class="soft">No finished build took a version of it.</p>`;
  const rows = [...Map.groupBy(uses, ({ product }) => product)].map(([product, all]) => [
    html`<a href="${href(name, sitePath.product(product))}">${product}</a>`,
    counted(new Set(all.map(({ key }) => key)).size),
    html`<a href="${href(name, sitePath.build(product, all[0]!.key))}">${all[0]!.key}</a>`,
    date(all[0]!.created),
  ]);
  return table(
    [{ heading: 'product' }, { heading: 'builds', align: 'right' }, { heading: 'the last one' }, { heading: 'made' }],
    rows,
  );
}
