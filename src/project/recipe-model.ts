import {
  date,
  type Field,
  folder,
  freeMap,
  INVALID,
  integer,
  listOf,
  mapOf,
  nullable,
  oneOf,
  type Plain,
  refuse,
  taking,
  text,
} from './fields.ts';
import { type MapShape, modelOf, optional, required } from './map-fields.ts';
import { FILE_TYPE_NAMES, type FileType } from './vocabulary/file-types.ts';

/** Fields keep the names of the YAML files and their order in build_metadata.json. */
export interface Recipe {
  readonly name: string;
  readonly product: string;
  readonly base_recipe: string | null;
  readonly version_type: 'major' | 'minor' | 'patch' | null;
  readonly version_strategy: VersionStrategy | null;
  readonly version: string | null;
  readonly branch: string | null;
  readonly build_name: string | null;
  readonly env: ReadonlyMap<string, string>;
  /** The old name of `env`; null once it has been merged into it. */
  readonly vars: ReadonlyMap<string, string> | null;
  readonly inputs: Inputs;
  readonly exports: Exports | null;
  readonly distribution: { destination_ids: readonly string[] } | null;
  readonly stage_config: ReadonlyMap<string, StageConfig>;
  readonly custom: ReadonlyMap<string, Plain> | null;
}

export type VersionStrategy =
  | 'today'
  | 'first_of_month'
  | 'bump_latest_release'
  | { bump_latest_release: bigint }
  | { pin_to_source_dataset: string };

export interface Inputs {
  readonly missing_versions_strategy: 'find_latest' | 'copy_latest_release' | null;
  readonly datasets: readonly InputDataset[];
  readonly dataset_defaults: DatasetDefaults | null;
}

export const DESTINATIONS = ['postgres', 'df', 'file', 'duckdb'] as const;
export type Destination = (typeof DESTINATIONS)[number];

export interface Preprocessor {
  readonly module: string;
  readonly function: string;
}

export interface DatasetDefaults {
  readonly file_type: FileType | null;
  readonly preprocessor: Preprocessor | null;
  readonly source: string;
  readonly destination: Destination;
  readonly load_engine: string;
}

export interface InputDataset {
  readonly id: string;
  readonly version: string | null;
  readonly source: string | null;
  readonly file_type: FileType | null;
  readonly name: string | null;
  readonly version_env_var: string | null;
  readonly import_as: string | null;
  readonly preprocessor: Preprocessor | null;
  readonly destination: Destination | null;
  readonly load_engine: string | null;
  /** `yyyy-mm-dd` */
  readonly archive_date: string | null;
  readonly url: string | null;
  readonly custom: ReadonlyMap<string, Plain>;
}

