/**
 * The day in New York of a moment, as `YYYYMMDD`: how the department turns an update time into a version.
 * @param milliseconds since 1970
 */
export function newYorkDate(milliseconds: number): string {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(milliseconds);
  const part = (type: string) => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return `${part('year')}${part('month')}${part('day')}`;
}
