/** What `lifecycle profile` says of a table, as it is kept and as `--json` gives it (docs/profile.md). */
export interface Profile {
  format: typeof PROFILE_FORMAT;
  sha256: string;
  bytes: number;
  rows: number;
  columns: ColumnProfile[];
}

/** A profile of another number is made anew. Raise it with every change of what is counted or of these types. */
export const PROFILE_FORMAT = 1;

/** `moment`: dates, times and timestamps. `other`: lists, structures, binary values; they are shown as text. */
export type ColumnKind = 'number' | 'moment' | 'text' | 'boolean' | 'geometry' | 'other';

/** Values stand as text, exactly as DuckDB writes them: JSON's numbers would not keep them. Long ones are cut. */
export interface ColumnProfile {
  name: string;
  /** DuckDB's name of the type. */
  type: string;
  kind: ColumnKind;
  nulls: number;
  /** Different values, nulls not counted; null for geometries. */
  distinct: { count: number; approximate: boolean } | null;
  min: string | null;
  max: string | null;
  /** Of finite numbers. */
  mean: number | null;
  quantiles: Quantiles | null;
  /** Most frequent first; of many values only those that occur more than once. */
  frequent: FrequentValue[];
  histogram: Histogram | null;
  text: TextFacts | null;
  geometry: GeometryFacts | null;
}

export interface Quantiles {
  approximate: boolean;
  p05: string;
  p25: string;
  p50: string;
  p75: string;
  p95: string;
}

export interface FrequentValue {
  value: string;
  count: number;
  /** Only the beginning of the value is shown. */
  cut?: true;
}

/** Bins of equal width; `edges` has one more than `counts`. Dates are ISO texts. Each edge but the last belongs to the bin after it. */
export interface Histogram {
  edges: (number | string)[];
  counts: number[];
}

/** Lengths in characters; all others are numbers of rows. */
export interface TextFacts {
  shortest: number;
  longest: number;
  empty: number;
  /** Values with blanks before or behind. */
  blanks_around: number;
  /** Values that look like numbers, and those among them that begin with a zero, as codes do. */
  numbers: number;
  leading_zeros: number;
  dates: number;
}

export interface GeometryFacts {
  /** Rows by type, such as `MULTIPOLYGON`. */
  types: Record<string, number>;
  empty: number;
  invalid: number;
  vertices: { total: number; most: number };
  /** xmin, ymin, xmax, ymax in units of the CRS. */
  bbox: [number, number, number, number] | null;
  crs: string | null;
  /** Rows that reach beyond the CRS's area of use; null where the area is not known. */
  outside: number | null;
}
