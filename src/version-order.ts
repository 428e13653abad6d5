/**
 * The one comparison of versions: which of two is the newer by what they say. It reads dates, releases of a year and
 * numbers; versions that are none of these, or that cannot be set against each other, have no order by themselves, and
 * the time at which they were made decides.
 *
 * Two digits of a year are those of 20xx. `builds/versions.ts` has another comparison on purpose: it is that of the
 * department's planner, knows four forms, and refuses the rest.
 */
export const VERSION_ORDERS = ['created', 'numbers', 'text'] as const;
/** What a template may name in place of the comparison above. */
export type VersionOrder = (typeof VERSION_ORDERS)[number];

/** A version as it is read. Those of one kind compare by their parts, those of a year also across kinds, by the year. */
interface Reading {
  kind: 'date' | 'release' | 'letter' | 'budget' | 'number';
  /** Null for plain numbers. */
  year: number | null;
  parts: bigint[];
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const MONTH_NAME = `(sept|${MONTHS.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')})`;
const BUDGETS = ['prelim', 'exec', 'adopt'];
const FIRST_YEAR = 1900;
const LAST_YEAR = 2199;
/** Numbers behind a version's own form, each behind a point: `26v1.2`, `2024-01-31.2`. */
const PATCH = '((?:\\.\\d+)*)';
const TIME = '(?:[t_.-]?(\\d{2}):?(\\d{2})(?::?(\\d{2})(?:\\.\\d+)?)?(z|[+-]\\d{2}(?::?\\d{2})?)?)?';

type Form = [pattern: RegExp, read: (...groups: string[]) => Reading | undefined];

const numbersIn = (text: string) => (text.match(/\d+/g) ?? []).map(BigInt);

function fullYear(text: string): number | undefined {
  const year = text.length === 2 ? 2000 + Number(text) : Number(text);
  return year >= FIRST_YEAR && year <= LAST_YEAR ? year : undefined;
}

function date(yearText: string, month: number, day = 1, patch = '', time: readonly string[] = []): Reading | undefined {
  const year = fullYear(yearText);
  if (year === undefined) return undefined;
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return undefined;
  const [hours = '', minutes = '', seconds = '', offset = ''] = time;
  if (Number(hours) > 24 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  const clock = (Number(hours) * 60 + Number(minutes) - offsetMinutes(offset)) * 60 + Number(seconds);
  const moment = at.getTime() / 1000 + clock;
  // Of that moment, since an offset may lead into another year, and what compares by years must agree with it.
  const ofMoment = new Date(moment * 1000).getUTCFullYear();
  return { kind: 'date', year: ofMoment, parts: [BigInt(moment), ...numbersIn(patch)] };
}

function offsetMinutes(offset: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(offset) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

const monthNamed = (name: string) => MONTHS.findIndex((month) => month.startsWith(name.slice(0, 3))) + 1;

function ofYear(kind: Reading['kind'], yearText: string, parts: bigint[]): Reading | undefined {
  const year = fullYear(yearText);
  return year === undefined ? undefined : { kind, year, parts: [BigInt(year), ...parts] };
}

/** In the order in which they are tried; all text is in lower case. */
const FORMS: Form[] = [
  // 2024-01-31, 2024_01_31, 2024.01.31, with a time or a patch
  [
    new RegExp(`^(\\d{4})([-_.])(\\d{2})\\2(\\d{2})${TIME}$`),
    (y, _, m, d, ...time) => date(y!, Number(m), Number(d), '', time),
  ],
  [new RegExp(`^(\\d{4})([-_.])(\\d{2})\\2(\\d{2})${PATCH}$`), (y, _, m, d, p) => date(y!, Number(m), Number(d), p)],
  // 20240131, with a time or a patch
  [new RegExp(`^(\\d{4})(\\d{2})(\\d{2})${TIME}$`), (y, m, d, ...time) => date(y!, Number(m), Number(d), '', time)],
  [new RegExp(`^(\\d{4})(\\d{2})(\\d{2})${PATCH}$`), (y, m, d, p) => date(y!, Number(m), Number(d), p)],
  // 01-31-2024 and 01312024, as they are written in the United States
  [
    new RegExp(`^(\\d{1,2})([-_.])(\\d{1,2})\\2(\\d{4})${PATCH}$`),
    (m, _, d, y, p) => date(y!, Number(m), Number(d), p),
  ],
  [/^(\d{2})(\d{2})(\d{4})$/, (m, d, y) => date(y!, Number(m), Number(d))],
  // 2024-01, 2024_01, 202401, with a patch
  [new RegExp(`^(\\d{4})[-_](\\d{2})${PATCH}$`), (y, m, p) => date(y!, Number(m), 1, p)],
  [new RegExp(`^(\\d{4})(\\d{2})${PATCH}$`), (y, m, p) => date(y!, Number(m), 1, p)],
  // jan2024, January_2024, 2024-Jan, 31-Jan-2024, 2024Jan31
  [new RegExp(`^${MONTH_NAME}[-_.]?(\\d{4}|\\d{2})$`), (name, y) => date(y!, monthNamed(name!))],
  [new RegExp(`^(\\d{4})[-_.]?${MONTH_NAME}$`), (y, name) => date(y!, monthNamed(name!))],
  [new RegExp(`^(\\d{1,2})[-_.]?${MONTH_NAME}[-_.]?(\\d{4})$`), (d, name, y) => date(y!, monthNamed(name!), Number(d))],
  [new RegExp(`^(\\d{4})[-_.]?${MONTH_NAME}[-_.]?(\\d{1,2})$`), (y, name, d) => date(y!, monthNamed(name!), Number(d))],
  // 2023Q4, 24Q2, 2023-Q4, Q4-2023; halves of years
  [new RegExp(`^(\\d{4}|\\d{2})[-_.]?q([1-4])${PATCH}$`), (y, q, p) => date(y!, 3 * Number(q) - 2, 1, p)],
  [/^q([1-4])[-_.]?(\d{4}|\d{2})$/, (q, y) => date(y!, 3 * Number(q) - 2)],
  [new RegExp(`^(\\d{4}|\\d{2})[-_.]?h([12])${PATCH}$`), (y, h, p) => date(y!, 6 * Number(h) - 5, 1, p)],
  // FY2024, FY24, and a year alone
  [/^fy[-_]?(\d{4}|\d{2})$/, (y) => date(y!, 1)],
  [/^(\d{4})$/, (y) => date(y!, 1)],
  // 26v1, 26v1.2, 2026v1
  [/^(\d{4}|\d{2})v(\d+(?:\.\d+)*)$/, (y, release) => ofYear('release', y!, numbersIn(release!))],
  // 16a, 2016a, 16a.1
  [
    new RegExp(`^(\\d{4}|\\d{2})([a-z])${PATCH}$`),
    (y, letter, p) => ofYear('letter', y!, [BigInt(letter!.charCodeAt(0)), ...numbersIn(p!)]),
  ],
  // 24prelim, 24exec, 24adopt
  [
    new RegExp(`^(\\d{4}|\\d{2})(${BUDGETS.join('|')})${PATCH}$`),
    (y, name, p) => ofYear('budget', y!, [BigInt(BUDGETS.indexOf(name!)), ...numbersIn(p!)]),
  ],
  // 7, v7, 1.10, v1.2.3
  [/^[vr]?(\d+(?:\.\d+)*)$/, (numbers) => ({ kind: 'number', year: null, parts: numbersIn(numbers!) })],
];

/** As much of semantic versioning as numbers and points do not say: `1.2.0-rc.1` comes before `1.2.0`. */
const PRERELEASE = /^(v?\d+\.\d+\.\d+)-([0-9a-z.-]+?)(?:\+[0-9a-z.-]+)?$/;

function readForm(text: string): Reading | undefined {
  for (const [pattern, read] of FORMS) {
    const groups = pattern.exec(text)?.slice(1);
    const reading = groups && read(...(groups as string[]));
    if (reading) return reading;
  }
  return undefined;
}

/** Only numbers have something that comes before them: of `2024.01.31-2` nobody can say. */
const isMisread = ({ kind }: Reading, before: string) => before !== '' && kind !== 'number';

function compareParts(a: readonly bigint[], b: readonly bigint[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const [x, y] = [a[i] ?? 0n, b[i] ?? 0n];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function comparePrereleases(a: string, b: string): number {
  // A version without one is the finished one.
  if (a === '' || b === '') return Number(a === '') - Number(b === '');
  const [left, right] = [a.split('.'), b.split('.')];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]];
    if (x === y) continue;
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const [isNumber, isOtherNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (isNumber && isOtherNumber) {
      const order = compareParts([BigInt(x)], [BigInt(y)]);
      if (order !== 0) return order;
    } else if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
    else return x < y ? -1 : 1;
  }
  return 0;
}

/**
 * Negative where `a` is older, positive where it is newer, 0 where both say the same; undefined where they do not say
 * which is newer.
 */
export function compareVersions(a: string, b: string, order?: VersionOrder): number | undefined {
  if (order === 'created') return undefined;
  if (order === 'text') return a === b ? 0 : a < b ? -1 : 1;
  if (order === 'numbers') return compareParts(numbersIn(a), numbersIn(b));
  const [left, right] = [a.toLowerCase(), b.toLowerCase()];
  const [, core = left, before = ''] = PRERELEASE.exec(left) ?? [];
  const [, otherCore = right, otherBefore = ''] = PRERELEASE.exec(right) ?? [];
  const [x, y] = [readForm(core), readForm(otherCore)];
  if (!x || !y || isMisread(x, before) || isMisread(y, otherBefore)) return undefined;
  if (x.kind === y.kind) return compareParts(x.parts, y.parts) || comparePrereleases(before, otherBefore);
  if (x.year === null || y.year === null || x.year === y.year) return undefined;
  return x.year < y.year ? -1 : 1;
}
