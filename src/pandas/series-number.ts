import { literalOf } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { isInteger, isNumeric, isText, type RelationColumn } from '../relation/relation.ts';
import { isMoment, isSameMoment } from './dates/same-moment.ts';

interface Result {
  expression: string;
  type: string;
}
type Arguments = Readonly<Record<string, unknown>>;
type Method = (column: RelationColumn, args: Arguments) => Result;

/** Floor division and its rest, as Python has them: the rest has the sign of the divisor. */
const floored = (a: string, b: string) => `floor(CAST(${a} AS DOUBLE) / ${b})`;

const SQL: Readonly<Record<string, (a: string, b: string) => string>> = {
  add: (a, b) => `${a} + ${b}`,
  sub: (a, b) => `${a} - ${b}`,
  mul: (a, b) => `${a} * ${b}`,
  floordiv: floored,
  mod: (a, b) => `${a} - ${b} * ${floored(a, b)}`,
  pow: (a, b) => `pow(${a}, ${b})`,
};

function arithmetic(name: string): Method {
  return (column, { other }) => {
    const { expression } = column;
    if (name === 'add' && typeof other === 'string' && isText(column))
      return { expression: `(${expression} || ${literalOf(other)})`, type: 'VARCHAR' };
    if (!isNumeric(column) || typeof other !== 'number') throw unfit(name, column, other);
    if (other === 0 && ['div', 'truediv', 'floordiv', 'mod'].includes(name)) throw unfit(name, column, other);
    const sql = SQL[name];
    if (!sql) return { expression: `(CAST(${expression} AS DOUBLE) / ${literalOf(other)})`, type: 'DOUBLE' };
    const whole = isInteger(column) && Number.isInteger(other) && !(name === 'pow' && other < 0);
    const type = whole ? column.type : 'DOUBLE';
    return { expression: `CAST(${sql(expression, literalOf(other))} AS ${type})`, type };
  };
}

function unfit(name: string, column: RelationColumn, other: unknown): LifecycleError {
  return new LifecycleError(
    'ING_BAD_OPTION',
    `${name}: ${JSON.stringify(other)} does not go with column ${JSON.stringify(column.name)}, ${column.type}`,
    { hint: 'use numbers with a column of numbers; coerce it first otherwise' },
  );
}

/** With a null nothing holds but `ne`; values of different kinds are unequal and have no order. */
function comparison(name: string, operator: string): Method {
  return (column, { other }) => {
    const { expression } = column;
    const fits = typeof other === 'string' ? isText(column) : isNumeric(column) || column.type === 'BOOLEAN';
    if (!fits && operator !== '=' && operator !== '<>') throw unfit(name, column, other);
    const otherwise = operator === '<>';
    if (typeof other === 'string' && isMoment(column)) {
      const same = isSameMoment(column, other);
      return { expression: otherwise ? `(NOT ${same})` : same, type: 'BOOLEAN' };
    }
    if (!fits) return { expression: String(otherwise), type: 'BOOLEAN' };
    return { expression: `coalesce(${expression} ${operator} ${literalOf(other)}, ${otherwise})`, type: 'BOOLEAN' };
  };
}

const bound = (value: unknown): value is number => typeof value === 'number';
const isNull: Method = ({ expression }) => ({ expression: `(${expression} IS NULL)`, type: 'BOOLEAN' });
const isPresent: Method = ({ expression }) => ({ expression: `(${expression} IS NOT NULL)`, type: 'BOOLEAN' });

/** Methods of a Series that reckon and compare. */
export const NUMBER_METHODS: Readonly<Record<string, Method>> = {
  ...Object.fromEntries(
    ['add', 'sub', 'mul', 'div', 'truediv', 'floordiv', 'mod', 'pow'].map((n) => [n, arithmetic(n)]),
  ),
  eq: comparison('eq', '='),
  ne: comparison('ne', '<>'),
  lt: comparison('lt', '<'),
  le: comparison('le', '<='),
  gt: comparison('gt', '>'),
  ge: comparison('ge', '>='),
  isna: isNull,
  isnull: isNull,
  notna: isPresent,
  notnull: isPresent,
  isin: (column, { values }) => {
    const tests = [values].flat().map((other) => comparison('isin', '=')(column, { other }).expression);
    return { expression: tests.length > 0 ? `(${tests.join(' OR ')})` : 'false', type: 'BOOLEAN' };
  },
  between: (column, { left, right }) => {
    const tests = [
      comparison('between', '>=')(column, { other: left }),
      comparison('between', '<=')(column, { other: right }),
    ];
    return { expression: `(${tests.map(({ expression }) => expression).join(' AND ')})`, type: 'BOOLEAN' };
  },
  abs: (column) => {
    if (!isNumeric(column)) throw unfit('abs', column, null);
    return { expression: `abs(${column.expression})`, type: column.type };
  },
  clip: (column, { lower, upper }) => {
    if (!isNumeric(column)) throw unfit('clip', column, lower ?? upper);
    const type =
      isInteger(column) && ![lower, upper].some((v) => bound(v) && !Number.isInteger(v)) ? column.type : 'DOUBLE';
    const above = bound(lower) ? `greatest(${column.expression}, ${literalOf(lower)})` : column.expression;
    const within = bound(upper) ? `least(${above}, ${literalOf(upper)})` : above;
    // greatest() and least() pass nulls over.
    const kept = `CASE WHEN ${column.expression} IS NOT NULL THEN ${within} END`;
    return { expression: `CAST(${kept} AS ${type})`, type };
  },
};
