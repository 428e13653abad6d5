import type { Flags, Member, Node } from './syntax.ts';

/** What Python's str.isspace() says yes to. */
const SPACES: ReadonlySet<number> = new Set([
  9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 0x85, 0xa0, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006,
  0x2007, 0x2008, 0x2009, 0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000,
]);
const ASCII_SPACES: ReadonlySet<number> = new Set([9, 10, 11, 12, 13, 32]);
const WORD = /^[\p{L}\p{N}_]$/u;
const DIGIT = /^\p{Nd}$/u;

export function isWord(code: number, ascii: boolean): boolean {
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || isAsciiDigit(code) || code === 95;
  return !ascii && WORD.test(String.fromCodePoint(code));
}

function isAsciiDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isIn(category: 'w' | 'd' | 's', code: number, ascii: boolean): boolean {
  if (category === 'w') return isWord(code, ascii);
  if (category === 's') return (ascii ? ASCII_SPACES : SPACES).has(code);
  return isAsciiDigit(code) || (!ascii && code > 127 && DIGIT.test(String.fromCodePoint(code)));
}

/** Letters that differ in more than one step between lower and upper case; the table is that of Python's `re`. */
const EQUIVALENT: readonly (readonly number[])[] = [
  [0x69, 0x131],
  [0x73, 0x17f],
  [0xb5, 0x3bc],
  [0x345, 0x3b9, 0x1fbe],
  [0x390, 0x1fd3],
  [0x3b0, 0x1fe3],
  [0x3b2, 0x3d0],
  [0x3b5, 0x3f5],
  [0x3b8, 0x3d1],
  [0x3ba, 0x3f0],
  [0x3c0, 0x3d6],
  [0x3c1, 0x3f1],
  [0x3c2, 0x3c3],
  [0x3c6, 0x3d5],
  [0x432, 0x1c80],
  [0x434, 0x1c81],
  [0x43e, 0x1c82],
  [0x441, 0x1c83],
  [0x442, 0x1c84, 0x1c85],
  [0x44a, 0x1c86],
  [0x463, 0x1c87],
  [0x1c88, 0xa64b],
  [0x1e61, 0x1e9b],
  [0xfb05, 0xfb06],
];
const FOLDED = new Map(EQUIVALENT.flatMap((group) => group.map((code) => [code, group] as const)));

/** The lower case of one character as one character. */
export function lowerOf(code: number, ascii: boolean): number {
  if (code < 128) return code >= 65 && code <= 90 ? code + 32 : code;
  if (ascii) return code;
  if (code === 0x130) return 0x69;
  const lower = String.fromCodePoint(code).toLowerCase();
  const first = lower.codePointAt(0)!;
  return first > 0xffff === lower.length > 1 ? first : code;
}

/** What stands for a character where case is ignored: equal for all that are. */
export function folded(code: number, ascii: boolean): number {
  const lower = lowerOf(code, ascii);
  return ascii ? lower : (FOLDED.get(lower)?.[0] ?? lower);
}

/** All characters that are the same where case is ignored. */
export function variantsOf(code: number, ascii: boolean): number[] {
  const lower = lowerOf(code, ascii);
  const group = ascii ? [lower] : (FOLDED.get(lower) ?? [lower]);
  const others = ascii ? [upperOf(lower)] : group.flatMap((each) => uppers().get(each) ?? []);
  return [...new Set([code, ...group, ...others])];
}

/** Behind it no letter has a lower case of its own. */
const LAST_LETTER = 0x1e943;
let inverse: Map<number, number[]> | undefined;

/** The characters whose lower case it is: of `k` the Kelvin sign too. */
function uppers(): ReadonlyMap<number, number[]> {
  if (inverse) return inverse;
  inverse = new Map();
  for (let code = 65; code <= LAST_LETTER; code++) {
    const lower = lowerOf(code, false);
    if (lower !== code) inverse.set(lower, [...(inverse.get(lower) ?? []), code]);
  }
  return inverse;
}

function upperOf(code: number): number {
  return code >= 97 && code <= 122 ? code - 32 : code;
}

export type Test = (code: number) => boolean;

/** Whether a character is one of those that a node of one character stands for. */
export function testOf(node: Extract<Node, { kind: 'char' | 'set' | 'any' }>): Test {
  const { flags } = node;
  if (node.kind === 'any') return flags.dotAll ? () => true : (code) => code !== 10;
  if (node.kind === 'char') {
    if (!flags.ignoreCase) return (code) => code === node.code;
    const wanted = folded(node.code, flags.ascii);
    return (code) => code === node.code || folded(code, flags.ascii) === wanted;
  }
  const holds = memoized((code) => holdsMember(node.members, code, flags));
  return node.negated ? (code) => !holds(code) : holds;
}

function holdsMember(members: readonly Member[], code: number, flags: Flags): boolean {
  const candidates = flags.ignoreCase ? variantsOf(code, flags.ascii) : [code];
  return members.some((member) =>
    'category' in member
      ? isIn(member.category, code, flags.ascii) !== member.negated
      : candidates.some((each) => each >= member.from && each <= member.to),
  );
}

/** Most text is of a few hundred characters, and asking for a property costs. */
function memoized(test: Test): Test {
  const known = new Uint8Array(0x3000);
  return (code) => {
    if (code >= known.length) return test(code);
    const value = known[code]!;
    if (value !== 0) return value === 2;
    const result = test(code);
    known[code] = result ? 2 : 1;
    return result;
  };
}
