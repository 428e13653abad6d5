import { existsSync, readFileSync } from 'node:fs';
import { link, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { folded } from '../ids.ts';
import { atCutOff } from '../processes/cut-off.ts';
import { ensureDirectory, hashText } from './files.ts';
import { keepRenewed } from './heartbeat.ts';
import { type Holder, LEASE_SECONDS, type Lock, type LockState, newHolder, readLock, stateOf } from './holder.ts';
import { makeIgnoredDirectory } from './ignored-directory.ts';
import type { StoreLayout } from './layout.ts';
import { isLeftBehind, processMark } from './process-mark.ts';
import { setAsideStagingOf } from './staging.ts';

/** A claim that is held. */
export interface Claim {
  layout: StoreLayout;
  /** In the names of what belongs to it. */
  token: string;
  /**
   * To be asked before anything is published: after a pause that was longer than the lease, as of a laptop that slept,
   * another may have taken over.
   *
   * @throws LifecycleError STO_CLAIM_LOST
   */
  assertHeld(): Promise<void>;
}

const ATTEMPTS = 20;
const WAIT_BETWEEN_ATTEMPTS_MS = 20;

function busy(subject: string, { holder }: Lock, { isHere }: LockState): LifecycleError {
  if (holder === 'unreadable') {
    return new LifecycleError('STO_BUSY', `${subject} is being claimed by another process`, {
      hint: `try again in a moment; if nothing runs, see \`lifecycle unlock\``,
    });
  }
  const { pid, host, since } = holder;
  const as = holder.subject === subject ? '' : `, as ${holder.subject},`;
  return new LifecycleError('STO_BUSY', `${subject}${as} is held by process ${pid} on ${host} since ${since}`, {
    hint: isHere
      ? 'wait for it to end, then run the same command again'
      : `wait for it; it runs in another container or on another machine, and loses its claim when nothing is heard of it for ${holder.lease_seconds ?? LEASE_SECONDS} s; \`lifecycle unlock\` shows and removes locks`,
    details: { holder: { pid, host, since } },
  });
}

/**
 * Where the lock of a subject lies. Names that some machine cannot tell apart have one: each of two runs could look for
 * the other's name before either has published.
 */
export function lockFile({ locks }: Pick<StoreLayout, 'locks'>, subject: string): string {
  return path.join(locks, `${hashText(folded(subject)).slice(0, 32)}.json`);
}

/**
 * Runs `work` while nobody else holds `subject`. The lock is made by exclusive create, complete from the first moment
 * (written aside, then hard-linked), and taken over only from a process that is proven dead, or that could not be looked
 * at and has not been heard of for its lease.
 *
 * @throws LifecycleError STO_BUSY, at once: waiting is for the caller to decide; STO_CLAIM_LOST
 */
export async function withClaim<T>(
  layout: StoreLayout,
  subject: string,
  work: (claim: Claim) => Promise<T>,
  { leaseSeconds = LEASE_SECONDS }: { leaseSeconds?: number } = {},
): Promise<T> {
  await makeLocks(layout);
  const file = lockFile(layout, subject);
  const holder = await newHolder(subject, leaseSeconds);
  await acquire(layout, file, holder);
  const forgetCutOff = atCutOff({ path: () => (isHeldBy(file, holder) ? file : undefined) });
  const stopRenewing = keepRenewed(file, holder.token, leaseSeconds);
  const isHeld = async () => sameHolder((await readLock(file))?.holder, holder);
  const assertHeld = async () => {
    if (!(await isHeld())) throw lost(subject);
  };
  try {
    await removeLeftBehind(file);
    return await work({ layout, token: holder.token, assertHeld });
  } catch (error) {
    // Whoever took over has taken the staging directory away, and that can look like anything.
    if (await isHeld().catch(() => true)) throw error;
    throw error instanceof LifecycleError && error.code === 'STO_CLAIM_LOST' ? error : lost(subject, error);
  } finally {
    forgetCutOff();
    stopRenewing();
    if (await isHeld().catch(() => false)) await rm(file, { force: true });
  }
}

function lost(subject: string, cause?: unknown): LifecycleError {
  return new LifecycleError('STO_CLAIM_LOST', `the claim on ${subject} was lost to another process, or removed`, {
    hint: 'run the same command again; a process that was suspended, or whose store could not be reached, loses its claim when its lease runs out',
    cause,
  });
}

async function makeLocks({ root, locks }: StoreLayout): Promise<void> {
  if (existsSync(locks)) return;
  await makeIgnoredDirectory(root);
  await ensureDirectory(locks);
}

/** Asked at once, by a process that is about to be cut off. */
function isHeldBy(file: string, holder: Holder): boolean {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Holder).token === holder.token;
  } catch {
    return false;
  }
}

