import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { LifecycleError } from '../errors.ts';
import { isVersion, parseVersion, type TemplateId, type Version } from '../ids.ts';
import { inParallel } from '../in-parallel.ts';
import { compareVersions, type VersionOrder } from '../version-order.ts';
import { withClaim } from './claim.ts';
import { standingDirectories } from './directories.ts';
import { formatJson, writeFileDurably } from './files.ts';
import { type IngestRecord, readIngestRecord } from './ingest-record.ts';
import type { StoreLayout } from './layout.ts';
import { isNewer, type MadeVersion, newestOf } from './newer.ts';
import { isQuarantined } from './quarantine.ts';
import { isContent, READS_AT_ONCE, readIfThere, readRecordFile, unreadable } from './record-file.ts';
import { fields, text, time } from './record-shape.ts';
import { readStanding } from './replacement.ts';
import { withStaging } from './staging.ts';
import { writingStore } from './write-errors.ts';

/** What became of the `latest` pointer of a template. */
export interface LatestMove {
  /** What it named before; null where it named no version that stands. */
  from: Version | null;
  /** What it names now. */
  to: Version;
  /** Why it names that one still, though another was offered. */
  stays?: 'newer' | 'set by hand';
}

/** A version that asks for the pointer. */
export interface Candidate {
  version: Version;
  record: IngestRecord;
  /** False for one that stood already when it was made again. */
  fresh: boolean;
  /** What the template names in place of the common comparison. */
  order: VersionOrder | undefined;
}

/** Beside the pointer: who moved it by hand wants versions that stood then to leave it alone. */
interface SetByHand {
  format: 1;
  version: string;
  /** ISO time. */
  at: string;
}

/** A move takes milliseconds; who has it longer than this is not at work. */
const PATIENCE_MS = 20_000;
const PAUSE_MS = 10;

const handFile = (layout: StoreLayout, id: TemplateId) => path.join(layout.ingest.template(id), '.latest.json');

