import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import {
  columnNames,
  describeNames,
  findColumn,
  INSTANT_NS,
  isNumeric,
  isText,
  type Relation,
  type RelationColumn,
} from '../relation/relation.ts';
import { TextPattern } from './pattern.ts';
import { bad, type Token, tokenize } from './query-tokens.ts';

/**
 * The expressions that DataFrame.query takes, as SQL: comparisons, `and`/`or`/`not` (`&`, `|`, `~`), `in` lists,
 * backticked names, and the methods isna, notna, isnull, notnull, isin, str.contains, str.startswith, str.endswith.
 *
 * @throws LifecycleError ING_BAD_EXPRESSION
 */
export function queryToSql(expression: string, relation: Relation): string {
  const parser = new QueryParser(tokenize(expression), relation, expression);
  return parser.parse();
}

type Operand =
  | { kind: 'column'; column: RelationColumn }
  | { kind: 'number'; sql: string }
  | { kind: 'text'; value: string }
  | { kind: 'bool'; sql: string }
  | { kind: 'null' }
  | { kind: 'list'; items: Operand[] };

/** Options of methods that may be set to True or False. */
const OPTIONS: Record<string, readonly string[]> = {
  'str.contains': ['case', 'na', 'regex'],
  'str.startswith': ['na'],
  'str.endswith': ['na'],
};

function containing(value: string, pattern: string, options: ReadonlyMap<string, boolean>): string {
  const ignoreCase = options.get('case') === false;
  if (options.get('regex') !== false) return TextPattern.arrow(pattern, ignoreCase).search(value);
  return ignoreCase
    ? `contains(lower(${value}), lower(${literal(pattern)}))`
    : `contains(${value}, ${literal(pattern)})`;
}

class QueryParser {
  readonly #tokens: Token[];
  readonly #relation: Relation;
  readonly #expression: string;
  #next = 0;

  constructor(tokens: Token[], relation: Relation, expression: string) {
    this.#tokens = tokens;
    this.#relation = relation;
    this.#expression = expression;
  }

