import {
  areEqual,
  type Budget,
  Callable,
  integerOf,
  isNumber,
  itemsOf,
  JinjaError,
  kindOf,
  pythonText,
  textOf,
  type Value,
} from './values.ts';

type Method<T> = (target: T, args: Value[], budget: Budget) => Value;

/** Methods of Python's text that templates use on versions and names. */
const TEXT_METHODS = new Map<Value, Method<string>>([
  ['upper', (text) => text.toUpperCase()],
  ['lower', (text) => text.toLowerCase()],
  ['capitalize', (text) => capitalized(text)],
  ['title', (text) => titled(text)],
  ['strip', (text, [chars]) => trimmed(text, chars, 'both')],
  ['lstrip', (text, [chars]) => trimmed(text, chars, 'start')],
  ['rstrip', (text, [chars]) => trimmed(text, chars, 'end')],
  ['replace', (text, args, budget) => replaced(text, args, budget)],
  ['split', (text, args, budget) => split(text, args, budget)],
  ['splitlines', (text, _, budget) => split(text.replace(/\n$/, ''), ['\n'], budget)],
  ['join', (text, [items], budget) => joined(itemsOf(items, budget), text, budget)],
  ['startswith', (text, [prefix]) => text.startsWith(textOf(prefix))],
  ['endswith', (text, [suffix]) => text.endsWith(textOf(suffix))],
  ['find', (text, [part]) => codePointIndex(text, textOf(part))],
  ['count', (text, [part]) => text.split(textOf(part)).length - 1],
  ['zfill', (text, [width], budget) => padded(text, width, '0', 'start', budget)],
  ['rjust', (text, [width, fill = ' '], budget) => padded(text, width, textOf(fill), 'start', budget)],
  ['ljust', (text, [width, fill = ' '], budget) => padded(text, width, textOf(fill), 'end', budget)],
  ['removeprefix', (text, [prefix]) => (text.startsWith(textOf(prefix)) ? text.slice(textOf(prefix).length) : text)],
  [
    'removesuffix',
    (text, [suffix]) => (suffix !== '' && text.endsWith(textOf(suffix)) ? text.slice(0, -textOf(suffix).length) : text),
  ],
  ['isdigit', (text) => /^\p{Nd}+$/u.test(text)],
  ['isnumeric', (text) => /^\p{N}+$/u.test(text)],
  ['isdecimal', (text) => /^\p{Nd}+$/u.test(text)],
  ['isalpha', (text) => /^\p{L}+$/u.test(text)],
  ['isalnum', (text) => /^[\p{L}\p{N}]+$/u.test(text)],
  ['isupper', (text) => text === text.toUpperCase() && text !== text.toLowerCase()],
  ['islower', (text) => text === text.toLowerCase() && text !== text.toUpperCase()],
]);

const LIST_METHODS = new Map<Value, Method<Value[]>>([
  ['index', (list, [wanted]) => found(list.findIndex((item) => areEqual(item, wanted)))],
  ['count', (list, [wanted]) => list.filter((item) => areEqual(item, wanted)).length],
]);

const DICT_METHODS = new Map<Value, Method<Map<Value, Value>>>([
  ['items', (dict) => [...dict].map(([key, value]) => [key, value])],
  ['keys', (dict) => [...dict.keys()]],
  ['values', (dict) => [...dict.values()]],
  ['get', (dict, [key, otherwise = null]) => (dict.has(key) ? dict.get(key) : otherwise)],
]);

/** `target.key` and `target[key]` as Python reads them; undefined where there is none. */
export function memberOf(target: Value, key: Value, budget: Budget): Value {
  const bound = <T extends Value>(methods: Map<Value, Method<T>>, on: T): Value => {
    const method = methods.get(key);
    return method && new Callable((args) => charged(method(on, args, budget), budget));
  };
  if (typeof target === 'string') {
    return isNumber(key) ? itemsOf(target, budget).at(Number(key)) : bound(TEXT_METHODS, target);
  }
  if (Array.isArray(target)) return isNumber(key) ? target.at(Number(key)) : bound(LIST_METHODS, target);
  if (target instanceof Map) return target.has(key) ? target.get(key) : bound(DICT_METHODS, target);
  return undefined;
}

/** What to say of a method that a value does not have. */
export function noMethod(target: Value, name: string): string {
  const methods =
    typeof target === 'string'
      ? TEXT_METHODS
      : Array.isArray(target)
        ? LIST_METHODS
        : target instanceof Map && DICT_METHODS;
  return `${kindOf(target)} has no ${name}()${methods ? ` (it has ${[...methods.keys()].join(', ')})` : ''}`;
}

