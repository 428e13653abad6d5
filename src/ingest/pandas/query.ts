import { literal } from '../../engine/sql.ts';
import { LifecycleError } from '../../errors.ts';
import {
  columnNames,
  describeNames,
  findColumn,
  isNumeric,
  isText,
  type Relation,
  type RelationColumn,
} from '../relation.ts';

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

interface Token {
  kind: 'name' | 'quoted name' | 'number' | 'text' | 'operator';
  text: string;
  at: number;
}

const TOKEN =
  /\s*(?:(`[^`]+`)|([A-Za-z_]\w*)|(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(==|!=|<=|>=|[<>()[\],.&|~=+-]))/y;

function bad(expression: string, what: string): LifecycleError {
  return new LifecycleError('ING_BAD_EXPRESSION', `query ${JSON.stringify(expression)}: ${what}`, {
    hint: 'comparisons, and/or/not, in [...], isna(), notna(), isin([...]) and str.contains("...") are understood',
  });
}

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  while (expression.slice(end).trim() !== '') {
    const match = TOKEN.exec(expression);
    if (!match) throw bad(expression, `cannot read from ${JSON.stringify(expression.slice(end).trim().slice(0, 20))}`);
    const [, quotedName, name, number, text, operator] = match;
    const at = end;
    end = TOKEN.lastIndex;
    if (quotedName) tokens.push({ kind: 'quoted name', text: quotedName.slice(1, -1), at });
    else if (name) tokens.push({ kind: 'name', text: name, at });
    else if (number) tokens.push({ kind: 'number', text: number, at });
    else if (text) tokens.push({ kind: 'text', text: text.slice(1, -1).replace(/\\(.)/g, '$1'), at });
    else tokens.push({ kind: 'operator', text: operator!, at });
  }
  return tokens;
}

type Operand =
  | { kind: 'column'; column: RelationColumn }
  | { kind: 'number'; sql: string }
  | { kind: 'text'; value: string }
  | { kind: 'bool'; sql: string }
  | { kind: 'null' }
  | { kind: 'list'; items: Operand[] };

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
      parts.push(
        operator === 'in' || operator === 'not'
          ? this.#membership(left, right, operator === 'not')
          : this.#compare(operator, left, right),
      );
      left = right;
    }
    if (parts.length > 0) return parts.length > 1 ? `(${parts.join(' AND ')})` : parts[0]!;
    if (left.kind === 'bool') return left.sql;
    if (left.kind === 'column' && left.column.type === 'BOOLEAN') return `coalesce(${left.column.expression}, false)`;
    throw bad(this.#expression, 'it is no condition');
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

  #method(column: RelationColumn): Operand {
    let name = this.#tokens[this.#next++]?.text ?? '';
    if (name === 'str') {
      this.#expect('.');
      name = `str.${this.#tokens[this.#next++]?.text ?? ''}`;
    }
    this.#expect('(');
    const args = this.#list(')');
    const [first] = args.kind === 'list' ? args.items : [];
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
          const sql = {
            'str.contains': 'regexp_matches',
            'str.startswith': 'starts_with',
            'str.endswith': 'ends_with',
          }[name];
          return { kind: 'bool', sql: `coalesce(${sql}(${value}, ${literal(first.value)}), false)` };
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
    const [l, r] = [this.#sql(left), this.#sql(right)];
    if (operator === '!=') return `(${l} IS DISTINCT FROM ${r} OR ${l} IS NULL)`;
    return `coalesce(${l} ${operator === '==' ? '=' : operator} ${r}, false)`;
  }

  #membership(left: Operand, right: Operand, negated: boolean): string {
    if (right.kind !== 'list') throw bad(this.#expression, 'in needs a list');
    const hits = right.items.map((item) =>
      item.kind === 'null' ? `${this.#sql(left)} IS NULL` : this.#compare('==', left, item),
    );
    const sql = hits.length > 0 ? `(${hits.join(' OR ')})` : 'false';
    return negated ? `(NOT ${sql})` : sql;
  }
}
