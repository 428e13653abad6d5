import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds this program: package.json, bin/, src/, airflow/. */
export const INSTALLATION = path.resolve(fileURLToPath(new URL('..', import.meta.url)));

/** Everything that the program takes from the environment, read once. Nothing else reads `process.env`. */
export interface Settings {
  /** Absolute path of the project's root. */
  projectDir: string;
  /** Absolute path of the store, `.lifecycle` of the project unless LIFECYCLE_HOME moves it. */
  storeDir: string;
  /** Absolute path of Airflow's home, `.airflow` beside the store. */
  airflowHome: string;
  /** Absolute path of the Python environment that holds Airflow and DuckDB's extensions. */
  venvDir: string;
  /** `json` gives one JSON object a line on stderr, as Airflow's tasks ask for. */
  logFormat: 'text' | 'json';
  /** Colours and progress bars are for terminals only, and NO_COLOR is honoured. */
  color: boolean;
  debug: boolean;
  /** A command that runs Python for `python_script` steps and python build commands. */
  python: string | undefined;
  /** A command that answers one JSON line per geocoding call. */
  geosupport: string | undefined;
  /** The whole environment, for what names its own variables: credentials, recipes, children. */
  env: Readonly<Record<string, string | undefined>>;
}

export function settingsFrom(
  env: Readonly<Record<string, string | undefined>>,
  options: { project?: string | undefined; cwd: string; stderrIsTerminal: boolean },
): Settings {
  const sample = path.join(INSTALLATION, 'examples', 'nyc');
  const projectDir = path.resolve(options.cwd, options.project ?? (env.LIFECYCLE_PROJECT || sample));
  const storeDir = env.LIFECYCLE_HOME
    ? path.resolve(options.cwd, env.LIFECYCLE_HOME)
    : path.join(projectDir, '.lifecycle');
  return {
    projectDir,
    storeDir,
    airflowHome: env.LIFECYCLE_AIRFLOW_HOME
      ? path.resolve(options.cwd, env.LIFECYCLE_AIRFLOW_HOME)
      : path.join(path.dirname(storeDir), '.airflow'),
    venvDir: env.LIFECYCLE_VENV ? path.resolve(options.cwd, env.LIFECYCLE_VENV) : path.join(INSTALLATION, '.venv'),
    logFormat: env.LIFECYCLE_LOG === 'json' ? 'json' : 'text',
    color: options.stderrIsTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    debug: Boolean(env.LIFECYCLE_DEBUG),
    python: env.LIFECYCLE_PYTHON || undefined,
    geosupport: env.LIFECYCLE_GEOSUPPORT || undefined,
    env,
  };
}
