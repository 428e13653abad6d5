import type nunjucksModule from 'nunjucks';

/** Why a recipe's text could not be rendered; line and column count from 1. */
export interface TemplateProblem {
  kind: 'template_undefined' | 'template_syntax' | 'template_failed';
  message: string;
  /** The variable that is not set. */
  name?: string;
  line: number;
  column: number;
}

export type Rendering = { text: string; problem?: undefined } | { problem: TemplateProblem };

/** The parts of nunjucks that its type definitions leave out: its parser, its tree and its compiler. */
interface TreeNode {
  typename: string;
  fields: string[];
  lineno: number;
  colno: number;
  value?: unknown;
  children?: TreeNode[];
  [field: string]: unknown;
}
type NodeMaker = new (line: number, column: number, ...parts: unknown[]) => TreeNode;
interface Internals {
  parser: { parse(text: string, extensions: unknown[], options: object): TreeNode };
  compiler: { Compiler: new (name: string, strict: boolean) => { compile(tree: TreeNode): void; getCode(): string } };
  nodes: Record<'FunCall' | 'Symbol' | 'NodeList' | 'Literal', NodeMaker>;
}

class UndefinedVariable extends Error {
  readonly problem: TemplateProblem;
  constructor(variable: string, line: number, column: number) {
    super(`'${variable}' is undefined`);
    this.problem = { kind: 'template_undefined', message: this.message, name: variable, line, column };
  }
}

export interface RenderOptions {
  /** What a member or item that is not there prints, such as the second part of a version that has one; else an error. */
  missingMember?: string | undefined;
}

/** Jinja's statements and expressions begin with one of these; text without them is its own rendering. */
const MARKUP = /\{[{%#]/;

/**
 * Renders a text as Jinja with strict undefined: a variable that is not set may be asked for (`is defined`,
 * `default(…)`) but not used. `variables` gives a name's value, or undefined.
 */
export async function renderStrictly(
  text: string,
  variables: (name: string) => string | undefined,
  options: RenderOptions = {},
): Promise<Rendering> {
  // Jinja writes line feeds only, and drops the last one: a block scalar at the end of a file has none.
  const source = text.replace(/\r\n?/g, '\n');
  if (!MARKUP.test(source)) return { text: source.replace(/\n$/, '') };
  const { nunjucks } = await import('./jinja-engine.ts');
  const internals = nunjucks as unknown as Internals;
  let tree: TreeNode;
  try {
    tree = makeStrict(internals.parser.parse(source, [], {}), internals);
  } catch (error) {
    return { problem: syntaxProblem(error) };
  }
  try {
    const compiler = new internals.compiler.Compiler('recipe', false);
    compiler.compile(tree);
    const program: unknown = new Function(compiler.getCode())();
    const environment = strictEnvironment(nunjucks, options);
    const template = new nunjucks.Template({ type: 'code', obj: program } as unknown as string, environment);
    const context: Record<string, string> = {};
    for (const name of namesIn(tree)) {
      const value = variables(name);
      if (value !== undefined) context[name] = value;
    }
    return { text: template.render(context).replace(/\n$/, '') };
  } catch (error) {
    return { problem: failureOf(error) };
  }
}

function syntaxProblem(error: unknown): TemplateProblem {
  const facts = error as { message?: string; lineno?: number; colno?: number };
  const message = (facts.message ?? String(error)).replace(/^[\s\S]*?\[Line \d+, Column \d+\]\s*/, '').trim();
  return { kind: 'template_syntax', message, line: facts.lineno ?? 1, column: facts.colno ?? 1 };
}

function failureOf(error: unknown): TemplateProblem {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UndefinedVariable) return cause.problem;
  }
  // nunjucks wraps what a function threw in an error of its own and keeps only the text.
  const text = error instanceof Error ? error.message : String(error);
  const undefinedName = /'([^']*)' is undefined@(\d+):(\d+)/.exec(text);
  if (undefinedName) {
    const [, name, line, column] = undefinedName;
    return {
      kind: 'template_undefined',
      message: `'${name}' is undefined`,
      name: name!,
      line: Number(line),
      column: Number(column),
    };
  }
  return { kind: 'template_failed', message: text.split('\n').at(-1)!.trim(), line: 1, column: 1 };
}

