// Bundles the program, since most of what a small ingest costs is to find, read and check some four hundred modules. What
// it was made of is written beside it: where a source has changed since, `main.mjs` runs the sources. Needs Node 24.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { rolldown } from 'rolldown';
import { BUNDLES, MANIFEST, PACKAGES, stampOf } from './bundled.mjs';
import { INSTALLATION, inInstallation } from './installation.mjs';

const ENTRY = 'src/cli/main.ts';
/** What these import at once goes into one file each, so that a task opens four; all else is loaded when it is needed. */
const TOGETHER = {
  start: ['src/cli/ingest.ts', 'src/cli/task.ts'],
  ingest: ['src/ingest/native.ts', 'src/ingest/formats/csv/read.ts', 'src/project/load.ts'],
};
/** What of an ingest does without DuckDB, apart from it: most commands read no data, and would load it for nothing. */
const LIGHT = 'light';
/** In their order: a file takes along what its modules import, unless one before has it. */
const FILES = ['start', LIGHT, 'ingest'];
const DUCKDB = /[\\/]@duckdb[\\/]/;
const DAY_MS = 24 * 3_600_000;

const isOwn = (id) => id.startsWith(inInstallation('src') + path.sep);

/** Own sources as they were before they were read, by their path in the installation. */
const stamps = new Map();
/** Module → the name of the file that it goes into. */
const fileOf = new Map();

/** The sources keep the places that they find their neighbours by: data, workers and Python files stay where they are. */
const inPlace = {
  name: 'in-place',
  load(id) {
    if (isOwn(id)) stamps.set(path.relative(INSTALLATION, id), stampOf(id));
    return null;
  },
  transform(code, id) {
    if (!isOwn(id) || !code.includes('import.meta.url')) return null;
    return { code: code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)), map: null };
  },
  buildEnd() {
    const heavy = new Set();
    const spread = (id) => {
      if (heavy.has(id)) return;
      heavy.add(id);
      for (const importer of this.getModuleInfo(id).importers) spread(importer);
    };
    for (const id of this.getModuleIds()) if (DUCKDB.test(id)) spread(id);
    const gather = (id, name) => {
      if (fileOf.has(id) || id === inInstallation(ENTRY)) return;
      fileOf.set(id, name === 'ingest' && !heavy.has(id) ? LIGHT : name);
      for (const imported of this.getModuleInfo(id)?.importedIds ?? []) gather(imported, name);
    };
    for (const imported of this.getModuleInfo(inInstallation(ENTRY)).importedIds) gather(imported, 'start');
    for (const [name, entries] of Object.entries(TOGETHER)) {
      for (const entry of entries) {
        if (!this.getModuleInfo(inInstallation(entry))) throw new Error(`${entry} is no part of the program`);
        gather(inInstallation(entry), name);
      }
    }
  },
};

async function bundle() {
  const packages = stampOf(inInstallation(PACKAGES));
  const build = await rolldown({
    input: inInstallation(ENTRY),
    cwd: INSTALLATION,
    platform: 'node',
    // Native code, and what is loaded where it is installed only.
    external: [/^node:/, /\.node$/, '@duckdb/node-bindings', 'cpu-features', 'pg-native'],
    plugins: [inPlace],
    logLevel: 'silent',
  });
  mkdirSync(BUNDLES, { recursive: true });
  const unfinished = path.join(BUNDLES, `.${process.pid}`);
  try {
    const { output } = await build.write({
      dir: unfinished,
      format: 'esm',
      entryFileNames: 'main.js',
      chunkFileNames: '[name]-[hash].js',
      codeSplitting: {
        groups: [
          { name: 'duckdb', test: DUCKDB, priority: 2 },
          ...FILES.map((name) => ({ name, test: (id) => fileOf.get(id) === name, priority: 1 })),
        ],
      },
    });
    const hash = createHash('sha256');
    for (const { fileName, code } of output) hash.update(`${fileName}\0${code}\0`);
    const name = hash.digest('hex').slice(0, 16);
    // Two at once make the same.
    rmSync(path.join(BUNDLES, name), { recursive: true, force: true });
    renameSync(unfinished, path.join(BUNDLES, name));
    const manifest = { installation: INSTALLATION, name, packages, sources: Object.fromEntries([...stamps].sort()) };
    const draft = path.join(BUNDLES, `.${process.pid}.json`);
    writeFileSync(draft, JSON.stringify(manifest));
    renameSync(draft, path.join(BUNDLES, MANIFEST));
    removeOthers(name);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
    await build.close();
  }
}

/** A program that began with an earlier bundle may still load of it. */
function removeOthers(current) {
  for (const name of readdirSync(BUNDLES)) {
    const other = path.join(BUNDLES, name);
    if (name === current || name === MANIFEST) continue;
    if (Date.now() - statSync(other).mtimeMs > DAY_MS) rmSync(other, { recursive: true, force: true });
  }
}

try {
  await bundle();
} catch (error) {
  process.stderr.write(`${stripVTControlCharacters(error.message)}\n`);
  process.exitCode = 1;
}
