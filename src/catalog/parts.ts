import { html, type Markup, type Part } from '../html/markup.ts';
import { page } from '../html/page.ts';
import { href, type State, sitePath } from './model.ts';

/** A page of the site: with the way back, and the look that all of them share. */
export function sitePage(
  name: string,
  {
    title,
    trail = [],
    body,
  }: { title: string; trail?: readonly (readonly [text: string, target: string])[]; body: Part },
): string {
  const way: Part[] = [html`<a href="${href(name, sitePath.index)}">Catalogue</a>`];
  for (const [text, target] of trail) way.push(html` / <a href="${href(name, target)}">${text}</a>`);
  return page({
    title,
    styleSheet: href(name, sitePath.style),
    body: html`<nav class="path" aria-label="Where this page is">${way}</nav>
${body}`,
  });
}

export const badge = (state: State | 'none' | 'broken'): Markup =>
  html`<span class="badge ${state}">${state === 'none' ? 'no versions' : state}</span>`;

/** A time as a date; the script of a page writes beside it how long ago that is. */
export const date = (iso: string): Markup => html`<time datetime="${iso}">${iso.slice(0, 10)}</time>`;
