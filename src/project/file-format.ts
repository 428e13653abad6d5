import { closest } from '../suggest.ts';
import { oneOfFields } from './argument-fields.ts';
import { crs } from './crs-field.ts';
import {
  describe,
  type Field,
  freeMap,
  INVALID,
  integer,
  nullable,
  oneOf,
  type Plain,
  type Reading,
  refuse,
  text,
} from './fields.ts';
import { isDroppedFromFiles, type JsonObject, nodeToJson, plainToJson } from './json-values.ts';
import { type MapShape, modelOf, optional, required } from './map-fields.ts';
import type { FileFormat } from './project.ts';
import { CSV_OPTIONS, INSTEAD, WITHOUT_EFFECT } from './vocabulary/csv-options.ts';
import type { YamlMapNode } from './yaml.ts';

/** A file format as a definition has it: `format` for reading, `writtenType` for lock files, which repeat `excel`. */
export interface FileFormatDefinition {
  format: FileFormat;
  writtenType: string;
}

const nothing = () => null;
const absent = { unzipped_filename: optional(nullable(text), nothing) };
const dtype = optional(nullable(oneOfFields<string | Plain>('text or a map', text, freeMap)), nothing);

/** What is empty is not written to the engine's files, and then missing when they are read. */
const filledText: Field<string> = (node, at, reading) => {
  const value = text(node, at, reading);
  return value === '' ? refuse(reading, at, node, 'missing', 'the field is empty, which is as good as missing') : value;
};

const filledCrs: Field<string> = (node, at, reading) =>
  filledText(node, at, reading) === INVALID ? INVALID : crs(node, at, reading);

const pointColumns = modelOf<{ x: string; y: string }>({
  fields: { x: required(filledText), y: required(filledText) },
  unknown: 'refuse',
});

const pointText = modelOf<{ point_xy_str: string }>({
  fields: { point_xy_str: required(text) },
  unknown: 'refuse',
  check: ({ point_xy_str: pattern }) =>
    pattern.split('x').length === 2 && pattern.split('y').length === 2
      ? undefined
      : '`point_xy_str` must hold exactly one x and exactly one y, as in "(y, x)"',
});

const geometryFormat: Field<unknown> = (node, at, reading) =>
  node.kind === 'map' ? pointText(node, at, reading) : oneOf('wkt', 'wkb')(node, at, reading);

const geomColumn: Field<unknown> = (node, at, reading) =>
  node.kind === 'map' ? pointColumns(node, at, reading) : filledText(node, at, reading);

/** The order of the fields is that of the department's files. */
const geometry = optional(
  nullable(
    modelOf<{ crs: string; format: unknown; geom_column: unknown }>({
      fields: {
        crs: required(filledCrs),
        format: optional(nullable(geometryFormat), nothing),
        geom_column: required(geomColumn),
      },
      unknown: 'refuse',
    }),
  ),
  nothing,
);

const JSON_READERS = ['normalize', 'read_json'] as const;
const EXCEL_ENGINES = ['xlrd', 'openpyxl', 'odf', 'pyxlsb', 'calamine'] as const;
const type = required(text);
const encoding = optional(text, () => 'utf-8');

type Fields = Record<string, unknown>;

/** The department's files give scalars first by name, then the rest by name; csv and parquet keep this order instead. */
const SHAPES: Record<FileFormat['type'], MapShape<Fields>> = {
  csv: { fields: { type, ...absent, dtype, geometry }, unknown: 'ignore' },
  parquet: { fields: { type, ...absent, geometry }, unknown: 'ignore' },
  xlsx: {
    fields: {
      type,
      ...absent,
      dtype,
      engine: optional(nullable(oneOf(...EXCEL_ENGINES)), nothing),
      geometry,
      sheet_name: required(sheetName),
    },
    unknown: 'refuse',
  },
  shapefile: { fields: { crs: required(crs), encoding, type, ...absent }, unknown: 'refuse' },
  geodatabase: {
    fields: { crs: required(crs), encoding, layer: optional(nullable(text), nothing), type, ...absent },
    unknown: 'refuse',
  },
  json: {
    fields: {
      json_read_fn: required(oneOf(...JSON_READERS)),
      type,
      ...absent,
      geometry,
      json_read_kwargs: optional(freeMap, () => new Map()),
    },
    unknown: 'refuse',
  },
  geojson: { fields: { crs: optional(nullable(crs), nothing), encoding, type, ...absent }, unknown: 'refuse' },
  html: {
    fields: { table: optional(integer, () => 0n), type, ...absent, geometry, kwargs: required(freeMap) },
    unknown: 'refuse',
  },
};

