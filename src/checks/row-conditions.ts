import { literal } from '../engine/sql.ts';
import { LifecycleError } from '../errors.ts';
import { TextPattern } from '../pandas/pattern.ts';
import type { WantedCheck } from '../project/dataset-checks.ts';
import type { CheckName } from '../project/vocabulary/checks.ts';
import { type GivenValue, isOneOf, sidesOf } from './literals.ts';
import { type Compiled, cannot, type LookedAtColumn } from './looked-at.ts';

/** What holds for a value, in SQL, and what a value is that does not: `rows are not greater than 5`. */
interface Condition {
  holds: string;
  says: string;
  /** What a null counts as where nulls are not passed over. */
  ofNull?: 'holds';
}
type Conditions = {
  [N in CheckName]?: (column: LookedAtColumn, args: Record<string, unknown>) => Condition | undefined;
};

const shown = (value: unknown) => (typeof value === 'string' ? JSON.stringify(value) : String(value));
const listed = (values: readonly unknown[]) =>
  values.length > 10 ? `${values.slice(0, 10).map(shown).join(', ')}, …` : values.map(shown).join(', ');

/** Text stands for its characters; a null among them is no value. */
export const valuesIn = (given: unknown): GivenValue[] =>
  typeof given === 'string'
    ? [...new Set(given)]
    : (given as unknown[]).filter((each): each is GivenValue => each !== null);
const hasNull = (given: unknown) => Array.isArray(given) && given.includes(null);

const order =
  (sign: string, argument: string, words: string): Conditions[CheckName] =>
  (column, args) => {
    const given = args[argument] as GivenValue;
    const sides = sidesOf(column, given);
    return sides && { holds: `${sides[0]} ${sign} ${sides[1]}`, says: `not ${words} ${shown(given)}` };
  };

const ofText =
  (condition: (sql: string, args: Record<string, unknown>) => Condition): Conditions[CheckName] =>
  (column, args) =>
    column.kind === 'text' ? condition(`CAST(${column.sql} AS VARCHAR)`, args) : undefined;

const edges = ['ST_XMin', 'ST_YMin', 'ST_XMax', 'ST_YMax'] as const;

const ofShape =
  (condition: (sql: string, args: Record<string, unknown>) => Condition): Conditions[CheckName] =>
  (column, args) =>
    column.kind === 'geometry' ? condition(column.sql, args) : undefined;

const typeOf = (sql: string) => `CAST(ST_GeometryType(${sql}) AS VARCHAR)`;

