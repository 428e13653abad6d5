import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { LifecycleError } from '../errors.ts';
import { INSTALLATION, type Settings } from '../settings/settings.ts';

const run = promisify(execFile);

/** The Python environment that holds Airflow. */
export interface PythonEnvironment {
  python: string;
  /** Its folder of programs, which goes first on PATH. */
  bin: string;
  airflowVersion: string;
}

/** The files of ours that Airflow reads. */
export const DAGS_FOLDER = path.join(INSTALLATION, 'airflow', 'dags');
export const PLUGINS_FOLDER = path.join(INSTALLATION, 'airflow', 'plugins');

/** Variables that would make Python slow (no bytecode) or take its modules from elsewhere. */
const FOREIGN_PYTHON = ['PYTHONDONTWRITEBYTECODE', 'PYTHONHOME', 'PYTHONPATH', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__'];

async function askVersion(python: string, bin: string): Promise<string> {
  const { stdout } = await run(python, ['-c', 'import airflow; print(airflow.__version__)'], { env: { PATH: bin } });
  return stdout.trim();
}

/** @throws LifecycleError AIR_NOT_INSTALLED */
export async function pythonEnvironment(settings: Settings): Promise<PythonEnvironment> {
  const bin = path.join(settings.venvDir, 'bin');
  const python = path.join(bin, 'python');
  try {
    await access(python);
    // Asking Airflow itself costs seconds; the name of a folder tells the same.
    const lock = await readFile(path.join(INSTALLATION, 'airflow', 'requirements.lock'), 'utf8');
    const locked = /^apache-airflow==(\S+)/m.exec(lock)?.[1] ?? '';
    const packages = path.join(settings.venvDir, 'lib', 'python3.13', 'site-packages');
    const isLocked = existsSync(path.join(packages, `apache_airflow-${locked}.dist-info`));
    return { python, bin, airflowVersion: isLocked ? locked : await askVersion(python, bin) };
  } catch (cause) {
    throw new LifecycleError('AIR_NOT_INSTALLED', `${settings.venvDir} holds no Python environment with Airflow`, {
      cause,
      hint: 'run `npm start` once: it installs what is missing',
    });
  }
}

/** The environment that Airflow's programs start from: the person's own, with our Python first and no other. */
export function baseEnvironment(settings: Settings, environment: PythonEnvironment): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings.env)) {
    if (value !== undefined && !FOREIGN_PYTHON.includes(name)) env[name] = value;
  }
  env.PATH = [environment.bin, env.PATH].filter(Boolean).join(path.delimiter);
  return env;
}
