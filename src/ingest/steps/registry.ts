import type { ApplyStep } from './step.ts';

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
