import type { Engine } from '../../engine/engine.ts';
import { LifecycleError } from '../../errors.ts';
import { columnNames, describeNames, findColumn, type Relation, type RelationColumn } from '../../relation/relation.ts';
import type { Reporter } from '../../report.ts';
import type { Settings } from '../../settings/settings.ts';

export interface StepContext {
  engine: Engine;
  settings: Settings;
  reporter: Reporter;
  signal: AbortSignal;
  workDir: string;
  /** A step may take the first rows of a large file to tell what all of it is like (`src/relation/assumption.ts`). */
  trustSample: boolean;
  /** A published version of the dataset at hand, as a plain table; `latest` is the one before this run's. */
  previousVersion(version: string): Promise<Relation>;
  /** Adds to what config.json says of the step. */
  note?(facts: Readonly<Record<string, unknown>>): void;
}

/**
 * A processing step: from a relation to a relation. Most rewrite expressions and touch no rows; one that must look at
 * values runs an aggregate first and throws ING_BAD_VALUE with the value and its row.
 */
export type ApplyStep = (relation: Relation, args: Record<string, unknown>, context: StepContext) => Promise<Relation>;

/** One module a step; only those that a template names are loaded. Arguments are checked before (signatures.ts). */
export const STEPS: Record<string, () => Promise<{ apply: ApplyStep }>> = {
  append_prev: () => import('./append-prev.ts'),
  clean_column_names: () => import('./clean-column-names.ts'),
  coerce_column_types: () => import('./coerce-column-types.ts'),
  convert_to_geometry: () => import('./convert-to-geometry.ts'),
  deduplicate: () => import('./deduplicate.ts'),
  drop_columns: () => import('./drop-columns.ts'),
  filter_columns: () => import('./filter-columns.ts'),
  filter_rows: () => import('./filter-rows.ts'),
  geocode_address: () => import('./geocode-address.ts'),
  geocode_bbl: () => import('./geocode-bbl.ts'),
  geocode_bin: () => import('./geocode-bin.ts'),
  groupby: () => import('./groupby.ts'),
  multi: () => import('./multi.ts'),
  pd_df_func: () => import('./pd-df-func.ts'),
  pd_series_func: () => import('./pd-series-func.ts'),
  python_script: () => import('./python-script.ts'),
  rename_columns: () => import('./rename-columns.ts'),
  reproject: () => import('./reproject.ts'),
  sort: () => import('./sort.ts'),
  strip_columns: () => import('./strip-columns.ts'),
  update_column: () => import('./update-column.ts'),
  upsert_column_of_previous_version: () => import('./upsert-column-of-previous-version.ts'),
};

/** @throws LifecycleError ING_MISSING_COLUMN */
export function requireColumn(relation: Relation, name: string): RelationColumn {
  const column = findColumn(relation, name);
  if (!column) throw missingColumns(relation, [name]);
  return column;
}

/** @throws LifecycleError ING_MISSING_COLUMN naming all that are missing */
export function requireColumns(relation: Relation, names: readonly string[]): RelationColumn[] {
  const missing = names.filter((name) => !findColumn(relation, name));
  if (missing.length > 0) throw missingColumns(relation, missing);
  return names.map((name) => findColumn(relation, name)!);
}

function missingColumns(relation: Relation, names: readonly string[]): LifecycleError {
  const many = names.length > 1;
  return new LifecycleError(
    'ING_MISSING_COLUMN',
    `column${many ? 's' : ''} ${describeNames(names)} ${many ? 'are' : 'is'} not in the data`,
    {
      hint: `the columns at this step are ${describeNames(columnNames(relation))}`,
      details: { missing: names },
    },
  );
}

/** @throws LifecycleError ING_NO_GEOMETRY */
export function requireGeometry(relation: Relation): NonNullable<Relation['geometry']> {
  if (relation.geometry) return relation.geometry;
  throw new LifecycleError('ING_NO_GEOMETRY', 'the data have no geometry at this step', {
    hint: 'describe where the coordinates are with `geometry` in file_format, or with the step convert_to_geometry',
  });
}
