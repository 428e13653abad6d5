import { createHash } from 'node:crypto';
import { html, Markup, type Part } from './markup.ts';
import { STYLE } from './style.ts';

export interface Page {
  title: string;
  /** What stands in the page's one column, below nothing else. */
  body: Part;
  /** Rules that only this page needs, as CSS written by this program. */
  style?: string;
  /** A file beside the page that holds the look of all pages, for sites of many; without it the look is in the page. */
  styleSheet?: string;
  /** The one script that may run, written by this program. */
  script?: string;
}

/** The look of all pages, for a style sheet. */
export const LOOK: string = STYLE;

/**
 * A whole page in one file. It opens from disk and asks nobody for anything: its policy forbids scripts, pictures from
 * elsewhere, forms and frames, also where a value got past the escaping.
 */
export function page({ title, body, style = '', styleSheet, script }: Page): string {
  const scripts =
    script === undefined ? '' : ` script-src 'sha256-${createHash('sha256').update(script).digest('base64')}';`;
  const styles = styleSheet === undefined ? "'unsafe-inline'" : "'self' 'unsafe-inline'";
  const policy = `default-src 'none';${scripts} style-src ${styles}; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Markup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
${styleSheet === undefined ? html`<style>${new Markup(STYLE + style)}</style>` : html`<link rel="stylesheet" href="${styleSheet}">`}
</head>
<body>
<main>
${body}
</main>
${script !== undefined && html`<script>${new Markup(script)}</script>`}
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
