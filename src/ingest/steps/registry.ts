import { rowsOf, stepArguments } from '../../project/vocabulary/step-arguments.ts';
import type { StepName } from '../../project/vocabulary/steps.ts';
import { isPromising } from '../../relation/promise.ts';
import type { Relation } from '../../relation/relation.ts';
import type { ApplyStep, StepContext } from './step.ts';

/** One module a step; only those that a template names are loaded. */
export const STEP_MODULES: { readonly [N in StepName]: () => Promise<{ apply: ApplyStep<N> }> } = {
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

/** Carries out a step with the arguments of a template, and holds it to what it declares of the rows. */
export async function applyStep<N extends StepName>(
  name: N,
  before: Relation,
  args: Readonly<Record<string, unknown>>,
  context: StepContext,
): Promise<Relation> {
  const { apply } = await STEP_MODULES[name]();
  const after = await apply(before, stepArguments(name, args), context);
  if (rowsOf(name, args) !== 'filtered' || isPromising(after)) requireUnfiltered(name, before, after);
  return after;
}

/** Rows that a step filters by itself would give a large file the types of its first rows, unseen (`filtered`). */
export function requireUnfiltered(name: string, before: Relation, after: Relation): void {
  if (after.where.every((condition) => before.where.includes(condition))) return;
  throw new Error(
    `the step ${name} filters rows, which its declaration does not say, or goes round what is promised of them`,
  );
}
