import type { Declarations } from '../declaration.ts';
import { path, secret, text, url } from '../kinds.ts';

/** Airflow. */
export const AIRFLOW = {
  LIFECYCLE_AIRFLOW_URL: {
    kind: url,
    otherwise: 'the server that runs on the project',
    meaning: 'the server that runs are triggered on',
    usedBy: '`trigger`',
  },
  LIFECYCLE_AIRFLOW_USER: {
    kind: text,
    otherwise: '`admin`',
    meaning: 'the account there, where another auth manager knows other accounts',
    usedBy: '`trigger`, `airflow start`',
  },
  LIFECYCLE_SERVE_TOKEN: {
    kind: secret,
    otherwise: 'one made at the start',
    meaning: 'what a page shows to be answered by `lifecycle serve`',
    usedBy: "`serve`, Airflow's plugin of that page",
  },
  LIFECYCLE_AIRFLOW_PASSWORD: {
    kind: secret,
    otherwise: 'the one that the first start has made',
    meaning: 'the password of that account',
    usedBy: '`trigger`, `airflow start`',
  },
  LIFECYCLE_AIRFLOW_TOKEN: {
    kind: secret,
    meaning: 'a token in place of account and password',
    usedBy: '`trigger`',
  },
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN: {
    kind: secret,
    otherwise: 'a PostgreSQL of our own',
    meaning: "the database of Airflow's metadata; the option `--database` wins over it",
    usedBy: '`airflow start`',
  },
  AIRFLOW__CORE__EXECUTOR: {
    kind: text,
    default: 'LocalExecutor',
    meaning: 'what runs tasks; for another one the limits are left to the team',
    usedBy: '`airflow start`',
  },
  AIRFLOW__CORE__PARALLELISM: {
    kind: text,
    otherwise: 'as many as cores and memory of the machine allow',
    meaning: 'how many tasks run at once',
    usedBy: '`airflow start`',
  },
  AIRFLOW__API__BASE_URL: {
    kind: text,
    otherwise: 'host and port of the web server',
    meaning: 'the address that links of the web page begin with',
    usedBy: '`airflow start`',
  },
  AIRFLOW__CORE__EXECUTION_API_SERVER_URL: {
    kind: text,
    otherwise: '`/execution/` below that address',
    meaning: 'where workers on other machines reach the server',
    usedBy: '`airflow start`',
  },
} as const satisfies Declarations;

/** Set by the program itself for what it starts; nobody else need set them. */
export const SET_BY_US = {
  LIFECYCLE_MANIFEST: {
    kind: path,
    meaning: 'what the project is to Airflow: the file that `airflow manifest` writes',
    usedBy: "Airflow's DAG file",
    setBy: '`airflow start`; by hand for a server that others run',
  },
  LIFECYCLE_SERVE_SOCKET: {
    kind: path,
    meaning: 'where `serve` answers the page of versions',
    usedBy: "Airflow's plugin of that page",
    setBy: '`airflow start`; by hand for a server that others run',
  },
  LIFECYCLE_BUILD_RUN: {
    kind: text,
    meaning: 'marks what a build command has started, so that all of it can be ended',
    usedBy: '`build`',
    setBy: '`build`',
  },
  LIFECYCLE_PYTHON_RUN: {
    kind: text,
    meaning: 'marks what a preprocessor or a `python_script` has started, so that all of it can be ended',
    usedBy: '`build`, `ingest`',
    setBy: '`build`, `ingest`',
  },
  LIFECYCLE_DCPY_RUN: {
    kind: text,
    meaning: "marks what the department's package has started, so that all of it can be ended",
    usedBy: '`ingest --runner dcpy`',
    setBy: '`ingest --runner dcpy`',
  },
} as const satisfies Declarations;
