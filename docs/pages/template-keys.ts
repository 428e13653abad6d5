import { TEMPLATE_FIELDS } from '../../src/project/definition.ts';
import { projectFileModel } from '../../src/project/project-file.ts';
import { keyTable, type Meanings } from './fields.ts';
import { NOTE } from './page.ts';

const attributes = (way: string): Meanings => ({
  [way]: { text: 'What people read about it; one of them must say something.' },
  [`${way}.name`]: { text: 'The title in lists and in Airflow.', example: 'NYC Borough Boundaries' },
  [`${way}.description`]: {
    text: 'What it is, as long as you like.',
    example: '"Boundaries, clipped to the shoreline"',
  },
  [`${way}.url`]: { text: 'Where people read more.', example: 'https://www.nyc.gov/content/planning/pages/resources' },
  [`${way}.custom`]: { text: 'Anything else. `owner` becomes the owner of the DAG.', example: '{owner: GIS}' },
});

const id = { text: 'The id: letters, digits and `. _ -`, beginning with a letter or digit.', example: 'nyc_boroughs' };
const acl = { text: 'Who may read it where it is archived. Kept, not acted on.', example: 'public-read' };

const head: Meanings = {
  id: { ...id, text: `${id.text} The file's name without its ending is what commands call the template.` },
  depends_on: {
    text: 'Templates or datasets that are to be made before. `lifecycle check` refuses unknown ones and circles.',
    example: '[dcp_pluto]',
  },
  acl,
  version_order: {
    text: 'How `latest` tells which version is newer, in place of what versions say: [store.md](store.md#latest). A key of this program only.',
    example: 'numbers',
  },
  versions: {
    text: 'Which versions should exist: [below](#versions). A key of this program only.',
    example: '{cadence: quarterly, pattern: "%yQ%q", from: 24Q1}',
  },
  runner: { text: 'What makes its versions: [runners.md](runners.md). A key of this program only.', example: 'native' },
  ...attributes('attributes'),
};

const source = {
  takes: 'a map',
  text: 'Where the raw file comes from. `type` says of which kind; [sources.md](sources.md) lists them and what each takes.',
  example: '{type: local_file, path: data/nybb.zip}',
};

const crs = {
  takes: 'a CRS or null',
  text: 'The CRS that the result is to have, such as `EPSG:2263`; a step `reproject` comes first then, unless there is one.',
  example: 'EPSG:2263',
};

const format = {
  takes: 'a map',
  text: 'How the raw file is to be read. `type` says the format; [formats.md](formats.md) lists them and what each takes.',
  example: '{type: shapefile, crs: EPSG:2263}',
};

const steps = (way: string): Meanings => ({
  [way]: { text: 'What is done to the rows, in order.' },
  [`${way}[].name`]: { text: 'Which step: [steps.md](steps.md).', example: 'clean_column_names' },
  [`${way}[].args`]: { takes: 'a map', text: 'Its arguments.', example: '{lower: true}' },
  [`${way}[].mode`]: { text: 'The step runs only with `--mode` and this word.', example: 'quarterly' },
});

const body: Meanings = {
  columns: {
    text: 'Columns that the result has. For a template of several datasets they must be there; for a template of one they are documentation ([ADR 5](adr/0005-columns-of-one-to-one-templates-are-not-checked.md)).',
  },
  'columns[].id': { text: 'The name of the column.', example: 'boroname' },
  'columns[].data_type': { text: 'What it holds.', example: 'text' },
  'columns[].description': { text: 'What it means.', example: 'Name of the borough' },
  'columns[].is_required': { text: 'With `false` its checks pass where it is absent.', example: 'true' },
  'columns[].checks': {
    text: 'What is asked of its values: [checks.md](checks.md). Those that are not known are kept, not carried out.',
    example: '[non_nullable, {isin: {args: {allowed_values: [Queens]}}}]',
  },
  checks: {
    takes: 'a list of checks or null',
    text: 'What is asked of the result: [checks.md](checks.md). Those that are not known are kept, not carried out.',
    example: '[same_columns, {row_count: {args: {max_decrease: 20}}}]',
  },
};

const ONE: Meanings = {
  ...head,
  ingestion: { text: 'Where the data comes from and what is done to it.' },
  'ingestion.target_crs': crs,
  'ingestion.source': source,
  'ingestion.file_format': format,
  ...steps('ingestion.processing_steps'),
  ...body,
};

const SEVERAL: Meanings = {
  ...head,
  source,
  dataset_defaults: {
    text: 'What datasets have unless they say it themselves. Maps merge; anything else is replaced.',
  },
  'dataset_defaults.attributes': { text: 'As of a dataset, below.', example: '{url: "https://example.org"}' },
  'dataset_defaults.target_crs': { ...crs, text: 'As of a dataset, below.' },
  'dataset_defaults.file_format': { text: 'As of a dataset, below.', example: '{crs: EPSG:2263}' },
  'dataset_defaults.processing_steps': {
    takes: 'a list of steps or null',
    text: 'As of a dataset, below. Without it every dataset needs steps of its own; `[]` says that none are meant.',
    example: '[]',
  },
  datasets: {
    takes: 'a list of maps',
    text: 'The datasets: the next table.',
    example: '[{id: parks, attributes: {name: Parks}, file_format: {type: shapefile}}]',
  },
};

