import {
  anyList,
  anyMap,
  anything,
  boolean,
  either,
  integer,
  listOf,
  mapTo,
  nothing,
  type Signature,
  signature,
  text,
  words,
} from '../argument-fields.ts';
import { anyCrsArgument, crsArgument } from '../crs-field.ts';

export const COERCIBLE_TYPES = ['numeric', 'integer', 'bigint', 'string', 'date', 'datetime'] as const;

const textList = listOf(text);
const maybeTextList = either(textList, nothing);
const textOrInteger = either(text, integer);

/** Every processing step and its arguments, as the department's engine names and types them. */
export const STEP_SIGNATURES: Readonly<Record<string, Signature>> = {
  append_prev: signature({ optional: { version: text } }),
  clean_column_names: signature({
    optional: { replace: either(mapTo(text), nothing), lower: boolean, strip: boolean },
  }),
  coerce_column_types: signature({
    required: { column_types: mapTo(words(...COERCIBLE_TYPES)) },
    optional: { errors: words('raise', 'coerce') },
  }),
  convert_to_geometry: signature({
    required: { geom_column: either(text, anyMap) },
    optional: { output_geom_column: text, crs: crsArgument },
  }),
  deduplicate: signature({ optional: { sort_columns: maybeTextList, sort_ascending: boolean, by: maybeTextList } }),
  drop_columns: signature({ required: { columns: listOf(textOrInteger) } }),
  filter_columns: signature({ required: { columns: textList }, optional: { mode: words('keep', 'drop') } }),
  filter_rows: signature({
    required: { type: words('equals', 'contains'), column_name: textOrInteger, val: textOrInteger },
  }),
  geocode_address: signature({ optional: { address_column: text, zip_column: text, output_prefix: text } }),
  geocode_bbl: signature(),
  geocode_bin: signature(),
  groupby: signature({ required: { by: either(text, textList), agg: either(text, anyList, anyMap) } }),
  multi: signature(),
  pd_df_func: signature({ required: { function_name: text }, optional: { geo: boolean }, others: 'pass on' }),
  pd_series_func: signature({
    required: { column_name: text, function_name: text },
    optional: { output_column_name: either(text, nothing), geo: boolean },
    others: 'pass on',
  }),
  python_script: signature({ required: { module: text, function: text }, others: 'pass on' }),
  rename_columns: signature({ required: { map: mapTo(text) }, optional: { drop_others: anything }, others: 'ignore' }),
  reproject: signature({ required: { target_crs: crsArgument } }),
  sort: signature({ required: { by: textList }, optional: { ascending: anything } }),
  strip_columns: signature({ optional: { cols: maybeTextList } }),
  update_column: signature({ required: { column_name: text, val: textOrInteger } }),
  upsert_column_of_previous_version: signature({
    required: { key: textList },
    optional: {
      version: text,
      insert_behavior: words('allow', 'ignore', 'error'),
      missing_key_behavior: words('null', 'coalesce', 'error'),
    },
  }),
};

/** Arguments that the steps themselves take; the rest goes to the method. */
const OWN_ARGUMENTS = ['function_name', 'column_name', 'output_column_name', 'geo'] as const;

function method(required: readonly string[] = [], optional: readonly string[] = []): Signature {
  const anyOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, anything]));
  return signature({ required: anyOf(required), optional: anyOf(optional) });
}

/** Methods of a whole table that `pd_df_func` runs, by name, with the arguments of each. */
export const DATAFRAME_METHODS: Readonly<Record<string, Signature>> = {
  add_prefix: method(['prefix']),
  add_suffix: method(['suffix']),
  copy: method(),
  drop: method([], ['columns', 'labels', 'axis', 'errors']),
  head: method([], ['n']),
  astype: method(['dtype'], ['errors']),
  drop_duplicates: method([], ['subset', 'keep', 'ignore_index']),
  dropna: method([], ['axis', 'how', 'thresh', 'subset', 'ignore_index']),
  fillna: method(['value'], ['axis', 'limit']),
  query: method(['expr'], []),
  rename: method([], ['columns', 'mapper', 'axis', 'errors']),
  replace: method([], ['to_replace', 'value', 'regex']),
  reset_index: method([], ['drop']),
  sort_values: method(['by'], ['ascending', 'na_position', 'kind', 'ignore_index', 'axis']),
};

/** Methods of a whole table with geometry. */
export const GEODATAFRAME_METHODS: Readonly<Record<string, Signature>> = {
  ...DATAFRAME_METHODS,
  rename_geometry: method(['col']),
  to_crs: signature({ optional: { crs: anyCrsArgument, epsg: anyCrsArgument } }),
};

const named = (names: readonly string[], of: Signature) => Object.fromEntries(names.map((name) => [name, of]));
const IS_KINDS = ['isalnum', 'isalpha', 'isdecimal', 'isdigit', 'islower', 'isnumeric', 'isupper'];

/** Methods of one column that `pd_series_func` runs. */
export const SERIES_METHODS: Readonly<Record<string, Signature>> = {
  ...named(['add', 'sub', 'mul', 'div', 'truediv', 'floordiv', 'mod', 'pow'], method(['other'])),
  ...named(['eq', 'ne', 'lt', 'le', 'gt', 'ge'], method(['other'])),
  ...named(['abs', 'isna', 'isnull', 'notna', 'notnull'], method()),
  between: method(['left', 'right']),
  clip: method([], ['lower', 'upper']),
  isin: method(['values']),
  ...named(
    IS_KINDS.map((kind) => `str.${kind}`),
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
};

/** Methods of a column of geometries. */
export const GEOSERIES_METHODS: Readonly<Record<string, Signature>> = {
  ...SERIES_METHODS,
  buffer: method(['distance'], []),
  force_2d: method(),
  make_valid: method(),
  simplify: method(['tolerance'], ['preserve_topology']),
};

/** The methods that a step of this name may call; undefined for a step that calls none. */
export function methodsFor(step: string, geo: boolean): Readonly<Record<string, Signature>> | undefined {
  if (step === 'pd_df_func') return geo ? GEODATAFRAME_METHODS : DATAFRAME_METHODS;
  if (step === 'pd_series_func') return geo ? GEOSERIES_METHODS : SERIES_METHODS;
  return undefined;
}

export { OWN_ARGUMENTS };
