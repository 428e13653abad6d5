import { Matcher } from './matcher.ts';
import { parsePattern } from './parse.ts';
import { programOf } from './program.ts';
import { parseReplacement, type Replacement } from './replacement.ts';
import type { Flags, Node, Pattern } from './syntax.ts';

/** A compiled expression: what Python's `re` makes of a text. */
export class PythonExpression {
  readonly pattern: Pattern;
  readonly #matcher: Matcher;

  readonly #like: 'python' | 're2';

  /**
   * @param like `re2` takes classes as ASCII, `$` as the very end, and no empty match where another one ended
   * @throws PatternProblem
   */
  constructor(pattern: string, flags: Partial<Flags> = {}, like: 'python' | 're2' = 'python') {
    this.#like = like;
    const parsed = parsePattern(pattern, like === 're2' ? { ...flags, ascii: true } : flags);
    this.pattern = like === 're2' ? withRe2Ends(parsed) : parsed;
    this.#matcher = new Matcher(programOf(this.pattern));
  }

  search(text: string): boolean {
    this.#matcher.read(new CodePoints(text).codes);
    return this.#matcher.find(0) !== undefined;
  }

  /** From the start of the text. */
  match(text: string): boolean {
    this.#matcher.read(new CodePoints(text).codes);
    return this.#matcher.find(0, { anchored: true }) !== undefined;
  }

  fullMatch(text: string): boolean {
    this.#matcher.read(new CodePoints(text).codes);
    return this.#matcher.find(0, { anchored: true, full: true }) !== undefined;
  }

  count(text: string): number {
    let count = 0;
    for (const _ of this.#matches(new CodePoints(text))) count++;
    return count;
  }

  /** What the first match has in a group; null where there is none, or the group took no part. */
  group(text: string, group: number): string | null {
    const codes = new CodePoints(text);
    this.#matcher.read(codes.codes);
    const found = this.#matcher.find(0);
    return found && found[2 * group + 1]! >= 0 ? codes.slice(found[2 * group]!, found[2 * group + 1]!) : null;
  }

  /** All groups of the first match. */
  groups(text: string): (string | null)[] | undefined {
    const codes = new CodePoints(text);
    this.#matcher.read(codes.codes);
    const found = this.#matcher.find(0);
    if (!found) return undefined;
    return Array.from({ length: this.pattern.groups + 1 }, (_, i) =>
      found[2 * i + 1]! >= 0 ? codes.slice(found[2 * i]!, found[2 * i + 1]!) : null,
    );
  }

  /** All matches: as a whole, or what the only group has in each. */
  findAll(text: string): string[] {
    const codes = new CodePoints(text);
    const slot = this.pattern.groups === 1 ? 2 : 0;
    return Array.from(this.#matches(codes), (found) =>
      found[slot + 1]! >= 0 ? codes.slice(found[slot]!, found[slot + 1]!) : '',
    );
  }

  replacement(text: string): Replacement {
    return parseReplacement(text, this.pattern);
  }

  /** @param most how many matches are replaced; 0 for all */
  replace(text: string, replacement: Replacement, most = 0): string {
    const codes = new CodePoints(text);
    let result = '';
    let at = 0;
    let count = 0;
    for (const found of this.#matches(codes)) {
      result += codes.slice(at, found[0]!);
      for (const part of replacement) {
        if (typeof part === 'string') result += part;
        else if (found[2 * part + 1]! >= 0) result += codes.slice(found[2 * part]!, found[2 * part + 1]!);
      }
      at = found[1]!;
      if (++count === most) break;
    }
    return count === 0 ? text : result + codes.slice(at, codes.length);
  }

  /** The text between matches, and what groups captured. */
  split(text: string, most = 0): (string | null)[] {
    const codes = new CodePoints(text);
    const pieces: (string | null)[] = [];
    let at = 0;
    let count = 0;
    for (const found of this.#matches(codes)) {
      pieces.push(codes.slice(at, found[0]!));
      for (let group = 1; group <= this.pattern.groups; group++) {
        pieces.push(found[2 * group + 1]! >= 0 ? codes.slice(found[2 * group]!, found[2 * group + 1]!) : null);
      }
      at = found[1]!;
      if (++count === most) break;
    }
    pieces.push(codes.slice(at, codes.length));
    return pieces;
  }

  /** All matches in order; one that is empty may follow another one, but not an empty one at the same place. */
  *#matches(codes: CodePoints): Generator<Int32Array> {
    this.#matcher.read(codes.codes);
    let from = 0;
    let advance = false;
    let last = -1;
    while (from <= codes.length) {
      const found = this.#matcher.find(from, { advance });
      if (!found) return;
      const [start, end] = [found[0]!, found[1]!];
      if (this.#like === 're2' && start === end && end === last) {
        from = end + 1;
        continue;
      }
      last = end;
      yield found;
      advance = end === start && this.#like === 'python';
      from = end;
    }
  }
}

/** RE2 takes `$` for the end of the text, and nothing else. */
function withRe2Ends(pattern: Pattern): Pattern {
  const replaced = <T>(value: T): T => {
    if (Array.isArray(value)) return value.map(replaced) as T;
    if (typeof value !== 'object' || value === null) return value;
    const node = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner)])) as T & Node;
    return node.kind === 'at' && node.at === 'end' && !node.flags.multiline ? { ...node, at: 'textEnd' } : node;
  };
  return { ...pattern, root: replaced(pattern.root) };
}

/** A text as code points, which is what Python counts by. */
class CodePoints {
  readonly codes: Int32Array;
  readonly #text: string;

  constructor(text: string) {
    const codes = new Int32Array(text.length);
    let count = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.codePointAt(i)!;
      if (code > 0xffff) i++;
      codes[count++] = code;
    }
    this.#text = text;
    this.codes = count === text.length ? codes : codes.subarray(0, count);
  }

  get length(): number {
    return this.codes.length;
  }

  slice(from: number, to: number): string {
    if (this.length === this.#text.length) return this.#text.slice(from, to);
    let text = '';
    for (let at = from; at < to; at++) text += String.fromCodePoint(this.codes[at]!);
    return text;
  }
}
