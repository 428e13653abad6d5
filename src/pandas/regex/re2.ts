import { variantsOf } from './characters.ts';
import { type Flags, type Member, type Node, type Pattern, widthOf } from './syntax.ts';

/** What is asked of a pattern: where engines differ depends on it. */
export type Purpose = 'test' | 'replace' | 'extract';

/** RE2 refuses more. */
const MAX_TIMES = 1_000;
/** Ranges of more characters are not put into lower and upper case one by one. */
const MAX_RANGE = 2_000;

class Beyond extends Error {}

/** Classes of characters that Python takes from Unicode and RE2 from ASCII. */
const UNICODE_CLASSES = {
  w: '\\p{L}\\p{N}_',
  d: '\\p{Nd}',
  s: '\\t-\\r\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}',
} as const;
const ASCII_CLASSES = { w: '0-9A-Za-z_', d: '0-9', s: '\\t-\\r ' } as const;

/**
 * A Python pattern for RE2, DuckDB's engine, which needs no bound on its time; undefined where RE2 cannot say it, or would
 * do something else: looking around, references, `\b` beyond ASCII, `$` before a last line end, empty matches.
 */
export function toRe2({ root }: Pattern, purpose: Purpose): string | undefined {
  try {
    if (purpose === 'replace' && widthOf(root, new Map())[0] === 0) return undefined;
    if (purpose === 'extract' && !alwaysCaptures(root)) return undefined;
    return emit(root, purpose, purpose !== 'replace');
  } catch (error) {
    if (error instanceof Beyond) return undefined;
    throw error;
  }
}

/** @param isLast whether nothing of the pattern follows, so that a last line end may be taken along */
function emit(node: Node, purpose: Purpose, isLast: boolean): string {
  switch (node.kind) {
    case 'char':
    case 'set':
      return setOf(node);
    case 'any':
      return node.flags.dotAll ? '(?s:.)' : '[^\\n]';
    case 'at':
      return positionOf(node, isLast);
    case 'sequence':
      return node.items.map((item, i) => emit(item, purpose, isLast && i === node.items.length - 1)).join('');
    case 'choice':
      return `(?:${node.options.map((option) => emit(option, purpose, isLast)).join('|')})`;
    case 'group':
      // What a group captures must not hold a line end more.
      return `(${node.number === undefined ? '?:' : ''}${emit(node.item, purpose, isLast && (node.number === undefined || purpose === 'test'))})`;
    case 'repeat': {
      const { item, min, max, mode } = node;
      if (mode === 'possessive' || min > MAX_TIMES || (Number.isFinite(max) && max > MAX_TIMES)) throw new Beyond();
      if (purpose !== 'test' && widthOf(item, new Map())[0] === 0) throw new Beyond();
      return `(?:${emit(item, purpose, false)})${times(min, max)}${mode === 'lazy' ? '?' : ''}`;
    }
    case 'atomic':
    case 'look':
    case 'reference':
    case 'condition':
      throw new Beyond();
  }
}

function times(min: number, max: number): string {
  if (max === 1 && min === 0) return '?';
  if (!Number.isFinite(max)) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  return min === max ? `{${min}}` : `{${min},${max}}`;
}

function positionOf({ at, flags }: Extract<Node, { kind: 'at' }>, isLast: boolean): string {
  switch (at) {
    case 'textStart':
      return '\\A';
    case 'textEnd':
      return '\\z';
    case 'start':
      return flags.multiline ? '(?m:^)' : '\\A';
    case 'end':
      if (flags.multiline) return '(?m:$)';
      if (isLast) return '\\n?\\z';
      throw new Beyond();
    case 'word':
      if (flags.ascii) return '\\b';
  }
  throw new Beyond();
}

function codeOf(code: number): string {
  const isPlain = (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return isPlain ? String.fromCharCode(code) : `\\x{${code.toString(16)}}`;
}

function setOf(node: Extract<Node, { kind: 'char' | 'set' }>): string {
  const { flags } = node;
  const members: Member[] = node.kind === 'char' ? [{ from: node.code, to: node.code }] : node.members;
  const negated = node.kind === 'set' && node.negated;
  const [only] = members;
  if (node.kind === 'char' && !flags.ignoreCase) return codeOf(node.code);
  if (members.length === 1 && only && 'category' in only && only.negated) {
    return `[${negated ? '' : '^'}${classOf(only.category, flags)}]`;
  }
  const isAll = members.some(
    (a) =>
      'category' in a && members.some((b) => 'category' in b && a.category === b.category && a.negated !== b.negated),
  );
  if (isAll && !negated) return '(?s:.)';
  return `[${negated ? '^' : ''}${members.map((member) => memberOf(member, flags)).join('')}]`;
}

function classOf(category: 'w' | 'd' | 's', flags: Flags): string {
  return (flags.ascii ? ASCII_CLASSES : UNICODE_CLASSES)[category];
}

function memberOf(member: Member, flags: Flags): string {
  if ('category' in member) {
    if (!member.negated) return classOf(member.category, flags);
    if (member.category === 'd') return flags.ascii ? '\\D' : '\\P{Nd}';
    throw new Beyond();
  }
  const { from, to } = member;
  const range = from === to ? codeOf(from) : `${codeOf(from)}-${codeOf(to)}`;
  if (!flags.ignoreCase) return range;
  if (to - from > MAX_RANGE) throw new Beyond();
  const others = new Set<number>();
  for (let code = from; code <= to; code++) {
    for (const variant of variantsOf(code, flags.ascii)) if (variant < from || variant > to) others.add(variant);
  }
  return range + [...others].map(codeOf).join('');
}

/** Whether every group takes part in every match: RE2 does not tell an empty group from one that took no part. */
function alwaysCaptures(node: Node): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.every(alwaysCaptures);
    case 'choice':
      return node.options.every((option) => !captures(option));
    case 'repeat':
      return node.min > 0 ? alwaysCaptures(node.item) : !captures(node.item);
    case 'group':
    case 'atomic':
      return alwaysCaptures(node.item);
    case 'look':
    case 'condition':
      return false;
    default:
      return true;
  }
}

function captures(node: Node): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.some(captures);
    case 'choice':
      return node.options.some(captures);
    case 'group':
      return node.number !== undefined || captures(node.item);
    case 'repeat':
    case 'atomic':
    case 'look':
      return captures(node.item);
    case 'condition':
      return captures(node.yes) || captures(node.no);
    default:
      return false;
  }
}

/** Whether a pattern looks ahead, behind or back at a group; with such a one pandas does not ask Arrow. */
export function looksBackOrAround(node: Node): boolean {
  switch (node.kind) {
    case 'sequence':
      return node.items.some(looksBackOrAround);
    case 'choice':
      return node.options.some(looksBackOrAround);
    case 'group':
    case 'repeat':
    case 'atomic':
      return looksBackOrAround(node.item);
    default:
      return node.kind === 'look' || node.kind === 'reference' || node.kind === 'condition';
  }
}
