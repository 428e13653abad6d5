import { datasetIdFrom, folded } from '../ids.ts';
import { VERSION_ORDERS, type VersionOrder } from '../version-order.ts';
import { crs } from './crs-field.ts';
import { columnChecks, datasetCheck } from './dataset-checks.ts';
import { type ExpectedVersions, expectedVersionsField } from './expected-versions.ts';
import {
  describe,
  type Field,
  freeMap,
  INVALID,
  listOf,
  nullable,
  oneOf,
  type Plain,
  type Reading,
  refuse,
  taking,
  text,
} from './fields.ts';
import { type FileFormatDefinition, fileFormat } from './file-format.ts';
import { isDroppedFromFiles, plainToJson } from './json-values.ts';
import { looseBoolean } from './loose-boolean.ts';
import { modelOf, optional, required } from './map-fields.ts';
import { resolveDatasets } from './one-to-many.ts';
import type { Attributes, Column, DatasetDefinition, Definition, ProcessingStep, Source } from './project.ts';
import { RUNNERS, type Runner } from './runner.ts';
import { source } from './source.ts';
import { processingStep } from './steps.ts';
import type { YamlMapNode, YamlNode } from './yaml.ts';

const nothing = () => null;
const none = () => [];

const id: Field<string> = taking({ words: 'an id' }, (node, at, reading) => {
  const value = text(node, at, reading);
  if (value === INVALID || datasetIdFrom(value) !== undefined) return value;
  const message = `${JSON.stringify(value)} cannot be an id: use letters, digits and . _ - beginning with a letter or digit`;
  return refuse(reading, at, node, 'bad_id', message);
});

const acl = optional(nullable(oneOf('public-read', 'private')), nothing);

interface WrittenAttributes {
  name: string | null;
  description: string | null;
  url: string | null;
  custom: Map<string, Plain> | null;
}

const attributesModel = modelOf<WrittenAttributes>({
  fields: {
    name: optional(nullable(text), nothing),
    description: optional(nullable(text), nothing),
    url: optional(nullable(text), nothing),
    custom: optional(nullable(freeMap), nothing),
  },
  unknown: 'drop',
});

/** Empty attributes are as good as none: the engine's own files leave them out and then miss them. */
export const attributes: Field<Attributes> = taking(attributesModel.takes, (node, at, reading) => {
  const written = attributesModel(node, at, reading);
  if (written === INVALID) return INVALID;
  const custom = written.custom === null ? null : plainToJson(written.custom);
  const values: Attributes = {
    name: written.name || null,
    description: written.description || null,
    url: written.url || null,
    custom: isDroppedFromFiles(custom) ? null : (custom as Record<string, unknown>),
  };
  if (Object.values(values).some((value) => value !== null)) return values;
  return refuse(reading, [...at, 'name'], node, 'missing', '`attributes` is empty; give at least a `name`');
});

const COLUMN_TYPES = ['bbl', 'bool', 'date', 'datetime', 'decimal', 'geometry', 'integer', 'number', 'text'] as const;

const anyValue: Field<YamlNode> = (node) => node;

const column = modelOf<Column>({
  fields: {
    id: required(text),
    data_type: required(oneOf(...COLUMN_TYPES)),
    description: optional(nullable(text), nothing),
    is_required: optional(looseBoolean, () => true),
    checks: optional(nullable(columnChecks), nothing),
  },
  unknown: 'refuse',
});

const body = {
  columns: optional(listOf(column), none),
  checks: optional(nullable(listOf(datasetCheck)), nothing),
};

interface Ingestion {
  target_crs: string | null;
  source: Source;
  file_format: FileFormatDefinition;
  processing_steps: ProcessingStep[];
}

/** What templates of both shapes have. */
interface Head {
  id: string;
  depends_on: string[];
  acl: string | null;
  version_order: VersionOrder | null;
  runner: Runner | null;
  versions: ExpectedVersions | null;
  attributes: Attributes;
}

interface OneToOne extends Head {
  ingestion: Ingestion;
  columns: Column[];
  checks: unknown;
}

/** Fields of ours: other readers of templates refuse them, and the lock files, which others read, do not repeat them. */
const ownFields = {
  version_order: optional(nullable(oneOf(...VERSION_ORDERS)), nothing),
  runner: optional(nullable(oneOf(...RUNNERS)), nothing),
  versions: optional(nullable(expectedVersionsField('by a source')), nothing),
};

export const OWN_FIELDS: readonly string[] = Object.keys(ownFields);

const head = {
  id: required(id),
  depends_on: optional(listOf(text), none),
  acl,
  attributes: required(attributes),
  ...ownFields,
};

const oneToOne = modelOf<OneToOne>({
  fields: {
    ...head,
    ingestion: required(
      modelOf<Ingestion>({
        fields: {
          target_crs: optional(nullable(crs), nothing),
          source: required(source),
          file_format: required(fileFormat),
          processing_steps: optional(listOf(processingStep), none),
        },
        unknown: 'refuse',
      }),
    ),
    ...body,
  },
  unknown: 'refuse',
});

interface OneToMany extends Head {
  source: Source;
  dataset_defaults: YamlMapNode | undefined;
  datasets: YamlNode[];
}

