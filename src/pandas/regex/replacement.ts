import { CONTROL_LETTERS } from './escapes.ts';
import { type Pattern, PatternProblem } from './syntax.ts';

/** A replacement, taken apart: texts, and numbers of groups. */
export type Replacement = readonly (string | number)[];

/**
 * A replacement as Python's `re.sub` reads it: `\1`, `\g<1>`, `\g<name>`, `\n`, octal numbers. Unknown letters after a
 * backslash are mistakes there, and so here.
 *
 * @throws PatternProblem
 */
export function parseReplacement(text: string, { groups, names }: Pick<Pattern, 'groups' | 'names'>): Replacement {
  const parts: (string | number)[] = [];
  const characters = [...text];
  let literal = '';
  const group = (number: number, position: number) => {
    if (number > groups) throw new PatternProblem(`invalid group reference ${number}`, position);
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push(number);
  };
  for (let at = 0; at < characters.length; ) {
    const c = characters[at]!;
    if (c !== '\\') {
      literal += c;
      at++;
      continue;
    }
    const letter = characters[at + 1];
    if (letter === undefined) throw new PatternProblem('bad escape (end of pattern)', at);
    if (letter === 'g') {
      const { number, end } = namedGroup(characters, at + 2, names);
      group(number, at + 3);
      at = end;
    } else if (/^[0-9]$/.test(letter)) {
      const octal = /^(?:0[0-7]{0,2}|[1-3][0-7]{2}|[4-7][0-7]{2})/.exec(characters.slice(at + 1, at + 4).join(''))?.[0];
      if (octal !== undefined) {
        const code = Number.parseInt(octal, 8);
        if (code > 0o377) throw new PatternProblem(`octal escape value \\${octal} outside of range 0-0o377`, at);
        literal += String.fromCodePoint(code);
        at += 1 + octal.length;
      } else {
        const digits = /^[0-9]{1,2}/.exec(characters.slice(at + 1, at + 3).join(''))![0];
        group(Number(digits), at + 1);
        at += 1 + digits.length;
      }
    } else {
      const control = CONTROL_LETTERS.get(letter);
      if (control === undefined && /^[A-Za-z]$/.test(letter)) throw new PatternProblem(`bad escape \\${letter}`, at);
      // A backslash before another sign stays.
      literal += control === undefined ? `\\${letter}` : String.fromCodePoint(control);
      at += 2;
    }
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

function namedGroup(
  characters: readonly string[],
  at: number,
  names: ReadonlyMap<string, number>,
): { number: number; end: number } {
  if (characters[at] !== '<') throw new PatternProblem('missing <', at);
  const close = characters.indexOf('>', at);
  if (close === at + 1 || at + 1 === characters.length) throw new PatternProblem('missing group name', at + 1);
  if (close < 0) throw new PatternProblem('missing >, unterminated name', at + 1);
  const name = characters.slice(at + 1, close).join('');
  if (/^[0-9]+$/.test(name)) return { number: Number(name), end: close + 1 };
  const number = names.get(name);
  if (number === undefined) throw new PatternProblem(`unknown group name '${name}'`, at + 1);
  return { number, end: close + 1 };
}
