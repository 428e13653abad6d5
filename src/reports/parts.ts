import { counted, plural } from '../counts.ts';
import { html, type Markup, type Part } from '../html/markup.ts';
import { table, value } from '../html/page.ts';
import type { FirstRows } from '../query/first-rows.ts';
import { formatBytes } from '../report.ts';
import { type DatasetChanges, describeChanges } from '../store/changes.ts';
import type { CheckResult } from '../store/check-result.ts';
import type { FileFact } from '../store/files.ts';
import type { DatasetWarning, IngestRecord } from '../store/ingest-record.ts';
import { describeReasons } from '../store/quarantine.ts';
import { cut, isWebAddress, moment } from './words.ts';

const right = (heading: string) => ({ heading, align: 'right' as const });

/** A heading with what belongs to it; nothing where there is nothing. */
export function section(id: string, title: string, body: Part): Part {
  return (
    body &&
    html`<section id="${id}"><h2>${title}</h2>
${body}
</section>
`
  );
}

export function link(address: string): Markup {
  return isWebAddress(address) ? html`<a href="${address}" rel="noreferrer">${address}</a>` : html`${address}`;
}

/** What a person should look at before the dataset is used. */
export function warningsPart(warnings: readonly DatasetWarning[]): Part {
  if (warnings.length === 0) return null;
  return warnings.map(
    ({ check, message, accepted }) =>
      html`<p class="note"><b>${check}</b> ${message}${accepted && html` <span class="badge">accepted</span>`}</p>`,
  );
}

const STATUS = { passed: 'added', warned: 'changed', failed: 'removed' } as const;
/** Rows that fail a check of which the values are shown. */
const SAMPLES = 5;

/** What came of each check of rows and columns, those that do not hold first. */
export function checksPart(checks: readonly CheckResult[]): Part {
  if (checks.length === 0) return null;
  const order = { failed: 0, warned: 1, passed: 2 };
  const rows = checks
    .toSorted((a, b) => order[a.status] - order[b.status])
    .map(({ check, column, title, status, message, rows_failing: failing, samples, place, accepted }) => [
      html`<span class="badge ${STATUS[status]}">${status}</span>${accepted && ' accepted'}`,
      html`<code>${check}</code>${title !== undefined && html`<div class="soft">${title}</div>`}`,
      column !== null && html`<code>${column}</code>`,
      html`${message}${samples.length > 0 && html`<div class="soft">row ${samples.slice(0, SAMPLES).map(({ row, value: text }, i) => html`${i > 0 && ', '}${counted(row)}: ${value(text === null ? null : cut(text, 60))}`)}</div>`}`,
      status === 'passed' ? '' : failing === null ? '?' : counted(failing),
      place,
    ]);
  return table(
    [
      { heading: 'result' },
      { heading: 'check' },
      { heading: 'column' },
      { heading: 'what it says' },
      right('rows failing'),
      { heading: 'asked for in' },
    ],
    rows,
  );
}

/** That a version is kept apart, and who has lifted it. */
export function quarantinePart({ quarantine }: Pick<IngestRecord, 'quarantine'>): Part {
  if (!quarantine) return null;
  const { released } = quarantine;
  return html`<div class="note bad"><b>${released ? 'Released from quarantine' : 'Quarantined'}</b>${
    released
      ? html` by ${released.by}, ${moment(released.at)}: ${released.reason}`
      : ': nobody takes this version who has not asked for it by its name.'
  }<ul>${describeReasons(quarantine).map((line) => html`<li>${line}</li>`)}</ul></div>`;
}

/** What its record says of the version before. */
export function changesPart(changes: DatasetChanges | undefined): Part {
  if (!changes) return html`<p class="soft">There was no version before it to compare with.</p>`;
  return html`<p>Since <b>${changes.since}</b>:</p><ul>${describeChanges(changes).map((line) => html`<li>${line}</li>`)}</ul>`;
}

/** Characters of a value in the table of first rows, and of the whole table. */
const CELL = 80;
const MOST_CHARACTERS = 500_000;

export function firstRowsPart({ columns, rows }: FirstRows, all: number): Markup {
  const shown: Markup[][] = [];
  let room = MOST_CHARACTERS;
  for (const row of rows) {
    const cells = row.map((text) => value(text === null ? null : cut(text, CELL)));
    room -= cells.reduce((sum, { text }) => sum + text.length, 0);
    if (room < 0) break;
    shown.push(cells);
  }
  const isNumber = (type: string) => /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*)$/.test(type);
  const headings = columns.map(({ name, type }) => ({
    heading: name,
    ...(isNumber(type) ? { align: 'right' as const } : {}),
  }));
  const caption =
    shown.length === all ? `all ${plural(all, 'row')}` : `the first ${counted(shown.length)} of ${counted(all)}`;
  return html`<div class="rows">${table(headings, shown, `${caption}; long values are cut`)}</div>`;
}

/** Where a version came from: what its record knows of the source. */
export function sourcePart({ source, raw, files }: IngestRecord): Markup {
  const { type, ...facts } = source;
  const file = files.find(({ path }) => path === raw);
  const rows: Part[][] = [['type', html`<code>${String(type)}</code>`]];
  for (const [name, fact] of Object.entries(facts)) {
    if (fact === null || (name === 'sha256' && file)) continue;
    if (name === 'bytes' && typeof fact === 'number') rows.push(['size', formatBytes(fact)]);
    else rows.push([name.replaceAll('_', ' '), typeof fact === 'string' ? link(fact) : value(JSON.stringify(fact))]);
  }
  if (raw !== null) rows.push(['raw file', html`<code>${raw}</code>`]);
  if (file) rows.push(['sha256 of the raw file', hash(file.sha256)]);
  return table([{ heading: 'fact' }, { heading: 'as it was fetched' }], rows);
}

export const hash = (sha256: string | null) => (sha256 === null ? null : html`<code class="hash">${sha256}</code>`);

export function filesPart(files: readonly FileFact[]): Markup {
  const rows = files.map(({ path, bytes, sha256 }) => [html`<code>${path}</code>`, formatBytes(bytes), hash(sha256)]);
  return table([{ heading: 'file' }, right('size'), { heading: 'sha256' }], rows);
}

export function timingsPart(timings: Readonly<Record<string, number>>): Part {
  const entries = Object.entries(timings).filter(([, seconds]) => typeof seconds === 'number');
  if (entries.length === 0) return null;
  const total = entries.reduce((sum, [, seconds]) => sum + seconds, 0);
  return html`<p class="soft">Seconds by stage: ${entries.map(([stage, seconds]) => `${stage} ${seconds}`).join(', ')}; ${Math.round(total * 100) / 100} in all.</p>`;
}

export const command = (words: string) => html`<pre class="command">${words}</pre>`;

export const footer = (made: Date) =>
  html`<footer>Written ${moment(made.toISOString())} by lifecycle. One file, nothing from elsewhere, no scripts.</footer>`;
