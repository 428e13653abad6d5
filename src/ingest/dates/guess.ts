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
  /** The text carries an offset or `Z`. */
  offset: boolean;
  /** Fractions of a second beyond microseconds. */
  nanoseconds: boolean;
}

const HOUR = '(?:[01]\\d|2[0-3])';
const MINUTE = '[0-5]\\d';

interface TimePart {
  pattern: string;
  offset: boolean;
  nanoseconds: boolean;
}

/** The shape of what follows a date: nothing, or a 24-hour time with or without seconds, fraction and offset. */
function timeShape(text: string): TimePart | undefined {
  if (text === '') return { pattern: '()', offset: false, nanoseconds: false };
  const match = /^([T ])(\d{2}):(\d{2})(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/.exec(text);
  if (!match) return undefined;
  const [, separator, hour, , seconds, fraction, offset] = match;
  if (Number(hour) > 23) return undefined;
  const parts = [
    separator === 'T' ? 'T' : ' ',
    `${HOUR}:${MINUTE}`,
    seconds ? `:${MINUTE}` : '',
    fraction ? '\\.\\d{1,9}' : '',
    offset ? '(?:Z|[+-]\\d{2}:?\\d{2})' : '',
  ];
  return { pattern: `(${parts.join('')})`, offset: offset !== undefined, nanoseconds: (fraction?.length ?? 0) > 7 };
}

const MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December';
const SHORT_MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';

function dated(pattern: string, iso: string, rest: string, check: () => boolean): DateShape | undefined {
  const time = timeShape(rest);
  if (!time || !check()) return undefined;
  return { pattern: `${pattern}${time.pattern}`, iso, offset: time.offset, nanoseconds: time.nanoseconds };
}

const isMonth = (text: string) => Number(text) >= 1 && Number(text) <= 12;
const isDay = (text: string) => Number(text) >= 1 && Number(text) <= 31;
const isDate = (year: string, month: string, day: string) =>
  isMonth(month) &&
  isDay(day) &&
  Number(year) >= 1 &&
  Number(day) <= new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();

/** Undefined where pandas cannot guess: then every value is parsed on its own, by whatever shape it has. */
export function guessDateShape(text: string): DateShape | undefined {
  let m = /^(\d{4})([-/])(\d{2})\2(\d{2})(.*)$/s.exec(text);
  if (m) {
    const [, year, separator, month, day, rest] = m as unknown as string[];
    return dated(`(\\d{4})${separator}(\\d{2})${separator}(\\d{2})`, '\\1-\\2-\\3\\4', rest!, () =>
      isDate(year!, month!, day!),
    );
  }
  m = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?$/.exec(text);
  if (m) {
    if (!isDate(m[1]!, m[2]!, m[3]!)) return undefined;
    const base = { offset: false, nanoseconds: false };
    if (m[4] === undefined) return { ...base, pattern: '(\\d{4})(\\d{2})(\\d{2})', iso: '\\1-\\2-\\3' };
    return { ...base, pattern: '(\\d{4})(\\d{2})(\\d{2})(\\d{2})(\\d{2})(\\d{2})', iso: '\\1-\\2-\\3 \\4:\\5:\\6' };
  }
  if (/^\d{4}$/.test(text) && Number(text) >= 1) {
    return { pattern: '(\\d{4})', iso: '\\1-01-01', offset: false, nanoseconds: false };
  }
  m = /^(\d{4})-(\d{2})$/.exec(text);
  if (m && isMonth(m[2]!))
    return { pattern: '(\\d{4})-(\\d{2})', iso: '\\1-\\2-01', offset: false, nanoseconds: false };

  m = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(.*)$/s.exec(text);
  if (m) {
    const [, first, separator, second, year, rest] = m as unknown as string[];
    const s = separator === '.' ? '\\.' : separator;
    const pattern = `(\\d{1,2})${s}(\\d{1,2})${s}(\\d{4})`;
    if (Number(first) > 12) return dated(pattern, '\\3-\\2-\\1\\4', rest!, () => isDate(year!, second!, first!));
    return dated(pattern, '\\3-\\1-\\2\\4', rest!, () => isDate(year!, first!, second!));
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
