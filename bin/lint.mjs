// `npm run lint`: types, style of TypeScript and Python, and whether generated files are up to date.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { childEnvironment, prepare } from './bootstrap.mjs';
import { INSTALLATION, inInstallation } from './installation.mjs';
import { runMain } from './run-main.mjs';

const venv = process.env.LIFECYCLE_VENV || inInstallation('.venv');

const checks = [
  ['types', inInstallation('node_modules', '.bin', 'tsc'), ['--noEmit']],
  ['types of the page', inInstallation('node_modules', '.bin', 'tsc'), ['--noEmit', '-p', 'web']],
  ['TypeScript style', inInstallation('node_modules', '.bin', 'biome'), ['check', '--error-on-warnings', '.']],
  ['Python rules', path.join(venv, 'bin', 'ruff'), ['check', '.']],
  ['Python style', path.join(venv, 'bin', 'ruff'), ['format', '--check', '.']],
  ...(existsSync(inInstallation('docs', 'generate.ts'))
    ? [['generated pages', inInstallation('bin', 'node'), ['docs/generate.ts', '--check']]]
    : []),
];

runMain(async () => {
  await prepare({ dev: true });
  let failed = 0;
  for (const [name, command, args] of checks) {
    const start = Date.now();
    const { status, error } = spawnSync(command, args, {
      cwd: INSTALLATION,
      stdio: 'inherit',
      env: childEnvironment(),
    });
    if (error) process.stderr.write(`cannot run ${command}: ${error.message}\n`);
    if (status !== 0) failed++;
    process.stdout.write(
      `${name}: ${status === 0 ? 'clean' : 'FAILED'}, ${((Date.now() - start) / 1000).toFixed(1)} s\n`,
    );
  }
  return failed === 0 ? 0 : 1;
});
