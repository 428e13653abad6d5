import { CONTROL_LETTERS, codeEscape } from './escapes.ts';
import { type Flags, type Member, type Node, type Pattern, PatternProblem, UNBOUNDED, widthOf } from './syntax.ts';

const FLAG_LETTERS: Readonly<Record<string, keyof Flags>> = {
  i: 'ignoreCase',
  a: 'ascii',
  m: 'multiline',
  s: 'dotAll',
  x: 'verbose',
};
const NO_FLAGS: Flags = { ignoreCase: false, ascii: false, multiline: false, dotAll: false, verbose: false };
const MAX_REPEAT = 2 ** 32 - 1;
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

const isDigit = (c: string | undefined): c is string => c !== undefined && c >= '0' && c <= '9' && c.length === 1;
const isOctal = (c: string | undefined): c is string => isDigit(c) && c < '8';

class Parser {
  readonly #text: readonly string[];
  #flags: Flags;
  #at = 0;
  #groups = 0;
  #depth = 0;
  readonly #names = new Map<string, number>();
  readonly #open = new Set<number>();
  /** Closed groups, for widths and for what may be referred to. */
  readonly #closed = new Map<number, Node>();
  readonly #conditions: { group: number; position: number }[] = [];
  #behind = 0;
  becameVerbose = false;
  #beyondRe2 = false;

  constructor(pattern: string, flags: Flags) {
    this.#text = [...pattern];
    this.#flags = flags;
  }