function charged(value: Value, budget: Budget): Value {
  if (typeof value === 'string') budget.text(value.length);
  else if (Array.isArray(value)) budget.items(value.length);
  return value;
}

/** `target[start:stop:step]` */
export function slice(target: Value, bounds: readonly Value[], budget: Budget): Value {
  const [start, stop, step] = bounds.map((bound) => (bound === null || bound === undefined ? null : integerOf(bound)));
  const by = step ?? 1;
  if (by === 0) throw new JinjaError('the step of a slice cannot be 0');
  const items = typeof target === 'string' || Array.isArray(target) ? itemsOf(target, budget) : undefined;
  if (!items) throw new JinjaError(`${kindOf(target)} cannot be sliced`);
  const at = (index: number | null | undefined, otherwise: number) => {
    if (index === null || index === undefined) return otherwise;
    const counted = index < 0 ? index + items.length : index;
    return by > 0 ? Math.max(0, Math.min(items.length, counted)) : Math.max(-1, Math.min(items.length - 1, counted));
  };
  const picked: Value[] = [];
  if (by > 0) for (let i = at(start, 0); i < at(stop, items.length); i += by) picked.push(items[i]);
  else for (let i = at(start, items.length - 1); i > at(stop, -1); i += by) picked.push(items[i]);
  return typeof target === 'string' ? picked.join('') : picked;
}

function found(index: number): number {
  if (index < 0) throw new JinjaError('the list does not hold this value');
  return index;
}

function codePointIndex(text: string, part: string): number {
  const index = text.indexOf(part);
  return index < 0 ? -1 : [...text.slice(0, index)].length;
}

export function capitalized(text: string): string {
  const [first = '', ...rest] = text;
  return first.toUpperCase() + rest.join('').toLowerCase();
}

export function titled(text: string): string {
  return text.replace(/\p{L}+/gu, capitalized);
}

export function trimmed(text: string, chars: Value, where: 'both' | 'start' | 'end'): string {
  const set = chars === undefined || chars === null ? undefined : new Set(textOf(chars));
  const drops = (c: string) => (set ? set.has(c) : /\s/.test(c));
  const characters = [...text];
  let [from, to] = [0, characters.length];
  if (where !== 'end') while (from < to && drops(characters[from]!)) from++;
  if (where !== 'start') while (to > from && drops(characters[to - 1]!)) to--;
  return characters.slice(from, to).join('');
}

export function replaced(text: string, [from, to, count]: Value[], budget: Budget): string {
  const [wanted, other] = [textOf(from), pythonText(to, budget)];
  const parts = text.split(wanted);
  budget.text(text.length + parts.length * other.length);
  if (count === undefined || count === null || integerOf(count) < 0) return text.replaceAll(wanted, () => other);
  const most = Math.min(integerOf(count), parts.length - 1);
  return [...parts.slice(0, most), parts.slice(most).join(wanted)].join(other);
}

function split(text: string, [separator, most]: Value[], budget: Budget): Value[] {
  budget.items(text.length);
  const parts = separator === undefined || separator === null ? (text.match(/\S+/g) ?? []) : undefined;
  if (parts && most === undefined) return parts;
  const by = parts ? ' ' : textOf(separator);
  if (by === '') throw new JinjaError('an empty text cannot separate');
  const pieces = parts ?? text.split(by);
  if (most === undefined || integerOf(most) < 0) return pieces;
  const cut = Math.min(integerOf(most), pieces.length - 1);
  return [...pieces.slice(0, cut), pieces.slice(cut).join(by)];
}

export function joined(items: readonly Value[], separator: string, budget: Budget): string {
  const texts = items.map((item) => pythonText(item, budget));
  budget.text(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

function padded(text: string, width: Value, fill: string, where: 'start' | 'end', budget: Budget): string {
  const missing = integerOf(width) - [...text].length;
  if (missing <= 0) return text;
  if ([...fill].length !== 1) throw new JinjaError('the character to fill with must be one');
  budget.text(text.length + missing * fill.length);
  // Zeros go behind a sign.
  const sign = fill === '0' && where === 'start' && /^[+-]/.test(text) ? text[0]! : '';
  return where === 'start' ? sign + fill.repeat(missing) + text.slice(sign.length) : text + fill.repeat(missing);
}
