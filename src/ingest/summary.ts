import type { Engine } from '../engine/engine.ts';
import type { ProcessingStep } from '../project/project.ts';
import { GEOMETRY_NAME } from '../relation/geometry.ts';
import { columnNames, findColumn, INSTANT, INSTANT_NS, type Relation, rowsKey, whereOf } from '../relation/relation.ts';
import type { Settings } from '../settings/settings.ts';
import { geosupportRelease } from './geosupport/release.ts';

/** What a step did, as config.json tells it. Times are local, without a zone, as the department's tools write them. */
export interface StepSummary {
  name: string;
  description: string;
  start_time: string;
  end_time: string;
  elapsed_seconds: number;
  data_modifications?: Record<string, unknown>;
  column_modifications?: Record<string, unknown>;
  custom?: Record<string, unknown>;
  [key: string]: unknown;
}

type Effects = Pick<StepSummary, 'description' | 'data_modifications' | 'column_modifications' | 'custom'>;

/** A step that has run, with what it made of what. */
export interface StepChange {
  step: ProcessingStep;
  before: Relation;
  after: Relation;
  started: Date;
  ended: Date;
  /** What the step itself has to say. */
  notes?: Readonly<Record<string, unknown>>;
}

interface Change extends StepChange {
  env: Settings['env'];
  rowsBefore(): Promise<number>;
  rowsAfter(): Promise<number>;
  /** How many rows have a value in a column for which the condition behind it holds. */
  rowsWhere(column: string, condition: string): Promise<number>;
}

/** Names under which config.json lists steps that are called otherwise in templates. */
const WRITTEN_NAMES: Record<string, string> = { groupby: 'group_by', convert_to_geometry: 'df_to_gdf' };

/**
 * What the steps did. Called when the result has been written, since its number of rows is known then, and mostly is
 * that of every step.
 */
export async function summarise(
  engine: Engine,
  changes: readonly StepChange[],
  written: { relation: Relation; rows: number },
  env: Settings['env'],
): Promise<StepSummary[]> {
  const known = new Map([[rowsKey(written.relation), written.rows]]);
  const count = async (relation: Relation) => {
    const key = rowsKey(relation);
    const rows = known.get(key) ?? (await countRows(engine, relation));
    known.set(key, rows);
    return rows;
  };
  const summaries: StepSummary[] = [];
  for (const each of changes) {
    const change: Change = {
      ...each,
      env,
      rowsBefore: () => count(each.before),
      rowsAfter: () => count(each.after),
      rowsWhere(column, condition) {
        const value = findColumn(each.after, column)?.expression ?? 'NULL';
        return count({ ...each.after, where: [...each.after.where, `${value} ${condition}`] });
      },
    };
    const effects = await (EFFECTS[each.step.name] ?? generic)(change);
    summaries.push({
      description: effects.description,
      elapsed_seconds: (each.ended.getTime() - each.started.getTime()) / 1000,
      end_time: each.ended.toISOString().slice(0, -1),
      name: WRITTEN_NAMES[each.step.name] ?? each.step.name,
      start_time: each.started.toISOString().slice(0, -1),
      ...(effects.data_modifications ? { data_modifications: effects.data_modifications } : {}),
      ...(effects.column_modifications ? { column_modifications: effects.column_modifications } : {}),
      ...(effects.custom ? { custom: effects.custom } : {}),
    });
  }
  return summaries;
}

async function countRows(engine: Engine, relation: Relation): Promise<number> {
  return Number((await engine.row(`SELECT count(*) AS n FROM ${relation.from}${whereOf(relation)}`)).n);
}

const addedAndRemoved = ({ before, after }: Change) => {
  const [old, fresh] = [columnNames(before), columnNames(after)];
  return { added: fresh.filter((name) => !old.includes(name)), removed: old.filter((name) => !fresh.includes(name)) };
};

/** Old and new names of columns, position by position. */
function renames(before: Relation, after: Relation): Record<string, string> {
  const pairs = before.columns.map((column, i) => [column.name, after.columns[i]?.name ?? column.name] as const);
  return Object.fromEntries(pairs.filter(([old, fresh]) => old !== fresh));
}

/** pandas' names of types, as the department's config.json shows changes of type. */
function pandasType(type: string): string {
  const names: Record<string, string> = {
    VARCHAR: 'str',
    BIGINT: 'int64',
    INTEGER: 'int32',
    DOUBLE: 'float64',
    BOOLEAN: 'bool',
    DATE: 'object',
  };
  if (type === INSTANT) return 'datetime64[us, UTC]';
  if (type === INSTANT_NS) return 'datetime64[ns, UTC]';
  return names[type] ?? (type.startsWith('TIMESTAMP') ? 'datetime64[us]' : type.toLowerCase());
}

async function generic(change: Change): Promise<Effects> {
  const removed = (await change.rowsBefore()) - (await change.rowsAfter());
  return {
    description: `Applied ${change.step.name}`,
    column_modifications: addedAndRemoved(change),
    data_modifications: { rows_removed: removed },
  };
}

/** What geocoding brought: the names of new columns, and how many rows were found. */
async function geocoded(
  change: Change,
  functions: string,
  found: Promise<number>,
  release: Record<string, unknown> = { geosupport_version: geosupportRelease(change.env) },
): Promise<Effects> {
  return {
    description: `Geocoded with function ${functions}`,
    column_modifications: { added: addedAndRemoved(change).added.sort() },
    custom: { rows_geocoded: await found, total_rows: await change.rowsAfter(), ...release, ...change.notes },
  };
}

