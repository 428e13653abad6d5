import { capitalized, joined, memberOf, replaced, titled, trimmed } from './members.ts';
import {
  areEqual,
  type Budget,
  Callable,
  compared,
  integerOf,
  isNumber,
  isTrue,
  itemsOf,
  JinjaError,
  type Keywords,
  kindOf,
  lengthOf,
  pythonText,
  textOf,
  type Value,
} from './values.ts';

export type Filter = (value: Value, args: Value[], keywords: Keywords, budget: Budget) => Value;

const printed = (value: Value, budget: Budget) => pythonText(value, budget);

function otherwise(value: Value, args: Value[], keywords: Keywords): Value {
  const instead = args[0] ?? keywords.get('default_value') ?? '';
  return value === undefined || (isTrue(args[1] ?? keywords.get('boolean')) && !isTrue(value)) ? instead : value;
}

/** What a filter looks at of each item: the item, or the member that `attribute` names, by dots. */
function looksAt(attribute: Value, budget: Budget): (item: Value) => Value {
  if (attribute === undefined || attribute === null) return (item) => item;
  const parts = String(attribute).split('.');
  return (item) =>
    parts.reduce<Value>((value, part) => memberOf(value, /^\d+$/.test(part) ? Number(part) : part, budget), item);
}

function folded(value: Value, caseSensitive: Value): Value {
  return typeof value === 'string' && !isTrue(caseSensitive) ? value.toLowerCase() : value;
}

function sorted(value: Value, args: Value[], keywords: Keywords, budget: Budget): Value[] {
  const of = looksAt(args[2] ?? keywords.get('attribute'), budget);
  const key = (item: Value) => folded(of(item), args[1] ?? keywords.get('case_sensitive'));
  const keyed = itemsOf(value, budget).map((item) => ({ item, key: key(item) }));
  budget.sort(keyed.map((each) => each.key));
  const order = keyed.toSorted((a, b) => compared(a.key, b.key)).map(({ item }) => item);
  return isTrue(args[0] ?? keywords.get('reverse')) ? order.reverse() : order;
}

/** By Python's rule: a half goes to the even neighbour. */
function rounded(value: Value, digits: Value): number {
  if (!isNumber(value)) throw new JinjaError(`${kindOf(value)} cannot be rounded`);
  const factor = 10 ** integerOf(digits ?? 0);
  const scaled = Number(value) * factor;
  const floor = Math.floor(scaled);
  const up = scaled - floor > 0.5 || (scaled - floor === 0.5 && floor % 2 !== 0);
  return (up ? floor + 1 : floor) / factor;
}

function numberFrom(value: Value, instead: Value, whole: boolean): Value {
  if (isNumber(value)) return whole ? Math.trunc(Number(value)) : Number(value);
  const text = typeof value === 'string' ? value.trim() : '';
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return instead;
  return whole ? Math.trunc(Number(text)) : Number(text);
}