/** A function that sees every variable before it is used; the name cannot be written in a template. */
const CHECK = '$check';
const MEMBER = '$member';
const TEXT = '$text';

/** Wraps each use of a variable, each look-up of a member and each output, so that they behave as in Jinja. */
function makeStrict(root: TreeNode, { nodes }: Internals): TreeNode {
  const call = (at: TreeNode, name: string, args: TreeNode[]) =>
    new nodes.FunCall(
      at.lineno,
      at.colno,
      new nodes.Symbol(at.lineno, at.colno, name),
      new nodes.NodeList(at.lineno, at.colno, args),
    );
  const literal = (at: TreeNode, value: unknown) => new nodes.Literal(at.lineno, at.colno, value);

  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit);
    if (typeof node !== 'object' || node === null || !('typename' in node)) return node;
    const tree = node as TreeNode;
    switch (tree.typename) {
      case 'Symbol':
        return call(tree, CHECK, [
          tree,
          literal(tree, tree.value),
          literal(tree, tree.lineno),
          literal(tree, tree.colno),
        ]);
      case 'LookupVal': {
        const member = visit(tree.val) as TreeNode;
        return call(tree, MEMBER, [visit(tree.target) as TreeNode, member]);
      }
      case 'Is': {
        const test = (tree.right as TreeNode).value ?? ((tree.right as TreeNode).name as TreeNode | undefined)?.value;
        const asks = (test === 'defined' || test === 'undefined') && (tree.left as TreeNode).typename === 'Symbol';
        if (!asks) tree.left = visit(tree.left);
        return tree;
      }
      case 'Filter': {
        const args = (tree.args as TreeNode).children ?? [];
        const name = (tree.name as TreeNode).value;
        const asks = (name === 'default' || name === 'd') && args[0]?.typename === 'Symbol';
        (tree.args as TreeNode).children = args.map((arg, i) => (asks && i === 0 ? arg : (visit(arg) as TreeNode)));
        return tree;
      }
      case 'Output':
        tree.children = tree.children!.map((child) =>
          child.typename === 'TemplateData' ? child : call(child, TEXT, [visit(child) as TreeNode]),
        );
        return tree;
      case 'Set':
        tree.value = visit(tree.value);
        if (tree.body) tree.body = visit(tree.body);
        return tree;
      case 'For':
        tree.arr = visit(tree.arr);
        tree.body = visit(tree.body);
        tree.else_ = visit(tree.else_);
        return tree;
      case 'Pair':
        tree.value = visit(tree.value);
        if ((tree.key as TreeNode).typename !== 'Symbol') tree.key = visit(tree.key);
        return tree;
      case 'Macro':
        tree.body = visit(tree.body);
        return tree;
    }
    if (tree.children) tree.children = tree.children.map((child) => visit(child) as TreeNode);
    for (const field of tree.fields ?? []) if (field !== 'children') tree[field] = visit(tree[field]);
    return tree;
  };
  return visit(root) as TreeNode;
}

function namesIn(node: unknown, names = new Set<string>()): Set<string> {
  if (Array.isArray(node)) for (const item of node) namesIn(item, names);
  else if (typeof node === 'object' && node !== null && 'typename' in node) {
    const tree = node as TreeNode;
    if (tree.typename === 'Symbol' && typeof tree.value === 'string') names.add(tree.value);
    namesIn(tree.children, names);
    for (const field of tree.fields ?? []) namesIn(tree[field], names);
  }
  return names;
}

