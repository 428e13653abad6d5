import { productModel } from '../../src/project/products.ts';
import { recipeField } from '../../src/project/recipe-model.ts';
import { keyTable, type Meanings } from './fields.ts';
import { NOTE } from './page.ts';

const preprocessor = (way: string): Meanings => ({
  [way]: { text: 'A Python function that gets the table before it is loaded into PostgreSQL: `function(id, frame)`.' },
  [`${way}.module`]: { text: "The module, in the product's folder.", example: 'python.clean' },
  [`${way}.function`]: { text: 'The function in it.', example: 'clean' },
});

const RECIPE: Meanings = {
  name: { text: 'The title.', example: 'Boroughs' },
  product: { text: 'The product that it builds, as it is published.', example: 'boroughs' },
  base_recipe: {
    text: 'A recipe beside it. Its datasets are added, where this one has none of that id; nothing else is taken.',
    example: 'recipe-base.yml',
  },
  version_type: { text: 'What `bump_latest_release` counts up. Commands see it as `VERSION_TYPE`.', example: 'minor' },
  version_strategy: {
    text: 'How the version is told where none is given: `today`, `first_of_month`, `bump_latest_release` (also `{bump_latest_release: 2}`, by two), `{pin_to_source_dataset: ID}`.',
    example: 'bump_latest_release',
  },
  version: { text: 'The version of the build. Without it and a strategy: the partition key.', example: '26v1' },
  branch: { text: "Kept for the department's tools.", example: 'main' },
  build_name: { text: 'What the build is called; `--build-name` wins.', example: 'nightly' },
  env: { text: 'Variables for the commands.', example: '{BUILD_ENGINE_SCHEMA: boroughs}' },
  vars: { text: 'The old name of `env`, merged under it.', example: '{OLD: "1"}' },
  inputs: { text: 'What it reads.' },
  'inputs.missing_versions_strategy': {
    text: 'Versions of inputs that have none: the latest, or the one that the last release used.',
    example: 'find_latest',
  },
  'inputs.datasets': { text: 'The inputs.' },
  'inputs.datasets[].id': {
    text: 'Of a dataset, a template, or a product that publishes. `name` alone does as well, and is then both.',
    example: 'nyc_boroughs',
  },
  'inputs.datasets[].version': { text: 'Which version; `latest` for the newest.', example: '16a' },
  'inputs.datasets[].source': {
    text: 'Where it is archived, where the store does not have it. Without it: the default, below.',
    example: 'edm.recipes.datasets',
  },
  'inputs.datasets[].file_type': {
    text: 'Which of the files of the version. Without it: what there is.',
    example: 'parquet',
  },
  'inputs.datasets[].name': { text: 'Its title.', example: 'NYC Borough Boundaries' },
  'inputs.datasets[].version_env_var': {
    text: 'The variable that has the version, where `version` does not say it.',
    example: 'BUILD_ENV_BOROUGHS',
  },
  'inputs.datasets[].import_as': { text: 'The name of the table; the id without it.', example: 'boroughs' },
  ...preprocessor('inputs.datasets[].preprocessor'),
  'inputs.datasets[].destination': {
    text: 'Where it is loaded: tables in PostgreSQL or DuckDB ([builds.md](builds.md#loading)), or a file. Without it: the default, below.',
    example: 'postgres',
  },
  'inputs.datasets[].load_engine': {
    text: "Kept for the department's tools. Without it: the default, below.",
    example: 'pandas',
  },
  'inputs.datasets[].archive_date': { text: 'When it was archived, for the list of inputs.', example: '2026-03-04' },
  'inputs.datasets[].url': {
    text: 'Where it is from, for the list of inputs.',
    example: 'https://example.org/boroughs',
  },
  'inputs.datasets[].custom': {
    text: 'Anything else; `filename` names the file to take.',
    example: '{filename: boroughs.csv}',
  },
  'inputs.dataset_defaults': { text: 'For inputs that leave these open or empty.' },
  'inputs.dataset_defaults.file_type': { text: 'As of an input.', example: 'parquet' },
  ...preprocessor('inputs.dataset_defaults.preprocessor'),
  'inputs.dataset_defaults.source': { text: 'As of an input.', example: 'edm.recipes.datasets' },
  'inputs.dataset_defaults.destination': { text: 'As of an input.', example: 'duckdb' },
  'inputs.dataset_defaults.load_engine': { text: 'As of an input.', example: 'pandas' },
  exports: { text: 'Files to be written from the tables after the commands: [builds.md](builds.md#exports).' },
  'exports.output_folder': {
    text: 'The name of the folder within the zip; the files themselves go to `output/dataset_files/`.',
    example: 'output',
  },
  'exports.zip_name': { text: 'All of them in one zip of that name too.', example: 'boroughs' },
  'exports.datasets': { text: 'The files.' },
  'exports.datasets[].name': { text: 'The table.', example: 'boroughs' },
  'exports.datasets[].filename': {
    text: 'The file; `NAME.FORMAT` without it, `NAME.zip` for shp and gdb.',
    example: 'boroughs.csv',
  },
  'exports.datasets[].format': { text: 'How it is written.', example: 'csv' },
  'exports.datasets[].custom': { text: 'Settings of the format.', example: '{line_endings: crlf}' },
  distribution: { text: "Kept for the department's tools." },
  'distribution.destination_ids': { text: 'Kept.', example: '[bytes]' },
  stage_config: {
    text: 'Settings of stages, by name. `builds.build` is the one that is acted on; the dot is part of the name.',
  },
  'stage_config.NAME.destination': { text: "Kept for the department's tools.", example: 'edm.publishing.drafts' },
  'stage_config.NAME.destination_key': { text: 'Kept.', example: 'db-boroughs' },
  'stage_config.NAME.connector_args': { text: 'Resolved into the lock.' },
  'stage_config.NAME.connector_args[].name': { text: 'The argument.', example: 'acl' },
  'stage_config.NAME.connector_args[].value': {
    text: 'Its value. This or `value_from` must be there.',
    example: 'public-read',
  },
  'stage_config.NAME.connector_args[].value_from': {
    text: 'The variable that has it, as `env`.',
    example: '{env: BUILD_ENV_ACL}',
  },
  'stage_config.NAME.env': {
    text: 'Variables for the commands of the stage, over those of the recipe.',
    example: '{THREADS: "4"}',
  },
  'stage_config.NAME.commands': { text: "What is run, in order, after the product's `build_command`." },
  'stage_config.NAME.commands[].name': { text: 'What the log calls it.', example: 'report' },
  'stage_config.NAME.commands[].run': { text: 'The command, or `module:function`.', example: 'node make.mjs' },
  'stage_config.NAME.commands[].command_type': { text: 'Which of the two it is.', example: 'shell' },
  'stage_config.NAME.commands[].env': {
    text: 'Variables for this command, over all others.',
    example: '{YEAR: "2026"}',
  },
  custom: { text: 'Anything else. Shown, not acted on.', example: '{contact: GIS}' },
};

