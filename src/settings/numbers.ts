import { LifecycleError } from '../errors.ts';

interface Range {
  minimum?: number;
  maximum?: number;
  whole?: boolean;
}

/**
 * Numbers by name, as environment variables give them (`attempts=10,idleMs=300000`), laid over their defaults.
 * @param variable the name of the environment variable, for errors
 * @throws LifecycleError LIF_BAD_SETTING naming the entry that is wrong
 */
export function numbersFrom<T extends { [K in keyof T]: number }>(
  text: string | undefined,
  defaults: T,
  variable: string,
): T {
  const numbers = { ...defaults };
  for (const entry of (text ?? '').split(',').map((part) => part.trim())) {
    if (entry === '') continue;
    const [name = '', value = ''] = entry.split('=').map((part) => part.trim());
    if (!Object.hasOwn(defaults, name)) throw refusal(variable, `there is no ${JSON.stringify(name)}`, defaults);
    numbers[name as keyof T] = (value === '' ? Number.NaN : Number(value)) as T[keyof T];
    if (!Number.isFinite(numbers[name as keyof T]))
      throw refusal(variable, `${name} must be a number, not ${JSON.stringify(value)}`, defaults);
  }
  return numbers;
}

/** @throws LifecycleError LIF_BAD_SETTING naming the number that is out of its range */
export function checkRanges<T extends { [K in keyof T]: number }>(
  numbers: T,
  ranges: { [K in keyof T]?: Range },
  variable: string,
): void {
  for (const name of Object.keys(numbers) as (keyof T & string)[]) {
    const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER, whole = false } = ranges[name] ?? {};
    const value: number = numbers[name];
    if (Number.isFinite(value) && value >= minimum && value <= maximum && (!whole || Number.isInteger(value))) continue;
    const kind = whole ? 'whole number' : 'number';
    throw refusal(variable, `${name} must be a ${kind} from ${minimum} to ${maximum}, not ${value}`, numbers);
  }
}

function refusal(variable: string, what: string, names: object): LifecycleError {
  return new LifecycleError('LIF_BAD_SETTING', `${variable}: ${what}`, {
    hint: `write NAME=NUMBER with commas between; the names are ${Object.keys(names).join(', ')}`,
  });
}
