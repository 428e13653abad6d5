import { isNode, type JinjaProblem, loopOf, MARKUP, parseJinja, type SyntaxNode } from './parser.ts';

/** Names that Jinja itself knows. */
const KNOWN = new Set(['range', 'dict', 'lipsum', 'cycler', 'joiner', 'namespace', 'True', 'False', 'None']);

interface JinjaVariable {
  name: string;
  line: number;
  column: number;
}

type JinjaReading = { variables: JinjaVariable[]; problem?: undefined } | { problem: JinjaProblem };

/** The variables that a text needs from outside, each at its first place; loop variables and `set` ones are its own. */
export async function undeclaredVariables(text: string): Promise<JinjaReading> {
  if (!MARKUP.test(text)) return { variables: [] };
  const parsed = await parseJinja(text);
  if (parsed.problem) return parsed;
  const found = new Map<string, JinjaVariable>();
  try {
    collect(parsed.root, new Set(KNOWN), found);
  } catch (error) {
    // A sum of many thousand terms is a tree as deep.
    if (!(error instanceof RangeError)) throw error;
    return { problem: { message: 'its expressions are nested too deeply', line: 1, column: 1 } };
  }
  return { variables: [...found.values()] };
}

function symbolsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(symbolsIn);
  if (!isNode(node)) return [];
  return node.typename === 'Symbol' ? [String(node.value)] : symbolsIn(node.children);
}

/** `bound` holds the names that are known at this point; `set` adds to it, loops and macros work on a copy. */
function collect(node: unknown, bound: Set<string>, found: Map<string, JinjaVariable>): void {
  if (Array.isArray(node)) for (const item of node) collect(item, bound, found);
  if (!isNode(node)) return;
  const visit = (child: unknown, names = bound) => collect(child, names, found);
  switch (node.typename) {
    case 'Symbol': {
      const name = String(node.value);
      if (!bound.has(name) && !found.has(name)) {
        found.set(name, { name, line: node.lineno + 1, column: node.colno + 1 });
      }
      return;
    }
    case 'Filter':
      visit(node.args);
      return;
    case 'Is': {
      visit(node.left);
      const test = node.right;
      if (isNode(test) && test.typename === 'FunCall') visit(test.args);
      return;
    }
    case 'Pair':
      if (isNode(node.key) && node.key.typename !== 'Symbol') visit(node.key);
      visit(node.value);
      return;
    case 'Set':
      visit(node.value);
      visit(node.body);
      for (const name of symbolsIn(node.targets)) bound.add(name);
      return;
    case 'For': {
      const { items, condition } = loopOf(node);
      const names = symbolsIn(node.name);
      visit(items);
      visit(condition, new Set([...bound, ...names]));
      visit(node.body, new Set([...bound, 'loop', ...names]));
      visit(node.else_);
      return;
    }
    case 'Macro':
      bound.add(String((node.name as SyntaxNode).value));
      visit(node.body, new Set([...bound, 'caller', ...symbolsIn(node.args)]));
      return;
  }
  visit(node.children);
  for (const field of node.fields) if (field !== 'children') visit(node[field]);
}
