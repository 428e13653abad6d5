import type { Kind, Reading } from './kinds.ts';

/** One of several numbers that a variable gives by name. */
export interface Limit {
  default: number;
  /** @default 0 */
  minimum?: number;
  maximum?: number;
  whole?: true;
  /** What is counted or bounded; no sentence of its own. */
  meaning: string;
}

type Limits = Readonly<Record<string, Limit>>;
export type Numbers<L extends Limits> = { [K in keyof L]: number };

export function defaultsOf<L extends Limits>(limits: L): Numbers<L> {
  return Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, limit.default])) as Numbers<L>;
}

/**
 * Numbers by name, with commas between (`attempts=10,idleMs=300000`): those that are given, within their bounds. What is
 * not given is for its reader to fill in, mostly from `defaultsOf`.
 */
export function numbersOf<L extends Limits>(limits: L): Kind<Partial<Numbers<L>>> {
  return {
    allowed: `NAME=NUMBER with commas between; the names are ${Object.keys(limits).join(', ')}`,
    read(given) {
      const numbers: Record<string, number> = {};
      for (const entry of given.split(',').map((part) => part.trim())) {
        if (entry === '') continue;
        const [name = '', text = ''] = entry.split('=').map((part) => part.trim());
        if (!Object.hasOwn(limits, name)) return { wrong: `there is no ${JSON.stringify(name)}` };
        const reading = numberFrom(name, text, limits[name]!);
        if (reading.wrong !== undefined) return reading;
        numbers[name] = reading.value;
      }
      return { value: numbers as Partial<Numbers<L>> };
    },
    show: (given) =>
      Object.entries({ ...defaultsOf(limits), ...given })
        .map((entry) => entry.join('='))
        .join(),
  };
}

function numberFrom(name: string, text: string, limit: Limit): Reading<number> {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER, whole = false } = limit;
  const value = text === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) return { wrong: `${name} must be a number, not ${JSON.stringify(text)}` };
  if (value >= minimum && value <= maximum && (!whole || Number.isInteger(value))) return { value };
  const kind = whole ? 'whole number' : 'number';
  return { wrong: `${name} must be a ${kind} from ${minimum} to ${maximum}, not ${text}` };
}
