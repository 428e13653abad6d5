import { counted, plural } from '../counts.ts';
import { type DatasetChanges, describeChanges } from '../store/changes.ts';
import type { ChangedValue, ColumnDiff, DiffDocument, TableDiff } from './table-diff.ts';

/** What a comparison found, in the words that the terminal and the page share. */

/** A length or an area with as many digits as anybody reads. */
export const measured = (n: number) => (n >= 1e4 ? counted(Math.round(n)) : String(Number(n.toPrecision(4))));

export const rowsOf = (n: number) => plural(n, 'row');

export function describeKey({ key, before, now }: TableDiff): string[] {
  if (!key) return ['none: no columns tell all rows apart, so equal rows cancel out one for one'];
  const why = { given: 'as given', template: 'as the template says', found: 'found: unique in both' };
  const { duplicates } = key;
  const said = (['before', 'now'] as const)
    .filter((side) => duplicates[side].keys > 0)
    .map((side) => {
      const { keys, rows } = duplicates[side];
      const name = side === 'before' ? before.name : now.name;
      return `${counted(keys)} ${keys === 1 ? 'value stands' : 'values stand'} several times in ${name}, on ${rowsOf(rows)}; each row is counted once`;
    });
  return [`${key.columns.join(', ')} (${why[key.by]})`, ...said];
}

export function describeTolerances({ tolerances, columns }: TableDiff): string {
  const { numbers, shapes, unit, text, transformed } = tolerances;
  const names = new Set(columns.map(({ name }) => name));
  const own = Object.entries(tolerances.columns)
    .filter(([name]) => names.has(name))
    .map(([name, { kind, by }]) => `${name} within ${amount(kind, by)}`);
  return [
    numbers === 0 ? 'numbers exactly' : `numbers within ${numbers} of their size`,
    text === 'exact' ? 'texts exactly' : 'texts without blanks around them',
    ...(shapes === null ? [] : [`shapes within ${shapes} ${unit}`]),
    ...(transformed ? ['earlier shapes put into the later CRS'] : []),
    ...own,
  ].join(', ');
}

function amount(kind: 'absolute' | 'relative' | 'time', by: number): string {
  if (kind === 'relative') return `${Number((by * 100).toPrecision(12))}%`;
  return kind === 'time' ? `${by / 1e6} s` : String(by);
}

/** Each change of columns and CRS on a line. */
export function describeSchema({ schema, before, now }: TableDiff): string[] {
  const { moved, ...changes } = schema;
  const all: DatasetChanges = { since: '', rows: { before: before.rows, now: now.rows }, ...changes };
  const [, ...lines] = describeChanges(all);
  return [...lines, ...(moved ? [`columns moved: ${moved.join(', ')}`] : [])];
}

export function describeBoxes({ before, now }: TableDiff): string | undefined {
  const box = (bbox: TableDiff['now']['bbox']) =>
    bbox === null ? 'none' : `[${bbox.map((n) => Number(n.toPrecision(9))).join(', ')}]`;
  if (before.bbox === null && now.bbox === null) return undefined;
  return box(before.bbox) === box(now.bbox) ? box(now.bbox) : `${box(before.bbox)} → ${box(now.bbox)}`;
}

/** `6 changed, 2 added, 34,728 equal`. */
export function describeRows({ rows }: TableDiff): string {
  return (['changed', 'added', 'removed', 'equal'] as const)
    .filter((name) => rows[name] > 0)
    .map((name) => `${counted(rows[name])} ${name}`)
    .join(', ');
}

/** A value's change for one line of text; texts stand in quotes. */
export function describeChange(change: ChangedValue, type: ColumnDiff['type']): string {
  const isText = type.before === 'VARCHAR' || type.now === 'VARCHAR';
  const text = (value: string | null) => (value === null ? 'null' : isText ? JSON.stringify(value) : value);
  const { before, now, distance, area_between: area } = change;
  if (distance === undefined) return `${text(before)} → ${text(now)}`;
  const by = distance === null ? '' : `, by ${measured(distance)}`;
  const over = area === null || area === undefined || area === 0 ? '' : `, ${measured(area)} of area between`;
  return `${before === now ? (now ?? 'null') : `${before ?? 'null'} → ${now ?? 'null'}`}${by}${over}`;
}

export const labelText = (label: Record<string, string | null>) =>
  Object.values(label)
    .map((value) => value ?? 'null')
    .join(', ');

/** What one of the two states has alone, and files that are no tables. */
export function describeRest({ only_before, only_now, files, before, now }: DiffDocument): string[] {
  const different = files.filter(({ state }) => state === 'different').map(({ path }) => path);
  const equal = files.length - different.length;
  return [
    ...(only_before.length > 0 ? [`only in ${before}: ${only_before.join(', ')}`] : []),
    ...(only_now.length > 0 ? [`only in ${now}: ${only_now.join(', ')}`] : []),
    ...(different.length > 0 ? [`files with other bytes: ${different.join(', ')}`] : []),
    ...(equal > 0 ? [`files with the same bytes: ${counted(equal)}`] : []),
  ];
}
