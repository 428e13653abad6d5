/**
 * How the versions of periods are written: text with `%Y` (2024), `%y` (24, of 20xx), `%q` (1 to 4), `%m` (01 to 12),
 * `%d` (01, the day on which a period begins) and `%%`.
 */
export const CADENCES = ['monthly', 'quarterly', 'yearly'] as const;
export type Cadence = (typeof CADENCES)[number];

/** The month in which a period begins; months count from 1. */
export interface Period {
  year: number;
  month: number;
}

export const MONTHS_OF: Readonly<Record<Cadence, number>> = { monthly: 1, quarterly: 3, yearly: 12 };
export const USUAL_PATTERN: Readonly<Record<Cadence, string>> = { monthly: '%Y-%m', quarterly: '%YQ%q', yearly: '%Y' };

const FIRST_YEAR = 1900;
const LAST_YEAR = 2199;
const two = (number: number) => String(number).padStart(2, '0');

/** What each letter writes, and what it reads. */
const LETTERS: Readonly<Record<string, { write: (period: Period) => string; reads: string }>> = {
  Y: { write: ({ year }) => String(year), reads: '(?<Y>\\d{4})' },
  y: { write: ({ year }) => two(year % 100), reads: '(?<y>\\d{2})' },
  q: { write: ({ month }) => String(Math.ceil(month / 3)), reads: '(?<q>[1-4])' },
  m: { write: ({ month }) => two(month), reads: '(?<m>0[1-9]|1[0-2])' },
  d: { write: () => '01', reads: '01' },
  '%': { write: () => '%', reads: '%' },
};

const lettersIn = (pattern: string) => [...pattern.matchAll(/%(.?)/gs)].map(([, letter]) => letter!);

/** Why versions of that cadence cannot be written so; undefined where they can. */
export function patternProblem(pattern: string, cadence: Cadence): string | undefined {
  const letters = lettersIn(pattern);
  const strange = letters.find((letter) => !Object.hasOwn(LETTERS, letter));
  if (strange !== undefined) return `\`%${strange}\` stands for nothing: there are %Y, %y, %q, %m, %d and %%`;
  const twice = letters.find((letter, i) => 'Yyqm'.includes(letter) && letters.indexOf(letter) !== i);
  if (twice !== undefined) return `\`%${twice}\` stands twice`;
  if (!letters.some((letter) => letter === 'Y' || letter === 'y')) return 'it names no year (%Y or %y)';
  const names = (letter: string) => letters.includes(letter);
  if (cadence === 'monthly' && !names('m')) return 'it names no month (%m)';
  if (cadence === 'quarterly' && !names('q') && !names('m')) return 'it names no quarter (%q), nor the month (%m)';
  return undefined;
}

export function writePeriod(pattern: string, period: Period): string {
  return pattern.replace(/%(.)/gs, (_, letter: string) => LETTERS[letter]!.write(period));
}

/** The period that a version of that pattern is of; undefined where it is none. */
export function readPeriod(pattern: string, text: string, cadence: Cadence): Period | undefined {
  const source = pattern.replace(/%(.)|[\\^$.*+?()[\]{}|/-]/gs, (found, letter?: string) =>
    letter === undefined ? `\\${found}` : LETTERS[letter]!.reads,
  );
  const { Y, y, q, m } = new RegExp(`^${source}$`).exec(text)?.groups ?? {};
  if (Y === undefined && y === undefined) return undefined;
  const year = Y === undefined ? 2000 + Number(y) : Number(Y);
  const month = m !== undefined ? Number(m) : q !== undefined ? 3 * Number(q) - 2 : 1;
  const begins = (month - 1) % MONTHS_OF[cadence] === 0;
  const period = begins && year >= FIRST_YEAR && year <= LAST_YEAR ? { year, month } : undefined;
  // `%Yq%q-%m` names the quarter twice, and the two may differ.
  return period && writePeriod(pattern, period) === text ? period : undefined;
}

/** The period of a cadence that a month lies in. */
export function periodOf(cadence: Cadence, { year, month }: Period): Period {
  return { year, month: month - ((month - 1) % MONTHS_OF[cadence]) };
}

/** Periods from one to another, both among them. */
export function periodsBetween(cadence: Cadence, from: Period, to: Period): Period[] {
  const [first, last] = [from, to].map(({ year, month }) => 12 * year + month - 1) as [number, number];
  const count = Math.max(0, Math.floor((last - first) / MONTHS_OF[cadence]) + 1);
  return Array.from({ length: count }, (_, i) => {
    const at = first + i * MONTHS_OF[cadence];
    return { year: Math.floor(at / 12), month: (at % 12) + 1 };
  });
}
