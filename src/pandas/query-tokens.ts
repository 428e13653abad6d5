import { LifecycleError } from '../errors.ts';

/** A piece of an expression. */
export interface Token {
  kind: 'name' | 'quoted name' | 'number' | 'text' | 'operator';
  text: string;
  at: number;
}

const TOKEN =
  /\s*(?:(`[^`]+`)|([A-Za-z_]\w*)|(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(==|!=|<=|>=|[<>()[\],.&|~=+-]))/y;

export function bad(expression: string, what: string): LifecycleError {
  return new LifecycleError('ING_BAD_EXPRESSION', `query ${JSON.stringify(expression)}: ${what}`, {
    hint: 'comparisons, and/or/not, in [...], isna(), notna(), isin([...]) and str.contains("...") are understood',
  });
}

/** @throws LifecycleError ING_BAD_EXPRESSION */
export function tokenize(expression: string): Token[] {
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
