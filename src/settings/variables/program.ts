import type { Declarations } from '../declaration.ts';
import { command, flag, oneOf, path, presence, seconds, text, wholeNumber } from '../kinds.ts';

/** Where things are. */
export const PLACES = {
  LIFECYCLE_PROJECT: {
    kind: path,
    otherwise: 'the project at or above the current folder, else the sample',
    meaning: 'the project to work on; the option `--project` wins over it',
    usedBy: 'every command',
  },
  LIFECYCLE_HOME: {
    kind: path,
    otherwise: '`.lifecycle` in the project',
    meaning: 'the store: all that is ingested and built',
    usedBy: 'every command',
  },
  LIFECYCLE_AIRFLOW_HOME: {
    kind: path,
    otherwise: '`.airflow` beside the store',
    meaning: "the folder of Airflow's own files: manifest, logs, keys, database",
    usedBy: '`airflow`, `trigger`',
  },
  LIFECYCLE_VENV: {
    kind: path,
    otherwise: '`.venv` of the installation',
    meaning: "the Python environment that holds Airflow and DuckDB's extensions; `npm start` takes it as it is",
    usedBy: '`npm start`, `airflow start`, `ingest`, `build`',
  },
  HOME: {
    kind: path,
    otherwise: 'the home folder that the system knows of the user',
    meaning: 'where `.ssh/known_hosts` is looked for',
    usedBy: 'source types `axway` and `ginger`; handed on to build commands',
  },
  LANG: {
    kind: text,
    meaning: 'the language and the encoding of what programs say',
    usedBy: 'handed on to preprocessors and build commands',
  },
  PATH: {
    kind: text,
    meaning: 'where programs are looked for: `git`, `python3`, `psql`, `ogr2ogr`',
    usedBy: '`build`, `plan`, `airflow start`; handed on to build commands',
  },
} as const satisfies Declarations;

/** How the program runs and what it says. */
export const PROGRAM = {
  LIFECYCLE_LOG: {
    kind: oneOf('text', 'json'),
    default: 'text',
    meaning: 'how progress and logs are written to stderr: for people, or one JSON object a line',
    usedBy: 'every command',
    setBy: "Airflow's tasks (`json`)",
  },
  LIFECYCLE_DEBUG: {
    kind: flag,
    default: false,
    meaning: 'shows stacks of unexpected errors, and what Python packages log in detail',
    usedBy: 'every command',
  },
  NO_COLOR: {
    kind: presence,
    default: false,
    meaning: 'no colours and no progress bars',
    usedBy: 'every command',
  },
  TERM: { kind: text, meaning: '`dumb` is a terminal without colours and progress bars', usedBy: 'every command' },
  LIFECYCLE_STOP_WITHIN: {
    kind: seconds(1e6),
    default: 10,
    meaning: 'the seconds that work may take to stop after SIGINT or SIGTERM before it is cut off',
    usedBy: 'every command',
  },
  LIFECYCLE_PARENT: {
    kind: wholeNumber(1, 2 ** 31 - 1),
    meaning: 'the process that starts the command and takes it along when it dies',
    usedBy: 'every command',
    setBy: "`npm start` and Airflow's tasks",
  },
  MALLOC_MMAP_THRESHOLD_: {
    kind: text,
    default: '131072',
    meaning: 'from which size on glibc gives blocks back to the system at once',
    usedBy: '`bin/lifecycle`',
  },
  MALLOC_TRIM_THRESHOLD_: {
    kind: text,
    default: '131072',
    meaning: 'how much free memory glibc keeps',
    usedBy: '`bin/lifecycle`',
  },
  MALLOC_ARENA_MAX: {
    kind: text,
    default: '2',
    meaning: 'how many arenas glibc takes memory from',
    usedBy: '`bin/lifecycle`',
  },
  PYENV_ROOT: {
    kind: path,
    otherwise: '`.pyenv` in the home folder',
    meaning: 'where a Python that pyenv has installed is looked for',
    usedBy: '`npm start`, while it installs',
  },
  npm_execpath: {
    kind: path,
    meaning: 'the npm that installs packages',
    usedBy: '`npm start`, while it installs',
    setBy: 'npm',
  },
} as const satisfies Declarations;

/** Programs that do a part of the work. */
export const HELPERS = {
  LIFECYCLE_PYTHON: {
    kind: command,
    otherwise: "the project's `.venv/bin/python`, else `python3`",
    meaning: 'the Python of `python_script` steps, of build commands and of preprocessors',
    usedBy: '`ingest`, `build`',
  },
  LIFECYCLE_DCPY_PYTHON: {
    kind: path,
    otherwise: "the project's `.venv/bin/python`",
    meaning: "the Python that has the department's package, for `--runner dcpy`",
    usedBy: '`ingest`, `compare-runners`',
  },
  LIFECYCLE_GEOSUPPORT: {
    kind: command,
    meaning: 'answers one JSON line per geocoding call',
    usedBy: 'the geocoding steps of `ingest`',
  },
  GEOFILES: {
    kind: path,
    meaning: "the folder of Geosupport's files, whose name tells the release for the record",
    usedBy: 'the geocoding steps of `ingest`',
  },
} as const satisfies Declarations;