const mapOrNull: Field<YamlNode> = taking({ words: 'any map or null' }, (node, at, reading) => {
  if (node.kind === 'map' || (node.kind === 'scalar' && node.value === null)) return node;
  return refuse(reading, at, node, 'dict_type', `expected a map, found ${describe(node)}`);
});

const untouched = optional<YamlNode | null>(anyValue, nothing);
const maps = optional<YamlNode | null>(mapOrNull, nothing);

/** Only the names of its fields are looked at here; the values are read as part of each dataset. */
const defaultsModel = modelOf<Record<string, YamlNode | null>>({
  fields: { attributes: maps, target_crs: untouched, file_format: maps, processing_steps: untouched },
  unknown: 'refuse',
});

const datasetDefaults: Field<YamlMapNode | undefined> = taking(defaultsModel.takes, (node, at, reading) =>
  defaultsModel(node, at, reading) === INVALID ? INVALID : (node as YamlMapNode),
);

const oneToMany = modelOf<OneToMany>({
  fields: {
    ...head,
    source: required(source),
    dataset_defaults: optional(datasetDefaults, () => undefined),
    datasets: required(listOf(anyValue)),
  },
  unknown: 'refuse',
});

interface WrittenDataset {
  id: string;
  acl: string | null;
  attributes: Attributes;
  target_crs: string | null;
  file_format: FileFormatDefinition;
  processing_steps: ProcessingStep[];
  columns: Column[];
  checks: unknown;
}

const steps = listOf(processingStep);

/** Without steps of its own or by default a dataset has none at all, which the department's engine refuses. */
const datasetSteps: Field<ProcessingStep[]> = taking(steps.takes, (node, at, reading) => {
  if (node.kind !== 'scalar' || node.value !== null) return steps(node, at, reading);
  const message =
    'there are no steps, neither here nor in `dataset_defaults`; write `processing_steps: []` there if none are meant';
  return refuse(reading, at, node, 'missing', message);
});

/** A dataset of a one-to-many template, its defaults merged in. */
const dataset = modelOf<WrittenDataset>({
  fields: {
    id: required(id),
    acl,
    attributes: required(attributes),
    target_crs: optional(nullable(crs), nothing),
    file_format: required(fileFormat),
    processing_steps: optional(datasetSteps, none),
    ...body,
  },
  unknown: 'refuse',
});

function datasetFrom(written: Omit<WrittenDataset, 'id'> & { id: string }): DatasetDefinition {
  const { file_format: given, ...rest } = written;
  return {
    ...rest,
    id: datasetIdFrom(written.id)!,
    target_crs: written.target_crs || null,
    file_format: given.format,
    written_format: given.writtenType,
  };
}

/** What the two shapes of a template take, and each dataset of the second. */
export const TEMPLATE_FIELDS = { oneToOne, oneToMany, dataset };

/** Reads a rendered template; what is wrong stands on the reading's list. */
export function readDefinition(node: YamlNode, reading: Reading): Definition | undefined {
  if (node.kind !== 'map') {
    refuse(reading, [], node, 'model_type', `a template is a map of fields, found ${describe(node)}`);
    return undefined;
  }
  const has = (key: string) => node.entries.some((entry) => entry.key === key);
  const datasets = node.entries.find((entry) => entry.key === 'datasets');
  if (has('ingestion') && datasets) {
    const message = 'a template has either `ingestion` (one dataset) or `datasets` (several), not both';
    refuse(reading, ['datasets'], { offset: datasets.keyOffset }, 'both_forms', message);
    return undefined;
  }
  return datasets || (has('source') && !has('ingestion')) ? readOneToMany(node, reading) : readOneToOne(node, reading);
}

function readOneToOne(node: YamlMapNode, reading: Reading): Definition | undefined {
  const written = oneToOne(node, [], reading);
  if (written === INVALID) return undefined;
  const { ingestion, columns, checks, ...rest } = written;
  const { source: from, ...steps } = ingestion;
  const only = datasetFrom({ ...steps, id: rest.id, acl: rest.acl, attributes: rest.attributes, columns, checks });
  return { ...rest, id: only.id, shape: 'one_to_one', source: from, datasets: [only] };
}

function readOneToMany(node: YamlMapNode, reading: Reading): Definition | undefined {
  const written = oneToMany(node, [], reading);
  // The datasets are read even when something above them is wrong, so that all findings come at once.
  const list = node.entries.find((entry) => entry.key === 'datasets')?.value;
  const defaults = node.entries.find((entry) => entry.key === 'dataset_defaults')?.value;
  const found: DatasetDefinition[] = [];
  const seen = new Map<string, string>();
  for (const [index, merged] of resolveDatasets(list, defaults).entries()) {
    const at = ['datasets', index];
    const value = dataset(merged, at, reading);
    if (value === INVALID) continue;
    const other = seen.get(folded(value.id));
    if (other !== undefined) {
      const both = other === value.id ? other : `${other} or ${value.id}, which are one name on some machines`;
      refuse(reading, [...at, 'id'], merged, 'duplicate_id', `two datasets have the id ${both}`);
    }
    seen.set(folded(value.id), value.id);
    found.push(datasetFrom(value));
  }
  if (written === INVALID || reading.issues.length > 0) return undefined;
  const { dataset_defaults: _, datasets: __, ...rest } = written;
  return { ...rest, id: datasetIdFrom(rest.id)!, shape: 'one_to_many', datasets: found };
}
