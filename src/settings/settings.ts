import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds this program: package.json, bin/, src/, airflow/. */
export const INSTALLATION = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** Everything that the program takes from the environment, read once. Nothing else reads `process.env`. */
export interface Settings {
  /** Absolute path of the project's root. */
  projectDir: string;
  /** Who named the project; `folder` is one at or above the current folder. */
  projectBy: 'option' | 'environment' | 'folder' | 'sample';
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
  /** The Python that has the department's package: LIFECYCLE_DCPY_PYTHON, else the project's own environment. */
  dcpyPython: string | undefined;
  /** A command that answers one JSON line per geocoding call. */
  geosupport: string | undefined;
  /** The whole environment, for what names its own variables: credentials, recipes, children. */
  env: Readonly<Record<string, string | undefined>>;
}

const isThere = (file: string, what: 'isFile' | 'isDirectory') => statSync(file, { throwIfNoEntry: false })?.[what]();

/** The Python of a project's own environment. */
function pythonOf(projectDir: string): string | undefined {
  const own = path.join(projectDir, '.venv', 'bin', 'python');
  return isThere(own, 'isFile') ? own : undefined;
}

/** The nearest folder, from `dir` upwards, that is a project: it has templates or a list of products. */
export function projectAbove(dir: string): string | undefined {
  const found =
    isThere(path.join(dir, 'ingest_templates'), 'isDirectory') ||
    isThere(path.join(dir, 'products', 'products.yml'), 'isFile');
  if (found) return dir;
  const parent = path.dirname(dir);
  return parent === dir ? undefined : projectAbove(parent);
}

function whichProject(
  env: Settings['env'],
  { project, cwd }: { project?: string | undefined; cwd: string },
): Pick<Settings, 'projectDir' | 'projectBy'> {
  if (project !== undefined) return { projectDir: path.resolve(cwd, project), projectBy: 'option' };
  if (env.LIFECYCLE_PROJECT) return { projectDir: path.resolve(cwd, env.LIFECYCLE_PROJECT), projectBy: 'environment' };
  const above = projectAbove(cwd);
  if (above !== undefined) return { projectDir: above, projectBy: 'folder' };
  return { projectDir: path.join(INSTALLATION, 'examples', 'nyc'), projectBy: 'sample' };
}

export function settingsFrom(
  env: Readonly<Record<string, string | undefined>>,
  options: { project?: string | undefined; cwd: string; stderrIsTerminal: boolean },
): Settings {
  const { projectDir, projectBy } = whichProject(env, options);
  const storeDir = env.LIFECYCLE_HOME
    ? path.resolve(options.cwd, env.LIFECYCLE_HOME)
    : path.join(projectDir, '.lifecycle');
  return {
    projectDir,
    projectBy,
    storeDir,
    airflowHome: env.LIFECYCLE_AIRFLOW_HOME
      ? path.resolve(options.cwd, env.LIFECYCLE_AIRFLOW_HOME)
      : path.join(path.dirname(storeDir), '.airflow'),
    venvDir: env.LIFECYCLE_VENV ? path.resolve(options.cwd, env.LIFECYCLE_VENV) : path.join(INSTALLATION, '.venv'),
    logFormat: env.LIFECYCLE_LOG === 'json' ? 'json' : 'text',
    color: options.stderrIsTerminal && !env.NO_COLOR && env.TERM !== 'dumb',
    debug: Boolean(env.LIFECYCLE_DEBUG),
    python: env.LIFECYCLE_PYTHON || undefined,
    dcpyPython: env.LIFECYCLE_DCPY_PYTHON || pythonOf(projectDir),
    geosupport: env.LIFECYCLE_GEOSUPPORT || undefined,
    env,
  };
}
