// Two set-ups at once in one folder would spoil each other's work: the second waits.
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const UNSIGNED_MS = 5000;

function isAlive(pid) {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The process that holds the lock; undefined when it has just been given back, 0 when nobody ever signed it. */
function readHolder(file) {
  try {
    const holder = Number(readFileSync(file, 'utf8'));
    if (holder) return holder;
    return Date.now() - statSync(file).mtimeMs > UNSIGNED_MS ? 0 : undefined;
  } catch {
    return undefined;
  }
}

/** Runs `work` while no other process does so on the same `file`; one left by a dead process is taken over. */
export async function withSetupLock(file, say, work) {
  for (let told = false; ; ) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told && holder) say(`waiting for another set-up of this folder (process ${holder})`);
    told = told || Boolean(holder);
    await sleep(300);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}
