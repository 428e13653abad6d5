import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Environment, valueIn } from './values.ts';
import type { ValueOf, VariableName } from './variables.ts';

/** The folder that holds this program: package.json, bin/, src/, airflow/. */
export const INSTALLATION = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));

/** As package.json says it. */
export function programVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(INSTALLATION, 'package.json'), 'utf8')) as { version: string };
  return version;
}

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
  /**
   * The value of a declared variable (variables.ts): what its text stands for, else its default.
   * @throws LifecycleError LIF_BAD_SETTING
   */
  value<N extends VariableName>(name: N): ValueOf<N>;
  /** The whole environment, for what names its own variables: connections, recipes, children. */
  env: Environment;
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
  named: string | undefined,
  { project, cwd }: { project?: string | undefined; cwd: string },
): Pick<Settings, 'projectDir' | 'projectBy'> {
  if (project !== undefined) return { projectDir: path.resolve(cwd, project), projectBy: 'option' };
  if (named !== undefined) return { projectDir: path.resolve(cwd, named), projectBy: 'environment' };
  const above = projectAbove(cwd);
  if (above !== undefined) return { projectDir: above, projectBy: 'folder' };
  return { projectDir: path.join(INSTALLATION, 'examples', 'nyc'), projectBy: 'sample' };
}

/** Throws nothing, for errors are told by means of them: what is wrong with a variable is found by `checkOwn`. */
export function settingsFrom(
  env: Environment,
  options: { project?: string | undefined; cwd: string; stderrIsTerminal: boolean },
): Settings {
  const value = <N extends VariableName>(name: N) => valueIn(env, name);
  const place = (name: 'LIFECYCLE_HOME' | 'LIFECYCLE_AIRFLOW_HOME' | 'LIFECYCLE_VENV', otherwise: string) => {
    const given = value(name);
    return given === undefined ? otherwise : path.resolve(options.cwd, given);
  };
  const { projectDir, projectBy } = whichProject(value('LIFECYCLE_PROJECT'), options);
  const storeDir = place('LIFECYCLE_HOME', path.join(projectDir, '.lifecycle'));
  return {
    projectDir,
    projectBy,
    storeDir,
    airflowHome: place('LIFECYCLE_AIRFLOW_HOME', path.join(path.dirname(storeDir), '.airflow')),
    venvDir: place('LIFECYCLE_VENV', path.join(INSTALLATION, '.venv')),
    logFormat: orDefault(() => value('LIFECYCLE_LOG'), 'text'),
    color: options.stderrIsTerminal && !value('NO_COLOR') && value('TERM') !== 'dumb',
    debug: orDefault(() => value('LIFECYCLE_DEBUG'), false),
    python: value('LIFECYCLE_PYTHON'),
    dcpyPython: value('LIFECYCLE_DCPY_PYTHON') ?? pythonOf(projectDir),
    geosupport: value('LIFECYCLE_GEOSUPPORT'),
    value,
    env,
  };
}

function orDefault<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
