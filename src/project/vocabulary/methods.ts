import { anyCrsArgument } from '../crs-field.ts';
import { anything, needed, optional, type Signature } from './argument-types.ts';
import type { Rows } from './step.ts';

/** Arguments that the steps themselves take; the rest goes to the method. */
export const OWN_ARGUMENTS = ['function_name', 'column_name', 'output_column_name', 'geo'] as const;

/** A method of pandas that a step may call. */
export interface Method extends Signature {
  rows: Rows;
}

function method(required: readonly string[] = [], others: readonly string[] = [], rows: Rows = 'kept'): Method {
  const all = [
    ...required.map((name) => [name, needed(anything)] as const),
    ...others.map((name) => [name, optional(anything)] as const),
  ];
  return { arguments: Object.fromEntries(all), others: 'refuse', rows };
}

type Methods = Readonly<Record<string, Method>>;

/** Methods of a whole table that `pd_df_func` runs, by name, with the arguments of each. */
export const DATAFRAME_METHODS = {
  add_prefix: method(['prefix']),
  add_suffix: method(['suffix']),
  copy: method(),
  drop: method([], ['columns', 'labels', 'axis', 'errors']),
  head: method([], ['n'], 'fewer'),
  astype: method(['dtype'], ['errors']),
  drop_duplicates: method([], ['subset', 'keep', 'ignore_index'], 'fewer'),
  dropna: method([], ['axis', 'how', 'thresh', 'subset', 'ignore_index'], 'filtered'),
  fillna: method(['value'], ['axis', 'limit']),
  query: method(['expr'], [], 'filtered'),
  rename: method([], ['columns', 'mapper', 'axis', 'errors']),
  replace: method([], ['to_replace', 'value', 'regex']),
  reset_index: method([], ['drop']),
  sort_values: method(['by'], ['ascending', 'na_position', 'kind', 'ignore_index', 'axis']),
} satisfies Methods;

/** Methods of a whole table with geometry. */
export const GEODATAFRAME_METHODS = {
  ...DATAFRAME_METHODS,
  rename_geometry: method(['col']),
  to_crs: {
    ...method(),
    arguments: { crs: optional(anyCrsArgument), epsg: optional(anyCrsArgument) },
  },
} satisfies Methods;

const IS_KINDS = ['isalnum', 'isalpha', 'isdecimal', 'isdigit', 'islower', 'isnumeric', 'isupper'] as const;

function named<const N extends string>(names: readonly N[], of: Method): Record<N, Method> {
  return Object.fromEntries(names.map((name) => [name, of])) as Record<N, Method>;
}

/** Methods of one column that `pd_series_func` runs. */
export const SERIES_METHODS = {
  ...named(['add', 'sub', 'mul', 'div', 'truediv', 'floordiv', 'mod', 'pow'], method(['other'])),
  ...named(['eq', 'ne', 'lt', 'le', 'gt', 'ge'], method(['other'])),
  ...named(['abs', 'isna', 'isnull', 'notna', 'notnull'], method()),
  between: method(['left', 'right']),
  clip: method([], ['lower', 'upper']),
  isin: method(['values']),
  ...named(
    IS_KINDS.map((kind) => `str.${kind}` as const),
    method(),
  ),
  'str.center': method(['width'], ['fillchar']),
  'str.contains': method(['pat'], ['case', 'flags', 'na', 'regex']),
  'str.count': method(['pat'], ['flags']),
  'str.endswith': method(['pat'], ['na']),
  'str.extract': method(['pat'], ['flags', 'expand']),
  'str.find': method(['sub']),
  'str.findall': method(['pat'], ['flags']),
  'str.fullmatch': method(['pat'], ['case', 'flags', 'na']),
  'str.join': method(['sep']),
  'str.ljust': method(['width'], ['fillchar']),
  'str.match': method(['pat'], ['case', 'flags', 'na']),
  'str.repeat': method(['repeats']),
  'str.rjust': method(['width'], ['fillchar']),
  'str.slice_replace': method([], ['start', 'stop', 'repl']),
  'str.startswith': method(['pat'], ['na']),
  astype: method(['dtype'], ['errors']),
  fillna: method(['value'], ['axis', 'limit']),
  map: method([], ['arg', 'func', 'na_action']),
  replace: method([], ['to_replace', 'value', 'regex']),
  round: method([], ['decimals']),
  'str.capitalize': method(),
  'str.get': method(['i']),
  'str.len': method(),
  'str.lower': method(),
  'str.lstrip': method([], ['to_strip']),
  'str.pad': method(['width'], ['side', 'fillchar']),
  'str.removeprefix': method(['prefix']),
  'str.removesuffix': method(['suffix']),
  'str.replace': method(['pat'], ['repl', 'n', 'case', 'flags', 'regex']),
  'str.rstrip': method([], ['to_strip']),
  'str.slice': method([], ['start', 'stop', 'step']),
  'str.split': method([], ['pat', 'n', 'expand', 'regex']),
  'str.strip': method([], ['to_strip']),
  'str.title': method(),
  'str.upper': method(),
  'str.zfill': method(['width']),
} satisfies Methods;

/** Methods of a column of geometries. */
export const GEOSERIES_METHODS = {
  ...SERIES_METHODS,
  buffer: method(['distance'], []),
  force_2d: method(),
  make_valid: method(),
  simplify: method(['tolerance'], ['preserve_topology']),
} satisfies Methods;

export type DataframeMethod = keyof typeof GEODATAFRAME_METHODS;

/** The methods that a step of this name may call; undefined for a step that calls none. */
export function methodsFor(step: string, geo: boolean): Methods | undefined {
  if (step === 'pd_df_func') return geo ? GEODATAFRAME_METHODS : DATAFRAME_METHODS;
  if (step === 'pd_series_func') return geo ? GEOSERIES_METHODS : SERIES_METHODS;
  return undefined;
}
