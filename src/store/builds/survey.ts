import { isPartitionKey, type PartitionKey, type ProductId, parsePartitionKey } from '../../ids.ts';
import { standingDirectories } from '../directories.ts';
import { modifiedAt } from '../files.ts';
import type { StoreLayout } from '../layout.ts';
import { complete, type Survey, survey } from '../survey.ts';
import { type Partition, readPartition, refuseStrange, standingPartition } from './partition.ts';
import { type FinishedBuild, recordFile, recordOf } from './record.ts';

/** Names that stand for partitions, without a look at any of them. @throws LifecycleError STO_UNREADABLE */
export async function partitionKeys(layout: StoreLayout, product: ProductId): Promise<PartitionKey[]> {
  return (await standingDirectories(layout.builds.product(product))).filter(isPartitionKey).map(parsePartitionKey);
}

export interface StandingPartition extends Partition {
  key: PartitionKey;
}

/** Reads every partition of a product that stands. */
function eachPartition<T>(
  layout: StoreLayout,
  product: ProductId,
  read: (partition: StandingPartition) => Promise<T | undefined>,
): Promise<Survey<T>> {
  return survey(layout.builds.product(product), async (name) => {
    const key = parsePartitionKey(name);
    const partition = await standingPartition(layout, product, key);
    if (partition) return read({ key, ...partition });
    await refuseStrange(layout.builds.partition(product, key));
    return undefined;
  });
}

/** Every partition of a product that stands, and what cannot be read. */
export async function surveyPartitions(layout: StoreLayout, product: ProductId): Promise<Survey<StandingPartition>> {
  return eachPartition(layout, product, async (partition) => partition);
}

const newestFirst = (a: FinishedBuild, b: FinishedBuild) =>
  Date.parse(b.record.created) - Date.parse(a.record.created) || (a.key < b.key ? 1 : -1);

/** Builds of a product whose stages are all done, the one made last first, and what cannot be read. */
export async function surveyBuilds(layout: StoreLayout, product: ProductId): Promise<Survey<FinishedBuild>> {
  const { found, unreadable } = await eachPartition(layout, product, (partition) => recordOf(product, partition));
  return { found: found.sort(newestFirst), unreadable };
}

/** The same for somebody who chooses among them. @throws LifecycleError where one cannot be read */
export async function finishedBuilds(layout: StoreLayout, product: ProductId): Promise<FinishedBuild[]> {
  return complete(await surveyBuilds(layout, product));
}

/**
 * When the record of a build was written, in milliseconds, without a look into it where it is in its place; undefined
 * for a build that is not finished.
 *
 * @throws LifecycleError STO_UNREADABLE, STO_SYMBOLIC_LINK
 */
export async function builtAt(layout: StoreLayout, product: ProductId, key: PartitionKey): Promise<number | undefined> {
  const inPlace = await modifiedAt(recordFile(layout.builds.partition(product, key)));
  if (inPlace !== undefined) return inPlace;
  // One that is being replaced stands until the new one does.
  const { dir, stages } = await readPartition(layout, product, key);
  return stages.package && modifiedAt(recordFile(dir));
}