const EFFECTS: Record<string, (change: Change) => Promise<Effects>> = {
  async reproject({ before, after, rowsAfter }) {
    if (before.geometry?.crs === after.geometry?.crs) {
      return { description: 'No reprojection required, as source and target crs are the same.' };
    }
    return {
      description: `Reprojected geometries from ${before.geometry?.crs?.code} to ${after.geometry?.crs?.code}`,
      data_modifications: { rows_updated: await rowsAfter() },
    };
  },
  async sort(change) {
    const by = (change.step.args.by as string[]).join(', ');
    const effects = await generic(change);
    return {
      ...effects,
      description: `Sorted by columns: ${by}`,
      data_modifications: { ...effects.data_modifications, rows_updated: await change.rowsAfter() },
    };
  },
  filter_rows: async (change) => ({
    description: 'Filtered Rows',
    data_modifications: { rows_removed: (await change.rowsBefore()) - (await change.rowsAfter()) },
  }),
  deduplicate: async (change) => ({
    description: 'Removed duplicates',
    data_modifications: { rows_removed: (await change.rowsBefore()) - (await change.rowsAfter()) },
  }),
  filter_columns: async (change) => ({
    description: 'filtered columns',
    column_modifications: { dropped: addedAndRemoved(change).removed },
  }),
  drop_columns: async (change) => ({
    description: 'Dropped columns',
    column_modifications: { dropped: addedAndRemoved(change).removed },
  }),
  async rename_columns({ step, before, after }) {
    const map = step.args.map as Record<string, string>;
    const kept = columnNames(after);
    const removed = step.args.drop_others
      ? columnNames(before).filter((name) => !(name in map) && !kept.includes(name))
      : [];
    return { description: 'Renamed columns', column_modifications: { renamed: map, removed } };
  },
  clean_column_names: async ({ before, after }) => ({
    description: 'Cleaned column names',
    column_modifications: { renamed: renames(before, after) },
  }),
  async coerce_column_types({ before, after }) {
    const modified = before.columns
      .map((column, i) => ({
        name: column.name,
        from: pandasType(column.type),
        to: pandasType(after.columns[i]?.type ?? column.type),
      }))
      .filter(({ from, to }) => from !== to)
      .map(({ name, from, to }) => [name, { from, to }] as const);
    return { description: 'Coerced Column Types', column_modifications: { modified: Object.fromEntries(modified) } };
  },
  async multi(change) {
    const effects = await generic(change);
    return { ...effects, description: 'Converted geometries' };
  },
  update_column: async ({ step, rowsAfter }) => ({
    description: `Updated column '${step.args.column_name}' with value '${step.args.val}'`,
    data_modifications: { rows_updated: await rowsAfter() },
  }),
  strip_columns: async () => ({ description: 'Stripped Whitespace' }),
  append_prev: async (change) => ({
    description: `Appended rows from previous version: ${change.step.args.version ?? 'latest'}`,
    data_modifications: { added: (await change.rowsAfter()) - (await change.rowsBefore()) },
    custom: { previous_version: change.step.args.version ?? 'latest' },
  }),
  upsert_column_of_previous_version: async (change) => ({
    description: 'Appended rows',
    column_modifications: { added: addedAndRemoved(change).added },
    custom: { previous_version: change.step.args.version ?? 'latest' },
  }),
  async groupby(change) {
    const effects = await generic(change);
    return { ...effects, description: 'Grouped and aggregated' };
  },
  async pd_df_func(change) {
    const effects = await generic(change);
    return { ...effects, description: `Applied ${change.step.args.function_name}` };
  },
  async pd_series_func(change) {
    const effects = await generic(change);
    return {
      ...effects,
      description: `Applied ${change.step.args.function_name} to column ${change.step.args.column_name}`,
    };
  },
  geocode_bbl: (change) => geocoded(change, 'BL', change.rowsWhere('latitude', 'IS NOT NULL')),
  geocode_bin: (change) => geocoded(change, 'BN', change.rowsWhere('bbl', 'IS NOT NULL'), {}),
  geocode_address(change) {
    const grc = `${change.step.args.output_prefix ?? 'geosupport_'}grc`;
    return geocoded(change, '1A/1E', change.rowsWhere(grc, "IN ('00', '01')"));
  },
  convert_to_geometry: async (change) => ({
    description: 'Converted text or x/y columns to geom',
    custom: {
      'geom_source_column(s)': { crs: change.step.args.crs ?? 'EPSG:4326', geom_column: change.step.args.geom_column },
      rows_with_geom: await change.rowsWhere(GEOMETRY_NAME, 'IS NOT NULL'),
      total_rows: await change.rowsAfter(),
    },
  }),
  async python_script(change) {
    const { module, function: name, ...kwargs } = change.step.args;
    return {
      description: `Executed ${String(module)}.${String(name)}`,
      data_modifications: {
        rows_before: await change.rowsBefore(),
        rows_after: await change.rowsAfter(),
        columns_before: change.before.columns.length,
        columns_after: change.after.columns.length,
      },
      custom: { module, function: name, kwargs },
    };
  },
};