function strictEnvironment(
  nunjucks: typeof nunjucksModule,
  { missingMember }: RenderOptions,
): nunjucksModule.Environment {
  const environment = new nunjucks.Environment(null, { autoescape: false, throwOnUndefined: false });
  environment.addGlobal(CHECK, (value: unknown, name: string, line: number, column: number) => {
    if (value !== undefined) return value;
    const error = new UndefinedVariable(name, line + 1, column + 1);
    error.message = `'${name}' is undefined@${line + 1}:${column + 1}`;
    throw error;
  });
  environment.addGlobal(MEMBER, memberOf);
  environment.addGlobal(TEXT, (value: unknown) => pythonText(value ?? (value === undefined ? missingMember : value)));
  for (const [name, value] of Object.entries({ True: true, False: false, None: null })) {
    environment.addGlobal(name, value);
  }
  environment.addFilter('count', (value: ArrayLike<unknown>) => value.length);
  environment.addFilter('unique', (values: Iterable<unknown>) => [...new Set(values)]);
  environment.addFilter('min', (values: (string | number)[]) => values.toSorted(inOrder)[0]);
  environment.addFilter('max', (values: (string | number)[]) => values.toSorted(inOrder).at(-1));
  environment.addFilter('tojson', (value: unknown) => JSON.stringify(value));
  environment.addFilter('d', (value: unknown, otherwise: unknown = '', falsyToo = false) =>
    falsyToo ? value || otherwise : (value ?? otherwise),
  );
  return environment;
}

function inOrder(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How Jinja prints a value. */
function pythonText(value: unknown): string {
  if (value === undefined) throw new Error('a value that is undefined cannot be printed');
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  return String(value);
}

/** Methods of Python's text that templates use on versions and names. */
const TEXT_METHODS: Record<string, (text: string, ...args: string[]) => unknown> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  strip: (text, chars) => trim(text, chars, true, true),
  lstrip: (text, chars) => trim(text, chars, true, false),
  rstrip: (text, chars) => trim(text, chars, false, true),
  replace: (text, from = '', to = '') => text.replaceAll(from, () => to),
  split: (text, separator) => (separator === undefined ? (text.match(/\S+/g) ?? []) : text.split(separator)),
  startswith: (text, prefix = '') => text.startsWith(prefix),
  endswith: (text, suffix = '') => text.endsWith(suffix),
  zfill: (text, width = '0') => text.padStart(Number(width), '0'),
};

function trim(text: string, chars: string | undefined, start: boolean, end: boolean): string {
  const drops = (c: string) => (chars === undefined ? /\s/.test(c) : chars.includes(c));
  const characters = [...text];
  while (start && characters.length > 0 && drops(characters[0]!)) characters.shift();
  while (end && characters.length > 0 && drops(characters.at(-1)!)) characters.pop();
  return characters.join('');
}

/** `target.key`, `target[key]` and, with four arguments, `target[start:stop:step]` as Python reads them. */
function memberOf(target: unknown, ...keys: unknown[]): unknown {
  if (keys.length === 3) return slice(target, keys as [number | null, number | null, number]);
  const key = keys[0];
  if (typeof target === 'string') {
    if (typeof key === 'number') return [...target].at(key);
    const method = typeof key === 'string' && Object.hasOwn(TEXT_METHODS, key) ? TEXT_METHODS[key] : undefined;
    return method && ((...args: string[]) => method(target, ...args));
  }
  if (Array.isArray(target) && typeof key === 'number') return target.at(key);
  if (typeof target === 'object' && target !== null && Object.hasOwn(target, String(key))) {
    return (target as Record<string, unknown>)[String(key)];
  }
  return undefined;
}

function slice(target: unknown, [start, stop, step]: [number | null, number | null, number]): unknown {
  const items: unknown[] = typeof target === 'string' ? [...target] : Array.isArray(target) ? target : [];
  const at = (index: number | null, otherwise: number) =>
    index === null
      ? otherwise
      : Math.max(step < 0 ? -1 : 0, Math.min(items.length, index < 0 ? index + items.length : index));
  const picked: unknown[] = [];
  if (step > 0) for (let i = at(start, 0); i < at(stop, items.length); i += step) picked.push(items[i]);
  else
    for (let i = Math.min(at(start, items.length - 1), items.length - 1); i > at(stop, -1); i += step)
      picked.push(items[i]);
  return typeof target === 'string' ? picked.join('') : picked;
}