export const EXPORT_FORMATS = ['csv', 'parquet', 'shp', 'gdb', 'dat'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportDataset {
  readonly name: string;
  readonly filename: string | null;
  readonly format: ExportFormat;
  readonly custom: ReadonlyMap<string, Plain> | null;
}

export interface Exports {
  readonly output_folder: string | null;
  readonly zip_name: string | null;
  readonly datasets: readonly ExportDataset[];
}

export interface ConnectorArgument {
  readonly name: string;
  readonly value: string | null;
  readonly value_from: ReadonlyMap<string, string>;
}

export interface Command {
  readonly name: string;
  readonly run: string;
  readonly command_type: 'shell' | 'python';
  readonly env: ReadonlyMap<string, string>;
}

export interface StageConfig {
  readonly destination: string | null;
  readonly destination_key: string | null;
  readonly connector_args: readonly ConnectorArgument[];
  readonly env: ReadonlyMap<string, string>;
  readonly commands: readonly Command[];
}

const textMap = mapOf(text);
const noText = () => new Map<string, string>();
const nothing = () => null;

const preprocessor: Field<Preprocessor> = modelOf({
  unknown: 'refuse',
  fields: { module: required(text), function: required(text) },
});

const dataset: Field<InputDataset> = modelOf({
  unknown: 'refuse',
  fields: {
    // `name` without `id` fills both: the two fields read the same key.
    id: { ...required(text), keys: ['id', 'name'] },
    version: optional(nullable(text), nothing),
    source: optional(nullable(text), nothing),
    file_type: optional(nullable(oneOf(...FILE_TYPE_NAMES)), nothing),
    name: optional(nullable(text), nothing),
    version_env_var: optional(nullable(text), nothing),
    import_as: optional(nullable(text), nothing),
    preprocessor: optional(nullable(preprocessor), nothing),
    destination: optional(nullable(oneOf(...DESTINATIONS)), nothing),
    load_engine: optional(nullable(text), nothing),
    archive_date: optional(nullable(date), nothing),
    url: optional(nullable(text), nothing),
    custom: optional(freeMap, () => new Map<string, Plain>()),
  },
});

const datasetDefaults: Field<DatasetDefaults> = modelOf({
  unknown: 'drop',
  fields: {
    file_type: optional(nullable(oneOf(...FILE_TYPE_NAMES)), nothing),
    preprocessor: optional(nullable(preprocessor), nothing),
    source: optional(text, () => 'edm.recipes.datasets'),
    destination: optional(oneOf(...DESTINATIONS), () => 'postgres'),
    load_engine: optional(text, () => 'pandas'),
  },
});

const inputs: Field<Inputs> = modelOf({
  unknown: 'drop',
  fields: {
    missing_versions_strategy: optional(nullable(oneOf('find_latest', 'copy_latest_release')), nothing),
    datasets: optional(listOf(dataset), () => []),
    dataset_defaults: optional(nullable(datasetDefaults), nothing),
  },
});

const exportsField: Field<Exports> = modelOf({
  unknown: 'refuse',
  fields: {
    output_folder: optional(nullable(folder), nothing),
    zip_name: optional(nullable(text), nothing),
    datasets: optional(
      listOf(
        modelOf<ExportDataset>({
          unknown: 'refuse',
          fields: {
            name: required(text),
            filename: optional(nullable(text), nothing),
            format: required(oneOf(...EXPORT_FORMATS)),
            custom: optional(nullable(freeMap), nothing),
          },
        }),
      ),
      () => [],
    ),
  },
});

const connectorArgument: Field<ConnectorArgument> = modelOf({
  unknown: 'refuse',
  fields: {
    name: required(text),
    value: optional(nullable(text), nothing),
    value_from: optional(textMap, noText),
  },
  check: (argument) =>
    argument.value || argument.value_from.size > 0 ? undefined : 'either `value` or `value_from` is needed',
});

const command: Field<Command> = modelOf({
  unknown: 'refuse',
  fields: {
    name: required(text),
    run: required(text),
    command_type: optional(oneOf('shell', 'python'), () => 'shell'),
    env: optional(textMap, noText),
  },
});

const stageConfig: Field<StageConfig> = modelOf({
  unknown: 'refuse',
  fields: {
    destination: optional(nullable(text), nothing),
    destination_key: optional(nullable(text), nothing),
    connector_args: optional(listOf(connectorArgument), () => []),
    env: optional(textMap, noText),
    commands: optional(listOf(command), () => []),
  },
});

const stages = mapOf(stageConfig);

/** Stages by name, whose names have a dot in them: it is easy to take `builds.build` for a key below a key. */
const stageConfigs: Field<Map<string, StageConfig>> = taking(stages.takes, (node, at, reading) => {
  const before = reading.issues.length;
  const found = stages(node, at, reading);
  if (node.kind !== 'map') return found;
  const nested = new Set(
    node.entries.flatMap(({ key, value }) =>
      value.kind !== 'map'
        ? []
        : value.entries.filter((entry) => entry.value.kind === 'map').map((entry) => `${key} ${entry.key}`),
    ),
  );
  for (const issue of reading.issues.slice(before)) {
    const [stage, key, ...rest] = issue.location.slice(at.length);
    if (issue.type !== 'extra_forbidden' || rest.length > 0 || !nested.has(`${stage} ${key}`)) continue;
    if (issue.suggestion !== undefined) continue;
    issue.hint = `a stage is one key with a dot in it: write \`${stage}.${key}:\` under \`stage_config\``;
  }
  return found;
});

const bump: Field<{ bump_latest_release: bigint }> = modelOf({
  unknown: 'ignore',
  fields: { bump_latest_release: required(integer) },
});
const pin: Field<{ pin_to_source_dataset: string }> = modelOf({
  unknown: 'ignore',
  fields: { pin_to_source_dataset: required(text) },
});

/** A word or one of two maps; what is none of them is told about from all three sides, as pydantic does. */
const versionStrategy: Field<VersionStrategy> = taking(
  { words: 'a word, or a map of one key' },
  (node, at, reading) => {
    const trial = { issues: [], dropped: [] };
    const word = oneOf('today', 'first_of_month', 'bump_latest_release')(
      node,
      [...at, 'str-enum[SimpleVersionStrategy]'],
      trial,
    );
    if (word !== INVALID) return word;
    const bumped = bump(node, [...at, 'BumpLatestRelease'], trial);
    if (bumped !== INVALID) return bumped;
    const pinned = pin(node, [...at, 'PinToSourceDataset'], trial);
    if (pinned !== INVALID) return pinned;
    reading.issues.push(...trial.issues);
    return INVALID;
  },
);

const recipeShape: MapShape<Recipe> = {
  unknown: 'refuse',
  fields: {
    name: required(text),
    product: required(text),
    base_recipe: optional(nullable(text), nothing),
    version_type: optional(nullable(oneOf('major', 'minor', 'patch')), nothing),
    version_strategy: optional(nullable(versionStrategy), nothing),
    version: optional(nullable(text), nothing),
    branch: optional(nullable(text), nothing),
    build_name: optional(nullable(text), nothing),
    env: optional(textMap, noText),
    vars: optional(nullable(textMap), nothing),
    inputs: required(inputs),
    exports: optional(nullable(exportsField), nothing),
    distribution: optional(
      nullable(modelOf({ unknown: 'refuse', fields: { destination_ids: optional(listOf(text), () => []) } })),
      nothing,
    ),
    stage_config: optional(stageConfigs, () => new Map<string, StageConfig>()),
    custom: optional(nullable(freeMap), nothing),
  },
};

const rawRecipe = modelOf(recipeShape);

/** The recipe as it stands in the file, `vars` merged under `env`, without defaults for its datasets. */
export const recipeField: Field<Recipe> = taking(rawRecipe.takes, (node, at, reading) => {
  if (node.kind === 'map' && node.entries.some((entry) => typeof entry.key !== 'string')) {
    return refuse(reading, at, node, 'keywords', 'the keys of a recipe must be text');
  }
  const recipe = rawRecipe(node, at, reading);
  if (recipe === INVALID) return INVALID;
  if (!recipe.vars || recipe.vars.size === 0) return recipe;
  return { ...recipe, env: new Map([...recipe.vars, ...recipe.env]), vars: null };
});

/** Fills what a dataset leaves open (absent or empty) from the recipe's `dataset_defaults`. */
export function applyDatasetDefaults(recipe: Recipe): Recipe {
  const defaults: DatasetDefaults = recipe.inputs.dataset_defaults ?? {
    file_type: null,
    preprocessor: null,
    source: 'edm.recipes.datasets',
    destination: 'postgres',
    load_engine: 'pandas',
  };
  const datasets = recipe.inputs.datasets.map((dataset) => ({
    ...dataset,
    preprocessor: dataset.preprocessor ?? defaults.preprocessor,
    file_type: dataset.file_type ?? defaults.file_type,
    destination: dataset.destination ?? defaults.destination,
    source: dataset.source || defaults.source,
    load_engine: dataset.load_engine || defaults.load_engine,
  }));
  return { ...recipe, inputs: { ...recipe.inputs, datasets, dataset_defaults: defaults } };
}
