import { type ProductId, productIdFrom } from '../../ids.ts';
import { inParallel } from '../../in-parallel.ts';
import { standingDirectories } from '../directories.ts';
import type { StoreLayout } from '../layout.ts';
import { READS_AT_ONCE } from '../record-file.ts';
import { readInputsLock } from './inputs-lock.ts';
import { standingPartition } from './partition.ts';
import { partitionKeys } from './survey.ts';

/**
 * The other builds of any product whose lock names a file of a version.
 *
 * @param place the version's folder relative to the store, with `/` also at its end
 * @throws LifecycleError STO_UNREADABLE, BLD_LOCK_INVALID where one cannot be read, since it may be one of them
 */
export async function partitionsThatTook(
  layout: StoreLayout,
  place: string,
): Promise<{ product: ProductId; key: string }[]> {
  const products = (await standingDirectories(layout.builds.root)).flatMap((name) => productIdFrom(name) ?? []);
  const takers: { product: ProductId; key: string }[] = [];
  for (const product of products) {
    const found = await inParallel(await partitionKeys(layout, product), READS_AT_ONCE, async (key) => {
      // A build that goes need not be readable itself.
      if (place === `builds/${product}/${key}/`) return undefined;
      const partition = await standingPartition(layout, product, key);
      if (!partition?.stages.plan) return undefined;
      const { inputs } = await readInputsLock(partition.dir);
      return inputs.some((input) => input.path?.startsWith(place)) ? { product, key: key as string } : undefined;
    });
    takers.push(...found.filter((each) => each !== undefined));
  }
  return takers;
}
