import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { INSTALLATION } from '../src/settings/settings.ts';

const run = promisify(execFile);

/** The first uv that runs: the system's, or the one that the bootstrap has put into the installation. */
async function findUv(): Promise<string | undefined> {
  for (const uv of ['uv', path.join(INSTALLATION, '.tools', 'bin', 'uv')]) {
    const runs = await run(uv, ['--version']).then(
      () => true,
      () => false,
    );
    if (runs) return uv;
  }
  return undefined;
}

/**
 * A Python environment for tests or measurements, apart from Airflow's, installed once for each state of its lock file.
 *
 * @param name what it is for; names its directory
 * @param lockFile absolute path of a requirements file with hashes
 * @param python the interpreter to make it from, such as `3.13` or a path; uv chooses when absent
 * @returns the interpreter, or why there is none
 */
export async function pythonEnvironment(
  name: string,
  lockFile: string,
  python?: string,
): Promise<{ python: string } | { missing: string }> {
  const lock = createHash('sha256')
    .update(await readFile(lockFile))
    .digest('hex')
    .slice(0, 16);
  const environment = path.join(INSTALLATION, 'node_modules', '.cache', `${name}-${lock}`);
  const interpreter = path.join(environment, 'bin', 'python');
  const ready = path.join(environment, 'ready');
  try {
    await access(ready);
    return { python: interpreter };
  } catch {
    // Not installed yet.
  }
  const uv = await findUv();
  if (uv === undefined) return { missing: `there is no uv to install the Python environment ${name} with` };
  try {
    await run(uv, ['venv', '--quiet', '--clear', ...(python ? ['--python', python] : []), environment]);
    await run(uv, [
      'pip',
      'sync',
      '--quiet',
      '--compile-bytecode',
      '--require-hashes',
      '--python',
      interpreter,
      lockFile,
    ]);
    await writeFile(ready, '');
    return { python: interpreter };
  } catch (error) {
    return {
      missing: `the Python environment ${name} cannot be installed: ${(error as Error).message.split('\n')[0]}`,
    };
  }
}

/** pandas, geopandas, pyogrio, pyarrow and shapely, made from the Python of `venvDir`. */
export function pythonTools(venvDir: string): ReturnType<typeof pythonEnvironment> {
  const lock = path.join(INSTALLATION, 'test', 'python-tools', 'requirements.lock');
  return pythonEnvironment('python-tools', lock, path.join(venvDir, 'bin', 'python'));
}