const PRODUCT: Meanings = {
  id: { text: 'The id: letters, digits, spaces and `. _ -`, beginning with a letter or digit.', example: 'boroughs' },
  build_command: {
    text: "What makes it, as a shell command in its folder. None: the recipe's commands alone.",
    example: 'node make.mjs',
  },
  path: { text: 'Its folder; `products/ID` without it.', example: 'products/boroughs' },
  recipe: { text: 'Its recipe, in that folder; `recipe.yml`, if there is one, without it.', example: 'recipe.yml' },
  env: { text: 'Variables for its commands, under those of the recipe.', example: '{REGION: nyc}' },
  schedule: {
    text: 'When Airflow builds it by itself: [builds.md](builds.md#on-a-schedule).',
    example: '"0 6 * * 1-5"',
  },
  versions: {
    text: 'Which partitions should exist: [templates.md](templates.md#versions).',
    example: '{cadence: yearly, from: 2024}',
  },
};

/** The tables of the page, with what their examples are to be read by. */
export const RECIPE_KEYS = {
  recipe: { takes: recipeField.takes, meanings: RECIPE },
  product: { takes: productModel.takes, meanings: PRODUCT },
};

/** The page of everything that may stand in a recipe and in the list of products. */
export function recipesPage(): string {
  const table = ({ takes, meanings }: (typeof RECIPE_KEYS)['recipe']) => keyTable(takes, meanings).join('\n');
  return `# Recipes and products

${NOTE}

\`products/ID/recipe.yml\` says what a product is built from. \`lifecycle check\` names every mistake with its place; \`lifecycle plan PRODUCT KEY --dry-run\` says what it would come to. [builds.md](builds.md) says what is done with it.

\`\`\`yaml
name: Boroughs
product: boroughs
inputs:
  missing_versions_strategy: find_latest
  dataset_defaults: {destination: duckdb}
  datasets:
  - id: nyc_boroughs
    version: 16a
  - id: borough_population
stage_config:
  builds.build:
    commands:
    - name: report
      run: node report.mjs
\`\`\`

The text is a Jinja template before it is YAML: variables that begin with \`BUILD_ENV_\` or \`BUILD_ENGINE_\` come from the environment, or exactly those that \`--var\` gives. Text fields take numbers too, and write them as Python does. A key that is not known is refused, but for keys of \`inputs\`, \`dataset_defaults\` and a version strategy, which are passed over.

"or null" in the table says that the key may be written without a value. No default: nothing.

## A recipe

${table(RECIPE_KEYS.recipe)}

## products/products.yml

\`\`\`yaml
products:
- id: boroughs
  build_command: node make.mjs
\`\`\`

Each of \`products\` has these. Others are passed over with a warning.

${table(RECIPE_KEYS.product)}
`;
}
