import path from 'node:path';
import type { MadeWith } from '../engine/made-with.ts';
import type { Runner } from '../project/runner.ts';
import type { DatasetChanges } from './changes.ts';
import { CHECK_RESULT, type CheckResult } from './check-result.ts';
import { standingName } from './directories.ts';
import type { FileFact } from './files.ts';
import { RECORD_FILE } from './layout.ts';
import { QUARANTINE, type Quarantine } from './quarantine.ts';
import { readRecordFile, wholeRecord } from './record-file.ts';
import { amount, fields, fileFact, list, object, orAbsent, orNull, pathBelow, text, time } from './record-shape.ts';

/** One dataset of a published version. */
export interface DatasetRecord {
  id: string;
  /** The parquet file, relative to the version's directory. */
  path: string;
  rows: number;
  /** Of the raw file, left out because the template says so (`on_bad_lines`); absent where there are none. */
  rows_left_out?: number;
  /** In file order, with DuckDB's type names. */
  columns: { name: string; type: string }[];
  /** `AUTHORITY:CODE` of the geometry column, null when there is none or it is unknown. */
  crs: string | null;
  geometry_column: string | null;
  geometry_types: string[];
  /** xmin, ymin, xmax, ymax in units of the CRS; null without a geometry. */
  bbox: [number, number, number, number] | null;
  /** Against the version before; absent where there is none, or none with this dataset. */
  changes?: DatasetChanges;
  /** What a person should look at before the dataset is used; absent where there is nothing. */
  warnings?: DatasetWarning[];
  /** What came of each check of its rows and columns; absent where the template asks for none. */
  checks?: CheckResult[];
}

/** Something about a dataset that is probably a mistake at its source or in its template. */
export interface DatasetWarning {
  /** The name that a template's `checks` has for it. */
  check: string;
  message: string;
  /** The template or the project refuses it, and somebody published it all the same. */
  accepted?: true;
}

/** `record.json`: written last, so that a directory without a valid one does not exist for readers. */
export interface IngestRecord {
  format: 1;
  template: string;
  version: string;
  /** ISO time with offset. */
  created: string;
  /** What made it. */
  runner: Runner | 'adopted';
  /** Absent in records of old. */
  made_with?: MadeWith;
  /** The mode whose steps ran too. */
  mode: string | null;
  /** The version that steps such as append_prev read, so that a repetition reads the same one. */
  previous: string | null;
  /** Type of the source and what was learnt while fetching; never a secret. */
  source: Record<string, unknown>;
  /** The raw file's name in the version's directory; null for an adopted version. */
  raw: string | null;
  datasets: DatasetRecord[];
  /** Every file of the version but this one. */
  files: FileFact[];
  /** Seconds by stage. */
  timings: Record<string, number>;
  /** A check fails: nobody takes this version who has not asked for it by its name. Absent where none does. */
  quarantine?: Quarantine;
}

const DATASET = fields({
  id: text,
  path: pathBelow,
  rows: amount,
  columns: list(fields({ name: text, type: text })),
  crs: orNull(text),
  geometry_column: orNull(text),
  geometry_types: list(text),
  bbox: orNull(list(orNull(amount))),
  changes: orAbsent(fields({ since: text, rows: fields({ before: amount, now: amount }) })),
  warnings: orAbsent(list(fields({ check: text, message: text }))),
  checks: orAbsent(list(CHECK_RESULT)),
});
const INGEST_RECORD = fields({
  template: text,
  version: text,
  created: time,
  runner: text,
  made_with: orAbsent(fields({ lifecycle: text, duckdb: text })),
  mode: orNull(text),
  previous: orNull(text),
  source: object,
  raw: orNull(pathBelow),
  datasets: list(DATASET),
  files: list(fileFact),
  timings: object,
  quarantine: orAbsent(QUARANTINE),
});

/**
 * The record of a version's directory, or undefined where there is none.
 *
 * @throws LifecycleError STO_UNREADABLE
 */
export function readIngestRecord(dir: string): Promise<IngestRecord | undefined> {
  return readRecordFile<IngestRecord>(path.join(dir, RECORD_FILE), 1, INGEST_RECORD, {
    template: path.basename(path.dirname(dir)),
    version: standingName(dir),
  });
}

/** The same of its text, where many are read at once; undefined where somebody has to look at what is wrong. */
export function ingestRecordIn(
  text: string,
  isAbout: Pick<IngestRecord, 'template' | 'version'>,
): IngestRecord | undefined {
  return wholeRecord<IngestRecord>(text, 1, INGEST_RECORD, isAbout);
}

/** The hash of one file of the version, by its relative path. */
export function fileOf(record: IngestRecord, relativePath: string): FileFact | undefined {
  return record.files.find((file) => file.path === relativePath);
}

/** Of each dataset of a version, what a person or another program wants to know first. */
export function datasetFacts(dir: string, record: IngestRecord) {
  return record.datasets.map((dataset) => ({
    id: dataset.id,
    path: path.join(dir, dataset.path),
    rows: dataset.rows,
    bytes: fileOf(record, dataset.path)?.bytes,
    sha256: fileOf(record, dataset.path)?.sha256,
    crs: dataset.crs,
    columns: dataset.columns.length,
    ...(dataset.changes ? { changes: dataset.changes } : {}),
    ...(dataset.warnings ? { warnings: dataset.warnings } : {}),
  }));
}

/** What a person should look at before a version is used. */
export function warningsOf({ datasets }: IngestRecord): DatasetWarning[] {
  const about = (id: string) => (datasets.length > 1 ? `${id}: ` : '');
  return datasets.flatMap(({ id, warnings = [] }) =>
    warnings.map((warning) => ({ ...warning, message: about(id) + warning.message })),
  );
}
