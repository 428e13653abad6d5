import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { atCutOff } from '../processes/cut-off.ts';
import type { Claim } from './claim.ts';
import { ensureDirectory } from './files.ts';
import { fileSystemNow, readLock } from './holder.ts';
import type { StoreLayout } from './layout.ts';
import { isFromElsewhere, isLeftBehind, processMark } from './process-mark.ts';

/** What came from elsewhere and belongs to no claim any more goes after this; clocks and caches may be wrong till then. */
const STRANGER_MAY_STAY_MS = 24 * 3_600_000;

/**
 * Gives `work` a private directory on the store's file system and removes it afterwards, whatever happens. What is to
 * stay is renamed out of it. It belongs to the claim, whose token is in its name, and goes with it; what dead processes
 * left is removed on the way.
 */
export async function withStaging<T>(
  { layout, token }: Pick<Claim, 'layout' | 'token'>,
  label: string,
  work: (dir: string) => Promise<T>,
): Promise<T> {
  await ensureDirectory(layout.staging);
  await clearStaging(layout);
  const prefix = label.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60);
  const dir = path.join(layout.staging, `${prefix}.${token}.${await processMark()}`);
  const forgetCutOff = atCutOff({ path: () => dir });
  try {
    await mkdir(dir);
    return await work(dir);
  } finally {
    forgetCutOff();
    await rm(dir, { recursive: true, force: true });
  }
}

const TOKEN = /\.([0-9a-f]{16})\.[^.]+$/;

/**
 * Renames what a claim has staged, so that its holder can no longer publish any of it. Gives the function that removes
 * it, which may take its time.
 */
export async function setAsideStagingOf(layout: StoreLayout, token: string): Promise<() => Promise<void>> {
  const names = (await namesIn(layout.staging)).filter((name) => TOKEN.exec(name)?.[1] === token);
  const gone: string[] = [];
  for (const name of names) {
    const to = path.join(layout.staging, `gone.${await processMark()}`);
    await rename(path.join(layout.staging, name), to).then(() => gone.push(to), ignoreAbsence);
  }
  return async () => {
    for (const dir of gone) await rm(dir, { recursive: true, force: true });
  };
}

/** Removes what dead processes left. That of a claim elsewhere stays as long as the claim, even a silent one, does. */
export async function clearStaging(layout: StoreLayout): Promise<void> {
  for (const name of await namesIn(layout.staging)) {
    const dir = path.join(layout.staging, name);
    if (!(await isLeftBehind(name)) && !(await isForgotten(layout, dir))) continue;
    // Another run may be clearing the same one at this moment: either of them gets it done.
    await rm(dir, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isForgotten(layout: StoreLayout, dir: string): Promise<boolean> {
  const name = path.basename(dir);
  if (!(await isFromElsewhere(name))) return false;
  const found = await stat(dir).catch(() => undefined);
  if (found === undefined || (await fileSystemNow(layout.staging)) - found.mtimeMs < STRANGER_MAY_STAY_MS) return false;
  const token = TOKEN.exec(name)?.[1];
  for (const lock of await namesIn(layout.locks)) {
    const { holder } = (await readLock(path.join(layout.locks, lock))) ?? {};
    if (holder !== undefined && holder !== 'unreadable' && holder.token === token) return false;
  }
  return true;
}

async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: NodeJS.ErrnoException) => {
    ignoreAbsence(error);
    return [];
  });
}

function ignoreAbsence(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
