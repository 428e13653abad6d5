/**
 * How the texts of a column spell a date, guessed from one of them as pandas guesses it. Every value must then have
 * exactly this shape.
 */
export interface DateShape {
  /** RE2 pattern that the whole text matches. */
  pattern: string;
  /** What `regexp_replace(text, pattern, iso)` gives is a timestamp in ISO form, or `strptime` parses the text. */
  iso?: string;
  strptime?: string;
  /** What `iso` gives has a time of 12 hours, and this is its format. */
  isoFormat?: string;
  /** The text carries an offset or `Z`. */
  offset: boolean;
  /** Fractions of a second beyond microseconds. */
  nanoseconds: boolean;
}

/** Leading zeros are optional in every part but the year. */
const HOUR = '(?:[01]?\\d|2[0-3])';
const MINUTE = '[0-5]?\\d';

interface TimePart {
  pattern: string;
  iso: string;
  isoFormat?: string;
  offset: boolean;
  nanoseconds: boolean;
}

/** The shape of what follows a date: nothing, or a 24-hour time: the hour alone, or with minutes, seconds, fraction and offset. */
function timeShape(text: string): TimePart | undefined {
  if (text === '') return { pattern: '', iso: '', offset: false, nanoseconds: false };
  if (/^(T|\s+)(?:[01]\d|2[0-3])$/.test(text)) {
    const separator = text.startsWith('T') ? 'T' : '\\s+';
    return { pattern: `${separator}(${HOUR})`, iso: ' \\4:00', offset: false, nanoseconds: false };
  }
  const match = /^(T|\s+)(\d{1,2}):(\d{1,2})(:\d{1,2}(\.\d{1,9})?)?(?:(\s*)(Z|UTC|[+-]\d{2}(?::?\d{2})?))?$/.exec(text);
  if (!match) return undefined;
  const [, separator, hour, , seconds, fraction, blanks, offset] = match;
  if (Number(hour) > 23) return undefined;
  const clock = [`${HOUR}:${MINUTE}`, seconds ? `:${MINUTE}` : '', fraction ? '\\.\\d{1,9}' : ''].join('');
  const zone = offset === 'UTC' ? '(UTC)' : '(Z|[+-]\\d{2}(?::?\\d{2})?)';
  return {
    pattern: `${separator === 'T' ? 'T' : '\\s+'}(${clock})${offset ? (blanks ? '\\s+' : '') + zone : ''}`,
    iso: offset === undefined ? ' \\4' : offset === 'UTC' ? ' \\4Z' : ' \\4\\5',
    offset: offset !== undefined,
    nanoseconds: (fraction?.length ?? 0) > 7,
  };
}

/**
 * A time of 12 hours. pandas guesses it only where its hour is that of a clock of 24: before noon, but not at 12 AM,
 * and within the hour of 12 PM.
 */
function halfDayShape(text: string): TimePart | undefined {
  const match = /^(T|\s+)(\d{1,2})(:\d{1,2})?(:\d{1,2})?(\.\d{1,6})?(\s*)(AM|PM)$/i.exec(text);
  if (!match) return undefined;
  const [, separator, hour, minutes = '', seconds = '', fraction = '', blanks, half] = match;
  const isLikeIn24 = half!.toUpperCase() === 'PM' ? hour === '12' : Number(hour) >= 1 && Number(hour) <= 11;
  if (!isLikeIn24 || (fraction && !seconds)) return undefined;
  const clock = [
    '(?:0?[1-9]|1[0-2])',
    minutes && `:${MINUTE}`,
    seconds && `:${MINUTE}`,
    fraction && '\\.\\d{1,6}',
  ].join('');
  // In small letters it is no part of a format to pandas but a text that all values share.
  const halves = half === half!.toUpperCase() ? 'AM|PM' : half;
  return {
    pattern: `${separator === 'T' ? 'T' : '\\s+'}(${clock})${blanks ? '\\s+' : ''}((?i:${halves}))`,
    iso: ' \\4 \\5',
    isoFormat: `%Y-%m-%d %I${minutes && ':%M'}${seconds && ':%S'}${fraction && '.%f'} %p`,
    offset: false,
    nanoseconds: false,
  };
}

export const MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December';
export const SHORT_MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';

function dated(pattern: string, iso: string, rest: string, check: () => boolean): DateShape | undefined {
  const time = timeShape(rest) ?? halfDayShape(rest);
  if (!time || !check()) return undefined;
  return { ...time, pattern: `${pattern}${time.pattern}`, iso: `${iso}${time.iso}` };
}

const isMonth = (text: string) => Number(text) >= 1 && Number(text) <= 12;
const isDay = (text: string) => Number(text) >= 1 && Number(text) <= 31;
/** pandas guesses nothing from a year that begins with zero, such as the `0001-01-01` of some databases. */
const isYear = (text: string) => Number(text) >= 1000;
const isDate = (year: string, month: string, day: string) =>
  isMonth(month) &&
  isDay(day) &&
  isYear(year) &&
  Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();

