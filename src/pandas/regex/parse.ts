import { categoryOf, isDigit, isOctal, Scanner } from './scan.ts';
import { type Flags, type Node, type Pattern, PatternProblem, UNBOUNDED, widthOf } from './syntax.ts';

const FLAG_LETTERS: Readonly<Record<string, keyof Flags>> = {
  i: 'ignoreCase',
  a: 'ascii',
  m: 'multiline',
  s: 'dotAll',
  x: 'verbose',
};
const NO_FLAGS: Flags = { ignoreCase: false, ascii: false, multiline: false, dotAll: false, verbose: false };
const MAX_DEPTH = 200;

/**
 * A regular expression as Python's `re` (3.13) reads it.
 *
 * @throws PatternProblem in that module's words
 */
export function parsePattern(pattern: string, given: Partial<Flags> = {}): Pattern {
  const parser = new Parser(pattern, { ...NO_FLAGS, ...given });
  const first = parser.parse();
  // `(?x)` at the start concerns how the text itself is read.
  if (!parser.becameVerbose) return first;
  return new Parser(pattern, { ...NO_FLAGS, ...given, verbose: true }).parse();
}

class Parser {
  readonly #scan: Scanner;
  #flags: Flags;
  #groups = 0;
  #depth = 0;
  readonly #names = new Map<string, number>();
  readonly #open = new Set<number>();
  /** Closed groups, for widths and for what may be referred to. */
  readonly #closed = new Map<number, Node>();
  readonly #conditions: { group: number; position: number }[] = [];
  #behind = 0;
  becameVerbose = false;

  constructor(pattern: string, flags: Flags) {
    this.#scan = new Scanner(pattern);
    this.#flags = flags;
  }

