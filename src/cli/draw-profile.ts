import { counted, plural } from '../counts.ts';
import type { ColumnProfile, GeometryFacts, Histogram, Profile, TextFacts } from '../profile/document.ts';
import { escapeControls, formatBytes } from '../report.ts';

const BARS = '▁▂▃▄▅▆▇█';
/** Characters of a value that a line shows. */
const SHOWN = 40;
/** Frequent values that a line names. */
const NAMED = 5;

/** A profile for a person: a line or two for each fact of a column that there is. */
export function drawProfile(name: string, { rows, bytes, columns }: Profile): string[] {
  const lines = [
    `${escapeControls(name)}: ${counted(rows)} rows, ${plural(columns.length, 'column')}, ${formatBytes(bytes)}`,
  ];
  for (const column of columns) {
    lines.push('', `${oneLine(column.name)}  ${oneLine(column.type, 60)}`);
    lines.push(...drawColumn(column, rows).map((line) => `  ${line}`));
  }
  return lines;
}

function drawColumn(column: ColumnProfile, rows: number): string[] {
  const lines = [[`nulls ${share(column.nulls, rows)}`, ...distinct(column, rows)].join(', ')];
  if (column.nulls === rows) return lines;
  if (column.geometry) return [...lines, ...drawGeometry(column.geometry, rows - column.nulls)];
  if (column.min !== null && column.kind !== 'boolean') {
    const mean = column.mean === null ? '' : `, mean ${short(column.mean)}`;
    lines.push(`from ${value(column.min, column)} to ${value(column.max!, column)}${mean}`);
  }
  const { quantiles: q } = column;
  if (q && column.distinct?.count !== 1) {
    const of = [q.p05, q.p25, q.p50, q.p75, q.p95].map((each) => number(each, column)).join('  ');
    lines.push(`5 25 50 75 95 %: ${of}${q.approximate ? '  (approximate)' : ''}`);
  }
  if (column.histogram && column.histogram.counts.length > 1) lines.push(drawHistogram(column.histogram, column));
  if (column.text) lines.push(...drawText(column.text, rows - column.nulls));
  if (column.frequent.length > 0) lines.push(...drawFrequent(column, rows));
  return lines;
}

function distinct({ distinct: found, nulls }: ColumnProfile, rows: number): string[] {
  if (!found) return [];
  const all = !found.approximate && found.count === rows - nulls && found.count > 1 ? ', each once' : '';
  return [`${found.approximate ? 'about ' : ''}${counted(found.count)} different${all}`];
}

function drawHistogram({ counts, edges }: Histogram, column: ColumnProfile): string {
  const most = Math.max(...counts);
  const bar = (n: number) => (n === 0 ? ' ' : BARS[Math.max(0, Math.ceil((n / most) * BARS.length) - 1)]);
  const edge = (at: number | string) => (typeof at === 'number' ? short(at) : number(at, column));
  // Whole numbers end one before the last edge; infinite ones are in no bin.
  const last =
    Number.isFinite(Number(column.max)) || column.kind === 'moment' ? number(column.max!, column) : edge(edges.at(-1)!);
  return `${edge(edges[0]!)} ▕${counts.map(bar).join('')}▏ ${last}`;
}

function drawText(text: TextFacts, present: number): string[] {
  const facts = [
    text.shortest === text.longest
      ? `${counted(text.longest)} long`
      : `${counted(text.shortest)} to ${counted(text.longest)} long`,
  ];
  const add = (n: number, what: string) => n > 0 && facts.push(`${what} ${share(n, present)}`);
  add(text.empty, 'empty');
  add(text.blanks_around, 'blanks around');
  add(text.numbers, 'look like numbers');
  add(text.leading_zeros, 'with leading zeros');
  add(text.dates, 'look like dates');
  return [facts.join(', ')];
}

function drawFrequent(column: ColumnProfile, rows: number): string[] {
  const shown = column.frequent.slice(0, NAMED);
  const isEachOnce = shown.every(({ count: n }) => n === 1);
  const each = shown.map(
    ({ value: text, count: n, cut }) => value(text, column, cut) + (isEachOnce ? '' : ` ${share(n, rows)}`),
  );
  return [
    `${isEachOnce ? 'values' : 'frequent'}: ${each.join(', ')}${column.frequent.length > NAMED && isEachOnce ? ', …' : ''}`,
  ];
}

function drawGeometry(geometry: GeometryFacts, present: number): string[] {
  const types = Object.entries(geometry.types).map(([type, n]) =>
    n === present ? oneLine(type) : `${oneLine(type)} ${share(n, present)}`,
  );
  const lines = [`${types.join(', ')} in ${geometry.crs ?? 'an unknown CRS'}`];
  const { total, most } = geometry.vertices;
  lines.push(
    `invalid ${share(geometry.invalid, present)}, empty ${share(geometry.empty, present)}, ${counted(total)} vertices, ${counted(most)} at most`,
  );
  if (geometry.bbox) lines.push(`box: ${geometry.bbox.map(short).join('  ')}`);
  if (geometry.outside !== null) lines.push(`outside the area of ${geometry.crs}: ${share(geometry.outside, present)}`);
  return lines;
}

function share(n: number, of: number): string {
  if (n === 0 || of === 0) return '0';
  const percent = (100 * n) / of;
  const rounded = percent.toFixed(percent < 10 ? 1 : 0).replace('.0', '');
  const shown = percent < 0.1 ? '<0.1' : percent > 99 && percent < 100 ? '>99' : rounded;
  return `${counted(n)} (${shown} %)`;
}

/** Text in quotes, so that blanks are seen. */
function value(text: string, column: ColumnProfile, cut = false): string {
  return column.kind === 'text' ? quoted(text, cut) : number(text, column);
}

function quoted(text: string, cut: boolean): string {
  const line = oneLine(text);
  return `'${line}${cut && !line.endsWith('…') ? '…' : ''}'`;
}

function number(text: string, { kind }: ColumnProfile): string {
  // Long fractions as people read them; whole numbers stay as they are: they may be codes.
  return kind === 'number' && text.length > 12 && /^-?\d+\.\d+$/.test(text) ? short(Number(text)) : oneLine(text);
}

function short(n: number): string {
  return Number.isInteger(n) && Math.abs(n) < 1e15 ? String(n) : String(Number(n.toPrecision(8)));
}

/** A foreign text on one line: control characters are seen, not obeyed, and long ones are cut. */
function oneLine(text: string, most = SHOWN): string {
  const letters = [...text.slice(0, most * 4)];
  const cut = letters.length > most;
  return (
    escapeControls(letters.slice(0, cut ? most - 1 : most).join(''))
      .replaceAll('\n', '\\n')
      .replaceAll('\t', '\\t') + (cut ? '…' : '')
  );
}
