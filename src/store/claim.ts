import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import { hashText } from './files.ts';
import type { StoreLayout } from './layout.ts';
import { processIdentity, stillRuns } from './process-identity.ts';

/** Who holds a claim, as written into its lock file. */
interface Holder {
  /** What is claimed, such as `ingest dcp_pluto 24v1`. */
  subject: string;
  pid: number;
  host: string;
  /** Tells a process from a later one with the same pid: boot id and the start time since boot. */
  identity: string;
  /** ISO time, for people only: clocks move, so no decision rests on it. */
  since: string;
  token: string;
}

/** A lock file that cannot be read is being written at this moment, or was cut off by a crash this long ago. */
const UNREADABLE_LOCK_GRACE_MS = 10_000;

async function readHolder(file: string): Promise<Holder | 'unreadable' | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return 'unreadable';
  }
}

/** True only when the holder is proven gone: same host, and no process with its pid and start time. */
async function provenDead(holder: Holder): Promise<boolean> {
  return holder.host === hostname() && !(await stillRuns(holder.pid, holder.identity));
}

function busy(subject: string, holder: Holder | 'unreadable', file: string): LifecycleError {
  if (holder === 'unreadable') {
    return new LifecycleError('STO_BUSY', `${subject} is being claimed by another process`, {
      hint: `try again in a moment; if nothing runs, remove ${file}`,
    });
  }
  const elsewhere = holder.host !== hostname();
  return new LifecycleError(
    'STO_BUSY',
    `${subject} is held by process ${holder.pid} on ${holder.host} since ${holder.since}`,
    {
      hint: elsewhere
        ? `wait for it; if that host is gone for good, remove ${file}`
        : 'wait for it to end, then run the same command again',
      details: { holder: { pid: holder.pid, host: holder.host, since: holder.since } },
    },
  );
}

/**
 * Runs `work` while nobody else holds `subject`. The lock is made by exclusive create, complete from the first moment
 * (written aside, then hard-linked), and taken over only from a process that is proven dead.
 *
 * @throws LifecycleError STO_BUSY, at once: waiting is for the caller to decide.
 */
export async function withClaim<T>(layout: StoreLayout, subject: string, work: () => Promise<T>): Promise<T> {
  await mkdir(layout.locks, { recursive: true });
  const file = path.join(layout.locks, `${hashText(subject).slice(0, 32)}.json`);
  const holder: Holder = {
    subject,
    pid: process.pid,
    host: hostname(),
    identity: await processIdentity(process.pid),
    since: new Date().toISOString(),
    token: randomUUID(),
  };
  await acquire(file, holder);
  try {
    return await work();
  } finally {
    const current = await readHolder(file).catch(() => undefined);
    if (current && current !== 'unreadable' && current.token === holder.token) await rm(file, { force: true });
  }
}

async function acquire(file: string, holder: Holder): Promise<void> {
  const aside = `${file}.${holder.token}`;
  await writeFile(aside, JSON.stringify(holder));
  try {
    for (let attempt = 0; attempt < 20; attempt++) {
      try {
        await link(aside, file);
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const current = await readHolder(file);
      if (current === undefined) continue;
      if (current === 'unreadable') {
        const age = await stat(file).then(
          (s) => Date.now() - s.mtimeMs,
          () => 0,
        );
        if (age < UNREADABLE_LOCK_GRACE_MS) throw busy(holder.subject, current, file);
      } else if (!(await provenDead(current))) {
        throw busy(holder.subject, current, file);
      }
      await takeAway(file, current);
    }
    throw busy(holder.subject, 'unreadable', file);
  } finally {
    await rm(aside, { force: true });
  }
}

/** Removes a dead holder's lock; of several that try, the rename lets one win, and a fresh lock is put back. */
async function takeAway(file: string, dead: Holder | 'unreadable'): Promise<void> {
  const grave = `${file}.${randomUUID()}.dead`;
  try {
    await rename(file, grave);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = await readHolder(grave);
  const sameAsSeen =
    moved === 'unreadable' ? dead === 'unreadable' : dead !== 'unreadable' && moved?.token === dead.token;
  // Somebody took the lock over between our look and our rename: give it back, unless a third one has claimed since.
  if (!sameAsSeen) await link(grave, file).catch(() => undefined);
  await rm(grave, { force: true });
}
