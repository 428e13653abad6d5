import { crsArgument } from '../crs-field.ts';
import {
  anyList,
  anyMap,
  anything,
  boolean,
  defaulting,
  either,
  integer,
  listOf,
  mapTo,
  needed,
  nothing,
  optional,
  text,
  words,
} from './argument-types.ts';
import { COLUMNS_CHANGED, ROWS_REMOVED, type StepDeclaration, step } from './step.ts';

export const COERCIBLE_TYPES = ['numeric', 'integer', 'bigint', 'string', 'date', 'datetime'] as const;

const textList = listOf(text);
const maybeTextList = either(textList, nothing);
const textOrInteger = either(text, integer);
const previousVersion = defaulting(text, 'latest', 'the version; `latest` is the one before this');

/** Every processing step, as the department's engine names them and their arguments. */
export const STEPS = {
  append_prev: step({
    says: 'Puts the rows of a previous version before those of this one; what one of them lacks is null',
    arguments: { version: previousVersion },
    rows: 'more',
    reports: {
      description: ({ version }) => `Appended rows from previous version: ${version}`,
      data: { added: 'rows added' },
      custom: { previous_version: ({ version }) => version },
    },
    example: `- name: append_prev`,
  }),
  clean_column_names: step({
    says: 'Cleans the names of all columns: strips blanks, replaces, makes lower case, in this order',
    arguments: {
      replace: optional(either(mapTo(text), nothing), 'what stands for what, one after another'),
      lower: defaulting(boolean, false),
      strip: defaulting(boolean, false),
    },
    rows: 'kept',
    reports: { description: 'Cleaned column names', columns: { renamed: 'columns renamed' } },
    example: `- name: clean_column_names\n  args: {replace: {" ": _}, lower: true}`,
  }),
  coerce_column_types: step({
    says: 'Gives columns other types',
    arguments: {
      column_types: needed(mapTo(words(...COERCIBLE_TYPES)), 'the types by column'),
      errors: defaulting(words('raise', 'coerce'), 'raise', '`coerce` makes null of what does not fit'),
    },
    rows: 'kept',
    reports: { description: 'Coerced Column Types', columns: { modified: 'columns retyped' } },
    example: `- name: coerce_column_types\n  args: {column_types: {built: date}, errors: coerce}`,
  }),
  convert_to_geometry: step({
    says: 'Makes the geometry `geom` of a column of WKT, or of two columns of coordinates',
    arguments: {
      geom_column: needed(either(text, anyMap), 'the column of WKT, or `{x: …, y: …}`'),
      output_geom_column: optional(text, 'without effect: the geometry is called `geom`'),
      crs: defaulting(crsArgument, 'EPSG:4326', 'of the coordinates'),
    },
    rows: 'kept',
    reports: {
      description: 'Converted text or x/y columns to geom',
      custom: {
        'geom_source_column(s)': ({ crs, geom_column }) => ({ crs, geom_column }),
        rows_with_geom: (_, { rowsWithValue }) => rowsWithValue('geom'),
        total_rows: 'rows after',
      },
    },
    writtenName: 'df_to_gdf',
    example: `- name: convert_to_geometry\n  args: {geom_column: {x: lon, y: lat}}`,
  }),
  deduplicate: step({
    says: 'Keeps the first of equal rows; null equals null',
    arguments: {
      sort_columns: optional(maybeTextList, 'sorts by these first'),
      sort_ascending: defaulting(boolean, true),
      by: optional(maybeTextList, 'the columns that are compared; all unless given'),
    },
    rows: 'fewer',
    reports: { description: 'Removed duplicates', data: ROWS_REMOVED },
    example: `- name: deduplicate\n  args: {by: [borough]}`,
  }),
  drop_columns: step({
    says: 'Leaves columns out',
    arguments: { columns: needed(listOf(textOrInteger), 'names, or positions from 0, from the end when negative') },
    rows: 'kept',
    reports: { description: 'Dropped columns', columns: { dropped: 'columns removed' } },
    example: `- name: drop_columns\n  args: {columns: [built, -1]}`,
  }),
  filter_columns: step({
    says: 'Keeps some columns, in the order given, or leaves them out',
    arguments: { columns: needed(textList), mode: defaulting(words('keep', 'drop'), 'keep') },
    rows: 'kept',
    reports: { description: 'filtered columns', columns: { dropped: 'columns removed' } },
    example: `- name: filter_columns\n  args: {columns: [name, id]}`,
  }),
  filter_rows: step({
    says: 'Keeps the rows whose value in a column equals another, or holds what a regular expression finds',
    arguments: {
      type: needed(words('equals', 'contains')),
      column_name: needed(textOrInteger),
      val: needed(textOrInteger, 'text never equals a number; null equals nothing'),
    },
    rows: 'filtered',
    reports: { description: 'Filtered Rows', data: ROWS_REMOVED },
    example: `- name: filter_rows\n  args: {type: equals, column_name: borough, val: Queens}`,
  }),
  geocode_address: step({
    says: "Adds what Geosupport's functions 1A and 1E know of an address and a ZIP code (geosupport.md)",
    arguments: {
      address_column: defaulting(text, 'address1'),
      zip_column: defaulting(text, 'zip5'),
      output_prefix: defaulting(text, 'geosupport_', 'what the names of the new columns begin with'),
    },
    rows: 'kept',
    reports: {
      description: 'Geocoded with function 1A/1E',
      columns: { added: 'columns added, by name' },
      custom: {
        rows_geocoded: ({ output_prefix }, { rowsWithOneOf }) => rowsWithOneOf(`${output_prefix}grc`, ['00', '01']),
        total_rows: 'rows after',
        geosupport_version: 'release of Geosupport',
      },
    },
    example: `- name: geocode_address\n  args: {address_column: address, zip_column: zip}`,
  }),
  geocode_bbl: step({
    says: "Makes of the columns `boro`, `block` and `lot` what Geosupport's functions BL, D, 1A and 1E know of tax lots",
    arguments: {},
    rows: 'kept',
    reports: {
      description: 'Geocoded with function BL',
      columns: { added: 'columns added, by name' },
      custom: {
        rows_geocoded: (_, { rowsWithValue }) => rowsWithValue('latitude'),
        total_rows: 'rows after',
        geosupport_version: 'release of Geosupport',
      },
    },
    example: `- name: geocode_bbl`,
  }),
  geocode_bin: step({
    says: "Makes of the column `bin` the columns `bbl` and `bin`, with Geosupport's function BN",
    arguments: {},
    rows: 'kept',
    reports: {
      description: 'Geocoded with function BN',
      columns: { added: 'columns added, by name' },
      custom: { rows_geocoded: (_, { rowsWithValue }) => rowsWithValue('bbl'), total_rows: 'rows after' },
    },
    example: `- name: geocode_bin`,
  }),
  groupby: step({
    says: 'Makes one row of all that are equal in the key columns; the keys come first, sorted',
    arguments: {
      by: needed(either(text, textList), 'the key columns'),
      agg: needed(
        either(text, anyList, anyMap),
        'for all columns or by column: sum, min, max, first, last, mean, median, prod, any, all, std, var, count, size, nunique',
      ),
    },
    rows: 'others',
    reports: { description: 'Grouped and aggregated', columns: COLUMNS_CHANGED, data: ROWS_REMOVED },
    writtenName: 'group_by',
    example: `- name: groupby\n  args: {by: borough, agg: {id: count}}`,
  }),
  multi: step({
    says: 'Makes multi geometries of single ones',
    arguments: {},
    rows: 'kept',
    reports: { description: 'Converted geometries', columns: COLUMNS_CHANGED, data: ROWS_REMOVED },
    example: `- name: multi`,
  }),
  pd_df_func: step({
    says: 'Calls a method of pandas on the whole table; what further arguments there are go to it',
    arguments: {
      function_name: needed(text, 'one of those below'),
      geo: defaulting(boolean, false, 'whether it is one of geopandas'),
    },
    others: 'pass on',
    rows: 'as its method',
    reports: {
      description: ({ function_name }) => `Applied ${function_name}`,
      columns: COLUMNS_CHANGED,
      data: ROWS_REMOVED,
    },
    example: `- name: pd_df_func\n  args: {function_name: dropna, subset: [name]}`,
  }),
  pd_series_func: step({
    says: 'Calls a method of pandas on one column; what further arguments there are go to it',
    arguments: {
      column_name: needed(text),
      function_name: needed(text, 'one of those below'),
      output_column_name: optional(either(text, nothing), 'where the result goes; the column itself unless given'),
      geo: defaulting(boolean, false, 'whether it is one of geopandas'),
    },
    others: 'pass on',
    rows: 'kept',
    reports: {
      description: ({ function_name, column_name }) => `Applied ${function_name} to column ${column_name}`,
      columns: COLUMNS_CHANGED,
      data: ROWS_REMOVED,
    },
    example: `- name: pd_series_func\n  args: {column_name: name, function_name: str.upper}`,
  }),
  python_script: step({
    says: 'Calls a function of a Python package with the rows as a DataFrame; further arguments go to it',
    arguments: { module: needed(text), function: needed(text, 'takes a DataFrame and gives one') },
    others: 'pass on',
    rows: 'others',
    reports: {
      description: ({ module, function: name }) => `Executed ${module}.${name}`,
      data: {
        rows_before: 'rows before',
        rows_after: 'rows after',
        columns_before: 'columns before',
        columns_after: 'columns after',
      },
      custom: {
        module: ({ module }) => module,
        function: ({ function: name }) => name,
        kwargs: ({ module: _, function: __, ...kwargs }) => kwargs,
      },
    },
    example: `- name: python_script\n  args: {module: tidying, function: tidy}`,
  }),
  rename_columns: step({
    says: 'Renames columns, all at once',
    arguments: {
      map: needed(mapTo(text), 'new names by old ones'),
      drop_others: defaulting(anything, false, 'keeps the renamed ones alone, in the order of the map'),
    },
    others: 'ignore',
    rows: 'kept',
    reports: {
      description: 'Renamed columns',
      columns: {
        renamed: ({ map }) => map,
        removed: ({ map }, { columnsRemoved }) => columnsRemoved.filter((name) => !Object.hasOwn(map, name)),
      },
    },
    example: `- name: rename_columns\n  args: {map: {name: title}}`,
  }),
  reproject: step({
    says: 'Moves the geometries into another coordinate reference system',
    arguments: { target_crs: needed(crsArgument) },
    rows: 'kept',
    reports: (_, { crsBefore, crsAfter }) =>
      crsBefore === crsAfter
        ? { description: 'No reprojection required, as source and target crs are the same.' }
        : {
            description: `Reprojected geometries from ${crsBefore?.code} to ${crsAfter?.code}`,
            data: { rows_updated: 'rows after' },
          },
    example: `- name: reproject\n  args: {target_crs: "EPSG:2263"}`,
  }),
  sort: step({
    says: 'Sorts the rows: text by code points, nulls last, equal ones in the order that they have',
    arguments: {
      by: needed(textList),
      ascending: defaulting(anything, true, 'true or false, or a list with one for each column'),
    },
    rows: 'kept',
    reports: {
      description: ({ by }) => `Sorted by columns: ${by.join(', ')}`,
      columns: COLUMNS_CHANGED,
      data: { ...ROWS_REMOVED, rows_updated: 'rows after' },
    },
    example: `- name: sort\n  args: {by: [borough, id], ascending: [true, false]}`,
  }),
  strip_columns: step({
    says: 'Takes the blanks off both ends of texts',
    arguments: { cols: optional(maybeTextList, 'all columns of text unless given') },
    rows: 'kept',
    reports: { description: 'Stripped Whitespace' },
    example: `- name: strip_columns\n  args: {cols: [name]}`,
  }),
  update_column: step({
    says: 'Puts one value into all rows of a column, which may be new',
    arguments: { column_name: needed(text), val: needed(textOrInteger) },
    rows: 'kept',
    reports: {
      description: ({ column_name, val }) => `Updated column '${column_name}' with value '${val}'`,
      data: { rows_updated: 'rows after' },
    },
    example: `- name: update_column\n  args: {column_name: city, val: New York}`,
  }),
  upsert_column_of_previous_version: step({
    says: 'Takes the rows of a previous version, with the values that rows of this one have for the same key',
    arguments: {
      key: needed(textList, 'the columns of the key'),
      version: previousVersion,
      insert_behavior: defaulting(words('allow', 'ignore', 'error'), 'allow', 'what becomes of new columns'),
      missing_key_behavior: defaulting(
        words('null', 'coalesce', 'error'),
        'error',
        'of a key that only the previous version has: `coalesce` keeps its values',
      ),
    },
    rows: 'others',
    reports: {
      description: 'Appended rows',
      columns: { added: 'columns added' },
      custom: { previous_version: ({ version }) => version },
    },
    example: `- name: upsert_column_of_previous_version\n  args: {key: [id]}`,
  }),
} as const satisfies Readonly<Record<string, StepDeclaration>>;

export type StepName = keyof typeof STEPS;
export const STEP_NAMES = Object.keys(STEPS) as readonly StepName[];

export function isStepName(name: string): name is StepName {
  return Object.hasOwn(STEPS, name);
}
