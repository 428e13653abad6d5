import type { ColumnInfo } from '../engine/engine.ts';
import { formatTable } from './table.ts';

/** Columns of a terminal where nobody knows how many there are. */
const WIDTH = 100;
/** Characters of a value that are shown. */
const VALUE = 32;
const GAP = 2;

const isNumber = (type: string) => /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL\(.*)$/.test(type);

/** Rows as a table that fits the terminal: long values are cut, and columns that have no room are named below it. */
export function drawRows(
  columns: readonly ColumnInfo[],
  rows: readonly (readonly unknown[])[],
  width = process.stdout.columns ?? WIDTH,
): string[] {
  const cells = rows.map((row) => row.map(cell));
  const widths = columns.map(({ name }, i) =>
    Math.max([...cut(name)].length, ...cells.map((row) => [...(row[i] ?? '')].length)),
  );
  let fit = 0;
  for (let used = 0; fit < columns.length; fit++) {
    used += widths[fit]! + (fit > 0 ? GAP : 0);
    if (used > width && fit > 0) break;
  }
  const headings = columns.slice(0, fit).map(({ name, type }) => ({
    heading: cut(clean(name)),
    ...(isNumber(type) ? { align: 'right' as const } : {}),
  }));
  const lines = formatTable(
    headings,
    cells.map((row) => row.slice(0, fit)),
  );
  const left = columns.slice(fit).map(({ name }) => cut(clean(name)));
  if (left.length === 0) return lines;
  const named = left.slice(0, 8).join(', ');
  return [
    ...lines,
    `and ${left.length} more column${left.length === 1 ? '' : 's'}: ${named}${left.length > 8 ? ', …' : ''}`,
  ];
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return cut(clean(typeof value === 'object' ? JSON.stringify(value) : String(value)));
}

/** On one line; formatTable makes control characters visible, which must not make a cell longer than it was measured. */
function clean(text: string): string {
  const start = text.slice(0, 4 * VALUE);
  return start.replace(/\p{Cc}/gu, (control) => (control === '\n' ? '\\n' : control === '\t' ? '\\t' : '\ufffd'));
}

function cut(text: string): string {
  const letters = [...text];
  return letters.length > VALUE ? `${letters.slice(0, VALUE - 1).join('')}…` : text;
}
