import { LifecycleError } from '../../../errors.ts';

/** The values of csv options, checked one at a time. */

export function refuse(message: string, hint: string): never {
  throw new LifecycleError('ING_BAD_OPTION', message, { hint });
}

export function character(name: string, value: unknown): string {
  if (typeof value === 'string' && [...value].length === 1) return value;
  if (value === '\\t') return '\t';
  return refuse(
    `csv option ${name} is ${JSON.stringify(value)}, not one character`,
    `write one character, such as ${name}: "|"`,
  );
}

export function count(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  return refuse(
    `csv option ${name} is ${JSON.stringify(value)}, not a whole number`,
    `write a number of rows, such as ${name}: 2`,
  );
}

export function texts(name: string, value: unknown): string[] {
  if (value === undefined || value === null || value === false) return [];
  const list = Array.isArray(value) ? value : [value];
  if (list.every((item) => ['string', 'number', 'boolean'].includes(typeof item))) return list.map(String);
  return refuse(`csv option ${name} is no list of texts`, `write a list, such as ${name}: ["-", "."]`);
}

export const numberIn = (text: string) => (text.trim() === '' ? Number.NaN : Number(text));

/** A whole number among them stands for itself as a decimal too. */
export function nullTokens(value: unknown): string[] {
  return texts('na_values', value).flatMap((text) => {
    const number = numberIn(text);
    return Number.isInteger(number) ? [text, `${number}.0`, String(number)] : [text];
  });
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function usedColumns(value: unknown): (string | number)[] | undefined {
  if (value === undefined || value === null) return undefined;
  const list = Array.isArray(value) ? value : [];
  const isPosition = (item: unknown) => typeof item === 'number' && Number.isInteger(item) && item >= 0;
  if (list.length > 0 && (list.every(isPosition) || list.every((item) => typeof item === 'string'))) return list;
  return refuse(
    `csv option usecols is ${JSON.stringify(value)}, no list of names and none of positions`,
    'write names, such as usecols: [id, name], or positions from 0, such as usecols: [0, 2]',
  );
}

export function dateColumns(value: unknown): (string | number)[] {
  if (value === undefined || value === null || value === false) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' || Number.isInteger(item))) return value;
  return refuse(
    `csv option parse_dates is ${JSON.stringify(value)}, no list of columns`,
    'write a list, such as parse_dates: [created]',
  );
}

export function words(name: string, value: unknown): string[] {
  if (value === undefined || value === null || Array.isArray(value)) return texts(name, value);
  return refuse(`csv option ${name} is no list`, `write a list, such as ${name}: ["yes"]`);
}

/** Names, or positions counted from 0, from the end where negative. */
export function indexColumns(value: unknown): (string | number)[] {
  if (value === undefined || value === null || value === false) return [];
  const list = Array.isArray(value) ? value : [value];
  if (list.every((item) => typeof item === 'string' || Number.isInteger(item))) return list;
  return refuse(
    `csv option index_col is ${JSON.stringify(value)}, no column`,
    'write a name or a position, such as index_col: id, or leave it out to keep all columns',
  );
}

/** One of some words, the first of them by default. */
export function word<const W extends string>(name: string, value: unknown, words: readonly W[]): W {
  if (value === undefined || value === null) return words[0]!;
  if (words.includes(value as W)) return value as W;
  return refuse(`csv option ${name} is ${JSON.stringify(value)}`, `write one of ${words.join(', ')}`);
}

export function truth(name: string, value: unknown, usual: boolean): boolean {
  if (value === undefined || value === null) return usual;
  if (typeof value === 'boolean') return value;
  return refuse(`csv option ${name} is ${JSON.stringify(value)}`, 'write true or false');
}

/** A format of `strptime`, for all columns of dates or by column. */
export function dateFormats(value: unknown): string | Record<string, string> | undefined {
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  if (isMap(value) && Object.values(value).every((format) => typeof format === 'string'))
    return value as Record<string, string>;
  return refuse(
    `csv option date_format is ${JSON.stringify(value)}, no format and no map of formats`,
    'write a format, such as date_format: "%d.%m.%Y"',
  );
}
