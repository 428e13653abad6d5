import { FILTERS, isIn, noFilter, noTest, TESTS } from './filters.ts';
import { memberOf, noMethod, slice } from './members.ts';
import { calculated, holds } from './operators.ts';
import { isNode, loopOf, type SyntaxNode } from './parser.ts';
import type { RenderOptions } from './render-strictly.ts';
import { Scope, UndefinedVariable } from './scope.ts';
import {
  Budget,
  Callable,
  integerOf,
  isTrue,
  itemsOf,
  JinjaError,
  type Keywords,
  kindOf,
  MAX_WORK,
  pythonText,
  type Value,
} from './values.ts';

const MAX_MACRO_DEPTH = 50;

/**
 * Carries out a parsed template, node by node: a small interpreter of its own, so that a template can reach nothing but
 * its variables and the tables of this folder, and can neither run long nor grow large.
 */
export class Rendering {
  readonly #budget: Budget;
  readonly #missingMember: string | undefined;
  #macros = 0;
  /** The innermost node that was begun, for the place of an error. */
  at: { line: number; column: number } = { line: 1, column: 1 };

  constructor({ missingMember, work = MAX_WORK }: RenderOptions) {
    this.#missingMember = missingMember;
    this.#budget = new Budget(work);
  }

  /** @throws JinjaError */
  render(root: SyntaxNode, variables: (name: string) => Value): string {
    const own = new Map<string, Value>([
      ['True', true],
      ['False', false],
      ['None', null],
      ['range', new Callable((args) => this.#range(args))],
      ['dict', new Callable((_, keywords) => new Map(keywords))],
    ]);
    const known = (name: string) => {
      const given = variables(name);
      return given === undefined ? own.get(name) : given;
    };
    return this.#text(root, new Scope(known));
  }

  #range(args: Value[]): Value[] {
    const [first = 0, second, step = 1] = args.map(integerOf);
    const [start, stop] = second === undefined ? [0, first] : [first, second];
    if (step === 0) throw new JinjaError('the step of range() cannot be 0');
    const count = Math.max(0, Math.ceil((stop - start) / step));
    this.#budget.items(count);
    return Array.from({ length: count }, (_, i) => start + i * step);
  }

  /** What a statement, or a list of them, prints. */
  #text(node: SyntaxNode | null | undefined, scope: Scope): string {
    if (!node) return '';
    const pieces: string[] = [];
    this.#print(node, scope, pieces);
    return pieces.join('');
  }

  #print(node: SyntaxNode, scope: Scope, pieces: string[]): void {
    this.#reach(node);
    switch (node.typename) {
      case 'Root':
      case 'NodeList':
        for (const child of node.children!) this.#print(child, scope, pieces);
        return;
      case 'TemplateData':
        this.#add(String(node.value), pieces);
        return;
      case 'Output':
        for (const child of node.children!) {
          if (child.typename === 'TemplateData') this.#add(String(child.value), pieces);
          else this.#add(this.#printed(this.#value(child, scope)), pieces);
        }
        return;
      case 'If': {
        const branch = isTrue(this.#value(node.cond, scope)) ? node.body : node.else_;
        if (isNode(branch)) this.#print(branch, scope, pieces);
        return;
      }
      case 'For':
        this.#loop(node, scope, pieces);
        return;
      case 'Set': {
        const value = isNode(node.value) ? this.#value(node.value, scope) : this.#capture(node.body, scope);
        this.#assign(node.targets as SyntaxNode[], value, scope);
        return;
      }
      case 'Macro':
        scope.set(nameOf(node.name), this.#macro(node, scope));
        return;
    }
    throw new JinjaError(`${STATEMENTS[node.typename] ?? node.typename} is not available here`);
  }

  #add(text: string, pieces: string[]): void {
    this.#budget.text(text.length);
    pieces.push(text);
  }

  /** An undefined value is printed only where a member was asked for that may be missing. */
  #printed(value: Value): string {
    return pythonText(value === undefined ? this.#missingMember : value, this.#budget);
  }

