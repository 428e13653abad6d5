import { literal, literalOf } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { isNumeric, isText, type RelationColumn } from '../relation/relation.ts';
import { TextPattern } from './pattern.ts';

/** One replacement of `replace(to_replace, value, regex)`. */
interface Replacement {
  from: unknown;
  to: unknown;
}

export interface ReplaceArguments {
  to_replace?: unknown;
  value?: unknown;
  regex?: unknown;
}

/** Column by column where `to_replace` maps columns to maps, else for all of them. */
export function replaceIn(column: RelationColumn, args: ReplaceArguments): RelationColumn {
  const { pairs, regex } = replacementsFor(column.name, args);
  let expression = column.expression;
  if (regex) {
    if (!isText(column)) return column;
    for (const { from, to } of pairs) {
      const pattern = TextPattern.python(String(from));
      expression =
        to === null
          ? `CASE WHEN ${pattern.search(expression)} THEN NULL ELSE ${expression} END`
          : pattern.replace(expression, String(to));
    }
    return { ...column, expression };
  }
  const fitting = pairs.filter(({ from }) => fits(column, from));
  if (fitting.length === 0) return column;
  const cases = fitting.map(({ from, to }) => `WHEN ${expression} = ${literalOf(from)} THEN ${cast(to, column)}`);
  return { ...column, expression: `CASE ${cases.join(' ')} ELSE ${expression} END` };
}

function fits(column: RelationColumn, value: unknown): boolean {
  if (typeof value === 'string') return isText(column);
  if (typeof value === 'number') return isNumeric(column);
  return typeof value === 'boolean' && column.type === 'BOOLEAN';
}

/** A value of another kind than its column's is refused where there is something to replace, and nowhere else. */
function cast(value: unknown, column: RelationColumn): string {
  if (value === null || fits(column, value)) return literalOf(value);
  const what = `replace: ${JSON.stringify(value)} is not of the kind of column ${JSON.stringify(column.name)}`;
  return `error(${literal(what)})`;
}

/** @throws LifecycleError ING_BAD_OPTION when nothing is to be replaced, or by nothing */
function checkArguments({ to_replace: from, regex, ...rest }: ReplaceArguments): void {
  const isMap = (x: unknown) => x !== null && typeof x === 'object' && !Array.isArray(x);
  const hasPattern = regex !== undefined && regex !== null && typeof regex !== 'boolean';
  const nothing = (from === undefined || from === null) && !hasPattern;
  if (!nothing && ('value' in rest || isMap(from) || isMap(regex))) return;
  throw new LifecycleError('ING_BAD_OPTION', `replace: ${nothing ? 'to_replace' : 'value'} is missing`, {
    hint: 'write to_replace and value, or a map from old to new values as to_replace',
  });
}

function replacementsFor(column: string, args: ReplaceArguments): { pairs: Replacement[]; regex: boolean } {
  checkArguments(args);
  let { to_replace: from, value, regex } = args;
  // `regex` may stand for `to_replace`.
  if ((from === undefined || from === null) && regex !== undefined && typeof regex !== 'boolean') {
    from = regex;
    regex = true;
  }
  const isMap = (x: unknown): x is Record<string, unknown> => x !== null && typeof x === 'object' && !Array.isArray(x);
  const pairs: Replacement[] = [];
  if (isMap(from)) {
    const byColumn = Object.values(from).some(isMap);
    if (byColumn) {
      const own = from[column];
      if (isMap(own)) for (const [key, to] of Object.entries(own)) pairs.push({ from: key, to });
    } else if (value !== undefined && !isMap(value)) {
      if (column in from) pairs.push({ from: from[column], to: value });
    } else if (isMap(value)) {
      if (column in from && column in value) pairs.push({ from: from[column], to: value[column] });
    } else for (const [key, to] of Object.entries(from)) pairs.push({ from: key, to });
  } else if (Array.isArray(from)) {
    for (const [i, item] of from.entries()) {
      pairs.push({ from: item, to: Array.isArray(value) ? value[i] : (value ?? null) });
    }
  } else pairs.push({ from, to: value ?? null });
  return { pairs, regex: regex === true };
}
