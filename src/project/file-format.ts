import { closest } from '../suggest.ts';
import { describe, type Field, INVALID, type Plain, type Reading, refuse } from './fields.ts';
import { isDroppedFromFiles, type JsonObject, nodeToJson, plainToJson } from './json-values.ts';
import { modelOf } from './map-fields.ts';
import type { FileFormat } from './project.ts';
import { CSV_OPTION_NAMES, INSTEAD, WITHOUT_EFFECT } from './vocabulary/csv-options.ts';
import type { FormatDeclaration } from './vocabulary/format.ts';
import { FORMAT_NAMES, FORMATS, formatNamed } from './vocabulary/formats.ts';
import type { YamlMapNode } from './yaml.ts';

/** A file format as a definition has it: `format` for reading, `writtenType` for lock files, which repeat `excel`. */
export interface FileFormatDefinition {
  format: FileFormat;
  writtenType: string;
}

type Fields = Record<string, unknown>;

const MODELS = new Map(
  FORMAT_NAMES.map((name) => {
    const { options, others }: FormatDeclaration = FORMATS[name];
    return [name, modelOf<Fields>({ fields: options, unknown: others })] as const;
  }),
);
const TYPE_NAMES: readonly string[] = [...FORMAT_NAMES, ...FORMAT_NAMES.flatMap((name) => FORMATS[name].alsoCalled)];

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
  const name = typeof written === 'string' ? formatNamed(written) : undefined;
  if (typeof written !== 'string' || name === undefined) {
    const message = `there is no file format ${describe(typeEntry.value)}; the formats are ${TYPE_NAMES.join(', ')}`;
    const near = typeof written === 'string' ? closest(written, TYPE_NAMES) : undefined;
    return refuse(reading, [...at, 'type'], typeEntry.value, 'unknown_format', message, near);
  }
  const fields = MODELS.get(name)!(node, at, reading);
  if (fields === INVALID) return INVALID;
  if (name === 'csv') refuseUnknownOptions(node, at, reading);
  const declared: FormatDeclaration = FORMATS[name];
  const seen = asEngineSeesIt(declared, fields, node);
  const lost = Object.entries(declared.options).find(([field, { otherwise }]) => !otherwise && !(field in seen));
  if (lost) {
    const message = `the field \`${lost[0]}\` is empty, which is as good as missing`;
    return refuse(reading, [...at, lost[0]], node, 'missing', message);
  }
  return { format: { ...seen, type: name }, writtenType: written };
};

/** The department's engine finds out only when it reads the file. */
function refuseUnknownOptions(node: YamlMapNode, at: readonly (string | number)[], reading: Reading): void {
  const known = [...Object.keys(FORMATS.csv.options), ...CSV_OPTION_NAMES, ...Object.keys(WITHOUT_EFFECT)];
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
function asEngineSeesIt({ options, keepsFalsy }: FormatDeclaration, fields: Fields, node: YamlMapNode): JsonObject {
  const seen: JsonObject = {};
  for (const [field, value] of Object.entries(fields)) {
    const json = field === 'geometry' ? geometryAsJson(value) : plainToJson(value as Plain);
    const usual = options[field]?.otherwise?.();
    const isUsual = usual !== undefined && json === plainToJson(usual as Plain);
    const dropped = json === null || isUsual || (!keepsFalsy && isDroppedFromFiles(json));
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
