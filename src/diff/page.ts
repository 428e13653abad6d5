import { counted } from '../counts.ts';
import { html, type Markup, type Part } from '../html/markup.ts';
import { facts, page, table, value } from '../html/page.ts';
import type { DrawnTable } from './drawn.ts';
import type { ChangedValue, ColumnDiff, DiffDocument, Label, TableDiff } from './table-diff.ts';
import {
  describeBoxes,
  describeKey,
  describeRest,
  describeSchema,
  describeTolerances,
  labelText,
  measured,
} from './words.ts';

/** A comparison as one page: the counts, what moved on a map, each column, the rows one by one. */
export function diffPage(document: DiffDocument, drawn: readonly DrawnTable[]): string {
  const { before, now, equal, tables } = document;
  const title = `${before} → ${now}`;
  const body = html`<h1>${title}</h1>
<p class="soft">${equal ? 'Equal: the same rows, columns, types and CRS, within the tolerances.' : 'Different.'}</p>
${describeRest(document).map((line) => html`<p>${line}</p>`)}
${tables.map((each, i) => tablePart(each, drawn[i]!))}
<footer>What changed between two states of a dataset; the order of rows and columns does not count.</footer>`;
  return page({ title, body });
}

const right = (heading: string) => ({ heading, align: 'right' as const });

function tablePart(diff: TableDiff, drawn: DrawnTable): Markup {
  const { before, now, rows } = diff;
  const box = describeBoxes(diff);
  const schema = describeSchema(diff);
  return html`<section>
${diff.id !== null && html`<h2>${diff.id}</h2>`}
${facts([
  ['rows before', counted(before.rows)],
  ['rows now', counted(now.rows)],
  ['equal', counted(rows.equal)],
  ['changed', html`<span class="changed">${counted(rows.changed)}</span>`],
  ['added', html`<span class="added">${counted(rows.added)}</span>`],
  ['removed', html`<span class="removed">${counted(rows.removed)}</span>`],
])}
${describeKey(diff).map((line, i) => html`<p>${i === 0 && html`<b>Key:</b> `}${line}</p>`)}
<p><b>Equal are:</b> ${describeTolerances(diff)}</p>
${schema.map((line) => html`<p><b>Schema:</b> ${line}</p>`)}
${box !== undefined && html`<p><b>Bounding box:</b> ${box}</p>`}
${mapPart(diff, drawn)}
${columnsPart(diff.columns)}
${changedPart(diff)}
${labelsPart('Added', diff.added, rows.added)}
${labelsPart('Removed', diff.removed, rows.removed)}
</section>`;
}

function mapPart({ columns, rows }: TableDiff, { map, tiles, left }: DrawnTable): Part {
  const isQuiet = rows.added + rows.removed === 0 && !columns.some(({ shapes }) => shapes);
  if (map === undefined || isQuiet) return null;
  const moved = columns.reduce((sum, { shapes, changed }) => sum + (shapes ? changed : 0), 0);
  const shapes = columns.flatMap((column) => (column.shapes ? [html`<p>${shapesSentence(column)}</p>`] : []));
  return html`<h3>What moved</h3>
${shapes}
<figure>${map}<figcaption class="legend"><span class="changed">changed</span> <span class="added">added</span> <span class="removed">removed</span>${
    left > 0 && html` ${counted(left)} more are not drawn`
  }</figcaption></figure>
${
  tiles.length > 0 &&
  html`<div class="tiles">${tiles.map(
    ({ key, distance, picture }) =>
      html`<figure>${picture}<figcaption>${labelText(key)}${distance !== null && `: ${measured(distance)} apart`}</figcaption></figure>`,
  )}</div>
<p class="soft">Dashed: the shape before. Filled: the shape now.${tiles.length < moved && ' Those that moved farthest.'}</p>`
}`;
}

function shapesSentence({ name, changed, shapes }: ColumnDiff): string {
  const { largest_distance: distance, area_between: area } = shapes!;
  return [
    `${name}: ${counted(changed)} ${changed === 1 ? 'shape differs' : 'shapes differ'}`,
    distance !== null && `by at most ${measured(distance)} units of the CRS`,
    area !== null && area > 0 && `with ${measured(area)} square units between them`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Of tables with more columns only those are listed that something happened to. */
const MOST_LISTED = 60;

const isAsBefore = ({ changed, nulls, type, name_before }: ColumnDiff) =>
  changed === 0 && nulls.before === nulls.now && type.before === type.now && name_before === undefined;

function columnsPart(columns: readonly ColumnDiff[]): Markup {
  const listed = columns.length > MOST_LISTED ? columns.filter((column) => !isAsBefore(column)) : columns;
  const rest = columns.length - listed.length;
  const rows = listed.map(({ name, name_before, type, nulls, changed, samples }) => [
    html`<code>${name}</code>${name_before !== undefined && html` <span class="soft">was ${name_before}</span>`}`,
    type.before === type.now ? type.now : `${type.before} → ${type.now}`,
    changed > 0 ? html`<b class="changed">${counted(changed)}</b>` : '0',
    nulls.before === nulls.now ? counted(nulls.now) : `${counted(nulls.before)} → ${counted(nulls.now)}`,
    samples[0] && change(samples[0]),
  ]);
  return html`<h3>Columns</h3>
${table([{ heading: 'column' }, { heading: 'type' }, right('changed'), right('nulls'), { heading: 'for example' }], rows, rest > 0 ? `${counted(rest)} more are as before` : undefined)}`;
}

/** Old and new, one after the other. */
function change({ before, now, distance, area_between: area }: ChangedValue): Markup {
  if (distance === undefined || before !== now)
    return html`<del>${value(before)}</del> → <ins>${value(now)}</ins>${by(distance, area)}`;
  return html`${value(now)}${by(distance, area)}`;
}

function by(distance: number | null | undefined, area: number | null | undefined): Part {
  if (distance === undefined || distance === null) return null;
  return html` <span class="soft">by ${measured(distance)}${area !== null && area !== undefined && area > 0 && `, ${measured(area)} of area between`}</span>`;
}

function changedPart({ changed, rows }: TableDiff): Part {
  if (changed.length === 0) return null;
  const lines = changed.flatMap(({ key, columns }) =>
    Object.entries(columns).map(([name, values], i) => [
      i === 0 && html`<code>${labelText(key)}</code>`,
      html`<code>${name}</code>`,
      change(values),
    ]),
  );
  return html`<h3>Changed rows</h3>
${table([{ heading: 'row' }, { heading: 'column' }, { heading: 'before → now' }], lines, shownOf(changed.length, rows.changed))}`;
}

function labelsPart(title: string, labels: readonly Label[], all: number): Part {
  if (labels.length === 0) return null;
  const names = Object.keys(labels[0]!);
  const rows = labels.map((label) => names.map((name) => value(label[name] ?? null)));
  return html`<h3>${title} rows</h3>
${table(
  names.map((heading) => ({ heading })),
  rows,
  shownOf(labels.length, all),
)}`;
}

const shownOf = (shown: number, all: number) =>
  shown < all ? `the first ${counted(shown)} of ${counted(all)}` : `${counted(all)} in all`;