  parse(): string {
    const sql = this.#or();
    const rest = this.#peek();
    if (rest) throw bad(this.#expression, `did not expect ${JSON.stringify(rest.text)}`);
    return sql;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #accept(...texts: string[]): string | undefined {
    const token = this.#peek();
    if (!token || token.kind === 'text' || token.kind === 'quoted name' || !texts.includes(token.text))
      return undefined;
    this.#next++;
    return token.text;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw bad(this.#expression, `${JSON.stringify(text)} is missing`);
  }

  #or(): string {
    const parts = [this.#and()];
    while (this.#accept('or', '|')) parts.push(this.#and());
    return parts.length > 1 ? `(${parts.join(' OR ')})` : parts[0]!;
  }

  #and(): string {
    const parts = [this.#not()];
    while (this.#accept('and', '&')) parts.push(this.#not());
    return parts.length > 1 ? `(${parts.join(' AND ')})` : parts[0]!;
  }

  #not(): string {
    return this.#accept('not', '~') ? `(NOT ${this.#not()})` : this.#comparison();
  }

  /** Comparisons chain, as in Python: `1 < x <= 3`. */
  #comparison(): string {
    if (this.#peek()?.text === '(' && this.#peek()?.kind === 'operator') {
      this.#next++;
      const inner = this.#or();
      this.#expect(')');
      return inner;
    }
    let left = this.#operand();
    const parts: string[] = [];
    for (;;) {
      const operator = this.#accept('==', '!=', '<=', '>=', '<', '>', 'in', 'not');
      if (!operator) break;
      if (operator === 'not') this.#expect('in');
      const right = this.#operand();
      parts.push(this.#test(operator, left, right));
      left = right;
    }
    if (parts.length > 0) return parts.length > 1 ? `(${parts.join(' AND ')})` : parts[0]!;
    if (left.kind === 'bool') return left.sql;
    if (left.kind === 'column' && left.column.type === 'BOOLEAN') return `coalesce(${left.column.expression}, false)`;
    throw bad(this.#expression, 'it is no condition');
  }

  /** A list on either side of `==` and `!=` asks for its members, as `in` and `not in` do. */
  #test(operator: string, left: Operand, right: Operand): string {
    if (operator === 'in' || operator === 'not') return this.#membership(left, right, operator === 'not');
    if (operator !== '==' && operator !== '!=') return this.#compare(operator, left, right);
    const [list, other] = left.kind === 'list' ? [left, right] : [right, left];
    return list.kind === 'list'
      ? this.#membership(other, list, operator === '!=')
      : this.#compare(operator, left, right);
  }

  #operand(): Operand {
    const token = this.#peek();
    if (!token) throw bad(this.#expression, 'it ends too early');
    this.#next++;
    if (token.kind === 'number') return { kind: 'number', sql: token.text };
    if (token.kind === 'text') return { kind: 'text', value: token.text };
    if (token.text === '-' && this.#peek()?.kind === 'number')
      return { kind: 'number', sql: `-${this.#tokens[this.#next++]!.text}` };
    if (token.text === '[' || token.text === '(') return this.#list(token.text === '[' ? ']' : ')');
    if (token.kind === 'name' && ['True', 'False', 'true', 'false'].includes(token.text))
      return { kind: 'bool', sql: token.text.toLowerCase() };
    if (token.kind === 'name' && token.text === 'None') return { kind: 'null' };
    if (token.kind !== 'name' && token.kind !== 'quoted name')
      throw bad(this.#expression, `did not expect ${JSON.stringify(token.text)}`);
    const column = findColumn(this.#relation, token.text);
    if (!column) {
      throw new LifecycleError(
        'ING_MISSING_COLUMN',
        `query ${JSON.stringify(this.#expression)}: column ${JSON.stringify(token.text)} is not in the data`,
        {
          hint: `the columns at this step are ${describeNames(columnNames(this.#relation))}`,
        },
      );
    }
    return this.#accept('.') ? this.#method(column) : { kind: 'column', column };
  }

  #list(close: string): Operand {
    const items: Operand[] = [];
    while (!this.#accept(close)) {
      items.push(this.#operand());
      this.#accept(',');
    }
    return { kind: 'list', items };
  }

  /** What stands in the parentheses of a method, as far as its `)`. */
  #arguments(): { items: Operand[]; options: Map<string, boolean> } {
    const items: Operand[] = [];
    const options = new Map<string, boolean>();
    while (!this.#accept(')')) {
      const name = this.#peek();
      if (name?.kind === 'name' && this.#tokens[this.#next + 1]?.text === '=') {
        this.#next += 2;
        const value = this.#accept('True', 'False');
        if (!value) throw bad(this.#expression, `${name.text} must be True or False`);
        options.set(name.text, value === 'True');
      } else items.push(this.#operand());
      this.#accept(',');
    }
    return { items, options };
  }

  #method(column: RelationColumn): Operand {
    let name = this.#tokens[this.#next++]?.text ?? '';
    if (name === 'str') {
      this.#expect('.');
      name = `str.${this.#tokens[this.#next++]?.text ?? ''}`;
    }
    this.#expect('(');
    const { items, options } = this.#arguments();
    const known = OPTIONS[name] ?? [];
    for (const option of options.keys())
      if (!known.includes(option)) throw bad(this.#expression, `${name} has no option ${option} here`);
    const [first] = items;
    const value = column.expression;
    switch (name) {
      case 'isna':
      case 'isnull':
        return { kind: 'bool', sql: `(${value} IS NULL)` };
      case 'notna':
      case 'notnull':
        return { kind: 'bool', sql: `(${value} IS NOT NULL)` };
      case 'isin':
        if (first?.kind === 'list')
          return { kind: 'bool', sql: this.#membership({ kind: 'column', column }, first, false) };
        break;
      case 'str.contains':
      case 'str.startswith':
      case 'str.endswith':
        if (first?.kind === 'text' && isText(column)) {
          const test = name === 'str.contains' ? containing(value, first.value, options) : undefined;
          const sql = name === 'str.startswith' ? 'starts_with' : 'ends_with';
          const found = test ?? `${sql}(${value}, ${literal(first.value)})`;
          return { kind: 'bool', sql: `coalesce(${found}, ${options.get('na') === true})` };
        }
        break;
      default:
    }
    throw bad(this.#expression, `${name}(…) on column ${JSON.stringify(column.name)} is not understood`);
  }

  #sql(operand: Operand): string {
    switch (operand.kind) {
      case 'column':
        return operand.column.expression;
      case 'number':
      case 'bool':
        return operand.sql;
      case 'text':
        return literal(operand.value);
      default:
        return 'NULL';
    }
  }

  #family(operand: Operand): 'number' | 'text' | 'other' {
    if (operand.kind === 'number') return 'number';
    if (operand.kind === 'text') return 'text';
    if (operand.kind !== 'column') return 'other';
    return isNumeric(operand.column) ? 'number' : isText(operand.column) ? 'text' : 'other';
  }

  /** As pandas: with a null nothing holds but `!=`; values of different kinds are unequal and have no order. */
  #compare(operator: string, left: Operand, right: Operand): string {
    const [a, b] = [this.#family(left), this.#family(right)];
    if (a !== b && a !== 'other' && b !== 'other') {
      if (operator === '==') return 'false';
      if (operator === '!=') return 'true';
      throw bad(this.#expression, 'text and numbers have no order');
    }
    const isEquality = operator === '==' || operator === '!=';
    const [l, r] = isEquality
      ? [this.#likeOther(left, right), this.#likeOther(right, left)]
      : [this.#sql(left), this.#sql(right)];
    if (operator === '!=') return `(${l} IS DISTINCT FROM ${r} OR ${l} IS NULL)`;
    return `coalesce(${l} ${operator === '==' ? '=' : operator} ${r}, false)`;
  }

  /** An operand that may equal another one: a text that a column of dates or truth values cannot hold equals nothing. */
  #likeOther(operand: Operand, other: Operand): string {
    if (operand.kind !== 'text' || other.kind !== 'column' || isText(other.column)) return this.#sql(operand);
    const { type } = other.column;
    if (type !== 'DATE' && !type.startsWith('TIMESTAMP')) return 'NULL';
    return `TRY_CAST(${literal(operand.value)} AS ${type === INSTANT_NS ? 'TIMESTAMP_NS' : type})`;
  }

  #membership(left: Operand, right: Operand, negated: boolean): string {
    if (right.kind !== 'list') throw bad(this.#expression, 'in needs a list');
    const hits = right.items.map((item) => {
      if (item.kind !== 'null') return this.#compare('==', left, item);
      // Among numbers a null is not None but NaN, which equals nothing.
      return this.#family(left) === 'number' ? 'false' : `${this.#sql(left)} IS NULL`;
    });
    const sql = hits.length > 0 ? `(${hits.join(' OR ')})` : 'false';
    return negated ? `(NOT ${sql})` : sql;
  }
}