/** What the pointer names, whether or not that version stands. @throws LifecycleError STO_UNREADABLE */
export async function readPointer(layout: StoreLayout, id: TemplateId): Promise<Version | undefined> {
  const file = layout.ingest.latest(id);
  const text = await readIfThere(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const name = text?.trim() ?? '';
  return isVersion(name) ? parseVersion(name) : undefined;
}

/** The version that the pointer names, if it stands and is not quarantined. @throws LifecycleError STO_UNREADABLE */
export async function readLatest(
  layout: StoreLayout,
  id: TemplateId,
): Promise<{ version: Version; record: IngestRecord } | undefined> {
  const version = await readPointer(layout, id);
  if (version === undefined) return undefined;
  const { content } = await readStanding(layout.ingest.version(id, version), readIngestRecord);
  return content && !isQuarantined(content) ? { version, record: content } : undefined;
}

/**
 * Offers the pointer a version that stands. It takes it only where that is newer than what it names: by what the two
 * versions say (version-order.ts), else by the time at which they were made.
 *
 * @throws LifecycleError STO_BUSY, STO_UNREADABLE, STO_WRITE_FAILED
 */
export async function offerLatest(layout: StoreLayout, id: TemplateId, candidate: Candidate): Promise<LatestMove> {
  const { version } = candidate;
  return withPointer(layout, id, { version, isPublished: true }, async (write) => {
    const current = await readLatest(layout, id);
    const from = current?.version ?? null;
    if (from === version) return { from, to: version };
    if (current) {
      const stays = await reasonToStay(layout, id, current, candidate);
      if (stays) return { from, to: current.version, stays };
    }
    await write(layout.ingest.latest(id), `${version}\n`);
    return { from, to: version };
  });
}

/**
 * Points at a version because somebody says so, also backwards.
 *
 * @throws LifecycleError STO_NO_VERSION, STO_QUARANTINED, STO_BUSY, STO_UNREADABLE, STO_WRITE_FAILED
 */
export function setLatest(layout: StoreLayout, id: TemplateId, version: Version): Promise<LatestMove> {
  return withPointer(layout, id, { version, isPublished: false }, async (write) => {
    const { content } = await readStanding(layout.ingest.version(id, version), readIngestRecord);
    if (!content) {
      throw new LifecycleError('STO_NO_VERSION', `${id} has no version ${version}`, {
        hint: `see those it has: lifecycle show ${id}`,
      });
    }
    if (isQuarantined(content)) {
      throw new LifecycleError('STO_QUARANTINED', `version ${version} of ${id} is quarantined and cannot be latest`, {
        hint: `look at why: lifecycle show ${id}@${version}; if it is right: lifecycle release ${id}@${version} --reason TEXT`,
      });
    }
    const from = (await readLatest(layout, id))?.version ?? null;
    // First, since it counts only while the pointer names its version.
    const byHand: SetByHand = { format: 1, version, at: new Date().toISOString() };
    await write(handFile(layout, id), formatJson(byHand));
    await write(layout.ingest.latest(id), `${version}\n`);
    return { from, to: version };
  });
}

/**
 * Where the pointer names a version that has become quarantined, it goes back to the newest of the others. Where there is
 * none it stays, and names nothing.
 *
 * @throws LifecycleError STO_BUSY, STO_UNREADABLE, STO_WRITE_FAILED
 */
export async function retreatLatest(
  layout: StoreLayout,
  id: TemplateId,
  version: Version,
  order: VersionOrder | undefined,
): Promise<LatestMove | undefined> {
  if ((await readPointer(layout, id)) !== version) return undefined;
  return withPointer(layout, id, { version, isPublished: true }, async (write) => {
    const names = (await standingDirectories(layout.ingest.template(id))).filter(isVersion);
    const made = await recordsOf(layout, id, names);
    const sound = made.filter((other) => other.version !== version && !other.isQuarantined);
    const newest = newestOf(sound, made, order);
    if (!newest || (await readPointer(layout, id)) !== version) return undefined;
    await write(layout.ingest.latest(id), `${newest.version}\n`);
    return { from: version, to: parseVersion(newest.version) };
  });
}

async function reasonToStay(
  layout: StoreLayout,
  id: TemplateId,
  current: { version: Version; record: IngestRecord },
  { version, record, fresh, order }: Candidate,
): Promise<LatestMove['stays']> {
  const [offered, named] = [
    { version, created: record.created },
    { version: current.version, created: current.record.created },
  ];
  if (!isNewer(offered, named, await newerOnes(layout, id, [version, current.version], order), order)) return 'newer';
  if (fresh) return undefined;
  const byHand = await readRecordFile<SetByHand>(handFile(layout, id), 1, fields({ version: text, at: time }));
  const counts = byHand?.version === current.version && Date.parse(record.created) < Date.parse(byHand.at);
  return counts ? 'set by hand' : undefined;
}

/** What stands and says that it is newer than one of the two; nothing where they say of each other which is newer. */
async function newerOnes(
  layout: StoreLayout,
  id: TemplateId,
  [a, b]: [Version, Version],
  order: VersionOrder | undefined,
): Promise<MadeVersion[]> {
  if (compareVersions(a, b, order)) return [];
  const says = (name: string, than: Version) => (compareVersions(name, than, order) ?? 0) > 0;
  const names = (await standingDirectories(layout.ingest.template(id))).filter(
    (name) => isVersion(name) && (says(name, a) || says(name, b)),
  );
  return recordsOf(layout, id, names);
}

async function recordsOf(
  layout: StoreLayout,
  id: TemplateId,
  names: readonly string[],
): Promise<(MadeVersion & { isQuarantined: boolean })[]> {
  const found = await inParallel(names, READS_AT_ONCE, async (name) => {
    const dir = layout.ingest.version(id, parseVersion(name));
    const { content } = await readStanding(dir, readIngestRecord).catch((error: unknown) => {
      // Whoever lists it is told; it does not stand in the way of another.
      if (isContent(error) || (error instanceof LifecycleError && error.code === 'STO_SYMBOLIC_LINK'))
        return { content: undefined };
      throw error;
    });
    return content && { version: name, created: content.created, isQuarantined: isQuarantined(content) };
  });
  return found.filter((version) => version !== undefined);
}

/** Nobody else moves the pointer meanwhile. What is written is staged where a killed run's rest is cleared away. */
async function withPointer<T>(
  layout: StoreLayout,
  id: TemplateId,
  { version, isPublished }: { version: Version; isPublished: boolean },
  work: (write: (file: string, text: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  const done = isPublished ? `version ${version} of ${id} is published, and \`latest\` has not moved to it` : undefined;
  const attempt = () =>
    withClaim(layout, `latest ${id}`, (claim) =>
      withStaging(claim, `latest-${id}`, (dir) =>
        work(async (file, text) => {
          await claim.assertHeld();
          await writeFileDurably(file, text, path.join(dir, 'pointer'));
        }),
      ),
    );
  const until = performance.now() + PATIENCE_MS;
  const patiently = async () => {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        const isBusy = error instanceof LifecycleError && error.code === 'STO_BUSY';
        if (!isBusy || performance.now() > until) throw error;
        await wait(PAUSE_MS * (1 + Math.random()));
      }
    }
  };
  return writingStore(
    layout,
    patiently,
    done === undefined ? undefined : { done, rest: `lifecycle latest ${id} ${version}` },
  );
}
