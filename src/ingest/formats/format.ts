import type { ArchiveLimits } from '../../archive/limits.ts';
import type { Engine } from '../../engine/engine.ts';
import type { FormatArguments, FormatName } from '../../project/vocabulary/formats.ts';
import type { Assume } from '../../relation/assumption.ts';
import type { Relation } from '../../relation/relation.ts';
import type { Reporter } from '../../report.ts';
import type { ReadLimits } from './limits.ts';

export interface FormatContext {
  engine: Engine;
  /** A private directory for intermediate files; removed with the run. */
  workDir: string;
  reporter: Reporter;
  signal: AbortSignal;
  /** What a zip may unpack to. */
  limits: ArchiveLimits;
  /** What a file may make its reader do. */
  bounds: ReadLimits;
  /** The reader may take the types of a large file's first rows for those of all (`InferenceOptions.trustSample`). */
  trustSample: boolean;
  /** CSV files up to this size are looked through before they are read; 8 MiB unless said otherwise. */
  lookThroughBytes?: number | undefined;
  /** The first rows of a CSV file, which tell about all; 8,000 unless said otherwise. */
  sampleRows?: number;
  /** For a reader that trusts: what it takes for granted and has looked into meanwhile. */
  assume: Assume;
  /** For a reader that leaves out rows because the template says so: how many there are. */
  leftOut?: (rows: number) => void;
}

/**
 * Reads a raw file into a relation: the columns and types that docs/specification/ingest.md#raw-files gives, geometry
 * from columns not yet made.
 *
 * @param file absolute path of a file or, for a geodatabase or a folder of shapefiles, a directory
 */
export type ReadFormat<N extends FormatName> = (
  file: string,
  options: FormatArguments<N>,
  context: FormatContext,
) => Promise<Relation>;
