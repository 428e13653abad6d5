import { html, type Part } from '../html/markup.ts';
import { page, table } from '../html/page.ts';
import { href, type ProductEntry, sitePath, type TemplateEntry } from './model.ts';
import { date } from './parts.ts';
import { AGES_SCRIPT } from './script.ts';

/** How old every input of every product is: of the build made last. */
export function agesPage(
  products: readonly ProductEntry[],
  owners: ReadonlyMap<string, TemplateEntry>,
  find: (id: string, version: string) => string | undefined,
): string {
  const name = sitePath.ages;
  const rows: Part[][] = [];
  for (const { id, builds } of products) {
    const [last] = builds;
    for (const { id: input, version } of last?.inputs ?? []) {
      const template = owners.get(input);
      const own = template?.versions.find((each) => each.version === version);
      const target = version === null ? undefined : find(input, version);
      const newest = template?.latest ?? template?.versions[0]?.version;
      rows.push([
        html`<a href="${href(name, sitePath.product(id))}">${id}</a>`,
        html`<a href="${href(name, sitePath.build(id, last!.key))}">${last!.key}</a>`,
        html`<code>${input}</code>`,
        target === undefined ? (version ?? '-') : html`<a href="${href(name, target)}">${version}</a>`,
        own ? date(own.created) : '-',
        own ? html`<span data-since="${own.created}"></span>` : '-',
        newest === undefined
          ? '-'
          : newest === version
            ? html`<span class="badge ok">the newest</span>`
            : html`<span class="badge warnings">${newest}</span>`,
      ]);
    }
  }
  const headings = ['product', 'build', 'input', 'version', 'made', 'age', 'newest in the store'];
  const none = html`<p class="soft">No product has a finished build with inputs.</p>`;
  const body = html`<nav class="path" aria-label="Where this page is"><a href="${sitePath.index}">Catalogue</a></nav>
<h1>How old is every input of every product</h1>
<p class="soft">Of each product the build made last. The age is that of the version that it took, on the day that you read this.</p>
${
  rows.length === 0
    ? none
    : table(
        headings.map((heading) => ({ heading })),
        rows,
      )
}`;
  return page({ title: 'How old is every input', styleSheet: sitePath.style, body, script: AGES_SCRIPT });
}
