import type { Reporter } from '../report.ts';
import type { Settings } from '../settings/settings.ts';
import { type FileFact, hashFile } from '../store/files.ts';
import type { TransferPolicy } from './transfer/policy.ts';

/** What a connector works with: where things are, where to tell what happens, when to stop. */
export interface SourceContext {
  settings: Settings;
  reporter: Reporter;
  /** Aborted when the work is to stop; a connector ends at once and leaves no process or socket behind. */
  signal: AbortSignal;
  /** The version that is being ingested, for sources that keep one folder a version. */
  version: string | undefined;
  /** The raw format that the template declares (`csv`, `shapefile`, …): a login page in its place is refused. */
  format?: string | undefined;
  /** Overrides single values of the transfer policy. */
  policy?: Partial<TransferPolicy> | undefined;
}

/** A raw file that has arrived whole. */
export interface Fetched {
  /** Absolute, inside the destination. */
  path: string;
  filename: string;
  /**
   * For the record: `bytes` and `sha256` where the connector has seen all bytes pass, `url`, `etag`, `last_modified`,
   * `content_type`, counts. Never a secret.
   */
  facts: Record<string, unknown>;
}

/** The size and hash of a raw file: what its connector has seen pass, or else what its bytes say. */
export async function contentOf({ facts, path }: Fetched): Promise<Pick<FileFact, 'bytes' | 'sha256'>> {
  const { bytes, sha256 } = facts;
  return typeof bytes === 'number' && typeof sha256 === 'string' ? { bytes, sha256 } : hashFile(path);
}

/**
 * One source type. `args` is the template's `source` without `type`, with `key` in place of the name that the template has
 * for it (docs/specification/ingest.md#source-and-key).
 */
export interface SourceConnector {
  type: string;
  /**
   * The version that the source itself tells, if its type has one.
   * @throws LifecycleError SRC_*
   */
  latestVersion?(args: SourceArguments, context: SourceContext): Promise<string | undefined>;
  /**
   * All versions that the source has, in no order, where it lists them.
   * @throws LifecycleError SRC_*
   */
  listVersions?(args: SourceArguments, context: SourceContext): Promise<string[]>;
  /**
   * Brings the raw file into the existing directory `destination`.
   * @throws LifecycleError SRC_*, or STO_WRITE_FAILED when the destination cannot be written
   */
  fetch(args: SourceArguments, destination: string, context: SourceContext): Promise<Fetched>;
}

/** A connector of a type that tells a version. */
export type TellingConnector = SourceConnector & Required<Pick<SourceConnector, 'latestVersion'>>;

/** One that also lists all that it has. */
export type ListingConnector = TellingConnector & Required<Pick<SourceConnector, 'listVersions'>>;

export type SourceArguments = Readonly<Record<string, unknown>>;
