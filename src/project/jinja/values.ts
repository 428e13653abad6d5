/**
 * What an expression of a template can be: data, and functions of this folder's own. There is no way from any of these to
 * an object of JavaScript: dicts are Maps, members are looked up in tables, functions can only be called.
 */
export type Value = string | number | boolean | null | undefined | Value[] | Map<Value, Value> | Callable;

/** The keyword arguments of a call, by name. */
export type Keywords = ReadonlyMap<string, Value>;

export class Callable {
  readonly #work: (args: Value[], keywords: Keywords) => Value;

  constructor(work: (args: Value[], keywords: Keywords) => Value) {
    this.#work = work;
  }

  call(args: Value[], keywords: Keywords): Value {
    return this.#work(args, keywords);
  }
}

/** What is wrong with a use of a value; the place is added by who evaluates. */
export class JinjaError extends Error {}

const MAX_TEXT = 4 * 2 ** 20;
const MAX_ITEMS = 100_000;
export const MAX_WORK = 10_000_000;
/** So many characters that are looked at cost as much as one node that is carried out. */
const CHARACTERS_PER_STEP = 16;

/** Bounds time and memory of one rendering: every node, item and character that is made costs. */
export class Budget {
  #left: number;
  readonly #weights = new WeakMap<object, Weight>();

  constructor(work: number) {
    this.#left = work;
  }

  /** @throws JinjaError when the template asks for more than any template needs */
  spend(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0) throw new JinjaError('it takes too long');
  }

  /** To be asked before something of that size is made. */
  text(length: number): void {
    if (!(length <= MAX_TEXT)) throw new JinjaError(`it makes a text of more than ${MAX_TEXT} characters`);
    this.spend(length);
  }

  items(count: number): void {
    if (!(count <= MAX_ITEMS)) throw new JinjaError(`it makes a list of more than ${MAX_ITEMS} items`);
    this.spend(count);
  }

  /**
   * Charges for a look at a value with all that is in it, however often it is in it: a list of lists of lists grows by
   * the power, and a list may hold one long text a thousand times.
   */
  weigh(value: Value): void {
    if (typeof value === 'string') {
      this.spend(Math.floor(value.length / CHARACTERS_PER_STEP));
      return;
    }
    if (!Array.isArray(value) && !(value instanceof Map)) return;
    const { items, steps } = this.#weight(value);
    if (!(items <= MAX_ITEMS)) this.items(items);
    this.spend(steps);
  }

  /** Sorting looks at each item about as often as their number has binary digits. */
  sort(items: readonly Value[]): void {
    const looks = Math.ceil(Math.log2(items.length + 1));
    this.spend(items.reduce<number>((sum, item) => sum + this.#weight(item).steps * looks, 0));
  }

  #weight(value: Value): Weight {
    if (typeof value === 'string') return { items: 1, steps: 1 + Math.floor(value.length / CHARACTERS_PER_STEP) };
    if (!Array.isArray(value) && !(value instanceof Map)) return { items: 1, steps: 1 };
    const known = this.#weights.get(value);
    if (known !== undefined) return known;
    const weight = { items: 1, steps: 1 };
    for (const item of value instanceof Map ? [...value].flat(1) : value) {
      const { items, steps } = this.#weight(item);
      weight.items += items;
      weight.steps += steps;
    }
    this.#weights.set(value, weight);
    return weight;
  }
}

/** How large a value is, and what looking at all of it costs. */
interface Weight {
  items: number;
  steps: number;
}

export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}

export function isNumber(value: Value): value is number | boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

export function areEqual(a: Value, b: Value): boolean {
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => areEqual(item, b[i]));
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, item]) => b.has(key) && areEqual(item, b.get(key)));
  }
  return a === b;
}

/** -1, 0 or 1 by code points for text, as Python orders. */
export function compared(a: Value, b: Value): number {
  if (isNumber(a) && isNumber(b)) return Math.sign(Number(a) - Number(b));
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compared(a[i], b[i]);
      if (order !== 0) return order;
    }
    return Math.sign(a.length - b.length);
  }
  throw new JinjaError(`${kindOf(a)} and ${kindOf(b)} have no order`);
}

/** The items that a loop or a filter goes over; of text its characters, of a dict its keys. */
export function itemsOf(value: Value, budget: Budget): Value[] {
  if (typeof value === 'string') {
    budget.items(value.length);
    return [...value];
  }
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys()];
  throw new JinjaError(`${kindOf(value)} has no items`);
}

export function lengthOf(value: Value): number {
  if (typeof value === 'string') return [...value].length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  throw new JinjaError(`${kindOf(value)} has no length`);
}

/** How Jinja prints a value. */
export function pythonText(value: Value, budget: Budget): string {
  if (value === undefined) throw new JinjaError('a value that is undefined cannot be printed');
  return typeof value === 'string' ? value : representation(value, budget);
}

function representation(value: Value, budget: Budget): string {
  budget.spend(1);
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Callable) throw new JinjaError('a function cannot be printed');
  const inner = (item: Value) => representation(item, budget);
  const text = Array.isArray(value)
    ? `[${value.map(inner).join(', ')}]`
    : `{${[...value].map(([key, item]) => `${inner(key)}: ${inner(item)}`).join(', ')}}`;
  budget.text(text.length);
  return text;
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(/[\\\n\r\t]/g, (c) => ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[c] ?? '\\\\');
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}

export function kindOf(value: Value): string {
  if (value === undefined) return 'an undefined value';
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a dict';
  if (value instanceof Callable) return 'a function';
  return typeof value === 'string' ? 'a text' : typeof value === 'number' ? 'a number' : 'a truth value';
}

export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  throw new JinjaError(`${kindOf(value)} stands where a text is needed`);
}

export function integerOf(value: Value): number {
  if (isNumber(value) && Number.isInteger(Number(value))) return Number(value);
  throw new JinjaError(`${kindOf(value)} stands where a whole number is needed`);
}