  parse(): Pattern {
    const root = this.#choice(this.#flags, true);
    if (this.#at < this.#text.length) throw this.#problem('unbalanced parenthesis');
    for (const { group, position } of this.#conditions) {
      if (group > this.#groups) throw new PatternProblem(`invalid group reference ${group}`, position);
    }
    return { root, groups: this.#groups, names: this.#names, beyondRe2: this.#beyondRe2 };
  }

  #problem(message: string, position = this.#at): PatternProblem {
    return new PatternProblem(message, position);
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #take(wanted: string): boolean {
    const found = [...wanted].every((c, i) => this.#text[this.#at + i] === c);
    if (found) this.#at += wanted.length;
    return found;
  }

  #choice(flags: Flags, isFirst = false): Node {
    if (++this.#depth > MAX_DEPTH) throw this.#problem('it is nested too deeply');
    const options = [this.#sequence(flags, isFirst)];
    while (this.#take('|')) options.push(this.#sequence(this.#flagsOf(flags, isFirst)));
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
      const c = this.#peek();
      if (c === undefined || c === '|' || c === ')') break;
      if (flags.verbose && this.#skipped(c)) continue;
      const start = this.#at;
      if (c === '*' || c === '+' || c === '?' || (c === '{' && this.#bounds(true))) {
        this.#repeat(items, start);
        continue;
      }
      const node = this.#item(flags, isFirst && items.length === 0);
      flags = this.#flagsOf(flags, isFirst);
      if (node) items.push(node);
    }
    return items.length === 1 ? items[0]! : { kind: 'sequence', items };
  }

  #skipped(c: string): boolean {
    if (/^[ \t\n\r\v\f]$/.test(c)) this.#at++;
    else if (c === '#') while (this.#at < this.#text.length && this.#text[this.#at++] !== '\n');
    else return false;
    return true;
  }

  /** `{2}`, `{2,}`, `{,3}`, `{2,3}`; anything else in braces is text. */
  #bounds(lookOnly: boolean): [number, number] | undefined {
    const match = /^\{(?:(\d+)(,?)(\d*)|,(\d*))\}/.exec(this.#text.slice(this.#at, this.#at + 40).join(''));
    if (!match || (match[1] !== undefined && match[2] === '' && match[3] !== '')) return undefined;
    if (lookOnly) return [0, 0];
    const position = this.#at;
    this.#at += match[0].length;
    // RE2 takes `{,3}` for text.
    this.#beyondRe2 ||= match[1] === undefined;
    const low = Number(match[1] ?? 0);
    const upper = match[1] !== undefined ? match[3]! : match[4]!;
    const high = upper !== '' ? Number(upper) : match[1] !== undefined && match[2] === '' ? low : UNBOUNDED;
    if (low >= MAX_REPEAT || (high !== UNBOUNDED && high >= MAX_REPEAT)) {
      throw this.#problem('the repetition number is too large', position);
    }
    if (high < low) throw this.#problem('min repeat greater than max repeat', position + 1);
    return [low, high];
  }

  #repeat(items: Node[], start: number): void {
    const sign = this.#peek()!;
    const simple: Readonly<Record<string, [number, number]>> = {
      '*': [0, UNBOUNDED],
      '+': [1, UNBOUNDED],
      '?': [0, 1],
    };
    const bounds = simple[sign];
    if (bounds) this.#at++;
    const [min, max] = bounds ?? this.#bounds(false)!;
    const item = items.at(-1);
    if (!item || item.kind === 'at') throw this.#problem('nothing to repeat', start);
    if (item.kind === 'repeat') throw this.#problem('multiple repeat', start);
    this.#beyondRe2 ||= this.#peek() === '+' || min > 1000 || (max > 1000 && max !== UNBOUNDED);
    const mode = this.#take('?') ? 'lazy' : this.#take('+') ? 'possessive' : 'greedy';
    items[items.length - 1] = { kind: 'repeat', item, min, max, mode };
  }

  #item(flags: Flags, isFirst: boolean): Node | undefined {
    const c = this.#text[this.#at++]!;
    switch (c) {
      case '.':
        return { kind: 'any', flags };
      case '^':
        return { kind: 'at', at: 'start', flags };
      case '$':
        return { kind: 'at', at: 'end', flags };
      case '[':
        return this.#set(flags);
      case '(':
        return this.#group(flags, isFirst);
      case '\\':
        return this.#escape(flags);
    }
    return { kind: 'char', code: c.codePointAt(0)!, flags };
  }

  #escape(flags: Flags): Node {
    const at = this.#at;
    const letter = this.#text[this.#at++];
    if (letter === undefined) throw this.#problem('bad escape (end of pattern)', at - 1);
    const position: Readonly<Record<string, Extract<Node, { kind: 'at' }>['at']>> = {
      A: 'textStart',
      Z: 'textEnd',
      b: 'word',
      B: 'notWord',
    };
    // At the end of a pattern pandas writes `\\z` for it.
    if (letter === 'Z' && this.#at < this.#text.length) this.#beyondRe2 = true;
    if (Object.hasOwn(position, letter)) return { kind: 'at', at: position[letter]!, flags };
    const category = categoryOf(letter);
    if (category) return { kind: 'set', members: [category], negated: false, flags };
    if (isDigit(letter)) return this.#number(letter, at, flags);
    return { kind: 'char', code: this.#code(letter, at, false), flags };
  }

  /** `\1` is a group, `\01` and `\123` are characters. */
  #number(first: string, at: number, flags: Flags): Node {
    const [second, third] = [this.#text[this.#at], this.#text[this.#at + 1]];
    if (first === '0') return { kind: 'char', code: this.#octal(first), flags };
    let digits = first;
    if (isDigit(second)) {
      if (isOctal(first) && isOctal(second) && isOctal(third)) {
        const code = this.#octal(first);
        if (code > 0o377)
          throw this.#problem(`octal escape value \\${code.toString(8)} outside of range 0-0o377`, at - 1);
        return { kind: 'char', code, flags };
      }
      digits += second;
      this.#at++;
    }
    return this.#reference(Number(digits), at, flags);
  }

  #octal(first: string): number {
    let digits = first;
    while (digits.length < 3 && isOctal(this.#peek())) digits += this.#text[this.#at++];
    return Number.parseInt(digits, 8);
  }

  #reference(group: number, position: number, flags: Flags): Node {
    if (this.#open.has(group)) throw this.#problem('cannot refer to an open group', position - 1);
    if (!this.#closed.has(group)) throw this.#problem(`invalid group reference ${group}`, position);
    if (this.#behind > 0 && group > this.#groups) throw this.#problem('cannot refer to an open group', position);
    return { kind: 'reference', group, flags };
  }

  #code(letter: string, at: number, inSet: boolean): number {
    const coded = codeEscape(this.#text, at);
    if (letter > '~' || coded) this.#beyondRe2 ||= letter !== 'x';
    if (coded) {
      this.#at = coded.end;
      return coded.code;
    }
    const control = CONTROL_LETTERS.get(letter);
    if (letter === 'b') this.#beyondRe2 = true;
    if (control !== undefined && (letter !== 'b' || inSet)) return control;
    if (/^[A-Za-z]$/.test(letter)) throw this.#problem(`bad escape \\${letter}`, at - 1);
    return letter.codePointAt(0)!;
  }

  #set(flags: Flags): Node {
    const start = this.#at - 1;
    const negated = this.#take('^');
    const members: Member[] = [];
    for (let isFirst = true; ; isFirst = false) {
      const at = this.#at;
      if (this.#peek() === undefined) throw this.#problem('unterminated character set', start);
      if (!isFirst && this.#take(']')) break;
      const low = this.#member(start);
      if (this.#peek() !== '-' || this.#text[this.#at + 1] === undefined) {
        members.push(low);
        continue;
      }
      this.#at++;
      if (this.#peek() === ']') {
        members.push(low, { from: 45, to: 45 });
        this.#at++;
        break;
      }
      const high = this.#member(start);
      const range = () => this.#text.slice(at, this.#at).join('');
      if ('category' in low || 'category' in high || high.from < low.from) {
        throw this.#problem(`bad character range ${range()}`, at);
      }
      members.push({ from: low.from, to: high.from });
    }
    return { kind: 'set', members, negated, flags };
  }

  #member(start: number): Member {
    const c = this.#text[this.#at++];
    if (c === undefined) throw this.#problem('unterminated character set', start);
    if (c !== '\\') return one(c.codePointAt(0)!);
    const at = this.#at;
    const letter = this.#text[this.#at++];
    if (letter === undefined) throw this.#problem('unterminated character set', start);
    const category = categoryOf(letter);
    if (category) return category;
    if (isOctal(letter)) {
      const code = this.#octal(letter);
      if (code > 0o377)
        throw this.#problem(`octal escape value \\${code.toString(8)} outside of range 0-0o377`, at - 1);
      return one(code);
    }
    if (isDigit(letter)) throw this.#problem(`bad escape \\${letter}`, at - 1);
    return one(this.#code(letter, at, true));
  }

  #group(flags: Flags, isFirst: boolean): Node | undefined {
    const start = this.#at - 1;
    if (!this.#take('?')) return this.#captured(flags, start, undefined);
    if (this.#take('P')) return this.#named(flags, start);
    if (this.#take(':')) return { kind: 'group', item: this.#inside(flags, start), number: undefined };
    if (this.#take('#')) {
      this.#beyondRe2 = true;
      while (this.#peek() !== ')') {
        if (this.#text[this.#at++] === undefined) throw this.#problem('missing ), unterminated comment', start);
      }
      this.#at++;
      return undefined;
    }
    if (this.#take('>')) {
      this.#beyondRe2 = true;
      return { kind: 'atomic', item: this.#inside(flags, start) };
    }
    for (const [sign, behind, negated] of [
      ['=', false, false],
      ['!', false, true],
      ['<=', true, false],
      ['<!', true, true],
    ] as const) {
      if (this.#take(sign)) return this.#look(flags, start, behind, negated);
    }
    if (this.#take('(')) return this.#condition(flags, start);
    return this.#inlineFlags(flags, start, isFirst);
  }

  #inside(flags: Flags, start: number): Node {
    const item = this.#choice(flags);
    if (!this.#take(')')) throw this.#problem('missing ), unterminated subpattern', start);
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

  #name(end: string): string {
    const at = this.#at;
    const close = this.#text.indexOf(end, at);
    if (close < 0)
      throw this.#problem(this.#peek() === undefined ? 'missing group name' : `missing ${end}, unterminated name`);
    if (close === at) throw this.#problem('missing group name');
    this.#at = close + 1;
    return this.#text.slice(at, close).join('');
  }

  #named(flags: Flags, start: number): Node {
    const at = this.#at + 1;
    if (this.#take('<')) {
      const name = this.#name('>');
      checkName(name, at);
      const known = this.#names.get(name);
      if (known !== undefined) {
        const where = `was group ${known}`;
        throw this.#problem(`redefinition of group name '${name}' as group ${this.#groups + 1}; ${where}`, at);
      }
      return this.#captured(flags, start, name);
    }
    if (this.#take('=')) {
      const name = this.#name(')');
      checkName(name, at);
      const group = this.#names.get(name);
      if (group === undefined) throw this.#problem(`unknown group name '${name}'`, at);
      return this.#reference(group, at, flags);
    }
    const c = this.#peek();
    throw this.#problem(
      c === undefined ? 'unexpected end of pattern' : `unknown extension ?P${c}`,
      c === undefined ? at - 1 : at - 2,
    );
  }

  #look(flags: Flags, start: number, behind: boolean, negated: boolean): Node {
    if (behind) this.#behind++;
    const item = this.#inside(flags, start);
    if (behind) this.#behind--;
    const [low, high] = widthOf(item, this.#closed);
    if (behind && low !== high) throw this.#problem('look-behind requires fixed-width pattern', start);
    return { kind: 'look', item, behind, negated, width: low };
  }

  #condition(flags: Flags, start: number): Node {
    this.#beyondRe2 = true;
    const at = this.#at;
    const name = this.#name(')');
    let group: number | undefined;
    if (/^[0-9]+$/.test(name)) {
      group = Number(name);
      if (group === 0) throw this.#problem('bad group number', at);
      this.#conditions.push({ group, position: at });
    } else {
      checkName(name, at);
      group = this.#names.get(name);
      if (group === undefined) throw this.#problem(`unknown group name '${name}'`, at);
    }
    const yes = this.#sequence(flags);
    const no: Node = this.#take('|') ? this.#sequence(flags) : { kind: 'sequence', items: [] };
    if (this.#peek() === '|') throw this.#problem('conditional backref with more than two branches');
    if (!this.#take(')')) throw this.#problem('missing ), unterminated subpattern', start);
    return { kind: 'condition', group, yes, no };
  }

  #inlineFlags(flags: Flags, start: number, isFirst: boolean): Node | undefined {
    const changed = { ...flags };
    let on = true;
    const letters = { true: '', false: '' };
    for (let c = this.#text[this.#at++]; ; c = this.#text[this.#at++]) {
      if (c === undefined) {
        const message = this.#at === start + 3 ? 'unexpected end of pattern' : 'missing -, : or )';
        throw this.#problem(message, this.#at - 1);
      }
      if (!on && letters.true.includes(c)) throw this.#problem('bad inline flags: flag turned on and off', this.#at);
      letters[`${on}`] += c;
      this.#beyondRe2 ||= 'axu'.includes(c);
      if (c === ':') return { kind: 'group', item: this.#inside(changed, start), number: undefined };
      if (c === ')' && on) break;
      if (c === '-' && on) on = false;
      else if (c === 'u' && on) changed.ascii = false;
      else if (Object.hasOwn(FLAG_LETTERS, c) && (on || c !== 'a')) changed[FLAG_LETTERS[c]!] = on;
      else if (c === 'L') throw this.#problem("bad inline flags: cannot use 'L' flag with a str pattern", this.#at);
      else throw this.#problem(on && this.#at === start + 3 ? `unknown extension ?${c}` : 'unknown flag', start + 1);
    }
    if (!isFirst || start !== 0) {
      const isVerboseLead = this.#flags.verbose && this.#text.slice(0, start).every((c) => /\s/.test(c));
      if (!isVerboseLead) throw this.#problem('global flags not at the start of the expression', start);
    }
    this.becameVerbose ||= changed.verbose && !this.#flags.verbose;
    this.#flags = changed;
    return undefined;
  }
}

function one(code: number): { from: number; to: number } {
  return { from: code, to: code };
}

function categoryOf(letter: string): Member | undefined {
  const small = letter.toLowerCase();
  if (small !== 'w' && small !== 'd' && small !== 's') return undefined;
  return { category: small, negated: letter !== small };
}

function checkName(name: string, at: number): void {
  if (!/^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u.test(name)) {
    throw new PatternProblem(`bad character in group name '${name}'`, at);
  }
}
