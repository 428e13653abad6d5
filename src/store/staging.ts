import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import type { StoreLayout } from './layout.ts';
import { processIdentity, stillRuns } from './process-identity.ts';

/** Names the process that a staging directory belongs to, so that a later run can clear what a killed one left. */
const OWNER_SUFFIX = '.owner.json';

interface Owner {
  pid: number;
  host: string;
  identity: string;
}

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
  await removeAbandoned(layout);
  const dir = await mkdtemp(path.join(layout.staging, `${label.replace(/[^A-Za-z0-9_-]+/g, '_').slice(0, 60)}-`));
  const owner: Owner = { pid: process.pid, host: hostname(), identity: await processIdentity(process.pid) };
  await writeFile(`${dir}${OWNER_SUFFIX}`, JSON.stringify(owner));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
    await rm(`${dir}${OWNER_SUFFIX}`, { force: true });
  }
}

/** A directory without an owner file is being made right now or is older than this program; it is left alone. */
async function removeAbandoned(layout: StoreLayout): Promise<void> {
  for (const name of await readdir(layout.staging)) {
    if (!name.endsWith(OWNER_SUFFIX)) continue;
    const ownerFile = path.join(layout.staging, name);
    try {
      const owner = JSON.parse(await readFile(ownerFile, 'utf8')) as Owner;
      if (owner.host !== hostname() || (await stillRuns(owner.pid, owner.identity))) continue;
      await rm(ownerFile.slice(0, -OWNER_SUFFIX.length), { recursive: true, force: true });
      await rm(ownerFile, { force: true });
    } catch {
      // Another run is clearing the same one, or its owner is writing it: either way it is not ours to remove.
    }
  }
}
