/** A moment as it is written: an ISO timestamp, and its offset from UTC (`+01:00`), empty where there is none. */
interface LenientMoment {
  clock: string;
  offset: string;
}

/** Characters of a date. What follows looks at a text in many ways, which takes long where it is long. */
const LONGEST_DATE = 200;

/**
 * One text as a date in the lenient way that python-dateutil has (month first, two-digit years, 12-hour times, month
 * names), for columns whose first value gives no shape to hold the others to.
 *
 * @returns undefined where the text is no date
 */
export function parseLeniently(text: string, now: Date = new Date()): LenientMoment | undefined {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST_DATE) return undefined;
  if (/^(now|today)$/i.test(trimmed)) return { clock: now.toISOString().slice(0, 19).replace('T', ' '), offset: '' };
  const time = splitTime(
    trimmed.replace(/^(\d{8})[T ]?(\d{2})(\d{2})(\d{2})?$/, (_, day, h, m, s = '00') => `${day} ${h}:${m}:${s}`),
  );
  if (!time) return undefined;
  const date = parseDay(time.day.replace(/,/g, ' ').replace(/\s+/g, ' ').trim(), now);
  if (!date) return undefined;
  const [year, month, day] = date;
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate() || year < 1)
    return undefined;
  return { clock: `${pad(year, 4)}-${pad(month)}-${pad(day)}${time.clock}`, offset: time.offset };
}

const pad = (n: number, width = 2) => String(n).padStart(width, '0');

const TIME =
  /^(.*?)(?:[T\s]\s*|\b)(\d{1,2})(?::(\d{2}))?(?::(\d{2})([.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?$/;

/** Takes a clock time off the end; `clock` is ` HH:MM:SS[.f]`, at midnight when there is none. */
function splitTime(text: string): { day: string; clock: string; offset: string } | undefined {
  const m = TIME.exec(text);
  const hasClock = m && (m[3] !== undefined || m[6] !== undefined);
  if (!m || !hasClock) return { day: text, clock: ' 00:00:00', offset: '' };
  let hour = Number(m[2]);
  const minute = Number(m[3] ?? 0);
  const second = Number(m[4] ?? 0);
  if (m[6]) {
    if (hour < 1 || hour > 12) return undefined;
    hour = (hour % 12) + (m[6].toLowerCase().startsWith('p') ? 12 : 0);
  }
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const [, sign, hours, minutes] = /^([+-])(\d{2}):?(\d{2})?$/.exec(m[7] ?? '') ?? [];
  // pandas takes GMT for a word of the format, not for an offset.
  const offset = m[7] === undefined || m[7] === 'GMT' ? '' : sign ? `${sign}${hours}:${minutes ?? '00'}` : '+00:00';
  return { day: m[1]!, clock: ` ${pad(hour)}:${pad(minute)}:${pad(second)}${(m[5] ?? '').replace(',', '.')}`, offset };
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const FULL_MONTHS = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
const WEEKDAYS = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?\s+/i;

function monthOf(word: string): number {
  const lower = word.toLowerCase().replace(/\.$/, '');
  const full = FULL_MONTHS.indexOf(lower);
  return full >= 0 ? full + 1 : lower === 'sept' ? 9 : MONTHS.indexOf(lower) + 1;
}

/** dateutil's window: a two-digit year lies within fifty years of this one. */
function fullYear(text: string, now: Date): number {
  const year = Number(text);
  if (text.length > 2) return year;
  const thisYear = now.getFullYear();
  const century = Math.floor(thisYear / 100) * 100;
  const candidate = century + year;
  if (candidate >= thisYear + 50) return candidate - 100;
  return candidate < thisYear - 50 ? candidate + 100 : candidate;
}

function parseDay(text: string, now: Date): [number, number, number] | undefined {
  const day = text.replace(WEEKDAYS, '');
  let m = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(day);
  if (m) return [Number(m[1]), Number(m[2]), Number(m[3])];
  m = /^(\d{4})(\d{2})(\d{2})$/.exec(day);
  if (m) return [Number(m[1]), Number(m[2]), Number(m[3])];
  m = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})$/.exec(day);
  if (m) {
    const [first, second] = [Number(m[1]), Number(m[2])];
    const year = fullYear(m[3]!, now);
    return first > 12 ? [year, second, first] : [year, first, second];
  }
  m = /^([A-Za-z]+\.?)[ -](\d{1,2})(?:st|nd|rd|th)?[ -](\d{4}|\d{2})$/.exec(day);
  if (m && monthOf(m[1]!) > 0) return [fullYear(m[3]!, now), monthOf(m[1]!), Number(m[2])];
  m = /^(\d{1,2})(?:st|nd|rd|th)?[ -]([A-Za-z]+\.?)[ -](\d{4}|\d{2})$/.exec(day);
  if (m && monthOf(m[2]!) > 0) return [fullYear(m[3]!, now), monthOf(m[2]!), Number(m[1])];
  m = /^([A-Za-z]+\.?)[ -](\d{4})$/.exec(day);
  if (m && monthOf(m[1]!) > 0) return [Number(m[2]), monthOf(m[1]!), 1];
  m = /^(\d{4})[ -]([A-Za-z]+\.?)[ -](\d{1,2})$/.exec(day);
  if (m && monthOf(m[2]!) > 0) return [Number(m[1]), monthOf(m[2]!), Number(m[3])];
  m = /^(\d{4})-?[Qq]([1-4])$/.exec(day);
  if (m) return [Number(m[1]), Number(m[2]) * 3 - 2, 1];
  m = /^(\d{4})(?:[-/](\d{1,2}))?$/.exec(day);
  if (m) return [Number(m[1]), Number(m[2] ?? 1), 1];
  m = /^(\d{1,2})[/-](\d{4})$/.exec(day);
  if (m) return [Number(m[2]), Number(m[1]), 1];
  return undefined;
}
