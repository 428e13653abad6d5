/** A node of nunjucks' syntax tree; its type definitions leave the parser out. Line and column count from 0. */
export interface SyntaxNode {
  typename: string;
  fields: string[];
  lineno: number;
  colno: number;
  value?: unknown;
  children?: SyntaxNode[];
  [field: string]: unknown;
}

export interface JinjaProblem {
  message: string;
  /** Counts from 1. */
  line: number;
  column: number;
}

export type Parsed = { root: SyntaxNode; problem?: undefined } | { problem: JinjaProblem };

/** Jinja's statements, expressions and comments begin with one of these; text without them is its own rendering. */
export const MARKUP = /\{[{%#]/;

interface Parser {
  parseAggregate(): unknown;
  parseAsRoot(): SyntaxNode;
}
interface Internals {
  parser: { Parser: new (tokens: unknown) => Parser };
  lexer: { lex(text: string, options: object): unknown };
}
let loaded: Promise<Internals> | undefined;

/**
 * nunjucks' parser, made to read Jinja's slices. Of nunjucks nothing else is used: its runtime hands JavaScript's own
 * objects to a template, and with them everything that a process can do. It is imported only when a text has markup,
 * since three quarters of all templates have none.
 */
async function internals(): Promise<Internals> {
  const { default: nunjucks } = await import('nunjucks');
  nunjucks.installJinjaCompat();
  return nunjucks as unknown as Internals;
}

export async function parseJinja(text: string): Promise<Parsed> {
  loaded ??= internals();
  const { parser, lexer } = await loaded;
  try {
    return { root: boundedParser(new parser.Parser(lexer.lex(text, {})), text).parseAsRoot() };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

/** Slices in slices are tried twice each; nobody writes deeper ones than this and half a dozen more. */
const ATTEMPTS_PER_CHARACTER = 8;

/** What fails to be read as a list is read again as a slice, and all within it too: twice as often with each level. */
function boundedParser(parser: Parser, text: string): Parser {
  const parseAggregate = parser.parseAggregate.bind(parser);
  let left = ATTEMPTS_PER_CHARACTER * text.length;
  parser.parseAggregate = () => {
    if (--left < 0) throw new RangeError('too many attempts');
    try {
      return parseAggregate();
    } catch (error) {
      if (error instanceof RangeError) left = 0;
      throw error;
    }
  };
  return parser;
}

function problemOf(error: unknown): JinjaProblem {
  if (error instanceof RangeError) return { message: 'its expressions are nested too deeply', line: 1, column: 1 };
  const facts = error as { message?: string; lineno?: number; colno?: number };
  const message = (facts.message ?? String(error)).replace(/^[\s\S]*?\[Line \d+, Column \d+\]\s*/, '').trim();
  return { message, line: facts.lineno ?? 1, column: facts.colno ?? 1 };
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'typename' in value;
}

/** What a loop goes over. Its condition, `for x in list if x > 1`, is to the parser a choice without an `else`. */
export function loopOf(node: SyntaxNode): { items: unknown; condition: unknown } {
  const { arr } = node;
  const isChoice = isNode(arr) && arr.typename === 'InlineIf' && !isNode(arr.else_);
  return isChoice ? { items: arr.body, condition: arr.cond } : { items: arr, condition: undefined };
}