const DATASET: Meanings = {
  id: { ...id, text: `${id.text} No two alike, not even in other cases.` },
  acl,
  ...attributes('attributes'),
  target_crs: crs,
  file_format: format,
  ...steps('processing_steps'),
  processing_steps: { text: 'What is done to the rows, in order.', otherwise: '**required**, here or by default' },
  ...body,
};

const PROJECT: Meanings = {
  checks: {
    takes: 'a list of checks or null',
    text: 'What is asked of every dataset whose template does not name that check itself.',
    example: '[{row_count: {args: {max_decrease: 50}}}, within_crs_area]',
  },
  runner: {
    text: 'What makes the versions of templates that do not say it: [runners.md](runners.md).',
    example: 'native',
  },
};

/** The tables of the page, by the place where each is to stand, with what its examples are to be read by. */
export const TEMPLATE_KEYS = {
  one: { takes: TEMPLATE_FIELDS.oneToOne.takes, meanings: ONE },
  several: { takes: TEMPLATE_FIELDS.oneToMany.takes, meanings: SEVERAL },
  dataset: { takes: TEMPLATE_FIELDS.dataset.takes, meanings: DATASET },
  project: { takes: projectFileModel.takes, meanings: PROJECT },
};

/** The page of everything that may stand in a template. */
export function templatesPage(): string {
  const table = ({ takes, meanings }: (typeof TEMPLATE_KEYS)['one']) => keyTable(takes, meanings).join('\n');
  return `# Templates

${NOTE}

\`ingest_templates/ID.yml\` says where a dataset comes from, in which format, and what is done to it. \`lifecycle check\` names every mistake with its place and what was probably meant.

\`\`\`yaml
id: nyc_boroughs
attributes: {name: NYC Borough Boundaries}
ingestion:
  target_crs: EPSG:2263
  source: {type: local_file, path: "data/nybb_{{ version }}.zip"}
  file_format: {type: shapefile, crs: EPSG:2263}
  processing_steps:
  - name: clean_column_names
    args: {lower: true}
\`\`\`

\`{{ version }}\` is the version that is asked for. Jinja's filters, slices and conditions work on it, and there is no other variable. Quote it, as above: a version such as \`2020\` is a number to YAML otherwise. A key that is not known is refused. Those of \`attributes\` and of a step are passed over with a warning; those of a source are kept, with a warning; those of the format \`parquet\` are passed over.

"or null" in the tables says that the key may be written without a value. No default: nothing.

## A template of one dataset

${table(TEMPLATE_KEYS.one)}

## A template of several datasets

One raw file, several results, each in a folder of its own.

\`\`\`yaml
id: open_space
attributes: {name: Open Space}
source: {type: local_file, path: data/open_space.zip}
dataset_defaults:
  file_format: {type: shapefile, crs: EPSG:2263}
  processing_steps: []
datasets:
- id: parks
  attributes: {name: Parks}
  file_format: {unzipped_filename: parks.shp}
- id: plazas
  attributes: {name: Plazas}
  file_format: {unzipped_filename: plazas.shp}
\`\`\`

${table(TEMPLATE_KEYS.several)}

### Each of \`datasets\`

With its defaults merged in.

${table(TEMPLATE_KEYS.dataset)}

## versions

Which versions should exist, so that there is a meaning to "missing" ([backfill.md](backfill.md)). Products say it of their partitions, in \`products.yml\`. One of:

| | |
|---|---|
| \`expected: [16a, 16b]\` | these |
| \`cadence: monthly\`, \`quarterly\` or \`yearly\` | one for each period since \`from\`, each from the day on which it begins in New York |
| \`from_source: true\` | what the source lists when it is asked (\`--remote\`); for templates only |

\`pattern\` is how a period is written: \`%Y\` 2024, \`%y\` 24 (of 20xx), \`%q\` 1 to 4, \`%m\` 01 to 12, \`%d\` 01 (the day on which it begins), \`%%\` a percent sign; all else stands for itself. It has to tell periods apart. Without it: \`%Y-%m\`, \`%YQ%q\`, \`%Y\`. \`from\` is the first version, as the pattern writes it, or a day in it (\`2024-01-01\`). \`versions: {cadence: quarterly, pattern: "%yv%q", from: 24v1}\` expects 24v1, 24v2, 24v3, 24v4, 25v1 and so on.

## lifecycle.yml

In the project's root, if there is anything to say for all of it.

${table(TEMPLATE_KEYS.project)}
`;
}
