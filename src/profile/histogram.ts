import type { ColumnInfo } from '../engine/engine.ts';
import type { Histogram } from './document.ts';
import { kindOf } from './kinds.ts';

const BINS = 20;
const DAY = 86_400;
/** Beyond these, JavaScript has no dates: seconds since 1970. */
const LAST_MOMENT = 8.64e12;

export interface Bins {
  /** SQL of the number of the bin that a number belongs to; null for what is not finite. */
  indexOf(number: string): string;
  read(found: unknown): Histogram;
}

/** Bins of equal width over a range; whole numbers and days get whole widths. Undefined where it has none. */
export function binsFor(column: ColumnInfo, [low, high]: [number, number]): Bins | undefined {
  const isMoment = kindOf(column.type) === 'moment';
  if (isMoment && Math.max(Math.abs(low), Math.abs(high)) > LAST_MOMENT) return undefined;
  const unit = column.type === 'DATE' ? DAY : /INT/.test(column.type) ? 1 : undefined;
  const span = high - low + (unit ?? 0);
  if (!Number.isFinite(span)) return undefined;
  const width = unit ? unit * Math.max(1, Math.ceil(span / unit / BINS)) : span / BINS;
  const bins = width === 0 ? 1 : unit ? Math.ceil(span / width) : BINS;
  // Numbers so large that a width is lost in them, or a range that none of its numbers can be cut into.
  if (width > 0 && (low + width === low || !Number.isFinite(1 / width))) return undefined;
  const edge = (i: number) => (i === bins && !unit ? high : low + i * width);
  const shown = (seconds: number) =>
    column.type === 'DATE'
      ? new Date(seconds * 1000).toISOString().replace(/T.*/, '')
      : new Date(seconds * 1000).toISOString().replace(/\.000Z$|Z$/, '');
  const edges = Array.from({ length: bins + 1 }, (_, i) => edge(i));
  return {
    indexOf: (number) =>
      width === 0
        ? `CASE WHEN isfinite(${number}) THEN 0 END`
        : `CASE WHEN isfinite(${number}) THEN CAST(least(${bins - 1}, greatest(0, floor((${number} - (${low})) / ${width}))) AS INTEGER) END`,
    read(found) {
      const counts = new Array<number>(bins).fill(0);
      for (const { key, value } of (found ?? []) as { key: number; value: string }[])
        counts[Number(key)] = Number(value);
      return { edges: isMoment ? edges.map(shown) : edges, counts };
    },
  };
}
