import { counted, plural } from '../counts.ts';
import { html, type Markup, type Part } from '../html/markup.ts';
import { table, value } from '../html/page.ts';
import type { ColumnProfile, Profile } from '../profile/document.ts';
import { shortType } from '../profile/kinds.ts';
import { plotOf } from './plots.ts';
import { share, short } from './words.ts';

export interface ShownColumn {
  name: string;
  type: string;
}

/** Of columns beyond so many there is a line in the schema, and no plot. */
const PLOTTED = 120;

/** The columns in order, with what the template says of them, and with figures where the data was looked at. */
export function schemaPart(
  columns: readonly ShownColumn[],
  descriptions: ReadonlyMap<string, string>,
  profile: Profile | undefined,
): Markup {
  const found = new Map(profile?.columns.map((column) => [column.name, column]));
  const isDescribed = columns.some(({ name }) => descriptions.has(name));
  const headings = [
    { heading: 'column' },
    { heading: 'type' },
    ...(isDescribed ? [{ heading: 'description' }] : []),
    ...(profile
      ? [
          { heading: 'nulls', align: 'right' as const },
          { heading: 'different', align: 'right' as const },
          { heading: 'from', align: 'right' as const },
          { heading: 'to', align: 'right' as const },
        ]
      : []),
  ];
  const rows = columns.map(({ name, type }) => {
    const column = found.get(name);
    return [
      html`<code>${name}</code>`,
      html`<span class="soft">${shortType(column?.type ?? type)}</span>`,
      ...(isDescribed ? [descriptions.get(name)] : []),
      ...(profile ? figures(column, profile.rows) : []),
    ];
  });
  return table(headings, rows);
}

function figures(column: ColumnProfile | undefined, rows: number): Part[] {
  if (!column) return [null, null, null, null];
  const { distinct, min, max, nulls } = column;
  const edge = (text: string | null) => (text === null ? null : value(short(text)));
  return [
    share(nulls, rows),
    distinct && `${distinct.approximate ? 'about ' : ''}${counted(distinct.count)}`,
    edge(min),
    edge(max),
  ];
}

/** A card for each column: how its values are spread, and what is odd about them. */
export function profilePart({ columns, rows }: Profile): Markup {
  const shown = columns.slice(0, PLOTTED);
  return html`<div class="cards">${shown.map((column) => card(column, rows))}</div>
${shown.length < columns.length && html`<p class="soft">${counted(columns.length - shown.length)} more columns have no plot here.</p>`}`;
}

function card(column: ColumnProfile, rows: number): Markup {
  const present = rows - column.nulls;
  const facts = present === 0 ? ['nothing but nulls'] : factsOf(column, present);
  return html`<section class="card"><h4>${column.name}</h4><p class="soft">${facts.join(' · ')}</p>${plotOf(column, rows)}</section>
`;
}

function factsOf(column: ColumnProfile, present: number): string[] {
  const { nulls, distinct, mean, quantiles, text, geometry } = column;
  const facts: string[] = [];
  const add = (n: number, what: string) => n > 0 && facts.push(`${what} ${share(n, present)}`);
  if (nulls > 0) facts.push(`nulls ${share(nulls, present + nulls)}`);
  if (geometry) {
    facts.push(
      Object.entries(geometry.types)
        .map(([type, n]) => (n === present ? type : `${type} ${share(n, present)}`))
        .join(', '),
      `${counted(geometry.vertices.total)} vertices, ${counted(geometry.vertices.most)} at most`,
    );
    add(geometry.invalid, 'invalid');
    add(geometry.empty, 'empty');
    add(geometry.outside ?? 0, `outside the area of ${geometry.crs}`);
    return facts;
  }
  if (distinct) {
    const isEachOnce = !distinct.approximate && distinct.count === present && present > 1;
    facts.push(
      isEachOnce
        ? `${counted(present)} different, each once`
        : `${distinct.approximate ? 'about ' : ''}${counted(distinct.count)} different`,
    );
  }
  if (mean !== null && quantiles) facts.push(`mean ${short(mean)}`, `median ${short(quantiles.p50)}`);
  if (text) {
    facts.push(
      text.shortest === text.longest
        ? `${plural(text.longest, 'character')} long`
        : `${counted(text.shortest)} to ${plural(text.longest, 'character')} long`,
    );
    add(text.empty, 'empty');
    add(text.blanks_around, 'blanks around');
    add(text.numbers, 'look like numbers');
    add(text.leading_zeros, 'with leading zeros');
    add(text.dates, 'look like dates');
  }
  return facts;
}
