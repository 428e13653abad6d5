import { type Case, CLEAN, coerce, TEXT, TYPED } from '../case.ts';

const EIGHT = {
  ID: 'integer',
  Boro: 'integer',
  Latitude: 'numeric',
  Longitude: 'numeric',
  Opened: 'date',
  'Number 1': 'numeric',
  'Number 2': 'numeric',
  'Number 3': 'integer',
};
const SQL_TYPES: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  numeric: 'DOUBLE',
  date: 'DATE',
  datetime: 'TIMESTAMP',
};
/** As the file has them, since cleaned names would be others. */
const casts = (types: Readonly<Record<string, string>>) =>
  `SELECT * REPLACE (${Object.entries(types)
    .map(([name, type]) => `TRY_CAST("${name}" AS ${SQL_TYPES[type]}) AS "${name}"`)
    .join(', ')}) FROM raw`;
const parses = (formats: Readonly<Record<string, string>>, type: 'DATE' | 'TIMESTAMP') =>
  `SELECT * REPLACE (${Object.entries(formats)
    .map(([name, format]) => `CAST(try_strptime(${name}, '${format}') AS ${type}) AS ${name}`)
    .join(', ')}) FROM raw`;
const FORMATS = {
  us: '%m/%d/%Y',
  am_pm: '%m/%d/%Y %I:%M:%S %p',
  iso: '%Y-%m-%dT%H:%M:%S.%g',
  packed: '%Y%m%d',
  odd: '%d-%b-%y',
};

const of = (name: string, format: Case['format'], types: Record<string, string>, errors?: 'coerce'): Case => ({
  name,
  input: 'table.csv',
  format,
  steps: [coerce(types, errors)],
  floor: casts(types),
});
const dates = (form: keyof typeof FORMATS): Case => ({
  name: `coerce_date_${form}`,
  input: 'dates.csv',
  format: TEXT,
  steps: [coerce({ [form]: 'date' }, 'coerce')],
  floor: parses({ [form]: FORMATS[form] }, 'DATE'),
});
const { odd: _, ...FOUR } = FORMATS;

export const COERCION_CASES: readonly Case[] = [
  of('coerce_string', TEXT, { ID: 'string' }),
  of('coerce_integer', TEXT, { ID: 'integer' }),
  of('coerce_bigint', TEXT, { ID: 'bigint' }),
  of('coerce_numeric', TEXT, { Latitude: 'numeric' }),
  of('coerce_numeric_lenient', TEXT, { Latitude: 'numeric' }, 'coerce'),
  of('coerce_numeric_whole', TEXT, { 'Number 1': 'numeric' }, 'coerce'),
  of('coerce_date', TEXT, { Opened: 'date' }),
  of('coerce_date_lenient', TEXT, { Opened: 'date' }, 'coerce'),
  of('coerce_datetime', TEXT, { Opened: 'datetime' }),
  of('coerce_eight', TEXT, EIGHT, 'coerce'),
  {
    name: 'coerce_eight_large',
    input: 'large.csv',
    format: TEXT,
    steps: [
      CLEAN,
      coerce(
        Object.fromEntries(Object.entries(EIGHT).map(([name, type]) => [name.toLowerCase().replace(' ', '_'), type])),
        'coerce',
      ),
    ],
    floor: casts(EIGHT),
  },
  of('coerce_numbers_to_string', TYPED, { ID: 'string', Boro: 'string', 'Number 4': 'string', Latitude: 'string' }),
  of('coerce_number_to_string', TYPED, { Boro: 'string' }),
  of('coerce_typed_date', TYPED, { Opened: 'date' }, 'coerce'),
  of('coerce_gaps_to_integer', TYPED, { 'Number 4': 'integer' }),
  ...(['us', 'am_pm', 'iso', 'packed', 'odd'] as const).map(dates),
  {
    name: 'coerce_four_datetimes',
    input: 'dates.csv',
    format: TEXT,
    steps: [coerce(Object.fromEntries(Object.keys(FOUR).map((name) => [name, 'datetime'])), 'coerce')],
    floor: parses(FOUR, 'TIMESTAMP'),
  },
  {
    name: 'coerce_two_dates_typed',
    input: 'dates.csv',
    format: TYPED,
    steps: [coerce({ us: 'date', iso: 'date' }, 'coerce')],
  },
  { name: 'coerce_nothing', input: 'dates.csv', format: TEXT },
];
