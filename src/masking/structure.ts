import { isSecretName, isSecretParameter, isStandIn, MASK } from './names.ts';
import { maskText, secretValues } from './shapes.ts';

/** Fields whose keys are names of columns and values, not of settings. */
const FREE_NAMES = new Set([
  'map',
  'mapper',
  'columns',
  'dtype',
  'to_replace',
  'agg',
  'converters',
  'na_values',
  'by',
  'types',
]);
/** Fields of a request, in which short names such as `key` tell as well. */
const REQUEST_PARTS = new Set(['headers', 'params', 'query', 'data', 'form', 'body', 'json', 'cookies', 'auth']);
/** Fields that hold nothing but credentials, whatever is in them. */
const ALL_SECRET = new Set(['auth', 'credentials', 'cookies', 'basic_auth', 'authorization']);

/** Where a value stands: what the name above it says of it. */
type Position = 'plain' | 'free' | 'request' | 'secret';

/**
 * Data of a definition with its secrets taken out: those that the text of a value shows, and those that its name tells,
 * also as `{name: token, value: …}` and `[token, …]`. A value without secrets is the same object.
 */
export function maskData<T>(value: T): T {
  return masked(value, 'plain') as T;
}

/** The secrets that stand in data, by text or by name. */
export function secretsOfData(value: unknown): string[] {
  const found = new Set<string>();
  collect(value, masked(value, 'plain'), found);
  return [...found];
}

/** Goes through what was and what became of it side by side: where they differ stands a secret. */
function collect(before: unknown, after: unknown, found: Set<string>): void {
  if (before === after) return;
  if (typeof before === 'object' && before !== null) {
    const [old, fresh] = [valuesOf(before), valuesOf(after)];
    for (const [index, item] of old.entries()) collect(item, fresh[index], found);
    return;
  }
  for (const value of secretValues(String(before))) found.add(value);
  if (after === MASK) found.add(String(before));
}

function valuesOf(value: unknown): unknown[] {
  return value instanceof Map ? [...value.values()] : Object.values(value as object);
}

function masked(value: unknown, position: Position): unknown {
  if (typeof value === 'string') {
    if (position === 'secret') return isStandIn(value) ? value : MASK;
    return maskText(value);
  }
  if (typeof value === 'number' || typeof value === 'bigint') return position === 'secret' ? MASK : value;
  if (Array.isArray(value)) return maskedList(value, position);
  if (value instanceof Map) {
    const entries = maskedEntries([...value] as [unknown, unknown][], position);
    return entries ? new Map(entries) : value;
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const entries = maskedEntries(Object.entries(value), position);
  return entries ? Object.fromEntries(entries) : value;
}

function maskedList(list: readonly unknown[], position: Position): unknown {
  const [name] = list;
  const isPair = list.length === 2 && typeof name === 'string' && position !== 'secret' && position !== 'free';
  const result =
    isPair && isSecretName(name)
      ? [name, masked(list[1], 'secret')]
      : list.map((item) => masked(item, position === 'free' ? 'plain' : position));
  return result.some((item, index) => item !== list[index]) ? result : list;
}

/** @returns undefined where nothing changes */
function maskedEntries(entries: [unknown, unknown][], position: Position): [unknown, unknown][] | undefined {
  const named = entries.find(([key]) => key === 'name' || key === 'key' || key === 'header')?.[1];
  let changed = false;
  const result = entries.map(([key, value]): [unknown, unknown] => {
    const ofPair = key === 'value' && typeof named === 'string' && isSecretName(named);
    const inner = masked(value, ofPair ? 'secret' : positionBelow(String(key), position));
    const shown = typeof key === 'string' ? maskText(key) : key;
    changed ||= inner !== value || shown !== key;
    return [shown, inner];
  });
  return changed ? result : undefined;
}

function positionBelow(name: string, position: Position): Position {
  if (position === 'secret') return 'secret';
  if (position === 'free') return 'plain';
  if (ALL_SECRET.has(name) || isSecretName(name)) return 'secret';
  if (position === 'request' && isSecretParameter(name)) return 'secret';
  if (FREE_NAMES.has(name)) return 'free';
  return REQUEST_PARTS.has(name) || position === 'request' ? 'request' : 'plain';
}
