import type { InputName } from './inputs.ts';

export interface Step {
  name: string;
  args?: Record<string, unknown>;
}

/** One dataset of a template: how its raw file is read, and what is done with it. */
export interface CaseDataset {
  format: Record<string, unknown>;
  steps?: readonly Step[];
}

/** A template that asks for one thing, so that a slow row names what is slow. */
export interface Case extends CaseDataset {
  name: string;
  input: InputName;
  targetCrs?: string;
  /** Several datasets of one raw file, in place of `format` and `steps`. */
  datasets?: readonly CaseDataset[];
  /** The rows of the version before, as a query on `raw`, for steps that read it. */
  previous?: string;
  /** What DuckDB alone would do, as a query on `raw`; null: it has no reader or no word for it. Absent: it reads and writes. */
  floor?: string | null;
}

export const step = (name: string, args?: Record<string, unknown>): Step => (args ? { name, args } : { name });
export const onTable = (method: string, args: Record<string, unknown> = {}) =>
  step('pd_df_func', { function_name: method, ...args });
export const onColumn = (column: string, method: string, args: Record<string, unknown> = {}) =>
  step('pd_series_func', { column_name: column, function_name: method, ...args });
export const coerce = (types: Record<string, string>, errors?: 'coerce') =>
  step('coerce_column_types', { column_types: types, ...(errors && { errors }) });

export const CLEAN = step('clean_column_names', { lower: true, replace: { ' ': '_' } });
/** All columns are text. */
export const TEXT = { type: 'csv', dtype: 'str' };
/** Types are found, as pandas finds them. */
export const TYPED = { type: 'csv' };
export const SHAPEFILE = { type: 'shapefile', crs: 'EPSG:4326' };

/** Whether the case has geometry, for which a Python process imports more. */
export function isGeographic({ format, steps = [], datasets = [] }: Case): boolean {
  return [{ format, steps }, ...datasets].some(
    (dataset) =>
      ['geojson', 'shapefile', 'geodatabase'].includes(String(dataset.format.type)) ||
      dataset.format.geometry !== undefined ||
      (dataset.steps ?? []).some(({ name }) => name === 'convert_to_geometry'),
  );
}

/** The template of a case as JSON, which is YAML too. Any engine finds the file from anywhere. */
export function templateOf(of: Case, file: string): string {
  const source = { type: 'local_file', path: file };
  const dataset = ({ format, steps = [] }: CaseDataset) => ({
    file_format: format,
    ...(steps.length > 0 && { processing_steps: steps }),
  });
  const body = of.datasets
    ? {
        source,
        datasets: of.datasets.map((each, i) => ({
          id: `${of.name}_${i}`,
          attributes: { name: of.name },
          ...dataset(each),
        })),
      }
    : { ingestion: { source, ...(of.targetCrs && { target_crs: of.targetCrs }), ...dataset(of) } };
  return JSON.stringify({ id: of.name, acl: 'public-read', attributes: { name: of.name }, ...body }, null, 2);
}
