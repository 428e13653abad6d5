import { isDeepStrictEqual } from 'node:util';
import { counted } from '../counts.ts';
import type { DatasetRecord } from './ingest-record.ts';

/** A value as it was and as it is. */
export interface Change<T> {
  before: T;
  now: T;
}

/** What a dataset has become since the version before; what stayed as it was is absent. */
export interface DatasetChanges {
  /** The version that it was compared with. */
  since: string;
  rows: Change<number>;
  added?: string[];
  dropped?: string[];
  /** Dropped and added at once, and most likely the same column. Named here only. */
  renamed?: Change<string>[];
  retyped?: (Change<string> & { column: string })[];
  crs?: Change<string | null>;
  geometry_types?: Change<string[]>;
  bbox?: Change<DatasetRecord['bbox']>;
}

type Facts = Pick<DatasetRecord, 'rows' | 'columns' | 'crs' | 'geometry_types' | 'bbox'>;

/** Compares what two records say of a dataset; no data is read. */
export function changesBetween(before: Facts, now: Facts, since: string): DatasetChanges {
  const { added, dropped, renamed } = names(before.columns, now.columns);
  const types = new Map(before.columns.map((column) => [column.name, typeOf(column)]));
  const retyped = now.columns.flatMap((column) => {
    const [old, type] = [types.get(column.name), typeOf(column)];
    return old === undefined || old === type ? [] : [{ column: column.name, before: old, now: type }];
  });
  return {
    since,
    rows: { before: before.rows, now: now.rows },
    ...some('added', added),
    ...some('dropped', dropped),
    ...some('renamed', renamed),
    ...some('retyped', retyped),
    ...differing('crs', before, now),
    ...differing('geometry_types', before, now),
    ...differing('bbox', before, now),
  };
}

function some<K extends string, T>(key: K, list: T[]): Partial<Record<K, T[]>> {
  return list.length > 0 ? ({ [key]: list } as Record<K, T[]>) : {};
}

function differing<K extends 'crs' | 'geometry_types' | 'bbox'>(key: K, before: Facts, now: Facts) {
  if (isDeepStrictEqual(before[key], now[key])) return {};
  return { [key]: { before: before[key], now: now[key] } };
}

type Columns = DatasetRecord['columns'];

/** A geometry's type may hold its CRS, which is compared on its own. */
function typeOf({ type }: Columns[number]): string {
  return type.replace(/^GEOMETRY\(.*\)$/s, 'GEOMETRY');
}

function names(before: Columns, now: Columns) {
  const known = new Set(before.map((column) => column.name));
  const kept = new Set(now.map((column) => column.name));
  const added = now.filter((column) => !known.has(column.name));
  const renamed: Change<string>[] = [];
  const dropped: string[] = [];
  for (const [i, old] of before.entries()) {
    if (kept.has(old.name)) continue;
    const heir =
      added.find((column) => folded(column.name) === folded(old.name)) ??
      // As many columns as before, and a new one of the same type at the same place.
      added.find(
        (column) => before.length === now.length && now.indexOf(column) === i && typeOf(column) === typeOf(old),
      );
    if (heir === undefined) dropped.push(old.name);
    else {
      added.splice(added.indexOf(heir), 1);
      renamed.push({ before: old.name, now: heir.name });
    }
  }
  return { added: added.map((column) => column.name), dropped, renamed };
}

/** `BoroName`, `boro_name` and `BORO NAME` are one name to a person. */
export function folded(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '') || name;
}

/** `1,000 → 600 rows (−40%)`, and each thing that changed, in words. */
export function describeChanges(changes: DatasetChanges): string[] {
  const { rows, added, dropped, renamed, retyped, crs, geometry_types: types, bbox } = changes;
  return [
    describeRows(rows),
    ...(added ? [`columns added: ${added.join(', ')}`] : []),
    ...(dropped ? [`columns dropped: ${dropped.join(', ')}`] : []),
    ...(renamed ? [`columns renamed: ${renamed.map(({ before, now }) => `${before} → ${now}`).join(', ')}`] : []),
    ...(retyped ?? []).map(({ column, before, now }) => `${column}: ${before} → ${now}`),
    ...(crs ? [`CRS: ${crs.before ?? 'none'} → ${crs.now ?? 'none'}`] : []),
    ...(types ? [`geometry: ${types.before.join('/') || 'none'} → ${types.now.join('/') || 'none'}`] : []),
    ...(bbox ? [`bounding box: ${describeBox(bbox.before)} → ${describeBox(bbox.now)}`] : []),
  ];
}

function describeRows({ before, now }: Change<number>): string {
  if (before === now) return `${counted(now)} rows as before`;
  const share = before === 0 ? '' : ` (${now > before ? '+' : '−'}${percent(Math.abs(now - before) / before)})`;
  return `${counted(before)} → ${counted(now)} rows${share}`;
}

/** A share of one as `40%`, with enough digits to tell it from nothing and from all. */
export function percent(share: number): string {
  const value = share * 100;
  const digits = Number.isInteger(value) ? 0 : value < 0.1 || (value > 99.9 && value < 100) ? 3 : 1;
  return `${value.toFixed(digits)}%`;
}

function describeBox(box: DatasetRecord['bbox']): string {
  if (box === null) return 'none';
  return `[${box.map((n) => Number(n.toPrecision(8))).join(', ')}]`;
}
