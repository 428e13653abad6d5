import { counted } from '../counts.ts';
import type { DiffDocument, TableDiff } from '../diff/table-diff.ts';
import {
  describeBoxes,
  describeChange,
  describeKey,
  describeRest,
  describeRows,
  describeSchema,
  describeTolerances,
  labelText,
} from '../diff/words.ts';
import { escapeControls } from '../report.ts';
import { formatTable } from './table.ts';

/** Of columns, rows and lines of one kind so many are shown: it is to fit on a screen. `--json` and `--html` have more. */
const MOST_COLUMNS = 10;
const MOST_ROWS = 5;
const MOST_LINES = 6;
const WIDTH = 76;

/** A comparison on one screen. */
export function describeDiff(document: DiffDocument): string {
  const { before, now, equal, tables } = document;
  const lines = [`${before} → ${now}: ${equal ? 'equal' : 'different'}`];
  // Of several tables those that are equal get a line each.
  for (const table of tables) {
    if (table.id !== null && table.equal) lines.push(`${table.id}: equal, ${describeRows(table) || 'no rows'}`);
    else lines.push(...(table.id === null ? [] : ['', `${table.id}: different`]), ...describeTable(table));
  }
  lines.push(...describeRest(document));
  return lines.map((line) => escapeControls(line).replaceAll('\n', ' ')).join('\n');
}

function describeTable(table: TableDiff): string[] {
  const { before, now, columns, rows } = table;
  const count = before.rows === now.rows ? counted(now.rows) : `${counted(before.rows)} → ${counted(now.rows)}`;
  const box = describeBoxes(table);
  return [
    ...labelled('rows', [`${count}: ${describeRows(table) || 'none'}`]),
    ...labelled('key', describeKey(table)),
    ...labelled('equal', [describeTolerances(table)]),
    ...labelled('columns', few(describeSchema(table))),
    ...(box === undefined ? [] : labelled('box', [box])),
    ...describeColumns(columns),
    ...describeLabels('added', table.added, rows.added),
    ...describeLabels('removed', table.removed, rows.removed),
  ];
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `  ${(i === 0 ? label : '').padEnd(8)} ${line}`);
}

function few(lines: readonly string[]): string[] {
  if (lines.length <= MOST_LINES) return [...lines];
  return [...lines.slice(0, MOST_LINES - 1), `and ${lines.length - MOST_LINES + 1} more (--json)`];
}

function describeColumns(columns: TableDiff['columns']): string[] {
  const changed = columns
    .filter((column) => column.changed > 0 || column.nulls.before !== column.nulls.now)
    .toSorted((a, b) => b.changed - a.changed);
  if (changed.length === 0) return [];
  const rows = changed
    .slice(0, MOST_COLUMNS)
    .map(({ name, changed, nulls, samples, type }) => [
      name,
      counted(changed),
      nulls.before === nulls.now ? counted(nulls.now) : `${counted(nulls.before)} → ${counted(nulls.now)}`,
      samples[0] ? short(`${labelText(samples[0].key)}: ${describeChange(samples[0], type)}`) : '',
    ]);
  const right = (heading: string) => ({ heading, align: 'right' as const });
  const lines = formatTable(
    [{ heading: 'COLUMN' }, right('CHANGED'), right('NULLS'), { heading: 'FOR EXAMPLE' }],
    rows,
  );
  const rest = changed.length - rows.length;
  return [...lines.map((line) => `  ${line}`), ...(rest > 0 ? [`  and ${counted(rest)} more columns (--json)`] : [])];
}

function describeLabels(label: string, rows: TableDiff['added'], all: number): string[] {
  if (all === 0) return [];
  const shown = rows.slice(0, MOST_ROWS).map((row) => short(labelText(row)));
  const rest = all - shown.length;
  const more = rest > 0 ? `${shown.length > 0 ? ' and ' : ''}${counted(rest)} more` : '';
  return labelled(label, [`${shown.join('; ')}${more}`]);
}

const short = (text: string) => (text.length > WIDTH ? `${text.slice(0, WIDTH - 1).toWellFormed()}…` : text);
