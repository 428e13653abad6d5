// Builds the page in `web` when it has changed. Plain JavaScript, like all that runs before the program.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { INSTALLATION, inInstallation } from './installation.mjs';

/** Holds one folder, named after what it was built from; a name that begins with a dot is unfinished. */
const BUILDS = inInstallation('build', 'web');
const BUNDLES = ['airflow', 'page'];
/** What the sources take from elsewhere: types and the shapes of the server's answers. */
const BUILT_FROM = ['web', 'src/serve/api.ts', 'src/counts.ts', 'package-lock.json', 'bin/page.mjs'];

function hashOfSources() {
  const hash = createHash('sha256');
  const add = (name) => {
    const entries = name === 'web' || name.startsWith('web/') ? listing(name) : undefined;
    if (entries) return entries.forEach(add);
    const content = readFileSync(inInstallation(name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  };
  BUILT_FROM.forEach(add);
  return hash.digest('hex').slice(0, 16);
}

/** The names in a folder, in an order that is the same everywhere; undefined for a file. */
function listing(name) {
  try {
    const entries = readdirSync(inInstallation(name)).sort();
    return entries.map((entry) => `${name}/${entry}`);
  } catch (error) {
    if (error.code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/**
 * Builds the page, unless that is done; whole or not at all. An earlier one is removed.
 * @returns {{ dir: string, wasBuilt: boolean }}
 * @throws Error with what the build said
 */
export function buildPage() {
  const name = hashOfSources();
  const dir = path.join(BUILDS, name);
  const wasBuilt = !existsSync(dir);
  if (wasBuilt) {
    const unfinished = path.join(BUILDS, `.${name}.${process.pid}`);
    mkdirSync(unfinished, { recursive: true });
    try {
      for (const bundle of BUNDLES) runVite(bundle, unfinished);
      // Two at once build the same.
      if (!existsSync(dir)) renameSync(unfinished, dir);
    } finally {
      rmSync(unfinished, { recursive: true, force: true });
    }
  }
  for (const other of readdirSync(BUILDS)) {
    if (other !== name && !other.startsWith('.')) rmSync(path.join(BUILDS, other), { recursive: true, force: true });
  }
  return { dir, wasBuilt };
}

function runVite(mode, outDir) {
  const vite = inInstallation('node_modules', 'vite', 'bin', 'vite.js');
  const args = ['build', 'web', '--config', 'web/vite.config.ts', '--mode', mode, '--logLevel', 'warn'];
  const { status, error, stdout, stderr } = spawnSync(inInstallation('bin', 'node'), [vite, ...args], {
    cwd: INSTALLATION,
    env: { ...process.env, NODE_ENV: 'production', LIFECYCLE_WEB_OUT: outDir },
    encoding: 'utf8',
  });
  if (status !== 0) throw error ?? new Error(`${stdout}${stderr}`.trim() || `vite ended with ${status}`);
}