const CONDITIONS: Conditions = {
  equal_to: (column, { value }) => ({
    holds: isOneOf(column, [value as GivenValue]),
    says: `not ${shown(value)}`,
  }),
  not_equal_to: (column, { value }) => ({
    holds: `NOT (${isOneOf(column, [value as GivenValue])})`,
    says: shown(value),
    ofNull: 'holds',
  }),
  greater_than: order('>', 'min_value', 'greater than'),
  greater_than_or_equal_to: order('>=', 'min_value', 'at least'),
  less_than: order('<', 'max_value', 'less than'),
  less_than_or_equal_to: order('<=', 'max_value', 'at most'),
  in_range(column, { min_value, max_value, include_min, include_max }) {
    const [least, most] = [sidesOf(column, min_value as GivenValue), sidesOf(column, max_value as GivenValue)];
    if (!least || !most) return undefined;
    const [from, to] = [include_min ? '>=' : '>', include_max ? '<=' : '<'];
    const without = [...(include_min ? [] : ['the least']), ...(include_max ? [] : ['the greatest'])].join(' and ');
    return {
      holds: `(${least[0]} ${from} ${least[1]} AND ${most[0]} ${to} ${most[1]})`,
      says: `not between ${shown(min_value)} and ${shown(max_value)}${without && ` (without ${without})`}`,
    };
  },
  isin: (column, { allowed_values }) => {
    const values = valuesIn(allowed_values);
    const nulls = hasNull(allowed_values) ? ({ ofNull: 'holds' } as const) : {};
    return { holds: isOneOf(column, values), says: `none of ${listed(values)}`, ...nulls };
  },
  notin: (column, { forbidden_values }) => {
    const values = valuesIn(forbidden_values);
    const nulls = hasNull(forbidden_values) ? {} : ({ ofNull: 'holds' } as const);
    return { holds: `NOT (${isOneOf(column, values)})`, says: `one of ${listed(values)}`, ...nulls };
  },
  str_matches: ofText((sql, { pattern }) => ({
    holds: TextPattern.arrow(String(pattern)).match(sql),
    says: `nothing that begins as ${shown(pattern)} says`,
  })),
  str_contains: ofText((sql, { pattern }) => ({
    holds: TextPattern.arrow(String(pattern)).search(sql),
    says: `without what ${shown(pattern)} matches`,
  })),
  str_startswith: ofText((sql, { string }) => ({
    holds: `starts_with(${sql}, ${literal(String(string))})`,
    says: `not begun by ${shown(string)}`,
  })),
  str_endswith: ofText((sql, { string }) => ({
    holds: `ends_with(${sql}, ${literal(String(string))})`,
    says: `not ended by ${shown(string)}`,
  })),
  str_length: ofText((sql, { min_value, max_value, exact_value }) => {
    if (exact_value !== undefined && exact_value !== null)
      return { holds: `length(${sql}) = ${exact_value}`, says: `not ${exact_value} characters long` };
    const bounds = [
      ...(typeof min_value === 'number' ? [`length(${sql}) >= ${min_value}`] : []),
      ...(typeof max_value === 'number' ? [`length(${sql}) <= ${max_value}`] : []),
    ];
    const words = [
      ...(typeof min_value === 'number' ? [`at least ${min_value}`] : []),
      ...(typeof max_value === 'number' ? [`at most ${max_value}`] : []),
    ];
    return { holds: `(${bounds.join(' AND ')})`, says: `not ${words.join(' and ')} characters long` };
  }),
  is_geom_point: ofShape((sql) => ({ holds: `${typeOf(sql)} = 'POINT'`, says: 'no point' })),
  geometry_types: ofShape((sql, { allowed }) => {
    const types = (allowed as string[]).map((type) => literal(type.toUpperCase()));
    return { holds: `${typeOf(sql)} IN (${types.join(', ')})`, says: `no ${(allowed as string[]).join(' or ')}` };
  }),
  valid_geometry: ofShape((sql) => ({ holds: `ST_IsValid(${sql})`, says: 'no valid geometry' })),
  within_bbox: ofShape((sql, { bbox }) => {
    const [x0, y0, x1, y1] = (bbox as number[]).map((edge) => `${literal(String(edge))}::DOUBLE`);
    const [west, south, east, north] = edges.map((edge) => `${edge}(${sql})`);
    const inside = `(${west} >= ${x0} AND ${south} >= ${y0} AND ${east} <= ${x1} AND ${north} <= ${y1})`;
    // What is empty lies nowhere.
    return { holds: `(ST_IsEmpty(${sql}) OR ${inside})`, says: `outside [${(bbox as number[]).join(', ')}]` };
  }),
};

/** A check of the values of one column, or undefined for one that is none. */
export function rowCondition(wanted: WantedCheck, column: LookedAtColumn): Compiled | undefined {
  const condition = CONDITIONS[wanted.name];
  if (!condition) return undefined;
  let made: Condition | undefined;
  try {
    made = condition(column, wanted.args);
  } catch (error) {
    if (error instanceof LifecycleError) return cannot(error.message);
    throw error;
  }
  if (!made) return cannot(`${column.name} is ${column.type.replace(/\(.*/s, '')}, which does not go with it`);
  const { holds, says, ofNull } = made;
  const null_ = wanted.ignoreNulls || ofNull === 'holds';
  const fails = null_ ? `(${column.present} AND NOT (${holds}))` : `(NOT ${column.present} OR NOT (${holds}))`;
  return { by: 'rows', fails, shows: shownValue(column), says };
}

/** The value of a row that fails, as text that is not long. */
export function shownValue({ kind, sql }: LookedAtColumn): string {
  if (kind !== 'geometry') return `left(CAST(${sql} AS VARCHAR), 200)`;
  const corner = (edge: string) => `CAST(round(${edge}(${sql}), 6) AS VARCHAR)`;
  return `concat(${typeOf(sql)}, ' at ', ${corner('ST_XMin')}, ', ', ${corner('ST_YMin')})`;
}
