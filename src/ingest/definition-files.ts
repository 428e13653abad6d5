import { maskPartOf } from '../masking/output.ts';
import { isDroppedFromFiles } from '../project/json-values.ts';
import type { Attributes, Column, DatasetDefinition, Definition, ProcessingStep, Source } from '../project/project.ts';
import { otherArguments } from '../project/source.ts';

/**
 * The parts of definition.lock.json, datasource.json and config.json that repeat the definition, in the order that the
 * department's tools write them: `id`, scalars by name, the rest by name, `custom` last; without nulls and defaults,
 * and mostly without anything empty.
 */
type JsonPart = Record<string, unknown>;

/** Keeps the given order and leaves out what the files do not hold. */
function without(empty: JsonPart): JsonPart {
  return Object.fromEntries(Object.entries(empty).filter(([, value]) => !isDroppedFromFiles(value)));
}

function attributesForFile(attributes: Attributes): JsonPart {
  const { name, description, url, custom } = attributes;
  return without({ name, description, url, custom });
}

/** `type` and `key` first, whatever the template calls the key; then the other arguments. */
function sourceForFile(source: Source): JsonPart {
  const others = Object.entries(otherArguments(source)).filter(([, value]) => value !== null && value !== undefined);
  return { type: source.type, key: source.key, ...Object.fromEntries(others) };
}

function fileFormatForFile(dataset: Pick<DatasetDefinition, 'file_format' | 'written_format'>): JsonPart {
  return { ...dataset.file_format, type: dataset.written_format };
}

function stepForFile(step: ProcessingStep): JsonPart {
  return without({ mode: step.mode, name: step.name, args: step.args });
}

/** `is_required: false` is lost on the way into the files, as everything false is. */
function columnForFile(column: Column): JsonPart {
  const { id, data_type, description, checks } = column;
  return without({ id, data_type, description, checks: checksForFile(checks) });
}

/** The defaults of a check's settings, which files do not repeat. */
const CHECK_SETTINGS = [
  'description',
  'ignore_na',
  'n_failure_cases',
  'name',
  'title',
  'warn_only',
  'args',
  'groupby',
  'groups',
] as const;

function checksForFile(checks: unknown): unknown {
  if (!Array.isArray(checks))
    return typeof checks === 'object' && checks !== null ? without(checks as JsonPart) : checks;
  return checks.map((check: unknown) => {
    if (typeof check !== 'object' || check === null) return check;
    const [name, settings] = Object.entries(check)[0]!;
    const given = settings as JsonPart;
    return {
      [name]: without(Object.fromEntries(CHECK_SETTINGS.map((key) => [key, key === 'ignore_na' ? null : given[key]]))),
    };
  });
}

/** One dataset of definition.lock.json and datasource.json; columns and checks are those of one-to-many templates. */
function datasetForFile(dataset: DatasetDefinition, shape: Definition['shape']): JsonPart {
  const several = shape === 'one_to_many';
  return without({
    id: dataset.id,
    target_crs: dataset.target_crs,
    acl: dataset.acl,
    attributes: attributesForFile(dataset.attributes),
    checks: several ? dataset.checks : null,
    columns: several ? dataset.columns.map(columnForFile) : null,
    file_format: fileFormatForFile(dataset),
    processing_steps: dataset.processing_steps.map(stepForFile),
  });
}

/** The content of definition.lock.json. `source` replaces the definition's own when a local file was given. */
export function definitionLock(definition: Definition, version: string, source = definition.source): JsonPart {
  return maskPartOf(
    definition,
    without({
      id: definition.id,
      acl: definition.acl,
      version,
      attributes: attributesForFile(definition.attributes),
      source: sourceForFile(source),
      datasets: definition.datasets.map((dataset) => datasetForFile(dataset, definition.shape)),
    }),
  );
}

/** What datasource.json says beside the definition. */
export interface Extraction {
  version: string;
  rawFilename: string;
  runDetails: JsonPart;
  /** ISO, with the offset of New York; the same instant as that of the run details. */
  timestamp: string;
  source?: Source | undefined;
}

/** The content of datasource.json. */
export function datasourceFile(definition: Definition, extraction: Extraction): JsonPart {
  return maskPartOf(
    definition,
    without({
      id: definition.id,
      raw_filename: extraction.rawFilename,
      version: extraction.version,
      acl: definition.acl,
      attributes: attributesForFile(definition.attributes),
      datasets: definition.datasets.map((dataset) => datasetForFile(dataset, definition.shape)),
      run_details: extraction.runDetails,
      source: sourceForFile(extraction.source ?? definition.source),
      timestamp: extraction.timestamp,
    }),
  );
}

/** What config.json says beside the definition. */
export interface Processing extends Extraction {
  /** The steps that ran, the automatic reproject included. */
  steps: readonly ProcessingStep[];
  mode: string | null;
  summaries: readonly JsonPart[];
}

/** The content of `<dataset>/config.json`. */
export function configFile(definition: Definition, dataset: DatasetDefinition, processing: Processing): JsonPart {
  const { datasets: _, ...source } = datasourceFile(definition, processing);
  return maskPartOf(
    definition,
    without({
      id: dataset.id,
      version: processing.version,
      crs: dataset.target_crs,
      attributes: attributesForFile(dataset.attributes),
      transformation: without({
        processing_mode: processing.mode,
        target_crs: dataset.target_crs,
        file_format: withoutReaderKeys(fileFormatForFile(dataset)),
        processing_steps: processing.steps.map(stepForFile),
        processing_steps_summaries: processing.summaries,
        run_details: processing.runDetails,
      }),
      columns: definition.shape === 'one_to_many' ? dataset.columns.map(columnForFile) : null,
      source,
    }),
  );
}

/** The department's engine takes `__default__` out of the map of types while it reads the data. */
function withoutReaderKeys(format: JsonPart): JsonPart {
  if (typeof format.dtype !== 'object' || format.dtype === null) return format;
  const { __default__: _, ...dtype } = format.dtype as JsonPart;
  return { ...format, dtype };
}

/** JSON as the department's tools write it: four blanks, nothing outside ASCII, no line end at the end of the file. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 4).replace(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
