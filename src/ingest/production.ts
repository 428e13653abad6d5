import type { Version } from '../ids.ts';
import type { SoundTemplate } from '../project/find.ts';
import type { FileFact } from '../store/files.ts';
import type { IngestStore } from '../store/ingest.ts';
import type { IngestContext } from './ingest.ts';
import type { IngestPlan, IngestRequest } from './plan.ts';
import type { Reviewed } from './review.ts';

/** Where a version is made, and from what. */
export interface Workshop {
  template: SoundTemplate;
  plan: IngestPlan;
  request: IngestRequest;
  context: IngestContext;
  /** What is published so far, for steps that read it. */
  store: IngestStore;
  started: Date;
  /** An empty directory that becomes the version's. */
  versionDir: string;
  /** Intermediate files and what DuckDB spills; on the same file system. */
  workDir: string;
  /** Runs a stage, tells its name and time, and adds the time to the record's. */
  timed<T>(stage: string, work: () => Promise<T>): Promise<T>;
}

/** A version that lies in its workshop's directory, whole but for its record. */
export interface Production {
  /** The raw file's name there. */
  raw: string;
  /** Its size and hash. */
  content(): Promise<Pick<FileFact, 'bytes' | 'sha256'>>;
  /** What was learnt while the raw file was fetched, for the record. */
  facts: Record<string, unknown>;
  made: Reviewed[];
  /** The version that steps read as the previous one. */
  previous: Version | null;
}
