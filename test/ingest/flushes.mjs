/**
 * Preload (`node --import`) that sees what a run flushes: FLUSHES_LOG=FILE gets the path of every file and directory
 * whose content is made to survive a power cut. FAIL_RENAME_TO=NAME makes every renaming to that name fail as a full disk
 * does.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const fs = require('node:fs');
const promises = require('node:fs/promises');
const { openSync, writeSync } = fs;

const log = process.env.FLUSHES_LOG ? openSync(process.env.FLUSHES_LOG, 'a') : undefined;
const opened = new WeakMap();

const { open, rename } = promises;
promises.open = async (file, ...rest) => {
  const handle = await open(file, ...rest);
  opened.set(handle, path.resolve(String(file)));
  return handle;
};
promises.rename = async (from, to) => {
  if (path.basename(to) === process.env.FAIL_RENAME_TO) {
    throw Object.assign(new Error(`ENOSPC: no space left on device, rename '${from}' -> '${to}'`), { code: 'ENOSPC' });
  }
  return rename(from, to);
};

const handle = await open(import.meta.filename, 'r');
const prototype = Object.getPrototypeOf(handle);
await handle.close();
for (const name of ['sync', 'datasync']) {
  const original = prototype[name];
  prototype[name] = function (...args) {
    if (log !== undefined) writeSync(log, `${opened.get(this)}\n`);
    return original.apply(this, args);
  };
}
syncBuiltinESMExports();
