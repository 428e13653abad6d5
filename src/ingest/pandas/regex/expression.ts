import { Matcher } from './matcher.ts';
import { parsePattern } from './parse.ts';
import { programOf } from './program.ts';
import { parseReplacement, type Replacement } from './replacement.ts';
import type { Flags, Pattern } from './syntax.ts';

/** A compiled expression: what Python's `re` makes of a text. */
export class PythonExpression {
  readonly pattern: Pattern;
  readonly #matcher: Matcher;

  /** @throws PatternProblem */
  constructor(pattern: string, flags: Partial<Flags> = {}) {
    this.pattern = parsePattern(pattern, flags);
    this.#matcher = new Matcher(programOf(this.pattern));
  }

  search(text: string): boolean {
    this.#matcher.read(codePoints(text));
    return this.#matcher.find(0) !== undefined;
  }

  /** From the start of the text. */
  match(text: string): boolean {
    this.#matcher.read(codePoints(text));
    return this.#matcher.find(0, { anchored: true }) !== undefined;
  }

  fullMatch(text: string): boolean {
    this.#matcher.read(codePoints(text));
    return this.#matcher.find(0, { anchored: true, full: true }) !== undefined;
  }

  count(text: string): number {
    let count = 0;
    for (const _ of this.#matches(codePoints(text))) count++;
    return count;
  }

  /** What the first match has in a group; null where there is none, or the group took no part. */
  group(text: string, group: number): string | null {
    const codes = codePoints(text);
    this.#matcher.read(codes);
    const found = this.#matcher.find(0);
    return found && found[2 * group + 1]! >= 0 ? textOf(codes, found[2 * group]!, found[2 * group + 1]!) : null;
  }

  /** All groups of the first match. */
  groups(text: string): (string | null)[] | undefined {
    const codes = codePoints(text);
    this.#matcher.read(codes);
    const found = this.#matcher.find(0);
    if (!found) return undefined;
    return Array.from({ length: this.pattern.groups + 1 }, (_, i) =>
      found[2 * i + 1]! >= 0 ? textOf(codes, found[2 * i]!, found[2 * i + 1]!) : null,
    );
  }

  replacement(text: string): Replacement {
    return parseReplacement(text, this.pattern);
  }

  /** @param most how many matches are replaced; 0 for all */
  replace(text: string, replacement: Replacement, most = 0): string {
    const codes = codePoints(text);
    let result = '';
    let at = 0;
    let count = 0;
    for (const found of this.#matches(codes)) {
      result += textOf(codes, at, found[0]!);
      for (const part of replacement) {
        if (typeof part === 'string') result += part;
        else if (found[2 * part + 1]! >= 0) result += textOf(codes, found[2 * part]!, found[2 * part + 1]!);
      }
      at = found[1]!;
      if (++count === most) break;
    }
    return count === 0 ? text : result + textOf(codes, at, codes.length);
  }

  /** The text between matches, and what groups captured. */
  split(text: string, most = 0): (string | null)[] {
    const codes = codePoints(text);
    const pieces: (string | null)[] = [];
    let at = 0;
    let count = 0;
    for (const found of this.#matches(codes)) {
      pieces.push(textOf(codes, at, found[0]!));
      for (let group = 1; group <= this.pattern.groups; group++) {
        pieces.push(found[2 * group + 1]! >= 0 ? textOf(codes, found[2 * group]!, found[2 * group + 1]!) : null);
      }
      at = found[1]!;
      if (++count === most) break;
    }
    pieces.push(textOf(codes, at, codes.length));
    return pieces;
  }

  /** All matches in order; one that is empty may follow another one, but not an empty one at the same place. */
  *#matches(codes: Int32Array): Generator<Int32Array> {
    this.#matcher.read(codes);
    let from = 0;
    let advance = false;
    while (from <= codes.length) {
      const found = this.#matcher.find(from, { advance });
      if (!found) return;
      const [start, end] = [found[0]!, found[1]!];
      yield found;
      advance = end === start;
      from = end;
    }
  }
}

function codePoints(text: string): Int32Array {
  const codes = new Int32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i)!;
    if (code > 0xffff) i++;
    codes[count++] = code;
  }
  return codes.subarray(0, count);
}

const PIECE = 8_192;

function textOf(codes: Int32Array, from: number, to: number): string {
  if (to - from <= PIECE) return String.fromCodePoint(...codes.subarray(from, to));
  let text = '';
  for (let at = from; at < to; at += PIECE)
    text += String.fromCodePoint(...codes.subarray(at, Math.min(to, at + PIECE)));
  return text;
}
