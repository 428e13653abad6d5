import type { Finding } from '../errors.ts';
import type { DatasetId, ProductId, TemplateId } from '../ids.ts';
import type { VersionOrder } from '../version-order.ts';
import type { ExpectedVersions } from './expected-versions.ts';
import type { Runner } from './runner.ts';
import type { FormatName } from './vocabulary/formats.ts';
import type { SourceType } from './vocabulary/sources.ts';
import type { StepName } from './vocabulary/steps.ts';

/**
 * A project on disk, read and validated. Keys below `definition` keep the names of the YAML files, because they are
 * written back to lock files under those names.
 */
export interface Project {
  /** Absolute path of the project's root. */
  dir: string;
  /** Sorted by id; a broken template is here too, without a definition. */
  templates: IngestTemplate[];
  /** In the order of products.yml. */
  products: Product[];
  /** Everything that was found, those of templates and products included. */
  findings: Finding[];
}

export interface IngestTemplate {
  id: TemplateId;
  /** Absolute path. */
  file: string;
  /** The file's text, before rendering. */
  text: string;
  /** Whether the text uses `{{ version }}`. */
  usesVersion: boolean;
  /** Parsed with a stand-in version; absent when the template is broken. Never ingest from it: see `resolveTemplate`. */
  definition: Definition | undefined;
  findings: Finding[];
}

/** A template whose `{{ version }}` has been filled in. */
export interface Definition {
  id: DatasetId;
  shape: 'one_to_one' | 'one_to_many';
  depends_on: string[];
  acl: string | null;
  attributes: Attributes;
  source: Source;
  /** How `latest` tells which version is the newer one; null: as docs/store.md says. */
  version_order: VersionOrder | null;
  /** What makes the versions; null: what the project says. */
  runner: Runner | null;
  /** Which versions should exist; null: nobody says so. */
  versions: ExpectedVersions | null;
  /** In file order; exactly one for a one-to-one template. */
  datasets: DatasetDefinition[];
}

export interface Attributes {
  name: string | null;
  description: string | null;
  url: string | null;
  custom: Record<string, unknown> | null;
}

/**
 * `key` is the text under the first of `KEY_NAMES` that the template gives; every key of the file is kept in `arguments`
 * (docs/specification/ingest.md#source-and-key).
 */
export interface Source {
  type: SourceType;
  key: string | null;
  arguments: Record<string, unknown>;
}

export interface DatasetDefinition {
  id: DatasetId;
  acl: string | null;
  attributes: Attributes;
  target_crs: string | null;
  /** As the engine sees it: without nulls and defaults, which the JSON files in between do not hold. */
  file_format: FileFormat;
  /** `type` as the template writes it: lock files repeat `excel`, the old name of `xlsx`. */
  written_format: string;
  processing_steps: ProcessingStep[];
  /** Only checked for one-to-many templates; see ADR 0005. */
  columns: Column[];
  checks: unknown;
}

/** `type` is normalised (`excel` → `xlsx`); the remaining keys are validated by the schema of that type. */
export interface FileFormat {
  type: FormatName;
  [option: string]: unknown;
}

export interface ProcessingStep {
  name: StepName;
  /** Checked against what the step declares; as the template has them, without defaults. */
  args: Readonly<Record<string, unknown>>;
  mode: string | null;
}

export interface Column {
  id: string;
  data_type: string;
  description: string | null;
  is_required: boolean;
  checks: unknown;
}

export interface Product {
  id: ProductId;
  build_command: string | null;
  /** Absolute path of the product's folder; `products/<id>` unless `path` names another. It need not exist. */
  dir: string;
  /** Absolute path of its recipe, if it has one. */
  recipe: string | undefined;
  env: Record<string, string>;
  schedule: string | null;
  /** Which partitions should exist; null: nobody says so. */
  versions: ExpectedVersions | null;
  findings: Finding[];
}
