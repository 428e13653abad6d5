import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { atCutOff } from '../processes/cut-off.ts';
import type { StoreLayout } from './layout.ts';
import { isLeftBehind, processMark } from './process-mark.ts';

/**
 * Gives `work` a private directory on the store's file system and removes it afterwards, whatever happens. What is to
 * stay is renamed out of it. Directories that killed runs of this host left behind are removed on the way.
 */
export async function withStaging<T>(
  layout: StoreLayout,
  label: string,
  work: (dir: string) => Promise<T>,
): Promise<T> {
  await mkdir(layout.staging, { recursive: true });
  await removeLeftBehind(layout);
  const prefix = label.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60);
  const dir = path.join(layout.staging, `${prefix}.${await processMark()}`);
  const forgetCutOff = atCutOff({ path: () => dir });
  try {
    await mkdir(dir);
    return await work(dir);
  } finally {
    forgetCutOff();
    await rm(dir, { recursive: true, force: true });
  }
}

async function removeLeftBehind(layout: StoreLayout): Promise<void> {
  for (const name of await readdir(layout.staging)) {
    if (!(await isLeftBehind(name))) continue;
    // Another run may be clearing the same one at this moment: either of them gets it done.
    await rm(path.join(layout.staging, name), { recursive: true, force: true }).catch(() => undefined);
  }
}
