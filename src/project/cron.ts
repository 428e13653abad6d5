/** Airflow's names for common expressions; `@once` and `@continuous` have no days to name builds by. */
const PRESETS = ['@hourly', '@daily', '@weekly', '@monthly', '@quarterly', '@yearly'];

interface CronField {
  name: string;
  first: number;
  last: number;
  /** In the order of their numbers, from `first` on. */
  names?: readonly string[];
}

const FIELDS: readonly CronField[] = [
  { name: 'minute', first: 0, last: 59 },
  { name: 'hour', first: 0, last: 23 },
  { name: 'day', first: 1, last: 31 },
  {
    name: 'month',
    first: 1,
    last: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'weekday', first: 0, last: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];
const DAYS_IN_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Why a text is no cron expression, in a few words; undefined for one that is. Airflow would refuse a bad one while it
 * reads its DAGs, which are all in one file, so none of them would be there.
 */
export function cronProblem(text: string): string | undefined {
  if (text.startsWith('@')) return PRESETS.includes(text) ? undefined : `there are ${PRESETS.join(', ')}`;
  const parts = text.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return `it has ${parts.length} fields in place of ${FIELDS.length}`;
  const values = FIELDS.map((field, i) => valuesOf(parts[i]!, field));
  const wrong = values.indexOf(undefined);
  if (wrong !== -1) return `${JSON.stringify(parts[wrong])} is no ${FIELDS[wrong]!.name}`;
  const [, , days, months] = values as number[][];
  const comes = months!.some((month) => Math.min(...days!) <= DAYS_IN_MONTH[month - 1]!);
  return comes || parts[4] !== '*' ? undefined : 'no month has that day';
}

/** The numbers that a field means: `*`, `5`, `mon-fri`, `1,15`, each with a step such as `/2`. */
function valuesOf(text: string, field: CronField): number[] | undefined {
  const values: number[] = [];
  for (const part of text.split(',')) {
    const [, range = '', step] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(part) ?? [];
    const by = step === undefined ? 1 : Number(step);
    const [first, last, ...more] = range === '*' ? [field.first, field.last] : range.split('-').map(numberIn(field));
    const end = last ?? (step === undefined ? first : field.last);
    if (first === undefined || Number.isNaN(first) || !(end! >= first) || by < 1 || more.length > 0) return undefined;
    for (let value = first; value <= end!; value += by) values.push(value);
  }
  return values;
}

function numberIn({ first, last, names }: CronField): (text: string) => number {
  return (text) => {
    const named = names?.indexOf(text.toLowerCase()) ?? -1;
    const number = named === -1 ? (/^\d{1,2}$/.test(text) ? Number(text) : Number.NaN) : named + first;
    return number >= first && number <= last ? number : Number.NaN;
  };
}
