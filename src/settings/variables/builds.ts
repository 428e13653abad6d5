import type { Declarations } from '../declaration.ts';
import { names, presence, secret, text } from '../kinds.ts';

const COMMANDS = "`build`; also from the product's and the recipe's `env`";
const CI = 'run details of `ingest`';

/** Builds. */
export const BUILDS = {
  LIFECYCLE_BUILD_ENV: {
    kind: names,
    default: [] as string[],
    meaning: 'further variables that are handed on to build commands',
    usedBy: '`build`',
  },
  BUILD_ENGINE_SERVER: {
    kind: secret,
    otherwise: 'everything is loaded into a DuckDB file',
    meaning:
      'the PostgreSQL that tables are loaded into, an address of `postgresql://` with user, password, host and port',
    usedBy: COMMANDS,
  },
  BUILD_ENGINE_DB: {
    kind: text,
    otherwise: 'the one that `BUILD_ENGINE_SERVER` names',
    meaning: 'the database on that server',
    usedBy: COMMANDS,
  },
  BUILD_ENGINE_SCHEMA: {
    kind: text,
    otherwise: 'made from the name of the build',
    meaning: 'the schema of the build',
    usedBy: COMMANDS,
  },
  BUILD_ENGINE_SCHEMA_TESTS: {
    kind: text,
    otherwise: 'the schema of the build with `__tests`',
    meaning: "the schema that dbt's tests store their failures in",
    usedBy: COMMANDS,
  },
  BUILD_NAME: {
    kind: text,
    otherwise: 'the partition key',
    meaning: 'the name of the build where the recipe gives none',
    usedBy: '`plan`, `build`',
  },
  VERSION_PREV: {
    kind: text,
    otherwise: 'the version before this one',
    meaning: 'the version that a build is compared with',
    usedBy: "`plan`, by `--env` or the recipe's `env`",
  },
  BUILD_RUN_URL: {
    kind: text,
    meaning: 'the page of the run, for `build_metadata.json`',
    usedBy: '`build` where `CI` is set',
  },
} as const satisfies Declarations;

/** Jobs of GitHub Actions. */
export const JOBS = {
  CI: {
    kind: presence,
    default: false,
    meaning: 'the run is recorded as that of a job, not of a person',
    usedBy: '`ingest`, `build`',
    setBy: 'GitHub Actions',
  },
  GITHUB_SERVER_URL: {
    kind: text,
    meaning: 'the beginning of the address of the job',
    usedBy: CI,
    setBy: 'GitHub Actions',
  },
  GITHUB_REPOSITORY: { kind: text, meaning: 'owner and name of the repository', usedBy: CI, setBy: 'GitHub Actions' },
  GITHUB_RUN_ID: { kind: text, meaning: 'the number of the run', usedBy: CI, setBy: 'GitHub Actions' },
  GITHUB_EVENT_NAME: { kind: text, meaning: 'what has started it', usedBy: CI, setBy: 'GitHub Actions' },
  GITHUB_JOB: { kind: text, meaning: 'the name of the job', usedBy: CI, setBy: 'GitHub Actions' },
} as const satisfies Declarations;
