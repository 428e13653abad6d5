/**
 * Preload (`node --import`) that ends the process with SIGKILL at its N-th change of the file system, so that every step
 * boundary of a run can be tried without hooks in the program. Flushes are no steps of their own here: a killed process
 * loses nothing that it has written, only a power cut would.
 *
 * The environment says where: KILL_AT=N, KILL_WHEN=before|after; CALLS_LOG=FILE gets a line for every change.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const fs = require('node:fs');
const promises = require('node:fs/promises');
const { openSync, writeSync } = fs;

const killAt = Number(process.env.KILL_AT);
const killAfter = process.env.KILL_WHEN === 'after';
const log = process.env.CALLS_LOG ? openSync(process.env.CALLS_LOG, 'a') : undefined;
const STDERR = 2;
let calls = 0;

function die() {
  process.kill(process.pid, 'SIGKILL');
  // The signal is on its way: nothing more may happen until it has arrived.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** Counts a change, ends the process before it where asked; true when the process is to end after it. */
function endsAfter(name, args) {
  calls++;
  if (log !== undefined) writeSync(log, `${name} ${args.filter((arg) => /^\/\S+$/.test(arg)).join(' ')}\n`);
  if (calls !== killAt) return false;
  if (!killAfter) die();
  return true;
}

function changesSomething(name, args) {
  if (name.startsWith('open')) return /[wa+]/.test(String(args[1] ?? 'r'));
  return !(name === 'writeSync' && args[0] <= STDERR);
}

/** `settle` makes `then` run when the original has done its work. */
function watch(object, names, settle) {
  for (const name of names) {
    const original = object[name];
    object[name] = function (...args) {
      if (!changesSomething(name, args) || !endsAfter(name, args)) return original.apply(this, args);
      return settle(original, this, args);
    };
  }
}

const byPromise = (original, self, args) => original.apply(self, args).then(die, die);
const byCallback = (original, self, args) => original.apply(self, [...args.slice(0, -1), die]);
const atOnce = (original, self, args) => {
  original.apply(self, args);
  die();
};

const NAMES = [
  'open',
  'writeFile',
  'appendFile',
  'rename',
  'link',
  'symlink',
  'mkdir',
  'mkdtemp',
  'rm',
  'rmdir',
  'unlink',
];
NAMES.push('copyFile', 'cp', 'truncate');
const handle = await promises.open(import.meta.filename, 'r');
watch(Object.getPrototypeOf(handle), ['write', 'writev', 'writeFile', 'appendFile', 'truncate'], byPromise);
await handle.close();
watch(promises, NAMES, byPromise);
watch(fs, [...NAMES, 'write', 'writev', 'ftruncate'], byCallback);
const synchronous = [...NAMES, 'write', 'writev', 'ftruncate'].map((name) => `${name}Sync`);
watch(fs, synchronous, atOnce);
syncBuiltinESMExports();
