import { rename } from 'node:fs/promises';
import path from 'node:path';
import { LifecycleError } from '../errors.ts';
import type { PartitionKey, ProductId, TemplateId, Version } from '../ids.ts';
import type { VersionOrder } from '../version-order.ts';
import { mendPartition } from './builds/partition.ts';
import { partitionsThatTook } from './builds/takers.ts';
import { type Claim, withClaim } from './claim.ts';
import { refuseLink, refuseUnrecorded, standingDirectories } from './directories.ts';
import { syncDirectory } from './files.ts';
import { openIngestStore } from './ingest.ts';
import { readIngestRecord } from './ingest-record.ts';
import { type LatestMove, readPointer, setLatest } from './latest.ts';
import type { StoreLayout } from './layout.ts';
import { newestOf } from './newer.ts';
import { isQuarantined } from './quarantine.ts';
import { isContent } from './record-file.ts';
import { finishInterruptedReplacement } from './replacement.ts';
import { withStaging } from './staging.ts';
import { writingStore } from './write-errors.ts';

const LOOK_FIRST = 'look at them, then move the directory away';
/** So many builds are named that need a version. */
const NAMED = 5;

/**
 * Removes a version for good, as a whole: it is renamed away, then deleted. Where `latest` names it, that moves to the
 * newest of the others.
 *
 * @param order what the template names in place of the common comparison of versions
 * @returns what became of `latest`, where it had to move
 * @throws LifecycleError STO_NO_VERSION, STO_NEEDED, STO_ONLY_VERSION, STO_BUSY, STO_NO_RECORD, STO_SYMBOLIC_LINK, STO_UNREADABLE
 */
export function removeVersion(
  layout: StoreLayout,
  id: TemplateId,
  version: Version,
  order: VersionOrder | undefined,
): Promise<LatestMove | undefined> {
  const target = layout.ingest.version(id, version);
  return removing(layout, `ingest ${id} ${version}`, target, async () => {
    await finishInterruptedReplacement(target, async (dir) => (await recordOrDamage(dir)) === 'whole');
    await refuseAbsent(target, `${id} has no version ${version}`, `see those it has: lifecycle show ${id}`);
    if ((await recordOrDamage(target)) === 'none') await refuseUnrecorded(target, LOOK_FIRST);
    await refuseNeeded(layout, `${id}@${version}`, `ingest/${id}/${version}/`);
    return moveLatestAway(layout, id, version, order);
  });
}

/** The same of a build, finished or not. @throws LifecycleError as `removeVersion` */
export async function removeBuild(layout: StoreLayout, id: ProductId, key: PartitionKey): Promise<void> {
  const target = layout.builds.partition(id, key);
  await removing(layout, `build ${id} ${key}`, target, async () => {
    await refuseAbsent(target, `${id} has no build ${key}`, `see those it has: lifecycle show ${JSON.stringify(id)}`);
    await mendPartition(layout, id, key).catch(passDamage);
    await refuseNeeded(layout, `${id}@${key}`, `builds/${id}/${key}/`);
  });
}

/** Nobody makes it anew meanwhile. What is renamed away goes with the staging directory, also when this is killed. */
async function removing<T>(
  layout: StoreLayout,
  subject: string,
  target: string,
  prepare: () => Promise<T>,
): Promise<T> {
  const work = (claim: Claim) =>
    withStaging(claim, 'removed', async (dir) => {
      refuseLink(path.dirname(target));
      refuseLink(target);
      const result = await prepare();
      await claim.assertHeld();
      await rename(target, path.join(dir, 'removed'));
      await syncDirectory(path.dirname(target));
      return result;
    });
  return writingStore(layout, () => withClaim(layout, subject, work));
}

async function refuseAbsent(target: string, message: string, hint: string): Promise<void> {
  const standing = await standingDirectories(path.dirname(target));
  if (!standing.includes(path.basename(target))) throw new LifecycleError('STO_NO_VERSION', message, { hint });
}

/** @param place where its files lie, relative to the store */
async function refuseNeeded(layout: StoreLayout, name: string, place: string): Promise<void> {
  const takers = await partitionsThatTook(layout, place);
  if (takers.length === 0) return;
  const [first] = takers;
  const all = takers.slice(0, NAMED).map(({ product, key }) => `${product} ${key}`);
  const rest = takers.length > NAMED ? ` and ${takers.length - NAMED} more` : '';
  throw new LifecycleError('STO_NEEDED', `${name} is locked by ${all.join(', ')}${rest}`, {
    hint: `a build could not be made again without it; remove that first: lifecycle remove ${JSON.stringify(`${first!.product}@${first!.key}`)}`,
    details: { builds: takers },
  });
}

async function moveLatestAway(
  layout: StoreLayout,
  id: TemplateId,
  version: Version,
  order: VersionOrder | undefined,
): Promise<LatestMove | undefined> {
  if ((await readPointer(layout, id)) !== version) return undefined;
  const { found } = await openIngestStore(layout).survey(id);
  const others = found
    .filter((each) => each.version !== version && !isQuarantined(each.record))
    .map((each) => ({ version: each.version, created: each.record.created }));
  const newest = newestOf(others, others, order);
  if (!newest) {
    throw new LifecycleError(
      'STO_ONLY_VERSION',
      `${id}@${version} is the only version that can be used, and \`latest\` names it`,
      {
        hint: `make another one first: lifecycle ingest ${id}`,
      },
    );
  }
  return setLatest(layout, id, newest.version);
}

/** What cannot be read because of what it holds may go; not what cannot be read at this moment. */
async function recordOrDamage(dir: string): Promise<'whole' | 'damaged' | 'none'> {
  try {
    return (await readIngestRecord(dir)) ? 'whole' : 'none';
  } catch (error) {
    passDamage(error);
    return 'damaged';
  }
}

function passDamage(error: unknown): undefined {
  if (!isContent(error)) throw error;
  return undefined;
}
