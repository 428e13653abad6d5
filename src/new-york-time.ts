/** The department's time zone, by which its planner names a day. */
export const NEW_YORK = 'America/New_York';

const HOUR_MS = 3_600_000;
/** The rule that stands since 2007. Asking the time zone data costs a process 15 ms, more than a small CSV. */
const RULE_SINCE_MS = Date.UTC(2007, 0, 1, 12);

/** The moment at which an hour of Eastern Standard Time comes on the nth Sunday of a month, which counts from 0. */
function onSunday(year: number, month: number, nth: number, hourStandard: number): number {
  const weekday = new Date(Date.UTC(year, month, 1)).getUTCDay();
  return Date.UTC(year, month, 1 + ((7 - weekday) % 7) + 7 * (nth - 1), hourStandard + 5);
}

/** Hours from UTC: summer time runs from the second Sunday of March to the first of November, at 2 by the clock. */
function offsetByRule(moment: Date): number {
  const year = new Date(moment.getTime() - 5 * HOUR_MS).getUTCFullYear();
  const isSummer = moment.getTime() >= onSunday(year, 2, 2, 2) && moment.getTime() < onSunday(year, 10, 1, 1);
  return isSummer ? -4 : -5;
}

/** Before the rule stood: as the time zone data has it. */
function partsByData(moment: Date): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone: NEW_YORK,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  return Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
}

function parts(moment: Date): Record<string, string> {
  if (moment.getTime() < RULE_SINCE_MS) return partsByData(moment);
  const offset = offsetByRule(moment);
  const [date, time] = new Date(moment.getTime() + offset * HOUR_MS).toISOString().split('T') as [string, string];
  const [year, month, day] = date.split('-') as [string, string, string];
  const [hour, minute, second] = time.slice(0, 8).split(':') as [string, string, string];
  return { year, month, day, hour, minute, second, timeZoneName: `GMT-0${-offset}:00` };
}

/** The department's clock: ISO with microseconds and New York's offset. */
export function newYorkTimestamp(moment: Date): string {
  const p = parts(moment);
  const offset = p.timeZoneName!.replace('GMT', '') || '+00:00';
  const micros = `${String(moment.getMilliseconds()).padStart(3, '0')}000`;
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}.${micros}${offset}`;
}

/** The day in New York, `YYYYMMDD`: the version of what a source changed, or what was ingested, at that moment. */
export function newYorkDate(moment: Date): string {
  const p = parts(moment);
  return `${p.year}${p.month}${p.day}`;
}
