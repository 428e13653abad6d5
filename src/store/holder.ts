import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { processIdentity, processPlace, stillRuns } from '../processes/identity.ts';
import { processMark } from './process-mark.ts';

/**
 * How long a claim lasts after its holder was last heard of. It counts only where nobody can look whether the holder
 * runs: on another machine, in another container. Longer than a file server hangs when it restarts its service; shorter
 * than Airflow's tries of a task go on.
 */
export const LEASE_SECONDS = 60;

/** A lock file that cannot be read counts as a dead holder's once it is this old. */
const UNREADABLE_LOCK_GRACE_SECONDS = 10;

/** Who holds a claim, as written into its lock file. */
export interface Holder {
  /** What is claimed, such as `ingest dcp_pluto 24v1`. */
  subject: string;
  pid: number;
  host: string;
  /** Where the pid means this process; see `processPlace`. */
  place?: string;
  /** Tells a process from a later one with the same pid. */
  identity: string;
  /** ISO time, for people only: clocks differ and move, so no decision rests on it. */
  since: string;
  token: string;
  /** How long the claim lasts without a sign of life, which is a new modification time of the lock file. */
  lease_seconds?: number;
}

/** A lock file. Locks are complete from the first moment, but a power cut may empty one. */
export interface Lock {
  file: string;
  holder: Holder | 'unreadable';
  /** Of its last sign of life, by the clock of the file system. */
  modifiedMs: number;
}

/** How it stands with a lock, and why. */
export interface LockState {
  /** Its holder is proven gone, or has not been heard of for its lease. */
  dead: boolean;
  why: string;
  /** Whether its holder can be looked at from here. */
  isHere: boolean;
}

export async function newHolder(subject: string, leaseSeconds: number): Promise<Holder> {
  return {
    subject,
    pid: process.pid,
    host: hostname(),
    place: await processPlace(),
    identity: await processIdentity(process.pid),
    since: new Date().toISOString(),
    token: randomBytes(8).toString('hex'),
    lease_seconds: leaseSeconds,
  };
}

export async function readLock(file: string): Promise<Lock | undefined> {
  try {
    // Opening a file asks a network file system anew; a mere look at it may be answered from what was known a minute ago.
    const handle = await open(file, 'r');
    try {
      const text = await handle.readFile('utf8');
      return { file, holder: holderIn(text), modifiedMs: (await handle.stat()).mtimeMs };
    } finally {
      await handle.close();
    }
  } catch (error) {
    // A network file system calls stale what was removed between finding and opening it.
    if (['ENOENT', 'ESTALE'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

function holderIn(text: string): Lock['holder'] {
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    const whole =
      typeof holder?.pid === 'number' && typeof holder.host === 'string' && typeof holder.token === 'string';
    return whole ? (holder as Holder) : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

export async function stateOf({ file, holder, modifiedMs }: Lock): Promise<LockState> {
  const silentSeconds = async () => Math.max(0, ((await fileSystemNow(path.dirname(file))) - modifiedMs) / 1000);
  if (holder === 'unreadable') {
    const dead = (await silentSeconds()) >= UNREADABLE_LOCK_GRACE_SECONDS;
    return { dead, why: 'the lock file cannot be read', isHere: false };
  }
  const place = await processPlace();
  // Earlier programs told the host alone, and renewed nothing: they have no lease that could run out.
  const isEarlier = holder.place === undefined;
  const isHere = holder.host === hostname() && (isEarlier || (place !== '' && holder.place === place));
  if (!isHere && isEarlier) return { dead: false, why: `process ${holder.pid} on ${holder.host}`, isHere };
  if (isHere) {
    const runs = await stillRuns(holder.pid, holder.identity);
    return { dead: !runs, why: `process ${holder.pid} ${runs ? 'runs' : 'has ended'}`, isHere };
  }
  const lease = holder.lease_seconds ?? LEASE_SECONDS;
  const silent = await silentSeconds();
  const heard = `process ${holder.pid} in another container or on another machine (${holder.host}) was heard of ${Math.round(silent)} s ago`;
  return silent >= lease
    ? { dead: true, why: `${heard}; its lease of ${lease} s has run out`, isHere }
    : { dead: false, why: heard, isHere };
}

/**
 * The time of the file system that the directory lies on, which is that of its server; only with that the times of files
 * can be compared, since the clocks of machines differ.
 */
export async function fileSystemNow(dir: string): Promise<number> {
  const probe = path.join(dir, `clock.${await processMark()}`);
  try {
    const handle = await open(probe, 'wx');
    try {
      await handle.write('x');
      return (await handle.stat()).mtimeMs;
    } finally {
      await handle.close();
    }
  } catch (error) {
    // For those who may only look; nobody can take over anything there.
    if (['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) return Date.now();
    throw error;
  } finally {
    await rm(probe, { force: true });
  }
}
