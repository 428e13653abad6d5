/**
 * Versions of releases in the department's four forms, with the order, the labels and the bumps that its planner gives
 * them. Whatever is written otherwise is no release version; a dataset's version may be any text.
 */
export type ReleaseVersion = MajorMinor | CapitalBudget | DateVersion;

interface MajorMinor {
  kind: 'MajorMinor';
  /** Two digits. */
  year: number;
  major: number;
  minor: number;
  patch: number;
}

interface CapitalBudget {
  kind: 'CapitalBudget';
  year: number;
  /** Index into RELEASES. */
  release: number;
  patch: number;
}

interface DateVersion {
  kind: 'Date';
  year: number;
  month: number;
  day: number;
  format: 'Date' | 'Fiscal Year' | 'Month' | 'Quarter';
  patch: number;
}

export type BumpType = 'major' | 'minor' | 'patch';

/** A rule of versions that was broken; `kind` is a stable word. */
export class VersionProblem extends Error {
  readonly kind: 'unparsable_version' | 'bump_type_not_applicable' | 'bump_unsupported' | 'bump_date' | 'incomparable';
  constructor(kind: VersionProblem['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

const RELEASES = ['prelim', 'exec', 'adopt'] as const;
const LAST_YEAR = 9999;

/** Any Unicode digit counts, as in Python; its value follows from its place in the block of ten. */
function toNumber(digits: string): number {
  let value = 0;
  for (const digit of digits) {
    let code = digit.codePointAt(0)!;
    let unit = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(code - 1))) {
      code--;
      unit++;
    }
    value = value * 10 + (unit % 10);
  }
  return value;
}

/** @throws VersionProblem unparsable_version */
export function parseReleaseVersion(text: string): ReleaseVersion {
  const read = (pattern: RegExp) =>
    pattern
      .exec(text)
      ?.slice(1)
      .map((part: string | undefined) => (part === undefined ? 0 : toNumber(part)));
  const majorMinor = read(/^(\p{Nd}{2})v(\p{Nd}+)(?:\.(\p{Nd}+))?(?:\.(\p{Nd}+))?\n?$/u);
  if (majorMinor) {
    const [year, major, minor, patch] = majorMinor as [number, number, number, number];
    return { kind: 'MajorMinor', year, major, minor, patch };
  }
  const fiscal = read(/^FY(\p{Nd}{4})\n?$/u);
  if (fiscal) return dateVersion(text, 'Fiscal Year', fiscal[0]!, 1, 1, 0);
  const quarter = read(/^(\p{Nd}{2})Q(\p{Nd})(?:\.(\p{Nd}+))?\n?$/u);
  if (quarter) return dateVersion(text, 'Quarter', 2000 + quarter[0]!, 3 * quarter[1]! - 2, 1, quarter[2]!);
  const day = read(/^(\p{Nd}{4})-(\p{Nd}{2})-(\p{Nd}{2})(?:\.(\p{Nd}+))?\n?$/u);
  if (day) return dateVersion(text, 'Date', day[0]!, day[1]!, day[2]!, day[3]!);
  // Any one character parts a month from its patch.
  const month = read(/^(\p{Nd}{4})-(\p{Nd}{2})(?:[^\n](\p{Nd}+))?\n?$/u);
  if (month) return dateVersion(text, 'Month', month[0]!, month[1]!, 1, month[2]!);
  const budget = /^(\p{Nd}{2})(prelim|exec|adopt)(?:\.(\p{Nd}+))?\n?$/u.exec(text);
  if (budget) {
    const release = RELEASES.indexOf(budget[2] as (typeof RELEASES)[number]);
    return { kind: 'CapitalBudget', year: toNumber(budget[1]!), release, patch: toNumber(budget[3] ?? '0') };
  }
  throw new VersionProblem('unparsable_version', `${JSON.stringify(text)} is not written as a release version`);
}

function dateVersion(
  text: string,
  format: DateVersion['format'],
  year: number,
  month: number,
  day: number,
  patch: number,
): DateVersion {
  const time = new Date(0);
  time.setUTCFullYear(year, month - 1, day);
  const exists = year >= 1 && year <= LAST_YEAR && time.getUTCMonth() === month - 1 && time.getUTCDate() === day;
  if (!exists) throw new VersionProblem('unparsable_version', `${JSON.stringify(text)} is a date that does not exist`);
  return { kind: 'Date', format, year, month, day, patch };
}

/** How a version is written; `05v1.0` becomes `5v1`. */
export function labelOf(version: ReleaseVersion): string {
  const patch = version.patch === 0 ? '' : `.${version.patch}`;
  if (version.kind === 'MajorMinor') {
    const minor = version.minor === 0 && version.patch === 0 ? '' : `.${version.minor}`;
    return `${version.year}v${version.major}${minor}${patch}`;
  }
  if (version.kind === 'CapitalBudget') return `${version.year}${RELEASES[version.release]}${patch}`;
  const pad = (n: number, width = 2) => String(n).padStart(width, '0');
  switch (version.format) {
    case 'Fiscal Year':
      return `FY${version.year}`;
    case 'Quarter':
      return `${pad(version.year % 100)}Q${(version.month + 2) / 3}${patch}`;
    case 'Month':
      return `${pad(version.year, 4)}-${pad(version.month)}${patch}`;
    case 'Date':
      return `${pad(version.year, 4)}-${pad(version.month)}-${pad(version.day)}${patch}`;
  }
}

/**
 * Negative, zero or positive as for `sort`. Versions of two kinds compare by year alone.
 *
 * @throws VersionProblem incomparable
 */
export function compareReleases(a: ReleaseVersion, b: ReleaseVersion): number {
  if (a.kind === 'MajorMinor' && b.kind === 'MajorMinor') {
    return a.year - b.year || a.major - b.major || a.minor - b.minor || a.patch - b.patch;
  }
  if (a.kind === 'CapitalBudget' && b.kind === 'CapitalBudget') {
    return a.year - b.year || a.release - b.release || a.patch - b.patch;
  }
  if (a.kind === 'Date' && b.kind === 'Date') {
    const byDate = a.year - b.year || a.month - b.month || a.day - b.day;
    return byDate || (a.format === b.format ? a.patch - b.patch : a.format < b.format ? -1 : 1);
  }
  if (a.kind === 'Date' || b.kind === 'Date') {
    const difference = fullYear(a) - fullYear(b);
    if (difference !== 0) return difference;
    throw new VersionProblem('incomparable', `${labelOf(a)} and ${labelOf(b)} are of the same year and of two kinds`);
  }
  throw new VersionProblem('incomparable', `${labelOf(a)} and ${labelOf(b)} are of two kinds`);
}

function fullYear(version: ReleaseVersion): number {
  return version.kind === 'Date' ? version.year : 2000 + version.year;
}

/**
 * The release after `version`, or the one `by` places from it (0 counts as 1). Lower parts are dropped.
 *
 * @throws VersionProblem
 */
export function bumpRelease(version: ReleaseVersion, type: BumpType | null, by: number): ReleaseVersion {
  const amount = by === 0 ? 1 : by;
  if (type === 'patch' && !(version.kind === 'Date' && version.format === 'Fiscal Year')) {
    return { ...version, patch: version.patch + amount };
  }
  switch (version.kind) {
    case 'MajorMinor':
      return type === 'minor'
        ? { ...version, minor: version.minor + amount, patch: 0 }
        : { ...version, major: version.major + amount, minor: 0, patch: 0 };
    case 'CapitalBudget': {
      if (type !== null) {
        throw new VersionProblem('bump_unsupported', `${labelOf(version)} is a capital budget; it has no ${type} part`);
      }
      const place = version.year * RELEASES.length + version.release + amount;
      const year = Math.floor(place / RELEASES.length);
      return { kind: 'CapitalBudget', year, release: place - year * RELEASES.length, patch: 0 };
    }
    case 'Date':
      if (type !== null) {
        throw new VersionProblem('bump_type_not_applicable', `${labelOf(version)} is a date; it has no ${type} part`);
      }
      return bumpDate(version, amount);
  }
}

function bumpDate(version: DateVersion, amount: number): DateVersion {
  if (version.format === 'Date') {
    throw new VersionProblem('bump_date', `${labelOf(version)} is a day; only its patch can be bumped`);
  }
  const months = { 'Fiscal Year': 12, Quarter: 3, Month: 1 }[version.format] * amount;
  const place = version.year * 12 + version.month - 1 + months;
  const year = Math.floor(place / 12);
  if (year < 1 || year > LAST_YEAR) throw new VersionProblem('bump_date', `the year ${year} is out of range`);
  return { kind: 'Date', format: version.format, year, month: place - year * 12 + 1, day: 1, patch: 0 };
}
