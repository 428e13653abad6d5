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

interface Internals {
  parser: { parse(text: string, extensions: unknown[], options: object): SyntaxNode };
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
  const { parser } = await loaded;
  try {
    return { root: parser.parse(text, [], {}) };
  } catch (error) {
    return { problem: problemOf(error) };
  }
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
