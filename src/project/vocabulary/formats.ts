import { oneOfFields } from '../argument-fields.ts';
import { crs } from '../crs-field.ts';
import { type Field, freeMap, integer, nullable, oneOf, type Plain, taking, text } from '../fields.ts';
import { plainToJson } from '../json-values.ts';
import { type FormatDeclaration, type FormatOptions, type Options, optional, required } from './format.ts';
import { geometryOption } from './geometry-option.ts';

const nothing = () => null;
const JSON_READERS = ['normalize', 'read_json'] as const;
const EXCEL_ENGINES = ['xlrd', 'openpyxl', 'odf', 'pyxlsb', 'calamine'] as const;

/** A number is a position, and stays one: pydantic prefers the exact type. */
const sheetName: Field<string | bigint> = taking(
  { words: 'the name of a sheet or its position' },
  (node, at, reading) =>
    node.kind === 'scalar' && typeof node.value === 'bigint'
      ? node.value
      : oneOfFields<string | bigint>('the name of a sheet or its position', text, integer)(node, at, reading),
);

const type = required(text, 'the format');
const inZip = {
  unzipped_filename: optional(nullable(text), nothing, 'the file in a zip that holds several'),
};
const dtype = optional(
  nullable(oneOfFields<string | Map<string, Plain>>('text or a map', text, freeMap)),
  nothing,
  'types by column, or one for all, in place of guessed ones: `str`, `Int64`, …',
);
const geometry = optional(geometryOption, nothing, 'where the table has its geometry');
const encoding = optional(text, () => 'utf-8' as const, 'of its texts, where they are not always UTF-8');

const TABLE = { alsoCalled: [], keepsFalsy: false, isGeographic: false, readBy: 'JavaScript', record: 'row' } as const;
const LAYER = { ...TABLE, isGeographic: true } as const;

/** Every raw format, with what its `file_format` takes. */
export const FORMATS = {
  csv: {
    ...TABLE,
    says: 'Text with a record a line, plain or packed by gzip, bzip2, xz or zstd',
    options: { type, ...inZip, dtype, geometry },
    others: 'ignore',
    keepsFalsy: true,
    content: 'text',
    readBy: 'DuckDB',
    example: `type: csv\ndtype: {zip: str}`,
  },
  parquet: {
    ...TABLE,
    says: 'A parquet file, with its own types; GeoParquet has its geometry',
    options: { type, ...inZip, geometry },
    others: 'ignore',
    keepsFalsy: true,
    content: 'parquet',
    readBy: 'DuckDB',
    example: `type: parquet`,
  },
  xlsx: {
    ...TABLE,
    says: 'One sheet of an Excel workbook, of today or of Excel 97–2003',
    options: {
      type,
      ...inZip,
      dtype,
      engine: optional(nullable(oneOf(...EXCEL_ENGINES)), nothing, 'without effect'),
      geometry,
      sheet_name: required(sheetName, 'its name, or its position from 0'),
    },
    others: 'refuse',
    alsoCalled: ['excel'],
    content: 'a workbook',
    example: `type: xlsx\nsheet_name: Trees`,
  },
  shapefile: {
    ...LAYER,
    says: 'A shapefile in a zip or a folder',
    options: { crs: required(crs, 'for the department’s engine; here the file says it'), encoding, type, ...inZip },
    others: 'refuse',
    content: 'an archive',
    example: `type: shapefile\ncrs: EPSG:4326`,
  },
  geodatabase: {
    ...LAYER,
    says: 'One layer of a zipped file geodatabase',
    options: {
      crs: required(crs, 'the CRS of the layer, which must be that'),
      encoding,
      layer: optional(nullable(text), nothing, 'its name, where there are several'),
      type,
      ...inZip,
    },
    others: 'refuse',
    content: 'an archive',
    example: `type: geodatabase\ncrs: EPSG:2263`,
  },
  json: {
    ...TABLE,
    says: 'JSON, made a table as pandas does it',
    options: {
      json_read_fn: required(oneOf(...JSON_READERS), '`normalize` makes columns of what lies within each other'),
      type,
      ...inZip,
      geometry,
      json_read_kwargs: optional(freeMap, () => new Map<string, never>(), "arguments of pandas' function of that name"),
    },
    others: 'refuse',
    content: 'JSON',
    example: `type: json\njson_read_fn: normalize\njson_read_kwargs: {record_path: trees}`,
  },
  geojson: {
    ...LAYER,
    says: 'A FeatureCollection of GeoJSON',
    options: { crs: optional(nullable(crs), nothing, 'in place of what the file says'), encoding, type, ...inZip },
    others: 'refuse',
    content: 'JSON',
    readBy: 'DuckDB',
    record: 'feature',
    example: `type: geojson`,
  },
  html: {
    ...TABLE,
    says: 'A table of a web page',
    options: {
      table: optional(integer, () => 0n, 'which of those that are found, from 0'),
      type,
      ...inZip,
      geometry,
      kwargs: required(freeMap, "arguments of pandas' `read_html`; one at least, such as `match`"),
    },
    others: 'refuse',
    content: 'HTML',
    example: `type: html\nkwargs: {match: Oak}`,
  },
} as const satisfies Readonly<Record<string, FormatDeclaration>>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];

export function isFormatName(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}

/** The format that a template means by `type`: its name, or another that it goes by. */
export function formatNamed(written: string): FormatName | undefined {
  return isFormatName(written)
    ? written
    : FORMAT_NAMES.find((name) => (FORMATS[name].alsoCalled as readonly string[]).includes(written));
}

/** A `file_format` as its reader gets it: the declared options, and those that the reader looks at itself. */
export type FormatArguments<N extends FormatName> = { readonly type: N } & Omit<
  Options<(typeof FORMATS)[N]['options']>,
  'type'
> & { readonly [option: string]: unknown };

/** The options of a template, which have been checked against the declaration, with defaults for those left out. */
export function formatArguments<N extends FormatName>(
  name: N,
  given: Readonly<Record<string, unknown>>,
): FormatArguments<N> {
  const options: FormatOptions = FORMATS[name].options;
  const defaults = Object.entries(options).flatMap(([key, { otherwise }]) => {
    const usual = plainToJson((otherwise?.() ?? null) as Plain);
    return usual === null ? [] : [[key, usual] as const];
  });
  return { ...Object.fromEntries(defaults), ...given } as FormatArguments<N>;
}
