import type { ErrorCode } from '../../error-codes.ts';
import { LifecycleError } from '../../errors.ts';
import type { FileType } from '../../project/vocabulary/file-types.ts';
import { SOURCE_TYPES, SOURCES_THAT_TELL_VERSIONS } from '../../project/vocabulary/sources.ts';

/** What of a dataset's version is known where datasets are kept. */
export interface ArchivedVersion {
  /** File types that are there; types that a build cannot read are left out. */
  fileTypes: FileType[];
  name: string | null;
  /** ISO date, or date and time. */
  archiveDate: string | null;
  url: string | null;
  /** Names of all its files, where an archive was asked for them. */
  files?: readonly string[] | undefined;
}

/**
 * Which versions there are, of inputs and of released products. A planner asks it and nothing else, so that a plan is a
 * function of the recipe, its arguments and the catalog.
 */
export interface Catalog {
  /** Names of the sources that a recipe may name. */
  sources: readonly string[];
  /**
   * The version that a source answers for `latest`; null where a source has no versions.
   *
   * @throws InputProblem
   */
  latest(source: string, id: string): Promise<string | null>;
  /** A version among the archived datasets, or undefined. @throws InputProblem */
  archived(id: string, version: string): Promise<ArchivedVersion | undefined>;
  /** Versions of a product that have been released, in no order. @throws InputProblem */
  published(product: string): Promise<string[]>;
  /** The text of source_data_versions.csv of a product's latest release. @throws InputProblem */
  previousSourceDataVersions(product: string): Promise<string | undefined>;
  /** Why a source was not asked, and what to set so that it is; undefined when it was. */
  unasked?(source: string): string | undefined;
}

/** Stable words for what is wrong with an input, as `--json` shows them. */
export type InputProblemKind =
  | 'unknown_source'
  | 'missing_version_var'
  | 'not_in_latest_release'
  | 'dataset_or_version_not_archived'
  | 'dataset_unknown'
  | 'nothing_published'
  | 'no_latest'
  | 'no_files'
  | 'no_preferred_file_type'
  | 'unresolved_latest'
  | 'source_refused'
  | 'source_failed';

/** Problems that go away when the input is made; the others need another recipe or another parameter. */
const MISSING: readonly InputProblemKind[] = [
  'dataset_or_version_not_archived',
  'dataset_unknown',
  'nothing_published',
  'no_files',
];

/** Why one input cannot be resolved. A plan collects them all before it fails. */
export class InputProblem extends Error {
  readonly kind: InputProblemKind;
  /** Of the error that a source ended in. */
  readonly code: ErrorCode | undefined;
  readonly hint: string | undefined;
  constructor(kind: InputProblemKind, message: string, error?: LifecycleError) {
    super(message);
    this.kind = kind;
    this.code = error?.code;
    this.hint = error?.hint;
  }

  get isMissing(): boolean {
    return MISSING.includes(this.kind);
  }
}

/** What to do about a source that did not answer. */
export function sourceHint(hint: string | undefined): string {
  const offline = 'or plan with what is in the store: --offline';
  return hint === undefined ? `run the same command again, ${offline}` : `${hint}; ${offline}`;
}

/** A source that did not answer a question that concerns the whole plan, as an error of its own. */
export function sourceFailed(what: string, problem: InputProblem): LifecycleError {
  return new LifecycleError('BLD_SOURCE_FAILED', `${what}: ${problem.message}`, {
    hint: sourceHint(problem.hint),
    details: { kind: problem.kind, code: problem.code },
  });
}

/** Builds have versions, but none of them is the latest. */
export const BUILDS = 'edm.publishing.builds';
/** Sources that keep one state of a thing: asked for the latest version they have none to tell, which is no mistake. */
export const SOURCES_WITHOUT_VERSIONS: readonly string[] = SOURCE_TYPES.filter(
  (type) => type !== BUILDS && !SOURCES_THAT_TELL_VERSIONS.has(type),
);
/** Sources of the department's storage and web pages that recipes name. */
export const SOURCES = [
  'bytes',
  'edm.private',
  'edm.publishing.builds',
  'edm.publishing.drafts',
  'edm.publishing.published',
  'edm.recipes.datasets',
  'edm.recipes.raw_datasets',
] as const;
/** Only here are file type, name and dates looked up, and only here are versions checked. */
export const ARCHIVE_SOURCE = 'edm.recipes.datasets';
/** Where products are published. */
export const RELEASES = 'edm.publishing.published';