const MODELS = new Map(Object.entries(SHAPES).map(([name, shape]) => [name, modelOf(shape)]));
const TYPE_NAMES = [...MODELS.keys(), 'excel'];
const DEFAULTS: Readonly<Record<string, unknown>> = { encoding: 'utf-8', table: 0 };

/** A number is a position, and stays one: pydantic prefers the exact type. */
function sheetName(...[node, at, reading]: Parameters<Field<unknown>>): ReturnType<Field<unknown>> {
  if (node.kind === 'scalar' && typeof node.value === 'bigint') return node.value;
  return oneOfFields<unknown>('the name of a sheet or its position', text, integer)(node, at, reading);
}

/** Reads `file_format`: its `type` decides which other fields there are. */
export const fileFormat: Field<FileFormatDefinition> = (node, at, reading) => {
  if (node.kind !== 'map') return refuse(reading, at, node, 'model_type', `expected a map, found ${describe(node)}`);
  const typeEntry = node.entries.find((entry) => entry.key === 'type');
  if (!typeEntry) {
    return refuse(
      reading,
      [...at, 'type'],
      node,
      'missing',
      `the field \`type\` is missing (${TYPE_NAMES.join(', ')})`,
    );
  }
  const written = typeEntry.value.kind === 'scalar' ? typeEntry.value.value : undefined;
  if (typeof written !== 'string' || !TYPE_NAMES.includes(written)) {
    const message = `there is no file format ${describe(typeEntry.value)}; the formats are ${TYPE_NAMES.join(', ')}`;
    const near = typeof written === 'string' ? closest(written, TYPE_NAMES) : undefined;
    return refuse(reading, [...at, 'type'], typeEntry.value, 'unknown_format', message, near);
  }
  const name = (written === 'excel' ? 'xlsx' : written) as FileFormat['type'];
  const fields = MODELS.get(name)!(node, at, reading);
  if (fields === INVALID) return INVALID;
  if (name === 'csv') refuseUnknownOptions(node, at, reading);
  const seen = asEngineSeesIt(name, fields, node);
  const lost = Object.entries(SHAPES[name].fields).find(([field, { otherwise }]) => !otherwise && !(field in seen));
  if (lost) {
    const message = `the field \`${lost[0]}\` is empty, which is as good as missing`;
    return refuse(reading, [...at, lost[0]], node, 'missing', message);
  }
  return { format: { ...seen, type: name }, writtenType: written };
};

/** The department's engine finds out only when it reads the file. */
function refuseUnknownOptions(node: YamlMapNode, at: readonly (string | number)[], reading: Reading): void {
  const known = [...Object.keys(SHAPES.csv.fields), ...CSV_OPTIONS, ...Object.keys(WITHOUT_EFFECT)];
  for (const { key, keyOffset } of node.entries) {
    if (known.includes(String(key))) continue;
    const instead = Object.hasOwn(INSTEAD, String(key)) ? `; ${INSTEAD[String(key)]}` : '';
    const message = `there is no csv option \`${String(key)}\`${instead}`;
    refuse(
      reading,
      [...at, String(key)],
      { offset: keyOffset },
      'extra_forbidden',
      message,
      instead === '' ? closest(String(key), known) : undefined,
      instead === '' ? known : [],
    );
  }
}

/**
 * The department's engine writes the definition to a JSON file and works from what it reads back. Null and defaults
 * are not written, and for all formats but csv and parquet nothing that Python holds for false, zero excepted: so
 * `header: null` of a csv means what no `header` means. Nulls inside maps stay.
 */
function asEngineSeesIt(name: FileFormat['type'], fields: Fields, node: YamlMapNode): JsonObject {
  const keepsFalsy = name === 'csv' || name === 'parquet';
  const seen: JsonObject = {};
  for (const [field, value] of Object.entries(fields)) {
    const json = field === 'geometry' ? geometryAsJson(value) : plainToJson(value as Plain);
    const dropped = json === null || json === DEFAULTS[field] || (!keepsFalsy && isDroppedFromFiles(json));
    if (!dropped) seen[field] = json;
  }
  if (!keepsFalsy) return seen;
  for (const entry of node.entries) {
    const key = String(entry.key);
    const value = nodeToJson(entry.value);
    if (!Object.hasOwn(fields, key) && value !== null) seen[key] = value;
  }
  return seen;
}

function geometryAsJson(value: unknown): JsonObject | null {
  if (value === null) return null;
  const entries = Object.entries(value as JsonObject).filter(([, item]) => !isDroppedFromFiles(item));
  return Object.fromEntries(entries);
}
