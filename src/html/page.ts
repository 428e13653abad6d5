import { html, Markup, type Part } from './markup.ts';
import { STYLE } from './style.ts';

export interface Page {
  title: string;
  /** What stands in the page's one column, below nothing else. */
  body: Part;
  /** Rules that only this page needs, as CSS written by this program. */
  style?: string;
}

/**
 * A whole page in one file. It opens from disk and asks nobody for anything: its policy forbids scripts, pictures from
 * elsewhere, forms and frames, also where a value got past the escaping.
 */
export function page({ title, body, style = '' }: Page): string {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Markup(STYLE + style)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`.text;
}

interface PageColumn {
  heading: Part;
  align?: 'right';
}

/** A table that scrolls by itself where it is wider than the page, also by the keys. */
export function table(columns: readonly PageColumn[], rows: readonly (readonly Part[])[], caption?: Part): Markup {
  const number = (i: number) => columns[i]?.align === 'right' && new Markup(' class="number"');
  return html`<div class="scroll" tabindex="0"><table>${caption !== undefined && html`<caption>${caption}</caption>`}
<thead><tr>${columns.map(({ heading }, i) => html`<th scope="col"${number(i)}>${heading}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td${number(i)}>${cell}</td>`)}</tr>\n`)}</tbody></table></div>`;
}

/** Large figures under their names, in a row that wraps. */
export function facts(list: readonly (readonly [name: string, value: Part])[]): Markup {
  return html`<dl class="facts">${list.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** A value of the data: as it is, or the word null, which is no text. */
export function value(text: string | null): Markup {
  return text === null ? html`<span class="null">null</span>` : html`<span class="value">${text}</span>`;
}