async function acquire(layout: StoreLayout, file: string, holder: Holder): Promise<void> {
  const aside = `${file}.${await processMark()}`;
  try {
    await writeFile(aside, JSON.stringify(holder));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await linked(aside, file)) return;
      const current = await readLock(file);
      if (current === undefined) continue;
      const state = await stateOf(current);
      if (!state.dead) throw busy(holder.subject, current, state);
      await removeDead(layout, current, aside);
    }
    throw busy(holder.subject, { file, holder: 'unreadable', modifiedMs: 0 }, { dead: false, why: '', isHere: true });
  } finally {
    await rm(aside, { force: true });
  }
}

/** Exclusive create: false where the name is taken. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function sameHolder(a: Lock['holder'] | undefined, b: Lock['holder']): boolean {
  if (a === undefined || a === 'unreadable' || b === 'unreadable') return a === b;
  return a.token === b.token;
}

/** Whether a lock is still the one that was looked at, and may still be removed. */
async function mayGo(lock: Lock, evenAlive: boolean): Promise<boolean> {
  const current = await readLock(lock.file);
  if (current === undefined || !sameHolder(current.holder, lock.holder)) return false;
  return evenAlive || (await stateOf(current)).dead;
}

/**
 * Removes a dead holder's lock. Several may try at once, and one of them may have claimed it anew before another gets
 * here; so the right to remove just this holder's lock is a lock itself, by exclusive create, and is looked after in the
 * same way when its own holder dies.
 *
 * What the holder had staged is taken away first: should it wake up, it can no longer rename that into place.
 */
async function removeDead(layout: StoreLayout, lock: Lock, aside: string, evenAlive = false): Promise<void> {
  const { file, holder } = lock;
  const right = `${file}.${holder === 'unreadable' ? holder : holder.token}`;
  if (await linked(aside, right)) {
    let removeStaging = async () => {};
    try {
      if (await mayGo(lock, evenAlive)) {
        if (holder !== 'unreadable') removeStaging = await setAsideStagingOf(layout, holder.token);
        if (await mayGo(lock, true)) await rm(file, { force: true });
      }
    } finally {
      await rm(right, { force: true });
    }
    return removeStaging();
  }
  const other = await readLock(right);
  if (other !== undefined && (await stateOf(other)).dead) await removeDead(layout, other, aside);
  else await wait(WAIT_BETWEEN_ATTEMPTS_MS);
}

/** Removes a lock with what its holder had staged. False when it is no longer there, or its holder lives after all. */
export async function removeLock(layout: StoreLayout, lock: Lock, evenAlive: boolean): Promise<boolean> {
  const aside = `${lock.file}.${await processMark()}`;
  try {
    await writeFile(aside, JSON.stringify(await newHolder('unlock', LEASE_SECONDS)));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (!(await mayGo(lock, evenAlive))) return attempt > 0;
      await removeDead(layout, lock, aside, evenAlive);
    }
    return !(await mayGo(lock, true));
  } finally {
    await rm(aside, { force: true });
  }
}

/** Files that killed processes left beside a lock; its holder, who calls this, is alive. */
async function removeLeftBehind(file: string): Promise<void> {
  const dir = path.dirname(file);
  for (const name of await readdir(dir)) {
    const other = path.join(dir, name);
    const dead =
      (await isLeftBehind(name)) || (other.startsWith(`${file}.`) && (await isDeadRight(other).catch(() => false)));
    if (dead) await rm(other, { force: true });
  }
}

async function isDeadRight(file: string): Promise<boolean> {
  const lock = await readLock(file);
  return lock !== undefined && (await stateOf(lock)).dead;
}
