import { counted } from '../counts.ts';
import { html, type Markup, type Part } from '../html/markup.ts';
import { value } from '../html/page.ts';
import type { ColumnProfile, Histogram } from '../profile/document.ts';
import { share, short } from './words.ts';

const WIDTH = 240;
const HEIGHT = 48;
/** Frequent values that are shown. */
const NAMED = 5;

/** How the values of a column are spread: a histogram where it has one, else its most frequent values. */
export function plotOf(column: ColumnProfile, rows: number): Part {
  const { histogram, frequent } = column;
  if (histogram && histogram.counts.length > 1) return histogramOf(histogram, column);
  const shown = frequent.slice(0, NAMED);
  if (shown.length === 0 || shown.every(({ count }) => count === 1)) return null;
  return html`<ul class="bars">${shown.map(
    ({ value: text, count, cut }) =>
      html`<li><span>${value(text === '' ? '(empty)' : cut ? `${text}…` : text)}</span><span class="soft">${share(count, rows)}</span><i style="width:${percentage(count, rows)}%"></i></li>`,
  )}</ul>`;
}

const percentage = (n: number, of: number) => (of === 0 ? 0 : Math.max(0.5, Math.round((1000 * n) / of) / 10));

function histogramOf({ counts, edges }: Histogram, column: ColumnProfile): Markup {
  const most = Math.max(...counts, 1);
  const step = WIDTH / counts.length;
  const bars = counts.map((n, i) => {
    const high = n === 0 ? 0 : Math.max(1, Math.round((n / most) * HEIGHT));
    return high === 0 ? '' : `M${point(i * step)} ${HEIGHT}v-${high}h${point(step - 1)}v${high}z`;
  });
  const first = column.min ?? edges[0]!;
  const last = column.max ?? edges.at(-1)!;
  const label = `${column.name}: ${counts.length} bins from ${short(first)} to ${short(last)}, the fullest with ${counted(most)} rows`;
  return html`<figure class="plot"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><path d="${bars.join('')}"/></svg>
<figcaption><span>${short(first)}</span><span>${short(last)}</span></figcaption></figure>`;
}

const point = (n: number) => String(Math.round(n * 10) / 10);
