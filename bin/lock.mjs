// `npm run lock`: makes the lock files of Python packages, with hashes, from the lists of those that are wanted by name.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { childEnvironment } from './bootstrap.mjs';
import { INSTALLATION } from './installation.mjs';

const LISTS = [
  ['airflow/requirements'],
  ['airflow/requirements-dev'],
  // Beside the first, whose versions it takes over.
  ['airflow/requirements-cluster'],
  ['airflow/requirements-next', '--prerelease=allow'],
  ['test/python-tools/requirements'],
];

for (const [list, ...options] of LISTS) {
  const { status, error } = spawnSync(
    'uv',
    [
      ...['pip', 'compile', '--quiet', '--universal', '--generate-hashes', '--python-version', '3.13'],
      ...['--custom-compile-command', 'npm run lock', ...options, `${list}.in`, '-o', `${list}.lock`],
    ],
    {
      cwd: INSTALLATION,
      stdio: 'inherit',
      env: childEnvironment({ PATH: `${process.env.PATH}:${path.join(INSTALLATION, '.tools', 'bin')}` }),
    },
  );
  if (error) process.stderr.write(`uv cannot be run: ${error.message}\n`);
  if (status !== 0) process.exit(1);
}
