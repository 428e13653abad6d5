/** The department's time zone, by which its planner names a day. */
export const NEW_YORK = 'America/New_York';

function parts(moment: Date): Record<string, string> {
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