  parse(): Pattern {
    const root = this.#choice(this.#flags, true);
    if (this.#scan.at < this.#scan.text.length) throw this.#scan.problem('unbalanced parenthesis');
    for (const { group, position } of this.#conditions) {
      if (group > this.#groups) throw new PatternProblem(`invalid group reference ${group}`, position);
    }
    return { root, groups: this.#groups, names: this.#names, beyondRe2: this.#scan.beyondRe2 };
  }

  #choice(flags: Flags, isFirst = false): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#scan.problem('it is nested too deeply');
    const options = [this.#sequence(flags, isFirst)];
    while (this.#scan.take('|')) options.push(this.#sequence(this.#flagsOf(flags, isFirst)));
    this.#depth--;
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  /** Flags at the very start hold for the whole pattern. */
  #flagsOf(flags: Flags, isFirst: boolean): Flags {
    return isFirst ? this.#flags : flags;
  }

  #sequence(given: Flags, isFirst = false): Node {
    const items: Node[] = [];
    let flags = given;
    for (;;) {
      const c = this.#scan.peek();
      if (c === undefined || c === '|' || c === ')') break;
      if (flags.verbose && this.#scan.skipped(c)) continue;
      const start = this.#scan.at;
      if (c === '*' || c === '+' || c === '?' || (c === '{' && this.#scan.bounds(true))) {
        this.#repeat(items, start);
        continue;
      }
      const node = this.#item(flags, isFirst && items.length === 0);
      flags = this.#flagsOf(flags, isFirst);
      if (node) items.push(node);
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items };
  }

  #repeat(items: Node[], start: number): void {
    const sign = this.#scan.peek()!;
    const simple: Readonly<Record<string, [number, number]>> = {
      '*': [0, UNBOUNDED],
      '+': [1, UNBOUNDED],
      '?': [0, 1],
    };
    const bounds = simple[sign];
    if (bounds) this.#scan.at++;
    const [min, max] = bounds ?? this.#scan.bounds(false)!;
    const item = items.at(-1);
    if (!item || item.kind === 'at') throw this.#scan.problem('nothing to repeat', start);
    if (item.kind === 'repeat') throw this.#scan.problem('multiple repeat', start);
    this.#scan.beyondRe2 ||= this.#scan.peek() === '+' || min > 1000 || (max > 1000 && max !== UNBOUNDED);
    const mode = this.#scan.take('?') ? 'lazy' : this.#scan.take('+') ? 'possessive' : 'greedy';
    items[items.length - 1] = { kind: 'repeat', item, min, max, mode };
  }

  #item(flags: Flags, isFirst: boolean): Node | undefined {
    const c = this.#scan.text[this.#scan.at++]!;
    switch (c) {
      case '.':
        return { kind: 'any', flags };
      case '^':
        return { kind: 'at', at: 'start', flags };
      case '$':
        return { kind: 'at', at: 'end', flags };
      case '[':
        return this.#scan.set(flags);
      case '(':
        return this.#group(flags, isFirst);
      case '\\':
        return this.#escape(flags);
    }
    return { kind: 'char', code: c.codePointAt(0)!, flags };
  }

  #escape(flags: Flags): Node {
    const at = this.#scan.at;
    const letter = this.#scan.text[this.#scan.at++];
    if (letter === undefined) throw this.#scan.problem('bad escape (end of pattern)', at - 1);
    const position: Readonly<Record<string, Extract<Node, { kind: 'at' }>['at']>> = {
      A: 'textStart',
      Z: 'textEnd',
      b: 'word',
      B: 'notWord',
    };
    // At the end of a pattern pandas writes `\\z` for it.
    if (letter === 'Z' && this.#scan.at < this.#scan.text.length) this.#scan.beyondRe2 = true;
    if (Object.hasOwn(position, letter)) return { kind: 'at', at: position[letter]!, flags };
    const category = categoryOf(letter);
    if (category) return { kind: 'set', members: [category], negated: false, flags };
    if (isDigit(letter)) return this.#number(letter, at, flags);
    return { kind: 'char', code: this.#scan.code(letter, at, false), flags };
  }

  /** `\1` is a group, `\01` and `\123` are characters. */
  #number(first: string, at: number, flags: Flags): Node {
    const [second, third] = [this.#scan.text[this.#scan.at], this.#scan.text[this.#scan.at + 1]];
    if (first === '0') return { kind: 'char', code: this.#scan.octal(first), flags };
    let digits = first;
    if (isDigit(second)) {
      if (isOctal(first) && isOctal(second) && isOctal(third)) {
        const code = this.#scan.octal(first);
        if (code > 0o377)
          throw this.#scan.problem(`octal escape value \\${code.toString(8)} outside of range 0-0o377`, at - 1);
        return { kind: 'char', code, flags };
      }
      digits += second;
      this.#scan.at++;
    }
    return this.#reference(Number(digits), at, flags);
  }

  #reference(group: number, position: number, flags: Flags): Node {
    if (this.#open.has(group)) throw this.#scan.problem('cannot refer to an open group', position - 1);
    if (!this.#closed.has(group)) throw this.#scan.problem(`invalid group reference ${group}`, position);
    if (this.#behind > 0 && group > this.#groups) throw this.#scan.problem('cannot refer to an open group', position);
    return { kind: 'reference', group, flags };
  }

  #group(flags: Flags, isFirst: boolean): Node | undefined {
    const start = this.#scan.at - 1;
    if (!this.#scan.take('?')) return this.#captured(flags, start, undefined);
    if (this.#scan.take('P')) return this.#named(flags, start);
    if (this.#scan.take(':')) return { kind: 'group', item: this.#inside(flags, start), number: undefined };
    if (this.#scan.take('#')) {
      this.#scan.beyondRe2 = true;
      while (this.#scan.peek() !== ')') {
        if (this.#scan.text[this.#scan.at++] === undefined)
          throw this.#scan.problem('missing ), unterminated comment', start);
      }
      this.#scan.at++;
      return undefined;
    }
    if (this.#scan.take('>')) {
      this.#scan.beyondRe2 = true;
      return { kind: 'atomic', item: this.#inside(flags, start) };
    }
    for (const [sign, behind, negated] of [
      ['=', false, false],
      ['!', false, true],
      ['<=', true, false],
      ['<!', true, true],
    ] as const) {
      if (this.#scan.take(sign)) return this.#look(flags, start, behind, negated);
    }
    if (this.#scan.take('(')) return this.#condition(flags, start);
    return this.#inlineFlags(flags, start, isFirst);
  }

  #inside(flags: Flags, start: number): Node {
    const item = this.#choice(flags);
    if (!this.#scan.take(')')) throw this.#scan.problem('missing ), unterminated subpattern', start);
    return item;
  }

  #captured(flags: Flags, start: number, name: string | undefined): Node {
    const number = ++this.#groups;
    if (name !== undefined) this.#names.set(name, number);
    this.#open.add(number);
    const item = this.#inside(flags, start);
    this.#open.delete(number);
    this.#closed.set(number, item);
    return { kind: 'group', item, number };
  }

  #named(flags: Flags, start: number): Node {
    const at = this.#scan.at + 1;
    if (this.#scan.take('<')) {
      const name = this.#scan.name('>');
      checkName(name, at);
      const known = this.#names.get(name);
      if (known !== undefined) {
        const where = `was group ${known}`;
        throw this.#scan.problem(`redefinition of group name '${name}' as group ${this.#groups + 1}; ${where}`, at);
      }
      return this.#captured(flags, start, name);
    }
    if (this.#scan.take('=')) {
      const name = this.#scan.name(')');
      checkName(name, at);
      const group = this.#names.get(name);
      if (group === undefined) throw this.#scan.problem(`unknown group name '${name}'`, at);
      return this.#reference(group, at, flags);
    }
    const c = this.#scan.peek();
    throw this.#scan.problem(
      c === undefined ? 'unexpected end of pattern' : `unknown extension ?P${c}`,
      c === undefined ? at - 1 : at - 2,
    );
  }

  #look(flags: Flags, start: number, behind: boolean, negated: boolean): Node {
    if (behind) this.#behind++;
    const item = this.#inside(flags, start);
    if (behind) this.#behind--;
    const [low, high] = widthOf(item, this.#closed);
    if (behind && low !== high) throw this.#scan.problem('look-behind requires fixed-width pattern', start);
    return { kind: 'look', item, behind, negated, width: low };
  }

  #condition(flags: Flags, start: number): Node {
    this.#scan.beyondRe2 = true;
    const at = this.#scan.at;
    const name = this.#scan.name(')');
    let group: number | undefined;
    if (/^[0-9]+$/.test(name)) {
      group = Number(name);
      if (group === 0) throw this.#scan.problem('bad group number', at);
      this.#conditions.push({ group, position: at });
    } else {
      checkName(name, at);
      group = this.#names.get(name);
      if (group === undefined) throw this.#scan.problem(`unknown group name '${name}'`, at);
    }
    const yes = this.#sequence(flags);
    const no: Node = this.#scan.take('|') ? this.#sequence(flags) : { kind: 'sequence', items: [] };
    if (this.#scan.peek() === '|') throw this.#scan.problem('conditional backref with more than two branches');
    if (!this.#scan.take(')')) throw this.#scan.problem('missing ), unterminated subpattern', start);
    return { kind: 'condition', group, yes, no };
  }

  #inlineFlags(flags: Flags, start: number, isFirst: boolean): Node | undefined {
    const changed = { ...flags };
    let on = true;
    const letters = { true: '', false: '' };
    for (let c = this.#scan.text[this.#scan.at++]; ; c = this.#scan.text[this.#scan.at++]) {
      if (c === undefined) {
        const message = this.#scan.at === start + 3 ? 'unexpected end of pattern' : 'missing -, : or )';
        throw this.#scan.problem(message, this.#scan.at - 1);
      }
      if (!on && letters.true.includes(c))
        throw this.#scan.problem('bad inline flags: flag turned on and off', this.#scan.at);
      letters[`${on}`] += c;
      this.#scan.beyondRe2 ||= 'axu'.includes(c);
      if (c === ':') return { kind: 'group', item: this.#inside(changed, start), number: undefined };
      if (c === ')' && on) break;
      if (c === '-' && on) on = false;
      else if (c === 'u' && on) changed.ascii = false;
      else if (Object.hasOwn(FLAG_LETTERS, c) && (on || c !== 'a')) changed[FLAG_LETTERS[c]!] = on;
      else if (c === 'L')
        throw this.#scan.problem("bad inline flags: cannot use 'L' flag with a str pattern", this.#scan.at);
      else
        throw this.#scan.problem(
          on && this.#scan.at === start + 3 ? `unknown extension ?${c}` : 'unknown flag',
          start + 1,
        );
    }
    if (!isFirst || start !== 0) {
      const isVerboseLead = this.#flags.verbose && this.#scan.text.slice(0, start).every((c) => /\s/.test(c));
      if (!isVerboseLead) throw this.#scan.problem('global flags not at the start of the expression', start);
    }
    this.becameVerbose ||= changed.verbose && !this.#flags.verbose;
    this.#flags = changed;
    return undefined;
  }
}

function checkName(name: string, at: number): void {
  if (!/^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u.test(name)) {
    throw new PatternProblem(`bad character in group name '${name}'`, at);
  }
}
