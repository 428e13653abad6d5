import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { type Lock, readLock, stateOf } from './holder.ts';
import type { StoreLayout } from './layout.ts';

/** A claim as its lock file tells it. */
export interface HeldClaim {
  /** What is claimed, such as `ingest dcp_pluto 24v1`. */
  subject: string;
  pid: number;
  host: string;
  /** ISO time. */
  since: string;
  /** False when the holder is gone: it was killed before it could finish, or its lease has run out. */
  alive: boolean;
  /** What tells so. */
  why: string;
}

/** Everything that is claimed at this moment, and what killed holders left claimed. */
export async function heldClaims(layout: StoreLayout): Promise<HeldClaim[]> {
  const claims = await Promise.all((await allLocks(layout)).map(claimOf));
  return claims.filter((claim) => claim !== undefined);
}

/** Lock files, also those that cannot be read. */
export async function allLocks({ locks }: Pick<StoreLayout, 'locks'>): Promise<Lock[]> {
  const names = await readdir(locks).catch(() => []);
  const found = await Promise.all(
    names.filter((name) => name.endsWith('.json')).map((name) => readLock(path.join(locks, name))),
  );
  return found.filter((lock) => lock !== undefined);
}

async function claimOf(lock: Lock): Promise<HeldClaim | undefined> {
  if (lock.holder === 'unreadable') return undefined;
  const { subject, pid, host, since } = lock.holder;
  const { dead, why } = await stateOf(lock);
  return { subject, pid, host, since, alive: !dead, why };
}
