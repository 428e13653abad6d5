import { counted, plural } from '../counts.ts';
import { html, Markup, type Part } from '../html/markup.ts';
import { facts, page } from '../html/page.ts';
import { cut } from '../reports/words.ts';
import { type Entry, href, sitePath } from './model.ts';
import { badge } from './parts.ts';
import { SEARCH_SCRIPT } from './script.ts';

/** One line of the search. */
interface Found {
  id: string;
  kind: 'template' | 'product';
  name: string;
  description: string;
  columns: string[];
  source: string;
  format: string[];
  /** Products whose builds took it; of a product itself. */
  product: string[];
  state: 'ok' | 'warnings' | 'quarantined' | 'none' | 'broken';
  made: string | null;
}

/** @param takers by the id of a template the products that took a version of it */
export function indexPage(
  entries: readonly Entry[],
  takers: ReadonlyMap<string, ReadonlySet<string>>,
  title: string,
): { page: string; index: string } {
  const found = entries.map((entry) => foundOf(entry, takers));
  const values = (of: (each: Found) => string | readonly string[]) =>
    [...new Set(found.flatMap(of))].filter((each) => each !== '').toSorted();
  const index = JSON.stringify(found);
  const versions = entries.reduce((sum, each) => sum + (each.kind === 'template' ? each.versions.length : 0), 0);
  const builds = entries.reduce((sum, each) => sum + (each.kind === 'product' ? each.builds.length : 0), 0);
  const body = html`<h1>${title}</h1>
${facts([
  ['templates', counted(entries.filter(({ kind }) => kind === 'template').length)],
  ['versions', counted(versions)],
  ['products', counted(entries.filter(({ kind }) => kind === 'product').length)],
  ['builds', counted(builds)],
])}
<p><a href="${sitePath.ages}">How old is every input of every product</a></p>
<div class="search">
<label class="wide">Search names, descriptions and columns<input id="query" type="search" autocomplete="off"></label>
${facet('kind', 'What', ['template', 'product'])}
${facet(
  'source',
  'Source',
  values((each) => each.source),
)}
${facet(
  'format',
  'Format',
  values((each) => each.format),
)}
${facet(
  'product',
  'Product',
  values((each) => each.product),
)}
${facet(
  'state',
  'State',
  values((each) => each.state),
)}
${facet('age', 'Age', ['week', 'month', 'year', 'older', 'never'])}
</div>
<p class="soft" id="count" role="status">${counted(entries.length)} in all</p>
<ul class="found">
${entries.map((entry, i) => line(entry, found[i]!))}
</ul>
<script type="application/json" id="index">${new Markup(index.replaceAll('<', '\\u003c'))}</script>`;
  return { page: page({ title, body, styleSheet: sitePath.style, script: SEARCH_SCRIPT }), index };
}

const WORDS: Readonly<Record<string, string>> = {
  ...{ week: 'up to 7 days', month: 'up to a month', year: 'up to a year', older: 'older', never: 'never made' },
  none: 'no versions',
};

function facet(name: string, title: string, values: readonly string[]): Part {
  if (values.length === 0) return null;
  return html`<label>${title}<select data-facet="${name}"><option value="">all</option>${values.map(
    (each) => html`<option value="${each}">${WORDS[each] ?? each}</option>`,
  )}</select></label>
`;
}

function foundOf(entry: Entry, takers: ReadonlyMap<string, ReadonlySet<string>>): Found {
  const { id, kind } = entry;
  if (entry.kind === 'product') {
    const [last] = entry.builds;
    const state = entry.problem !== null ? 'broken' : last ? 'ok' : 'none';
    const none = { name: '', description: '', columns: [], source: '', format: [] };
    return { id, kind, ...none, product: [id], state, made: last?.created ?? null };
  }
  const newest = entry.versions.find(({ version }) => version === entry.latest) ?? entry.versions[0];
  return {
    id,
    kind,
    name: entry.name ?? '',
    description: cut(entry.description ?? '', 400),
    columns: [...new Set(entry.datasets.flatMap((dataset) => dataset.columns))],
    source: entry.source ?? '',
    format: entry.formats,
    product: [...(takers.get(id) ?? [])],
    // A version after the latest one that is kept apart is what somebody has to look at.
    state:
      entry.problem !== null
        ? 'broken'
        : entry.versions[0]?.state === 'quarantined'
          ? 'quarantined'
          : (newest?.state ?? 'none'),
    made: newest?.created ?? null,
  };
}

function line(entry: Entry, found: Found): Markup {
  const { id, kind, name, description, state, made } = found;
  const target = kind === 'template' ? sitePath.template(id) : sitePath.product(id);
  const versions = entry.kind === 'template' ? entry.versions : entry.builds;
  const rows =
    entry.kind === 'template' ? entry.versions.find(({ version }) => version === entry.latest)?.rows : undefined;
  return html`<li><h2><a href="${href(sitePath.index, target)}">${id}</a></h2>
${name !== '' && html`<p>${name}</p>`}${description !== '' && html`<p class="soft">${cut(description, 220)}</p>`}
<p class="meta">${badge(state)}<span>${kind === 'product' ? 'product' : [found.source, found.format.join(', ')].filter(Boolean).join(', ')}</span>
<span>${plural(versions.length, kind === 'product' ? 'build' : 'version')}</span>${rows !== undefined && html`<span>${plural(rows, 'row')}</span>`}${
    made !== null && html`<span>made ${made.slice(0, 10)} (<span data-since="${made}">on that day</span>)</span>`
  }</p><p class="meta columns"></p></li>
`;
}