function jsonOf(value: Value): string {
  const plain = (inner: Value): unknown => {
    if (Array.isArray(inner)) return inner.map(plain);
    if (inner instanceof Map) return Object.fromEntries([...inner].map(([key, item]) => [String(key), plain(item)]));
    if (inner instanceof Callable) throw new JinjaError('a function is no data');
    return inner ?? null;
  };
  return JSON.stringify(plain(value)).replace(/[<>&']/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function unique(value: Value, args: Value[], keywords: Keywords, budget: Budget): Value[] {
  const seen = new Set<Value>();
  return itemsOf(value, budget).filter((item) => {
    const key = folded(item, args[0] ?? keywords.get('case_sensitive'));
    return !seen.has(key) && seen.add(key);
  });
}

export const FILTERS: ReadonlyMap<string, Filter> = new Map<string, Filter>([
  ['abs', (value) => (isNumber(value) ? Math.abs(Number(value)) : numberFrom(value, undefined, false))],
  ['capitalize', (value, _, __, budget) => capitalized(printed(value, budget))],
  ['count', (value) => lengthOf(value)],
  ['d', otherwise],
  ['default', otherwise],
  ['first', (value, _, __, budget) => itemsOf(value, budget)[0]],
  ['float', (value, [instead = 0]) => numberFrom(value, instead, false)],
  ['int', (value, [instead = 0]) => numberFrom(value, instead, true)],
  ['items', (value) => (value instanceof Map ? [...value].map(([key, item]) => [key, item]) : [])],
  [
    'join',
    (value, args, keywords, budget) => {
      const of = looksAt(args[1] ?? keywords.get('attribute'), budget);
      const separator = pythonText(args[0] ?? keywords.get('d') ?? '', budget);
      return joined(itemsOf(value, budget).map(of), separator, budget);
    },
  ],
  ['last', (value, _, __, budget) => itemsOf(value, budget).at(-1)],
  ['length', (value) => lengthOf(value)],
  ['list', (value, _, __, budget) => [...itemsOf(value, budget)]],
  ['lower', (value, _, __, budget) => printed(value, budget).toLowerCase()],
  ['map', mapped],
  ['max', (value, args, keywords, budget) => sorted(value, [false, ...args], keywords, budget).at(-1)],
  ['min', (value, args, keywords, budget) => sorted(value, [false, ...args], keywords, budget)[0]],
  ['reject', (value, args, _, budget) => itemsOf(value, budget).filter((item) => !passes(item, args, budget))],
  ['replace', (value, args, _, budget) => replaced(printed(value, budget), args, budget)],
  [
    'reverse',
    (value, _, __, budget) => {
      const items = [...itemsOf(value, budget)].reverse();
      return typeof value === 'string' ? items.join('') : items;
    },
  ],
  ['round', (value, [digits]) => rounded(value, digits)],
  ['select', (value, args, _, budget) => itemsOf(value, budget).filter((item) => passes(item, args, budget))],
  ['sort', sorted],
  ['string', (value, _, __, budget) => printed(value, budget)],
  ['sum', (value, _, __, budget) => itemsOf(value, budget).reduce<number>((sum, item) => sum + Number(item), 0)],
  ['title', (value, _, __, budget) => titled(printed(value, budget))],
  ['tojson', (value) => jsonOf(value)],
  ['trim', (value, [chars], _, budget) => trimmed(printed(value, budget), chars, 'both')],
  ['unique', unique],
  ['upper', (value, _, __, budget) => printed(value, budget).toUpperCase()],
]);

/** `map(attribute='x')`, or `map('upper')` with a filter of this table. */
function mapped(value: Value, [name, ...args]: Value[], keywords: Keywords, budget: Budget): Value {
  const items = itemsOf(value, budget);
  budget.items(items.length);
  if (name === undefined) return items.map(looksAt(keywords.get('attribute'), budget));
  const filter = FILTERS.get(textOf(name));
  if (!filter) throw new JinjaError(noFilter(textOf(name)));
  return items.map((item) => filter(item, args, keywords, budget));
}

function passes(item: Value, [name, ...args]: Value[], budget: Budget): boolean {
  if (name === undefined) return isTrue(item);
  const test = TESTS.get(textOf(name));
  if (!test) throw new JinjaError(noTest(textOf(name)));
  return test(item, args, budget);
}

export type Test = (value: Value, args: Value[], budget: Budget) => boolean;

const equal: Test = (value, [other]) => areEqual(value, other);

export const TESTS: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['boolean', (value) => typeof value === 'boolean'],
  ['callable', (value) => value instanceof Callable],
  ['defined', (value) => value !== undefined],
  ['divisibleby', (value, [by]) => integerOf(value) % integerOf(by) === 0],
  ['eq', equal],
  ['equalto', equal],
  ['even', (value) => integerOf(value) % 2 === 0],
  ['false', (value) => value === false],
  ['ge', (value, [other]) => compared(value, other) >= 0],
  ['gt', (value, [other]) => compared(value, other) > 0],
  ['in', (value, [list]) => isIn(value, list)],
  ['integer', (value) => typeof value === 'number' && Number.isInteger(value)],
  ['iterable', (value) => typeof value === 'string' || Array.isArray(value) || value instanceof Map],
  ['le', (value, [other]) => compared(value, other) <= 0],
  ['lower', (value, _, budget) => printed(value, budget) === printed(value, budget).toLowerCase()],
  ['lt', (value, [other]) => compared(value, other) < 0],
  ['mapping', (value) => value instanceof Map],
  ['ne', (value, [other]) => !areEqual(value, other)],
  ['none', (value) => value === null],
  ['number', (value) => isNumber(value)],
  ['odd', (value) => Math.abs(integerOf(value) % 2) === 1],
  ['sameas', (value, [other]) => value === other],
  ['sequence', (value) => typeof value === 'string' || Array.isArray(value) || value instanceof Map],
  ['string', (value) => typeof value === 'string'],
  ['true', (value) => value === true],
  ['undefined', (value) => value === undefined],
  ['upper', (value, _, budget) => printed(value, budget) === printed(value, budget).toUpperCase()],
]);

/** Python's `in`: a part of a text, an item of a list, a key of a dict. */
export function isIn(value: Value, container: Value): boolean {
  if (typeof container === 'string') return container.includes(textOf(value));
  if (Array.isArray(container)) return container.some((item) => areEqual(item, value));
  if (container instanceof Map) return container.has(value);
  throw new JinjaError(`nothing can be in ${kindOf(container)}`);
}

const listed = (names: Iterable<string>) => [...names].join(', ');
export const noFilter = (name: string) => `there is no filter ${name} (there are ${listed(FILTERS.keys())})`;
export const noTest = (name: string) => `there is no test ${name} (there are ${listed(TESTS.keys())})`;
