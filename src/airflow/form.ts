import { VERSION_PATTERN } from '../ids.ts';
import { RUNNERS } from '../project/runner.ts';

/** What the command is told when a field of the form has a value. */
export type Given =
  /** The flag alone, when the switch is on, or when it is off; to the command that does this stage of a build, where one is named. */
  | { as: 'switch'; flag: string; when: boolean; stage?: string }
  /** Flag and value, once for each value; `before` stands in front of the value. */
  | { as: 'option'; flag: string; before?: string }
  /** A variable of the environment. */
  | { as: 'variable'; name: string };

/** One field of the form that Airflow shows before a run, which is one of its params. */
export interface FormField {
  name: string;
  value: unknown;
  /** JSON Schema, with `title`, `description`, `section` and `examples` as Airflow's form shows them. */
  schema: Record<string, unknown>;
  /** Null for the versions: each run of the command has one of them. */
  given: Given | null;
}

/** For forms, which show it when they refuse something; the timetable and the first task apply the whole pattern. */
export const VERSION_FORM_PATTERN = '^\\w[\\w.+:\\-]{0,99}$';
const VERSION_HINT = '1 to 100 letters, digits and . _ - + : beginning with a letter or digit, such as 2024a';
/** What the timetables go by, and why they refuse a run. Python's `str.format` fills in the key. */
export const VERSION_RULE = {
  pattern: VERSION_PATTERN,
  refusals: {
    bad: `{key!r} is no version: use ${VERSION_HINT}, and not latest, nor what no file may be called (con, 1..2)`,
    both: 'give a Partition Key or Versions, not both: a run has one key',
    none: `a version is needed: write it under Versions, or fill in Partition Key; use ${VERSION_HINT}`,
  },
};

/** What has no section comes first in Airflow's form, and is open; sections are closed. */
const OPTIONS = 'Options';
const VARIABLES = 'Variables of the recipe';
const PINS = 'Versions of inputs';
const MODE_PATTERN = '^[A-Za-z0-9_.-]{1,100}$';

function text(name: string, given: Given, schema: Record<string, unknown>): FormField {
  const { examples, ...rest } = schema;
  const some = Array.isArray(examples) && examples.length > 0;
  return { name, value: null, schema: { type: ['null', 'string'], ...rest, ...(some ? { examples } : {}) }, given };
}

function toggle(name: string, flag: string, title: string, description: string, value = false): FormField {
  return {
    name,
    value,
    schema: { type: 'boolean', title, description, section: OPTIONS },
    given: { as: 'switch', flag, when: !value },
  };
}

function report(what: string, value: boolean, stage?: string): FormField {
  const description = `Writes a page about the ${what}; the event of its asset says where.`;
  const given = { as: 'switch', flag: '--report', when: true, ...(stage ? { stage } : {}) } as const;
  return { ...toggle('report', '--report', 'Report', description), value, given };
}

/** @param whenNone what happens when no version is given at all */
function versions(whenNone: string): FormField {
  return {
    name: 'versions',
    value: [],
    schema: {
      type: 'array',
      title: 'Versions',
      items: { type: 'string', pattern: VERSION_FORM_PATTERN },
      uniqueItems: true,
      maxItems: 1000,
      description:
        `What to make; several at once, one a line. Each: ${VERSION_HINT}. For one version, Partition Key under ` +
        `Advanced Options does the same, and is then the key of the run as well; leave this empty. ${whenNone}`,
    },
    given: null,
  };
}

/** The form of a template, in the order in which it is shown. */
export function ingestForm(template: {
  source_tells_version: boolean;
  modes: readonly string[];
  datasets: readonly string[];
}): FormField[] {
  return [
    versions(
      template.source_tells_version
        ? 'With neither, the source tells its newest version.'
        : 'With neither, no run is started.',
    ),
    ...(template.datasets.length > 0
      ? [
          {
            name: 'datasets',
            value: [],
            schema: {
              type: 'array',
              title: 'Datasets',
              items: { type: 'string', enum: template.datasets },
              examples: template.datasets,
              uniqueItems: true,
              description: 'Only these; empty means all.',
              section: OPTIONS,
            },
            given: { as: 'option' as const, flag: '--dataset' },
          },
        ]
      : []),
    text(
      'mode',
      { as: 'option', flag: '--mode' },
      {
        title: 'Mode',
        description:
          template.modes.length > 0
            ? `Runs the steps of this processing mode too: ${template.modes.join(', ')}.`
            : 'Runs the steps of this processing mode too; the template has none.',
        pattern: MODE_PATTERN,
        examples: template.modes,
        section: OPTIONS,
      },
    ),
    text(
      'runner',
      { as: 'option', flag: '--runner' },
      {
        title: 'Runner',
        description: "What makes it; empty: as template and project say. dcpy is the department's own engine.",
        pattern: `^(${RUNNERS.join('|')})$`,
        examples: RUNNERS,
        section: OPTIONS,
      },
    ),
    toggle('latest', '--no-latest', 'Latest', 'Offers `latest` this version; it moves forward only.', true),
    toggle('overwrite', '--overwrite', 'Overwrite', 'Replaces a published version that has other content.'),
    toggle('accept', '--accept', 'Accept', 'Publishes although `checks` refuse what changed since the version before.'),
    toggle('output_csv', '--csv', 'CSV', 'Writes a CSV beside the Parquet file.'),
    report('version', false),
  ];
}

/** The form of a product. `known` are versions of an input that the store has, the newest first. */
export function buildForm(product: {
  variables: readonly string[];
  inputs: readonly { id: string; version: string | null; known: readonly string[] }[];
}): FormField[] {
  return [
    versions('With neither, no run is started.'),
    text(
      'version',
      { as: 'option', flag: '--version' },
      {
        title: 'Version of the product',
        description: 'What the build calls itself; empty lets the recipe decide.',
        pattern: VERSION_FORM_PATTERN,
        examples: ['24v1', '2024-06-01'],
        section: OPTIONS,
      },
    ),
    toggle('force', '--force', 'Repeat', 'Runs every stage again, also those that are done with the same inputs.'),
    report('build', true, 'package'),
    {
      ...toggle(
        'make_missing',
        '--make-missing',
        'Missing inputs',
        'Makes the versions of inputs first that are missing.',
      ),
      given: { as: 'switch', flag: '--make-missing', when: true, stage: 'plan' },
    },
    ...product.variables.map((name) =>
      text(
        name,
        { as: 'variable', name },
        { title: name, description: `Fills in ${name} of the recipe.`, section: VARIABLES },
      ),
    ),
    ...product.inputs.map(({ id, version, known }) =>
      text(
        `input ${id}`,
        { as: 'option', flag: '--input', before: `${id}=` },
        {
          title: id,
          description: `Pins its version; empty: ${version ?? 'as the recipe finds it'}.`,
          pattern: VERSION_FORM_PATTERN,
          examples: known,
          section: PINS,
        },
      ),
    ),
  ];
}
