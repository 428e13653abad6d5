/** Exit codes of every command, one meaning each. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  blocked: 3,
  /** EX_TEMPFAIL of sysexits.h: somebody else holds it, try again. */
  busy: 75,
  interrupted: 130,
  terminated: 143,
} as const;

interface CodeFacts {
  /** What happened, without the particulars. */
  meaning: string;
  /** What to do about it. */
  remedy: string;
  exit: number;
}

/** Every code that a LifecycleError or a finding can carry. `docs/errors.md` is generated from it. */
export const ERROR_CODES = {
  LIF_INTERNAL: {
    meaning: 'Something went wrong that the program did not expect.',
    remedy: 'Run again with LIFECYCLE_DEBUG=1 and report the stack.',
    exit: EXIT.failed,
  },
  LIF_STOPPED: {
    meaning: 'A signal stopped the work; nothing half-written was left.',
    remedy: 'Run the same command again.',
    exit: EXIT.terminated,
  },
  LIF_USAGE: {
    meaning: 'The command line was not understood.',
    remedy: 'See `lifecycle help COMMAND`.',
    exit: EXIT.usage,
  },
  LIF_UNKNOWN_ID: {
    meaning: 'No template, dataset or product has that id.',
    remedy: 'Check the suggestion, or `lifecycle list`.',
    exit: EXIT.usage,
  },
  LIF_BAD_VERSION: {
    meaning: 'The version or partition key is not a legal name.',
    remedy: 'Use 1 to 100 letters, digits and . _ - + : beginning with a letter or digit, without `..`.',
    exit: EXIT.usage,
  },
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
  ENG_EXTENSION_MISSING: {
    meaning: 'An extension of DuckDB that this work needs could not be loaded.',
    remedy: 'Run `npm start` or `npm test` once; they install it.',
    exit: EXIT.failed,
  },
  ING_AMBIGUOUS_ARCHIVE: {
    meaning: 'An archive holds several files and the template does not say which to read.',
    remedy: 'Name one with `unzipped_filename` in file_format.',
    exit: EXIT.failed,
  },
  ING_BAD_ENCODING: {
    meaning: 'The bytes of a text file are not in the encoding that was expected.',
    remedy: 'Set `encoding` in file_format.',
    exit: EXIT.failed,
  },
  ING_BAD_EXPRESSION: {
    meaning: 'An expression in a step could not be understood.',
    remedy: 'Write it with the operators and methods that the message lists.',
    exit: EXIT.failed,
  },
  ING_BAD_FILE: {
    meaning: 'A raw file could not be read as the format that the template names.',
    remedy: 'Look at what the source answers; a cut-off download or an error page is the usual reason.',
    exit: EXIT.failed,
  },
  ING_BAD_GEOMETRY: {
    meaning: 'A value is no geometry, or one that the step cannot take.',
    remedy: 'Check `geometry` in file_format, or clean the data in an earlier step.',
    exit: EXIT.failed,
  },
  ING_BAD_OPTION: {
    meaning: 'An option of a format or a step is unknown or has a value it cannot have.',
    remedy: 'Use one of the options that the message lists.',
    exit: EXIT.failed,
  },
  ING_BAD_VALUE: {
    meaning: 'A value cannot become what a step makes of its column.',
    remedy: 'Use `errors: coerce`, or clean the value in an earlier step.',
    exit: EXIT.failed,
  },
  ING_DUPLICATE_COLUMN: {
    meaning: 'Two columns would have the same name.',
    remedy: 'Rename or drop one of them in a step.',
    exit: EXIT.failed,
  },
  ING_DUPLICATE_KEY: {
    meaning: 'A key that must be unique stands more than once.',
    remedy: 'Deduplicate by it in an earlier step.',
    exit: EXIT.failed,
  },
  ING_EMPTY_FILE: {
    meaning: 'The raw file is empty.',
    remedy: 'Look at what the source answers; an empty answer is never a dataset.',
    exit: EXIT.failed,
  },
  ING_FILE_NOT_FOUND: {
    meaning: 'A file, layer, sheet or table that the template names is not in the raw file.',
    remedy: 'Correct the name; the message lists what there is.',
    exit: EXIT.failed,
  },
  ING_GEOSUPPORT: {
    meaning: 'The geocoder could not be asked.',
    remedy: 'Set LIFECYCLE_GEOSUPPORT to a command that answers one JSON line per call.',
    exit: EXIT.failed,
  },
  ING_MISSING_COLUMN: {
    meaning: 'A column that the template names is not in the data.',
    remedy: 'Correct the name; the message lists the columns there are.',
    exit: EXIT.failed,
  },
  ING_MISSING_KEY: {
    meaning: 'A key of the previous version is missing in the new rows.',
    remedy: 'Set `missing_key_behavior`, or complete the rows.',
    exit: EXIT.failed,
  },
  ING_MIXED_TYPES: {
    meaning: 'A column holds values of several kinds that no one type holds.',
    remedy: 'Read it as text, or mend it at the source.',
    exit: EXIT.failed,
  },
  ING_NO_COLUMNS: {
    meaning: 'A dataset has no columns.',
    remedy: 'Look at what the source answers, and at the steps that drop columns.',
    exit: EXIT.failed,
  },
  ING_NO_GEOMETRY: {
    meaning: 'A step needs a geometry and the data have none.',
    remedy: 'Describe the coordinates with `geometry` in file_format.',
    exit: EXIT.failed,
  },
  ING_NO_PREVIOUS: {
    meaning: 'A step needs a previous version and there is none.',
    remedy: 'Ingest or adopt one first.',
    exit: EXIT.failed,
  },
  ING_NUMBER_TOO_LARGE: {
    meaning: 'A whole number does not fit 64 bits.',
    remedy: 'Read the column as text with `dtype`.',
    exit: EXIT.failed,
  },
  ING_PYTHON: {
    meaning: 'A Python script could not be run or failed.',
    remedy: "Set LIFECYCLE_PYTHON to a Python that has the script's package.",
    exit: EXIT.failed,
  },
  ING_RAGGED_ROW: {
    meaning: 'A row of a CSV file has more fields than the rows before it.',
    remedy: 'Check `delimiter` and `quoting` in file_format.',
    exit: EXIT.failed,
  },
  ING_STEP_FAILED: {
    meaning: 'A processing step could not be carried out.',
    remedy: 'See the cause; a value of an unexpected kind is the usual reason.',
    exit: EXIT.failed,
  },
  ING_UNKNOWN_CRS: {
    meaning: 'A coordinate reference system is not known.',
    remedy: 'Write an authority and a code, such as EPSG:2263.',
    exit: EXIT.failed,
  },
  ING_UNKNOWN_MODE: {
    meaning: 'No step of the dataset has the mode that was asked for.',
    remedy: 'Use one of its modes, or none.',
    exit: EXIT.usage,
  },
  ING_UNSUPPORTED_COMPRESSION: {
    meaning: 'A raw file is compressed in a way that cannot be read.',
    remedy: 'Compress it with gzip, zstd or zip.',
    exit: EXIT.failed,
  },
  ING_WRONG_CRS: {
    meaning: 'The data are in another coordinate reference system than the template says.',
    remedy: 'Correct `crs` in file_format.',
    exit: EXIT.failed,
  },
  STO_BUSY: {
    meaning: 'Another process is working on the same version or partition.',
    remedy: 'Wait for it to end, then run the same command again.',
    exit: EXIT.busy,
  },
  STO_NO_VERSION: {
    meaning: 'The store has no such version or partition.',
    remedy: 'See `lifecycle show ID` for those it has, or make it.',
    exit: EXIT.failed,
  },
  STO_VERSION_DIFFERS: {
    meaning: 'The version is already published with other content.',
    remedy: 'Give the new content a version of its own, or replace the published one with `--overwrite`.',
    exit: EXIT.failed,
  },
  STO_WRITE_FAILED: {
    meaning: 'The store could not be written.',
    remedy: 'See the cause: free space, permissions, a read-only file system.',
    exit: EXIT.failed,
  },
  SRC_UNKNOWN_TYPE: {
    meaning: 'No connector has that source type.',
    remedy: 'See the list of source types in docs/sources.md.',
    exit: EXIT.usage,
  },
  SRC_ARGUMENTS: {
    meaning: 'The arguments of a source are missing something or contradict themselves.',
    remedy: 'Correct the `source` of the template; docs/sources.md lists the arguments of every type.',
    exit: EXIT.usage,
  },
  SRC_NOT_FOUND: {
    meaning: 'The source has no such file, object, dataset or layer.',
    remedy: 'Check the name and the version against what the message says is there.',
    exit: EXIT.failed,
  },
  SRC_OUTSIDE_PROJECT: {
    meaning: 'A relative path of a local file leads out of the project.',
    remedy: 'Put the file into the project, or give its absolute path.',
    exit: EXIT.failed,
  },
  SRC_UNREACHABLE: {
    meaning: 'The host of the source could not be reached.',
    remedy: 'Check the network, the proxy variables and the host name, then run the same command again.',
    exit: EXIT.failed,
  },
  SRC_TIMEOUT: {
    meaning: 'The source was too slow, or fell silent.',
    remedy: 'Run the same command again; LIFECYCLE_TRANSFER raises the time limits.',
    exit: EXIT.failed,
  },
  SRC_HTTP_STATUS: {
    meaning: 'The source answered with an error status.',
    remedy: 'Check the address and the credentials; a 5xx is the trouble of the source and may pass.',
    exit: EXIT.failed,
  },
  SRC_TLS: {
    meaning: 'The certificate of the source could not be trusted.',
    remedy: 'Do not go round it: tell the owner of the source; for an own authority set NODE_EXTRA_CA_CERTS.',
    exit: EXIT.failed,
  },
  SRC_REDIRECT_REFUSED: {
    meaning: 'A redirect leads where a download must not go.',
    remedy: 'Check the address; if the redirect is right, put its target into the template.',
    exit: EXIT.failed,
  },
  SRC_INCOMPLETE: {
    meaning: 'The body ended before it was complete, on every attempt.',
    remedy: 'Run the same command again later; the source or a proxy cuts the transfer.',
    exit: EXIT.failed,
  },
  SRC_EMPTY: {
    meaning: 'The source answered with nothing.',
    remedy: 'Open the address in a browser: the dataset may have moved.',
    exit: EXIT.failed,
  },
  SRC_UNEXPECTED_CONTENT: {
    meaning: 'What arrived is not what the template expects, such as a login page in place of a CSV.',
    remedy: 'Open the address in a browser: it may ask for a login, or have moved.',
    exit: EXIT.failed,
  },
  SRC_ENCODING: {
    meaning: 'The compressed body could not be unpacked, or grew beyond all measure.',
    remedy: 'Tell the owner of the source; the answer says it is compressed and is not.',
    exit: EXIT.failed,
  },
  SRC_CHECKSUM: {
    meaning: 'The content does not have the checksum that was declared for it.',
    remedy: 'Download again; if it stays, the source changed or was tampered with.',
    exit: EXIT.failed,
  },
  SRC_ANSWER: {
    meaning: 'The service answered, but with an error or with something that makes no sense.',
    remedy: 'See the message of the service; the dataset may have been changed or withdrawn.',
    exit: EXIT.failed,
  },
  SRC_CHANGED: {
    meaning: 'The source changed while it was being read page by page.',
    remedy: 'Run the same command again.',
    exit: EXIT.failed,
  },
  SRC_CREDENTIALS: {
    meaning: 'Credentials are missing or were refused.',
    remedy: 'Set the variables that the message names; docs/sources.md lists them for every type.',
    exit: EXIT.failed,
  },
  SRC_HOST_KEY: {
    meaning: 'The host key of an SFTP server is unknown or has changed.',
    remedy: 'Verify the key with the owner of the server, then add it to the known_hosts file.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_CORRUPT: {
    meaning: 'The archive is damaged.',
    remedy: 'Fetch it again; if it stays, tell the owner of the source.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_UNSAFE: {
    meaning: 'The archive holds an entry that must not be unpacked.',
    remedy: 'Tell the owner of the source; a sound archive has plain relative names and no links.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_ENCRYPTED: {
    meaning: 'The archive is encrypted.',
    remedy: 'Ask the owner of the source for a plain one.',
    exit: EXIT.failed,
  },
  SRC_ARCHIVE_TOO_LARGE: {
    meaning: 'The archive would unpack to more than is allowed.',
    remedy: 'If it is genuine, raise the limits by LIFECYCLE_ARCHIVE_LIMITS.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_UNREADABLE: {
    meaning: 'The recipe file is missing or is no UTF-8 text.',
    remedy: 'Check the path in products.yml, or give another file with `--recipe`.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_TEMPLATE: {
    meaning: 'The template of a recipe could not be rendered.',
    remedy: 'Set the variable that the message names, or correct the expression.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_YAML: {
    meaning: 'The recipe is no valid YAML 1.1.',
    remedy: 'Correct the file at the place that the message names.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_INVALID: {
    meaning: 'Fields of the recipe are missing, unknown or of the wrong kind.',
    remedy: 'Correct the fields that are listed; docs/builds.md has the table of all fields.',
    exit: EXIT.failed,
  },
  BLD_RECIPE_IGNORED: {
    meaning: 'Something in the recipe has no effect.',
    remedy: 'Remove it, or correct its name.',
    exit: EXIT.failed,
  },
  BLD_NO_VERSION: {
    meaning: 'Nothing says which version to build.',
    remedy: 'Give `--version`, or a `version` or `version_strategy` in the recipe.',
    exit: EXIT.failed,
  },
  BLD_VERSION_STRATEGY: {
    meaning: 'The recipe’s version strategy leads to no version.',
    remedy: 'Give `--version`, or correct `version_strategy` and `version_type`.',
    exit: EXIT.failed,
  },
  BLD_PREVIOUS_RELEASE: {
    meaning: 'The versions of the previous release cannot be copied.',
    remedy: 'Give the input a `version`, or use `find_latest`.',
    exit: EXIT.failed,
  },
  BLD_MISSING_INPUTS: {
    meaning: 'Inputs of the build are not there.',
    remedy: 'Run the commands that the message lists, then the same command again.',
    exit: EXIT.blocked,
  },
  BLD_PLAN_REFUSED: {
    meaning: 'The recipe cannot be planned as it is.',
    remedy: 'Correct what the message lists.',
    exit: EXIT.failed,
  },
  BLD_STAGE_MISSING: {
    meaning: 'An earlier stage of the build has not been done.',
    remedy: 'Run the stage that the message names, or the whole build.',
    exit: EXIT.blocked,
  },
  BLD_LOCK_INVALID: {
    meaning: 'A lock file of the partition cannot be read.',
    remedy: 'Plan again with `--stage plan --force`.',
    exit: EXIT.failed,
  },
  BLD_INPUT_CHANGED: {
    meaning: 'An input is not the one that was locked.',
    remedy: 'Plan again with `--stage plan --force` to take what is there now.',
    exit: EXIT.failed,
  },
  BLD_ENGINE_SETTINGS: {
    meaning: 'The settings of the build’s PostgreSQL are not complete.',
    remedy: 'Set BUILD_ENGINE_SERVER and BUILD_ENGINE_DB, or neither to load into a DuckDB file.',
    exit: EXIT.usage,
  },
  BLD_ENGINE_UNREACHABLE: {
    meaning: 'The build’s PostgreSQL cannot be reached.',
    remedy: 'Check BUILD_ENGINE_SERVER and BUILD_ENGINE_DB; the database must exist.',
    exit: EXIT.failed,
  },
  BLD_LOAD_FAILED: {
    meaning: 'An input could not be loaded.',
    remedy: 'See the cause; correct the input or the recipe, then run the same command again.',
    exit: EXIT.failed,
  },
  BLD_COMMAND_FAILED: {
    meaning: 'A build command ended with an error.',
    remedy: 'See build.log in the partition; correct the command, then run the same command again.',
    exit: EXIT.failed,
  },
  BLD_COMMAND_NOT_FOUND: {
    meaning: 'A build command could not be started.',
    remedy: 'Install the program or correct the command; PATH is handed on as it is.',
    exit: EXIT.failed,
  },
  BLD_TIMEOUT: {
    meaning: 'A build command took too long and was stopped with everything it had started.',
    remedy: 'Raise the limit with `--timeout`, or find out why it hangs.',
    exit: EXIT.failed,
  },
  BLD_EXPORT_FAILED: {
    meaning: 'A table could not be exported.',
    remedy: 'See the cause; correct the export in the recipe or the command that makes the table.',
    exit: EXIT.failed,
  },
  BLD_CATALOG_INVALID: {
    meaning: 'The catalog of available versions cannot be read.',
    remedy: 'See docs/builds.md for its form.',
    exit: EXIT.usage,
  },
  AIR_NOT_INSTALLED: {
    meaning: 'The Python environment with Airflow is not there.',
    remedy: 'Run `npm start` once: it installs what is missing.',
    exit: EXIT.failed,
  },
  AIR_PORT_TAKEN: {
    meaning: 'Another program listens on the port that was asked for.',
    remedy: 'Choose another with `--port`, or leave the option away to get a free one.',
    exit: EXIT.failed,
  },
  AIR_DATABASE: {
    meaning: "The database for Airflow's history could not be made, started or brought up to date.",
    remedy: 'See the cause and logs/server/postgres.log in the Airflow home, or choose another with `--database`.',
    exit: EXIT.failed,
  },
  AIR_COMPONENT: {
    meaning: 'A part of Airflow does not stay up.',
    remedy: 'See its log; the message names it.',
    exit: EXIT.failed,
  },
  AIR_BUSY: {
    meaning: 'A server runs on the same Airflow home already.',
    remedy: 'Use that one, or end it with `lifecycle airflow stop`.',
    exit: EXIT.busy,
  },
  AIR_STOP: {
    meaning: 'The server did not end in time after it was asked to.',
    remedy: 'Kill the process that the message names, then run `lifecycle airflow stop` again.',
    exit: EXIT.failed,
  },
  AIR_NOT_RUNNING: {
    meaning: 'No Airflow server runs on this project.',
    remedy: 'Start one with `lifecycle airflow start`, or name another in LIFECYCLE_AIRFLOW_URL.',
    exit: EXIT.failed,
  },
  AIR_UNREACHABLE: {
    meaning: 'The Airflow server does not answer.',
    remedy: 'Check its address, and whether it runs: `lifecycle airflow status`.',
    exit: EXIT.failed,
  },
  AIR_REFUSED: {
    meaning: 'Airflow understood the request and refused it.',
    remedy: 'The message holds its reason: a bad version, an unknown DAG, a login that is not valid.',
    exit: EXIT.failed,
  },
  AIR_RUN_FAILED: {
    meaning: 'A run in Airflow failed.',
    remedy: 'The message holds the last error of each failed task; their logs in Airflow hold the rest.',
    exit: EXIT.failed,
  },
} as const satisfies Record<string, CodeFacts>;

export type ErrorCode = keyof typeof ERROR_CODES;
