import { plural } from '../../../src/counts.ts';

export { plural };

const COUNT = new Intl.NumberFormat('en-US');

export const count = (n: number | null): string => (n === null ? '–' : COUNT.format(n));

export function bytes(n: number | null): string {
  if (n === null) return '–';
  let value = n;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (value < 1000) return `${unit === 'B' ? value : value.toPrecision(3)} ${unit}`;
    value /= 1000;
  }
  return `${value.toPrecision(3)} TB`;
}

export function seconds(n: number | null): string {
  if (n === null) return '–';
  if (n < 1) return `${Math.round(n * 1000)} ms`;
  return n < 120 ? `${n.toFixed(1)} s` : `${Math.round(n / 60)} min`;
}

const UNITS: [seconds: number, name: string][] = [
  [365.25 * 86_400, 'year'],
  [30.44 * 86_400, 'month'],
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
];

/** `3 days`: the largest unit that fits; undefined below a minute. */
export function lasting(seconds: number): string | undefined {
  const unit = UNITS.find(([size]) => seconds >= size);
  return unit && plural(Math.floor(seconds / unit[0]), unit[1]);
}

/** How long ago, as people say it. */
export function age(iso: string | null, now = Date.now()): string {
  if (iso === null) return '–';
  const long = lasting((now - Date.parse(iso)) / 1000);
  return long === undefined ? 'just now' : `${long} ago`;
}

/** `+12` or `−3 (−0.1 %)` against the rows before. */
export function change(rows: number | null, before: number | null): string {
  if (rows === null || before === null || rows === before) return '';
  const n = rows - before;
  const sign = n > 0 ? '+' : '−';
  const share = before === 0 ? '' : ` (${sign}${((Math.abs(n) / before) * 100).toPrecision(2)} %)`;
  return `${sign}${COUNT.format(Math.abs(n))}${share}`;
}

/** The time itself, as the reader's machine writes it. */
export function moment(iso: string | null): string | undefined {
  return iso === null ? undefined : new Date(iso).toLocaleString();
}
