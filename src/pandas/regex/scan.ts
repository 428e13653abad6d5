import { CONTROL_LETTERS, codeEscape } from './escapes.ts';
import { type Flags, type Member, type Node, PatternProblem, UNBOUNDED } from './syntax.ts';

const MAX_REPEAT = 2 ** 32 - 1;

export const isDigit = (c: string | undefined): c is string =>
  c !== undefined && c >= '0' && c <= '9' && c.length === 1;
export const isOctal = (c: string | undefined): c is string => isDigit(c) && c < '8';

/** The text of a pattern, read from left to right: what is no group. */
export class Scanner {
  readonly text: readonly string[];
  /** Where the next character stands. */
  at = 0;
  /** Something was read that RE2 does not read, or reads otherwise. */
  beyondRe2 = false;

  constructor(pattern: string) {
    this.text = [...pattern];
  }

  problem(message: string, position = this.at): PatternProblem {
    return new PatternProblem(message, position);
  }

  peek(): string | undefined {
    return this.text[this.at];
  }

  take(wanted: string): boolean {
    const found = [...wanted].every((c, i) => this.text[this.at + i] === c);
    if (found) this.at += wanted.length;
    return found;
  }

  skipped(c: string): boolean {
    if (/^[ \t\n\r\v\f]$/.test(c)) this.at++;
    else if (c === '#') while (this.at < this.text.length && this.text[this.at++] !== '\n');
    else return false;
    return true;
  }

  /** `{2}`, `{2,}`, `{,3}`, `{2,3}`; anything else in braces is text. */
  bounds(lookOnly: boolean): [number, number] | undefined {
    const match = /^\{(?:(\d+)(,?)(\d*)|,(\d*))\}/.exec(this.text.slice(this.at, this.at + 40).join(''));
    if (!match || (match[1] !== undefined && match[2] === '' && match[3] !== '')) return undefined;
    if (lookOnly) return [0, 0];
    const position = this.at;
    this.at += match[0].length;
    // RE2 takes `{,3}` for text.
    this.beyondRe2 ||= match[1] === undefined;
    const low = Number(match[1] ?? 0);
    const upper = match[1] !== undefined ? match[3]! : match[4]!;
    const high = upper !== '' ? Number(upper) : match[1] !== undefined && match[2] === '' ? low : UNBOUNDED;
    if (low >= MAX_REPEAT || (high !== UNBOUNDED && high >= MAX_REPEAT)) {
      throw this.problem('the repetition number is too large', position);
    }
    if (high < low) throw this.problem('min repeat greater than max repeat', position + 1);
    return [low, high];
  }

  octal(first: string): number {
    let digits = first;
    while (digits.length < 3 && isOctal(this.peek())) digits += this.text[this.at++];
    return Number.parseInt(digits, 8);
  }

  code(letter: string, at: number, inSet: boolean): number {
    const coded = codeEscape(this.text, at);
    if (letter > '~' || coded) this.beyondRe2 ||= letter !== 'x';
    if (coded) {
      this.at = coded.end;
      return coded.code;
    }
    const control = CONTROL_LETTERS.get(letter);
    if (letter === 'b') this.beyondRe2 = true;
    if (control !== undefined && (letter !== 'b' || inSet)) return control;
    if (/^[A-Za-z]$/.test(letter)) throw this.problem(`bad escape \\${letter}`, at - 1);
    return letter.codePointAt(0)!;
  }

  set(flags: Flags): Node {
    const start = this.at - 1;
    const negated = this.take('^');
    const members: Member[] = [];
    for (let isFirst = true; ; isFirst = false) {
      const at = this.at;
      if (this.peek() === undefined) throw this.problem('unterminated character set', start);
      if (!isFirst && this.take(']')) break;
      const low = this.member(start);
      if (this.peek() !== '-' || this.text[this.at + 1] === undefined) {
        members.push(low);
        continue;
      }
      this.at++;
      if (this.peek() === ']') {
        members.push(low, { from: 45, to: 45 });
        this.at++;
        break;
      }
      const high = this.member(start);
      const range = () => this.text.slice(at, this.at).join('');
      if ('category' in low || 'category' in high || high.from < low.from) {
        throw this.problem(`bad character range ${range()}`, at);
      }
      members.push({ from: low.from, to: high.from });
    }
    return { kind: 'set', members, negated, flags };
  }

  member(start: number): Member {
    const c = this.text[this.at++];
    if (c === undefined) throw this.problem('unterminated character set', start);
    if (c !== '\\') return one(c.codePointAt(0)!);
    const at = this.at;
    const letter = this.text[this.at++];
    if (letter === undefined) throw this.problem('unterminated character set', start);
    const category = categoryOf(letter);
    if (category) return category;
    if (isOctal(letter)) {
      const code = this.octal(letter);
      if (code > 0o377) throw this.problem(`octal escape value \\${code.toString(8)} outside of range 0-0o377`, at - 1);
      return one(code);
    }
    if (isDigit(letter)) throw this.problem(`bad escape \\${letter}`, at - 1);
    return one(this.code(letter, at, true));
  }

  name(end: string): string {
    const at = this.at;
    const close = this.text.indexOf(end, at);
    if (close < 0)
      throw this.problem(this.peek() === undefined ? 'missing group name' : `missing ${end}, unterminated name`);
    if (close === at) throw this.problem('missing group name');
    this.at = close + 1;
    return this.text.slice(at, close).join('');
  }
}

function one(code: number): { from: number; to: number } {
  return { from: code, to: code };
}

export function categoryOf(letter: string): Member | undefined {
  const small = letter.toLowerCase();
  if (small !== 'w' && small !== 'd' && small !== 's') return undefined;
  return { category: small, negated: letter !== small };
}