  #capture(node: unknown, scope: Scope): string {
    return this.#text(isNode(node) && isNode(node.body) ? node.body : undefined, scope);
  }

  #assign(targets: readonly SyntaxNode[], value: Value, scope: Scope): void {
    if (targets.length === 1 && targets[0]!.typename === 'Symbol') {
      scope.set(nameOf(targets[0]), value);
      return;
    }
    const names = targets.length === 1 ? (targets[0]!.children ?? []) : targets;
    const items = itemsOf(value, this.#budget);
    if (names.some((name) => name.typename !== 'Symbol')) throw new JinjaError('only names can be set');
    if (items.length !== names.length) throw new JinjaError(`${names.length} names, but ${items.length} values`);
    for (const [index, name] of names.entries()) scope.set(nameOf(name), items[index]);
  }

  #loop(node: SyntaxNode, scope: Scope, pieces: string[]): void {
    const { items: over, condition } = loopOf(node);
    const all = itemsOf(this.#value(over, scope), this.#budget);
    const items = condition === undefined ? all : all.filter((item) => this.#isWanted(item, node, condition, scope));
    if (items.length === 0 && isNode(node.else_)) this.#print(node.else_, scope, pieces);
    for (const [index, item] of items.entries()) {
      const inner = new Scope(scope);
      const cycle = new Callable((args) => args[index % args.length]);
      const facts: [string, Value][] = [
        ['index', index + 1],
        ['index0', index],
        ['revindex', items.length - index],
        ['revindex0', items.length - index - 1],
        ['first', index === 0],
        ['last', index === items.length - 1],
        ['length', items.length],
        ['previtem', items[index - 1]],
        ['nextitem', items[index + 1]],
        ['cycle', cycle],
      ];
      this.#budget.spend(facts.length);
      inner.set('loop', new Map<Value, Value>(facts));
      this.#assign([node.name as SyntaxNode], item, inner);
      this.#print(node.body as SyntaxNode, inner, pieces);
    }
  }

  #isWanted(item: Value, { name }: SyntaxNode, condition: unknown, scope: Scope): boolean {
    const inner = new Scope(scope);
    this.#assign([name as SyntaxNode], item, inner);
    return isTrue(this.#value(condition, inner));
  }

  #macro(node: SyntaxNode, scope: Scope): Callable {
    const parameters = (node.args as SyntaxNode).children ?? [];
    return new Callable((args, keywords) => {
      if (++this.#macros > MAX_MACRO_DEPTH) throw new JinjaError('its macros call each other without end');
      const inner = new Scope(scope);
      const named = parameters.filter(({ typename }) => typename === 'Symbol');
      const withDefaults = parameters.find(({ typename }) => typename === 'KeywordArgs')?.children ?? [];
      const names = [...named.map(nameOf), ...withDefaults.map(({ key }) => nameOf(key))];
      for (const [index, name] of names.entries()) {
        const fallback = withDefaults[index - named.length];
        const given = index < args.length ? args[index] : keywords.get(name);
        inner.set(name, given === undefined && fallback ? this.#value(fallback.value, scope) : given);
      }
      const text = this.#text(node.body as SyntaxNode, inner);
      this.#macros--;
      return text;
    });
  }

  #reach(node: SyntaxNode): void {
    this.#budget.spend(1);
    this.at = { line: node.lineno + 1, column: node.colno + 1 };
  }

  #variable(node: SyntaxNode, scope: Scope): Value {
    const value = scope.get(nameOf(node));
    if (value === undefined) throw new UndefinedVariable(nameOf(node));
    return value;
  }

  /** As #value, but a variable that is not set is undefined: for `is defined` and `default`. */
  #asked(node: unknown, scope: Scope): Value {
    return isNode(node) && node.typename === 'Symbol' ? scope.get(nameOf(node)) : this.#value(node, scope);
  }

  #value(node: unknown, scope: Scope): Value {
    if (!isNode(node)) return undefined;
    this.#reach(node);
    const value = this.#evaluated(node, scope);
    this.#budget.weigh(value);
    return value;
  }

  #evaluated(node: SyntaxNode, scope: Scope): Value {
    const side = (name: string) => this.#value(node[name], scope);
    switch (node.typename) {
      case 'Literal':
        if (typeof node.value === 'object' && node.value !== null) throw new JinjaError('a pattern is not available');
        return node.value as string | number | boolean | null;
      case 'Symbol':
        return this.#variable(node, scope);
      case 'Group':
        if (node.children!.length === 1) return this.#value(node.children![0], scope);
        return node.children!.map((child) => this.#value(child, scope));
      case 'Array':
        return node.children!.map((child) => this.#value(child, scope));
      case 'Dict':
        return new Map(
          node.children!.map((pair) => [
            isNode(pair.key) && pair.key.typename === 'Symbol' ? nameOf(pair.key) : this.#value(pair.key, scope),
            this.#value(pair.value, scope),
          ]),
        );
      case 'LookupVal': {
        const target = side('target');
        const key = node.val as SyntaxNode;
        if (key.typename !== 'Slice') return memberOf(target, this.#value(key, scope), this.#budget);
        const bounds = [key.start, key.stop, key.step].map((bound) => this.#value(bound, scope));
        return slice(target, bounds, this.#budget);
      }
      case 'InlineIf':
        return isTrue(side('cond')) ? side('body') : isNode(node.else_) ? side('else_') : '';
      case 'Not':
        return !isTrue(side('target'));
      case 'And': {
        const left = side('left');
        return isTrue(left) ? side('right') : left;
      }
      case 'Or': {
        const left = side('left');
        return isTrue(left) ? left : side('right');
      }
      case 'In':
        return isIn(side('left'), side('right'));
      case 'Is':
        return this.#test(node, scope);
      case 'Compare':
        return this.#compare(node, scope);
      case 'Filter':
        return this.#filter(node, scope);
      case 'FunCall': {
        const callee = side('name');
        if (!(callee instanceof Callable)) throw new JinjaError(this.#whyNotCalled(node.name, callee, scope));
        const { args, keywords } = this.#arguments(node.args, scope);
        return callee.call(args, keywords);
      }
      case 'Capture':
        return this.#capture(node, scope);
    }
    return calculated(node.typename, node.target ? [side('target')] : [side('left'), side('right')], this.#budget);
  }

  #whyNotCalled(name: unknown, callee: Value, scope: Scope): string {
    const isMember = callee === undefined && isNode(name) && name.typename === 'LookupVal';
    const [on, member] = isMember ? [this.#value(name.target, scope), this.#value(name.val, scope)] : [];
    return typeof member === 'string' ? noMethod(on, member) : `${kindOf(callee)} cannot be called`;
  }

  #arguments(given: unknown, scope: Scope): { args: Value[]; keywords: Keywords } {
    const children = isNode(given) ? (given.children ?? []) : [];
    const keywords = new Map<string, Value>();
    const args: Value[] = [];
    for (const child of children) {
      if (child.typename !== 'KeywordArgs') args.push(this.#value(child, scope));
      else for (const pair of child.children!) keywords.set(nameOf(pair.key), this.#value(pair.value, scope));
    }
    return { args, keywords };
  }

  #filter(node: SyntaxNode, scope: Scope): Value {
    const name = nameOf(node.name);
    const filter = FILTERS.get(name);
    if (!filter) throw new JinjaError(noFilter(name));
    const [subject, ...rest] = (node.args as SyntaxNode).children ?? [];
    const asks = name === 'default' || name === 'd';
    const value = asks ? this.#asked(subject, scope) : this.#value(subject, scope);
    if (value === undefined && !asks) throw new JinjaError(`${name} was given an undefined value`);
    const { args, keywords } = this.#arguments(
      { ...(node.args as object), typename: 'NodeList', children: rest },
      scope,
    );
    const result = filter(value, args, keywords, this.#budget);
    if (typeof result === 'string') this.#budget.text(result.length);
    return result;
  }

  #test(node: SyntaxNode, scope: Scope): boolean {
    const right = node.right as SyntaxNode;
    // `none`, `true` and `false` are literals to the parser.
    const name =
      right.typename === 'Literal'
        ? String(right.value ?? 'none')
        : nameOf(right.typename === 'FunCall' ? right.name : right);
    const test = TESTS.get(name);
    if (!test) throw new JinjaError(noTest(name));
    const asks = name === 'defined' || name === 'undefined';
    const value = asks ? this.#asked(node.left, scope) : this.#value(node.left, scope);
    return test(value, this.#arguments(right.args, scope).args, this.#budget);
  }

  #compare(node: SyntaxNode, scope: Scope): boolean {
    let left = this.#value(node.expr, scope);
    for (const { type, expr } of node.ops as SyntaxNode[]) {
      const right = this.#value(expr, scope);
      if (!holds(String(type), left, right)) return false;
      left = right;
    }
    return true;
  }
}

/** What statements are called that the parser knows and that have no meaning without other files. */
const STATEMENTS: Readonly<Record<string, string>> = {
  Include: '`include`',
  Import: '`import`',
  FromImport: '`from … import`',
  Extends: '`extends`',
  Block: '`block`',
  Super: '`super`',
  AsyncEach: '`asyncEach`',
  AsyncAll: '`asyncAll`',
  Switch: '`switch`',
};

function nameOf(node: unknown): string {
  if (isNode(node) && node.typename === 'Symbol') return String(node.value);
  if (isNode(node) && node.typename === 'Literal') return String(node.value);
  throw new JinjaError('a name is missing');
}
