// Where the bundled program lies, and whether it is of the sources as they stand. Must run on Node 18.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { INSTALLATION, inInstallation } from './installation.mjs';

export const BUNDLES = inInstallation('build', 'program');
/** Names the folder of the bundle, and what it was made of. */
export const MANIFEST = 'current.json';
/** npm's own record of what it installed, relative to the installation. */
export const PACKAGES = path.join('node_modules', '.package-lock.json');

/** Size and time of a file: another one has another stamp. Undefined where there is none. */
export function stampOf(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found && `${found.size} ${found.mtimeMs}`;
}

/** @returns {string | undefined} the file to import; undefined where a source or a package is another one by now */
export function bundledProgram() {
  let manifest;
  try {
    manifest = JSON.parse(readFileSync(path.join(BUNDLES, MANIFEST), 'utf8'));
  } catch {
    return undefined;
  }
  const { installation, name, packages, sources } = manifest;
  const isSame = (file, stamp) => stampOf(`${INSTALLATION}/${file}`) === stamp;
  // It holds the places of its sources.
  if (installation !== INSTALLATION || !isSame(PACKAGES, packages)) return undefined;
  for (const file in sources) if (!isSame(file, sources[file])) return undefined;
  const entry = path.join(BUNDLES, name, 'main.js');
  return stampOf(entry) && entry;
}
