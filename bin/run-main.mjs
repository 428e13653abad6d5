// How a script of package.json runs: what ends it ends what it has started, and a reason to stop is one line and a hint.
import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { childEnvironment, SetupError, say } from './bootstrap.mjs';
import { INSTALLATION } from './installation.mjs';

/** Runs a program to its end with our terminal, passing signals on; answers with its exit code. */
export function runProgram(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    // The command line ends with the process that it finds named here, if that has started it.
    const own = { LIFECYCLE_PARENT: String(process.pid) };
    const child = spawn(command, args, { stdio: 'inherit', env: childEnvironment({ ...own, ...env }) });
    const forward = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
    child.on('error', reject);
    child.on('close', (status, signal) => {
      for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, forward);
      resolve(status ?? 128 + (os.constants.signals[signal] ?? 0));
    });
  });
}

const LOOK_FOR_NPM_EVERY_MS = 1000;

/**
 * Ends with the npm that runs us as a script of this package: whoever kills that means us. Only then; under nohup,
 * systemd or a daemon the parent may go, and what it started stays.
 */
function endWithNpm() {
  const { npm_lifecycle_event: script, npm_package_json: manifest } = process.env;
  if (!script || !manifest || path.dirname(realpathSync(manifest)) !== INSTALLATION) return;
  const npm = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(looking);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_FOR_NPM_EVERY_MS);
  looking.unref();
}

/** Runs `main`, shows a SetupError as one line and a hint, and sets the exit code. */
export async function runMain(main) {
  endWithNpm();
  try {
    process.exitCode = await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`error ${error.code}: ${error.message}`);
    if (error.hint) say(`hint: ${error.hint}`);
    process.exitCode = 1;
  }
}
