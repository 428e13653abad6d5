import { type CodeFacts, EXIT } from './facts.ts';

/** PRJ_…: a project's files. */
export const PROJECT_CODES = {
  PRJ_NOT_A_PROJECT: {
    meaning: 'The folder holds neither ingest templates nor products.',
    remedy: 'Point --project or LIFECYCLE_PROJECT at a folder with `ingest_templates/` or `products/products.yml`.',
    exit: EXIT.usage,
  },
  PRJ_UNREADABLE: {
    meaning: 'A file of the project cannot be read, or is not UTF-8.',
    remedy: 'Check its permissions and its encoding.',
    exit: EXIT.failed,
  },
  PRJ_OUTSIDE_PROJECT: {
    meaning: 'A path of the project leads out of it.',
    remedy: 'Keep templates, product folders and recipes inside the project; no `..`, no links to the outside.',
    exit: EXIT.failed,
  },
  PRJ_BAD_YAML: {
    meaning: 'A file is not valid YAML.',
    remedy: 'Correct what the message names; the place is where reading had to stop.',
    exit: EXIT.failed,
  },
  PRJ_REPEATED_KEY: {
    meaning: 'A key stands twice in the same map; the last one counts.',
    remedy: 'Keep one of them.',
    exit: EXIT.failed,
  },
  PRJ_BAD_JINJA: {
    meaning: 'The template expressions of a file cannot be read or rendered.',
    remedy: 'Correct the expression; `version` is text and knows slices, filters and the methods of Python text.',
    exit: EXIT.failed,
  },
  PRJ_UNKNOWN_CHECK: {
    meaning: 'A template names a check that is not known here; it is kept as it is and not carried out.',
    remedy: 'Correct the name; docs/checks.md lists the checks, and which of them stand with columns.',
    exit: EXIT.failed,
  },
  PRJ_UNKNOWN_CRS: {
    meaning: 'A template names a coordinate reference system that does not exist.',
    remedy: 'Correct the code; the message names those that are nearest.',
    exit: EXIT.failed,
  },
  PRJ_UNKNOWN_VARIABLE: {
    meaning: 'An ingest template uses a variable other than `version`.',
    remedy: 'Only `version` is known; write {{ version }}.',
    exit: EXIT.failed,
  },
  PRJ_UNQUOTED_VERSION: {
    meaning: 'A value that is nothing but an unquoted expression may turn into a number or a date.',
    remedy: 'Put quotation marks around it.',
    exit: EXIT.failed,
  },
  PRJ_SECRET: {
    meaning: 'A password, token or key stands in a file of the project.',
    remedy:
      'Take it out, change it at its issuer, and give the new one by the environment; docs/sources.md says how for each source.',
    exit: EXIT.failed,
  },
  PRJ_MISSING_FIELD: {
    meaning: 'A field or argument that is needed is missing or empty.',
    remedy: 'Add it.',
    exit: EXIT.failed,
  },
  PRJ_UNKNOWN_KEY: {
    meaning: 'A key or argument is not known in this place.',
    remedy: 'Check the spelling and the indentation.',
    exit: EXIT.failed,
  },
  PRJ_WRONG_VALUE: {
    meaning: 'A value is not of the kind that is asked for.',
    remedy: 'See what the message expects; quote numbers, dates and yes/no that are meant as text.',
    exit: EXIT.failed,
  },
  PRJ_BOTH_FORMS: {
    meaning: 'A template has both `ingestion` and `datasets`.',
    remedy: 'Keep `ingestion` for one dataset, or `source` and `datasets` for several.',
    exit: EXIT.failed,
  },
  PRJ_UNKNOWN_FORMAT: {
    meaning: 'There is no file format of that name.',
    remedy: 'Use csv, xlsx, shapefile, geodatabase, json, geojson, html or parquet.',
    exit: EXIT.failed,
  },
  PRJ_UNKNOWN_SOURCE: {
    meaning: 'There is no source of that type.',
    remedy: 'Check the suggestion, or docs/sources.md.',
    exit: EXIT.failed,
  },
  PRJ_UNKNOWN_STEP: {
    meaning: 'There is no processing step, or no method of a step, of that name.',
    remedy: 'Check the suggestion, or docs/steps.md.',
    exit: EXIT.failed,
  },
  PRJ_BAD_ID: {
    meaning: 'An id cannot be the name of a directory and an asset.',
    remedy: 'Use letters, digits and . _ - beginning with a letter or digit; product ids may hold spaces.',
    exit: EXIT.failed,
  },
  PRJ_REPEATED_ID: {
    meaning: 'Two templates, datasets or products have the same id.',
    remedy: 'Rename one of them.',
    exit: EXIT.failed,
  },
  PRJ_BAD_SCHEDULE: {
    meaning: 'The schedule of a product is no cron expression that ever comes due.',
    remedy: 'Give five fields, such as `0 6 * * 1-5`, or @hourly, @daily, @weekly, @monthly, @quarterly or @yearly.',
    exit: EXIT.failed,
  },
  PRJ_DAG_ID_CLASH: {
    meaning: 'Two ids would become the same DAG id, where everything but letters, digits and . _ - is `_`.',
    remedy: 'Rename one of them.',
    exit: EXIT.failed,
  },
  PRJ_UNKNOWN_DEPENDENCY: {
    meaning: 'A template depends on a dataset that no template of the project makes.',
    remedy: 'Check the spelling of `depends_on`, or add the template.',
    exit: EXIT.failed,
  },
  PRJ_DEPENDENCY_CYCLE: {
    meaning: 'Templates depend on each other in a circle.',
    remedy: 'Take one `depends_on` of the path out.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;