/**
 * @param dayFirst days stand before months where both can be
 * @returns undefined where pandas cannot guess: then every value is parsed on its own, by whatever shape it has
 */
export function guessDateShape(text: string, dayFirst = false): DateShape | undefined {
  const inner = text.trim();
  const shape = guessTrimmed(inner, dayFirst);
  if (!shape || inner === text) return shape;
  if (/^\d{4}(-\d{1,2})?$/.test(inner)) return undefined;
  // Blanks around a date are part of its shape.
  const [before, after] = [text === text.trimStart() ? '' : '\\s+', text === text.trimEnd() ? '' : '\\s+'];
  return { ...shape, pattern: `${before}${shape.pattern}${after}` };
}

function guessTrimmed(text: string, dayFirst: boolean): DateShape | undefined {
  const whole = { offset: false, nanoseconds: false };
  let m = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(\D.*)?$/s.exec(text);
  if (m) {
    const [, year, separator, month, day, rest = ''] = m as unknown as string[];
    const s = separator === '.' ? '\\.' : separator;
    return dated(`(\\d{4})${s}(\\d{1,2})${s}(\\d{1,2})`, '\\1-\\2-\\3', rest, () => isDate(year!, month!, day!));
  }
  m = /^(\d{4})(\d{2})(\d{2})(?:(T|\s+|)(\d{2})(\d{2})(\d{2})?)?$/.exec(text);
  if (m) {
    if (!isDate(m[1]!, m[2]!, m[3]!)) return undefined;
    if (m[4] === undefined) return { ...whole, pattern: '(\\d{4})(\\d{2})(\\d{2})', iso: '\\1-\\2-\\3' };
    const between = m[4].trim() === m[4] ? m[4] : '\\s+';
    const seconds = m[7] === undefined ? { pattern: '', iso: '' } : { pattern: '(\\d{2})', iso: ':\\6' };
    const pattern = `(\\d{4})(\\d{2})(\\d{2})${between}(\\d{2})(\\d{2})${seconds.pattern}`;
    return { ...whole, pattern, iso: `\\1-\\2-\\3 \\4:\\5${seconds.iso}` };
  }
  if (/^\d{4}$/.test(text) && isYear(text)) return { ...whole, pattern: '(\\d{4})', iso: '\\1-01-01' };
  m = /^(\d{4})-(\d{1,2})$/.exec(text);
  if (m && isMonth(m[2]!) && isYear(m[1]!)) return { ...whole, pattern: '(\\d{4})-(\\d{1,2})', iso: '\\1-\\2-01' };

  m = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(\D.*)?$/s.exec(text);
  if (m) {
    const [, first, separator, second, year, rest = ''] = m as unknown as string[];
    const s = separator === '.' ? '\\.' : separator;
    const pattern = `(\\d{1,2})${s}(\\d{1,2})${s}(\\d{4})`;
    if (Number(first) > 12 || (dayFirst && Number(second) <= 12))
      return dated(pattern, '\\3-\\2-\\1', rest, () => isDate(year!, second!, first!));
    return dated(pattern, '\\3-\\1-\\2', rest, () => isDate(year!, first!, second!));
  }
  return guessMonthName(text);
}

function guessMonthName(text: string): DateShape | undefined {
  const long = new RegExp(`^(${MONTHS})\\b`, 'i').exec(text);
  const short = new RegExp(`^(${SHORT_MONTHS})\\b`, 'i').exec(text);
  const name = { offset: false, nanoseconds: false };
  // `May` is both; pandas takes the long form.
  const m = /^([A-Za-z]+) (\d{1,2})(,?) (\d{4})$/.exec(text);
  if (m && (long || short)) {
    const [words, directive] = long ? [MONTHS, '%B'] : [SHORT_MONTHS, '%b'];
    return { ...name, pattern: `(?i:${words}) \\d{1,2}${m[3]} \\d{4}`, strptime: `${directive} %d${m[3]} %Y` };
  }
  const y = /^(\d{4})([ -])([A-Za-z]{3})\2(\d{1,2})$/.exec(text);
  if (y && new RegExp(`^(${SHORT_MONTHS})$`, 'i').test(y[3]!)) {
    const pattern = `\\d{4}${y[2]}(?i:${SHORT_MONTHS})${y[2]}\\d{1,2}`;
    return { ...name, pattern, strptime: `%Y${y[2]}%b${y[2]}%d` };
  }
  const d = /^(\d{1,2})([ -])([A-Za-z]+)\2(\d{4})$/.exec(text);
  if (d) {
    const isLong = new RegExp(`^(${MONTHS})$`, 'i').test(d[3]!);
    const isShort = new RegExp(`^(${SHORT_MONTHS})$`, 'i').test(d[3]!);
    if (!isLong && !isShort) return undefined;
    const [words, directive] = isLong ? [MONTHS, '%B'] : [SHORT_MONTHS, '%b'];
    return {
      ...name,
      pattern: `\\d{1,2}${d[2]}(?i:${words})${d[2]}\\d{4}`,
      strptime: `%d${d[2]}${directive}${d[2]}%Y`,
    };
  }
  return undefined;
}
