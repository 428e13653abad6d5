import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { atCutOff } from '../processes/cut-off.ts';
import { hashText } from './files.ts';
import { makeIgnoredDirectory } from './ignored-directory.ts';
import type { StoreLayout } from './layout.ts';
import { processIdentity, stillRuns } from './process-identity.ts';
import { isLeftBehind, processMark } from './process-mark.ts';

/** Where claims lie. */
type StorePlace = Pick<StoreLayout, 'root' | 'locks'>;

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

/** What stands in a lock file; locks are complete from the first moment, but a power cut may empty one. */
type Found = Holder | 'unreadable';

/** A lock file that cannot be read counts as a dead holder's once it is this old. */
const UNREADABLE_LOCK_GRACE_MS = 10_000;
const ATTEMPTS = 20;
const WAIT_BETWEEN_ATTEMPTS_MS = 20;

async function readHolder(file: string): Promise<Found | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const holder = JSON.parse(text) as Partial<Holder> | null;
    const whole =
      typeof holder?.pid === 'number' && typeof holder.host === 'string' && typeof holder.token === 'string';
    return whole ? (holder as Holder) : 'unreadable';
  } catch {
    return 'unreadable';
  }
}

/** True only when the holder is proven gone: same host, and no process with its pid and start time. */
async function provenDead(file: string, holder: Found): Promise<boolean> {
  if (holder !== 'unreadable') {
    return holder.host === hostname() && !(await stillRuns(holder.pid, holder.identity));
  }
  const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs >= UNREADABLE_LOCK_GRACE_MS;
}

function busy(subject: string, holder: Found, file: string): LifecycleError {
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
export async function withClaim<T>(layout: StorePlace, subject: string, work: () => Promise<T>): Promise<T> {
  await makeLocks(layout);
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
  const forgetCutOff = atCutOff({ path: () => (isHeldBy(file, holder) ? file : undefined) });
  try {
    await removeLeftBehind(file);
    return await work();
  } finally {
    forgetCutOff();
    if (sameHolder(await readHolder(file).catch(() => undefined), holder)) await rm(file, { force: true });
  }
}

async function makeLocks({ root, locks }: StorePlace): Promise<void> {
  if (existsSync(locks)) return;
  await makeIgnoredDirectory(root);
  await mkdir(locks, { recursive: true });
}

/** Asked at once, by a process that is about to be cut off. */
function isHeldBy(file: string, holder: Holder): boolean {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as Holder).token === holder.token;
  } catch {
    return false;
  }
}

async function acquire(file: string, holder: Holder): Promise<void> {
  const aside = `${file}.${await processMark()}`;
  try {
    await writeFile(aside, JSON.stringify(holder));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (await linked(aside, file)) return;
      const current = await readHolder(file);
      if (current === undefined) continue;
      if (!(await provenDead(file, current))) throw busy(holder.subject, current, file);
      await removeDead(file, current, aside);
    }
    throw busy(holder.subject, 'unreadable', file);
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

function sameHolder(a: Found | undefined, b: Found): boolean {
  if (a === undefined || a === 'unreadable' || b === 'unreadable') return a === b;
  return a.token === b.token;
}

/**
 * Removes a dead holder's lock. Several may try at once, and one of them may have claimed it anew before another gets
 * here; so the right to remove just this holder's lock is a lock itself, by exclusive create, and is looked after in the
 * same way when its own holder dies.
 */
async function removeDead(file: string, dead: Found, aside: string): Promise<void> {
  const right = `${file}.${dead === 'unreadable' ? dead : dead.token}`;
  if (await linked(aside, right)) {
    try {
      if (sameHolder(await readHolder(file), dead)) await rm(file, { force: true });
    } finally {
      await rm(right, { force: true });
    }
    return;
  }
  const other = await readHolder(right);
  if (other !== undefined && (await provenDead(right, other))) await removeDead(right, other, aside);
  else await wait(WAIT_BETWEEN_ATTEMPTS_MS);
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
  const holder = await readHolder(file);
  return holder !== undefined && provenDead(file, holder);
}
