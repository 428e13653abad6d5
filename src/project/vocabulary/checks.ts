import { boolean, defaulting, either, listOf, needed, nothing, optional, text, words } from './argument-types.ts';
import { box, type CheckDeclaration, check, count, number, percentage, value } from './check.ts';

/** The types that `geometry_types` may name. */
export const GEOMETRY_TYPES = [
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
  'GeometryCollection',
] as const;

/** Text stands for its characters, as pandera takes it. */
const values = either(listOf(either(value, nothing)), text);
const length = either(count, nothing);
const column = { on: 'column', ofValues: true } as const;

/**
 * Every check: those that pandera has, under its names and arguments, and those of the department's metadata; then our
 * own. What others there are is kept and not carried out.
 */
export const CHECKS = {
  is_primary_key: check({
    says: 'No value is null, and none stands twice; of several columns that say so, all together',
    on: 'column',
    arguments: {},
    example: '- is_primary_key',
  }),
  non_nullable: check({ says: 'No value is null', on: 'column', arguments: {}, example: '- non_nullable' }),
  equal_to: check({
    ...column,
    says: 'Every value equals one',
    arguments: { value: needed(value) },
    example: '- equal_to: {args: {value: Queens}}',
  }),
  not_equal_to: check({
    ...column,
    says: 'No value equals one',
    arguments: { value: needed(value) },
    example: '- not_equal_to: {args: {value: unknown}}',
  }),
  greater_than: check({
    ...column,
    says: 'Every value is greater than one',
    arguments: { min_value: needed(value) },
    example: '- greater_than: {args: {min_value: 0}}',
  }),
  greater_than_or_equal_to: check({
    ...column,
    says: 'No value is less than one',
    arguments: { min_value: needed(value) },
    example: '- greater_than_or_equal_to: {args: {min_value: 2000-01-01}}',
  }),
  less_than: check({
    ...column,
    says: 'Every value is less than one',
    arguments: { max_value: needed(value) },
    example: '- less_than: {args: {max_value: 100}}',
  }),
  less_than_or_equal_to: check({
    ...column,
    says: 'No value is greater than one',
    arguments: { max_value: needed(value) },
    example: '- less_than_or_equal_to: {args: {max_value: 99.5}}',
  }),
  in_range: check({
    ...column,
    says: 'Every value lies between two',
    arguments: {
      min_value: needed(value),
      max_value: needed(value),
      include_min: defaulting(boolean, true, 'whether the least may occur itself'),
      include_max: defaulting(boolean, true, 'whether the greatest may occur itself'),
    },
    example: '- in_range: {args: {min_value: 1, max_value: 5}}',
  }),
  isin: check({
    ...column,
    says: 'Every value is one of a list',
    arguments: { allowed_values: needed(values, 'text stands for its characters') },
    example: '- isin: {args: {allowed_values: [Queens, Bronx]}}',
  }),
  notin: check({
    ...column,
    says: 'No value is one of a list',
    arguments: { forbidden_values: needed(values, 'text stands for its characters') },
    example: '- notin: {args: {forbidden_values: [unknown, n/a]}}',
  }),
  str_matches: check({
    ...column,
    says: 'Every text begins with what a regular expression, as Python has them, matches',
    arguments: { pattern: needed(text) },
    example: "- str_matches: {args: {pattern: '[0-9]{5}$'}}",
  }),
  str_contains: check({
    ...column,
    says: 'Every text holds what a regular expression matches',
    arguments: { pattern: needed(text) },
    example: '- str_contains: {args: {pattern: e}}',
  }),
  str_startswith: check({
    ...column,
    says: 'Every text begins with another',
    arguments: { string: needed(text) },
    example: '- str_startswith: {args: {string: Q}}',
  }),
  str_endswith: check({
    ...column,
    says: 'Every text ends with another',
    arguments: { string: needed(text) },
    example: '- str_endswith: {args: {string: s}}',
  }),
  str_length: check({
    ...column,
    says: 'Every text has so many characters',
    needsOne: ['min_value', 'max_value', 'exact_value'],
    arguments: {
      min_value: optional(length, 'at least'),
      max_value: optional(length, 'at most'),
      exact_value: optional(length, 'exactly; the others mean nothing then'),
    },
    example: '- str_length: {args: {min_value: 1, max_value: 20}}',
  }),
  unique_values_eq: check({
    says: 'The values that occur are those of a list, and all of them occur; nulls are passed over',
    on: 'column',
    arguments: { values: needed(values, 'text stands for its characters') },
    example: '- unique_values_eq: {args: {values: [Queens, Bronx]}}',
  }),
  is_geom_point: check({
    says: 'Every geometry is a point',
    on: 'geometry',
    ofValues: true,
    arguments: {},
    example: '- is_geom_point',
  }),
  null_share: check({
    says: 'At most this share of the values is null',
    on: 'column',
    arguments: { max_share: needed(percentage, 'percent of the rows') },
    example: '- null_share: {args: {max_share: 5}}',
  }),
  freshness: check({
    says: 'The newest day or time lies no longer back than this when the version is made',
    on: 'column',
    arguments: { max_age_days: needed(number, 'days of 24 hours') },
    example: '- freshness: {args: {max_age_days: 90}}',
  }),
  references: check({
    says: 'Every value stands in a column of the latest version of another dataset; nulls are passed over',
    on: 'column',
    arguments: {
      dataset: needed(text, 'its id'),
      column: optional(text, 'the column there; of the same name unless given'),
    },
    example: '- references: {args: {dataset: boroughs, column: name}}',
  }),
  unique: check({
    says: 'No two rows have the same values in these columns; a null equals a null',
    on: 'dataset',
    short: 'columns',
    arguments: { columns: needed(listOf(text)) },
    example: '- unique: {args: {columns: [borough, id]}}',
  }),
  row_count: check({
    says: 'There are so many rows, or not many less or more than in the version before',
    on: 'dataset',
    needsOne: ['min_value', 'max_value', 'max_decrease', 'max_increase'],
    arguments: {
      min_value: optional(count, 'rows at least'),
      max_value: optional(count, 'rows at most'),
      max_decrease: optional(percentage, 'percent of the rows of the version before; more is refused'),
      max_increase: optional(percentage, 'percent of the rows of the version before; more is refused'),
    },
    example: '- row_count: {args: {min_value: 1, max_value: 1000000}}',
  }),
  within_bbox: check({
    says: 'Every geometry lies within a box',
    on: 'geometry',
    ofValues: true,
    short: 'bbox',
    arguments: { bbox: needed(box, 'xmin, ymin, xmax, ymax in units of its CRS') },
    example: '- within_bbox: {args: {bbox: [-74.3, 40.4, -73.6, 41]}}',
  }),
  valid_geometry: check({
    says: 'Every geometry is valid: no ring crosses itself',
    on: 'geometry',
    ofValues: true,
    arguments: {},
    example: '- valid_geometry',
  }),
  geometry_types: check({
    says: 'Every geometry is of one of these types',
    on: 'geometry',
    ofValues: true,
    short: 'allowed',
    arguments: { allowed: needed(listOf(words(...GEOMETRY_TYPES))) },
    example: '- geometry_types: {args: {allowed: [Point, MultiPoint]}}',
  }),
  sql: check({
    says: 'An expression of SQL over the columns is true for every row; where it is null it is passed over',
    on: 'dataset',
    ofValues: true,
    short: 'expression',
    arguments: { expression: needed(text, "in DuckDB's SQL, without queries inside") },
    example: '- sql: {args: {expression: "visits >= 0 OR borough IS NULL"}}',
  }),
  columns: check({
    says: 'What becomes of columns that `columns` does not declare',
    on: 'dataset',
    short: 'undeclared',
    arguments: {
      undeclared: needed(
        words('evolve', 'freeze', 'discard'),
        '`evolve` takes them, `freeze` fails, `discard` leaves them out of what is written',
      ),
    },
    example: '- columns: evolve',
  }),
  same_columns: check({
    says: 'No column of the version before is gone, renamed or of another type',
    on: 'dataset',
    refuses: true,
    arguments: {},
    example: '- same_columns',
  }),
  same_crs: check({
    says: 'The CRS is that of the version before',
    on: 'dataset',
    refuses: true,
    arguments: {},
    example: '- same_crs',
  }),
  within_crs_area: check({
    says: 'Coordinates lie within the area that their CRS is made for',
    on: 'dataset',
    refuses: true,
    arguments: { max_share: optional(percentage, 'percent of the rows with a geometry that may lie outside') },
    example: '- within_crs_area: {args: {max_share: 0.5}}',
  }),
} as const satisfies Record<string, CheckDeclaration>;

export type CheckName = keyof typeof CHECKS;
export const CHECK_NAMES = Object.keys(CHECKS) as CheckName[];

export function isCheckName(name: unknown): name is CheckName {
  return typeof name === 'string' && Object.hasOwn(CHECKS, name);
}

/** What a template may name in the `checks` of a column, or of a dataset. */
export function checksOn(place: 'column' | 'dataset'): CheckName[] {
  return CHECK_NAMES.filter((name) => CHECKS[name].on === place || CHECKS[name].on === 'geometry');
}
