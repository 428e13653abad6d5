import type { Change, DatasetChanges } from '../store/changes.ts';
import type { Duplicates } from './rows.ts';

/** What `--json` prints; docs/diff.md says what each field means. */
export interface DiffDocument {
  format: 1;
  /** The two states as a whole, such as `nyc_boroughs@16a`. */
  before: string;
  now: string;
  equal: boolean;
  tables: TableDiff[];
  /** Datasets or outputs that one of them has alone. */
  only_before: string[];
  only_now: string[];
  /** Outputs of builds that are no tables, by their bytes. */
  files: { path: string; state: 'equal' | 'different' }[];
}

/** Two tables. */
export interface TableDiff {
  /** Of the dataset or layer, where several are compared. */
  id: string | null;
  before: TableFacts;
  now: TableFacts;
  /** The same rows, columns, types and CRS, within the tolerances; the order of rows and columns does not count. */
  equal: boolean;
  key: { columns: string[]; by: 'given' | 'template' | 'found'; duplicates: Change<Duplicates> } | null;
  tolerances: {
    /** Of numbers with fractions, times their size. */
    numbers: number;
    /** In units of the CRS; null without a geometry. */
    shapes: number | null;
    unit: 'degrees' | 'units of the CRS';
    columns: Record<string, { kind: 'absolute' | 'relative' | 'time'; by: number }>;
    text: 'exact' | 'trimmed';
    /** Earlier shapes were put into the later table's CRS before they were compared. */
    transformed: boolean;
  };
  rows: { equal: number; added: number; removed: number; changed: number };
  schema: Omit<DatasetChanges, 'since' | 'rows' | 'bbox'> & { moved?: string[] };
  columns: ColumnDiff[];
  changed: ChangedRow[];
  added: Label[];
  removed: Label[];
}

export interface TableFacts {
  name: string;
  rows: number;
  columns: number;
  crs: string | null;
  geometry_types: string[];
  bbox: [number, number, number, number] | null;
}

/** By which a person knows a row: its key, or without one its first values. Values are texts, cut at 200 characters. */
export type Label = Record<string, string | null>;

export interface ColumnDiff {
  name: string;
  /** Where it was called something else. */
  name_before?: string;
  type: Change<string>;
  nulls: Change<number>;
  /** Rows whose value changed. */
  changed: number;
  /** Of a column of shapes that has changed. */
  shapes?: { largest_distance: number | null; area_between: number | null; measured: number };
  samples: (ChangedValue & { key: Label })[];
}

export interface ChangedValue {
  before: string | null;
  now: string | null;
  /** How far two shapes are apart at the most, in units of the CRS; null where one is missing or of another kind. */
  distance?: number | null;
  /** The area that one of two shapes covers and the other does not. */
  area_between?: number | null;
}

export interface ChangedRow {
  key: Label;
  columns: Record<string, ChangedValue>;
}
